/* SPDX-License-Identifier: Apache-2.0 */
/* The environment, read by credential chains and access to API servers, and here alone. */
#ifndef EVC_BASE_ENVIRON_H
#define EVC_BASE_ENVIRON_H

#include <stdbool.h>

/*
 * A variable, borrowed until the process changes its environment; NULL when it is unset
 * or empty, and in a program that runs with more rights than its caller.
 */
const char *evc_environ(const char *name);
/* Whether it says "true", in any case of letters. */
bool evc_environ_is_true(const char *name);

#endif
