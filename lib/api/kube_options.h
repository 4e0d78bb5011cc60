/* SPDX-License-Identifier: Apache-2.0 */
/* The options of access to an API server: names, values, and what they mean. */
#ifndef EVC_API_KUBE_OPTIONS_H
#define EVC_API_KUBE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/kv.h"

/* UNKNOWN_OPTION, which names the nearest; ARGUMENT for a value that cannot be. NULL is
 * no value: only the name is checked. */
int evc_kube_options_check(const char *name, const char *value,
                           evc_error **err) EVC_MUST_CHECK;
/* Of options that were checked. NULL, false and 0 when it is not among them. */
const char *evc_kube_options_text(const evc_kv *options, const char *name);
bool evc_kube_options_flag(const evc_kv *options, const char *name);
int64_t evc_kube_options_number(const evc_kv *options, const char *name);

#endif
