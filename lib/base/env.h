/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client lends to everything below it: arena, clock, log. Shared and counted;
 * immutable after open.
 */
#ifndef EVC_BASE_ENV_H
#define EVC_BASE_ENV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

typedef struct evc_env {
    atomic_size_t refs;
    uint64_t generation;
    evc_arena *arena;
    evc_clock clock;
    evc_log log;
    /* NULL after open. Who opens sets them once nothing can fail any more, before
     * sharing. */
    void (*clock_destroy)(void *user);
    void (*log_destroy)(void *user);
} evc_env;

/*
 * Copies the hooks of clock and log (either may be NULL). Makes libsodium ready. When
 * not all that the arena may grow to can be locked, one line of the log says so; later
 * nothing does, since keys are made under locks and no callback may run there. Errors as
 * evc_arena_open().
 */
int evc_env_open(size_t arena_limit, bool require_locked, const evc_clock *clock,
                 const evc_log *log, evc_env **out, evc_error **err) EVC_MUST_CHECK;
evc_env *evc_env_ref(evc_env *env); /* NULL is fine */
/*
 * NULL is fine. The last one closes the arena and calls the destroy functions; these
 * not in a child of fork, where they might wait for threads that are not there.
 */
void evc_env_unref(evc_env *env);

#endif
