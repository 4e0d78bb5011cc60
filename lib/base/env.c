/* SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"

#include "base/fork.h"
#include "base/mem.h"

static void
warn_of_swapping(const evc_env *env)
{
    evc_arena_status status;

    evc_arena_get_status(env->arena, &status);
    evc_log_write(
        &env->log, ENVCRYPT_LOG_WARNING,
        "%s of the memory for keys can be locked, so keys may be swapped to disk; "
        "raise RLIMIT_MEMLOCK to %zu bytes or more",
        status.locked_chunks > 0 ? "not all" : "nothing", status.limit);
}

int
evc_env_open(size_t arena_limit, bool require_locked, const evc_clock *clock,
             const evc_log *log, evc_env **out, evc_error **err)
{
    evc_env *env = evc_mem_new(sizeof(*env));
    int rc;

    *out = NULL;
    if (!env)
        return evc_err_nomem(err);
    rc = evc_arena_open(arena_limit, require_locked, &env->arena, err);
    if (rc != 0) {
        evc_mem_free(env);
        return rc;
    }
    atomic_init(&env->refs, 1);
    env->generation = evc_arena_generation(env->arena);
    if (clock)
        env->clock = *clock;
    if (log)
        env->log = *log;
    if (!evc_arena_can_be_locked(env->arena))
        warn_of_swapping(env);
    *out = env;
    return 0;
}

evc_env *
evc_env_ref(evc_env *env)
{
    if (env)
        atomic_fetch_add_explicit(&env->refs, 1, memory_order_relaxed);
    return env;
}

void
evc_env_unref(evc_env *env)
{
    if (!env || atomic_fetch_sub_explicit(&env->refs, 1, memory_order_acq_rel) != 1)
        return;
    evc_arena_close(env->arena);
    if (evc_fork_is_current(env->generation)) {
        if (env->clock_destroy)
            env->clock_destroy(env->clock.user);
        if (env->log_destroy)
            env->log_destroy(env->log.user);
    }
    evc_mem_free(env);
}
