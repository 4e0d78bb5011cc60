/* SPDX-License-Identifier: Apache-2.0 */
/* The options of access to an API server: names, and what their values may be. */
#ifndef EVC_API_KUBE_OPTIONS_H
#define EVC_API_KUBE_OPTIONS_H

#include "base/option.h"

/* As evc_option_check(). */
int evc_kube_options_check(const char *name, const char *value,
                           evc_error **err) EVC_MUST_CHECK;

#endif
