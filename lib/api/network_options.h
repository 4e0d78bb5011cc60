/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a client's network: names, values, and what they mean. */
#ifndef EVC_API_NETWORK_OPTIONS_H
#define EVC_API_NETWORK_OPTIONS_H

#include "base/kv.h"

/* UNKNOWN_OPTION, which names the nearest; ARGUMENT for a value that cannot be. NULL is
 * no value: only the name is checked. */
int evc_network_options_check(const char *name, const char *value,
                              evc_error **err) EVC_MUST_CHECK;
/* Of options that were checked. NULL and 0 when it is not among them. */
const char *evc_network_options_text(const evc_kv *options, const char *name);
int64_t evc_network_options_number(const evc_kv *options, const char *name);

#endif
