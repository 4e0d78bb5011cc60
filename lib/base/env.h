/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client lends to everything below it: arena, clock, log. Shared and counted;
 * immutable after open.
 */
#ifndef EVC_BASE_ENV_H
#define EVC_BASE_ENV_H

#include <stdatomic.h>
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
    void (*clock_destroy)(void *user);
    void (*log_destroy)(void *user);
} evc_env;

/* Takes the hooks from clock and log (may be NULL) with their destroy functions. */
int evc_env_open(size_t arena_limit, bool require_locked, const evc_clock *clock,
                 const evc_log *log, evc_env **out, evc_error **err) EVC_MUST_CHECK;
evc_env *evc_env_ref(evc_env *env);
void evc_env_unref(evc_env *env); /* NULL is fine; the last one closes the arena */

#endif
