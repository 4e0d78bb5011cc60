/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a client's network: names, and what their values may be. */
#ifndef EVC_API_NETWORK_OPTIONS_H
#define EVC_API_NETWORK_OPTIONS_H

#include "base/option.h"

/* As evc_option_check(). */
int evc_network_options_check(const char *name, const char *value,
                              evc_error **err) EVC_MUST_CHECK;

#endif
