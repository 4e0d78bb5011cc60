/* SPDX-License-Identifier: Apache-2.0 */
/* resourceVersions: opaque to clients at first, numbers in order since KEP-5504. */
#ifndef EVC_K8S_VERSION_H
#define EVC_K8S_VERSION_H

#include <stdbool.h>

/*
 * Which was written later: *out is -1, 0 or 1. False when one of them is no decimal number
 * without leading zeros, so that nothing can be said but whether they are equal; then *out
 * is not touched.
 */
bool evc_kube_version_compare(const char *a, const char *b, int *out);

#endif
