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

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

uint64_t evc_fork_generation(void); /* never 0 */

/* fork.c's: the page that a child sees as zero, NULL until it is made. */
extern _Atomic(atomic_size_t *) evc_fork_this_process;
bool evc_fork_is_current_slow(uint64_t generation);

/* What every entry point asks first, and so does each layer below it. */
static inline bool
evc_fork_is_current(uint64_t generation)
{
    atomic_size_t *mine =
        atomic_load_explicit(&evc_fork_this_process, memory_order_acquire);

    if (mine && atomic_load_explicit(mine, memory_order_acquire) == generation)
        return true;
    return evc_fork_is_current_slow(generation);
}

int evc_fork_refuse(const char *what, evc_error **err) EVC_MUST_CHECK;

/* 0, or ENVCRYPT_E_FORKED with a message that names the kind of handle ("client"). */
static inline int EVC_MUST_CHECK
evc_fork_check(uint64_t generation, const char *what, evc_error **err)
{
    return evc_fork_is_current(generation) ? 0 : evc_fork_refuse(what, err);
}

#endif
