/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells a child from its parent without a lock, and on Linux without a system call: the
 * number of the process's generation is higher in each child of fork than in its
 * parent. A number is compared only with numbers that the same memory was given, so
 * children of one parent may share one.
 *
 * State of the process: the numbers, in fork.c.
 */
#ifndef EVC_BASE_FORK_H
#define EVC_BASE_FORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

uint64_t evc_fork_generation(void); /* never 0 */
bool evc_fork_is_current(uint64_t generation);
/* 0, or ENVCRYPT_E_FORKED with a message that names the kind of handle ("client"). */
int evc_fork_check(uint64_t generation, const char *what,
                   evc_error **err) EVC_MUST_CHECK;

#endif
