/* SPDX-License-Identifier: Apache-2.0 */
/* A client's network for tests of credentials: a wall clock that is set, a log that is kept. */
#ifndef EVC_TESTS_AUTH_SOME_NET_H
#define EVC_TESTS_AUTH_SOME_NET_H

#include <stdatomic.h>

#include "evc-check.h"
#include "net/net.h"

#define SOME_TIME 1700000000000 /* 2023-11-14T22:13:20Z */

static _Atomic int64_t wall_now;
static char logged[4096]; /* of the last line at warning or above */
static atomic_int warnings;
static evc_env *env;
static evc_net *net;

static int64_t
wall(void *user)
{
    (void)user;
    return atomic_load(&wall_now);
}

static void
note(void *user, int32_t level, const char *line)
{
    (void)user;
    if (level <= ENVCRYPT_LOG_WARNING) {
        atomic_fetch_add(&warnings, 1);
        (void)snprintf(logged, sizeof(logged), "%s", line);
    }
}

static void
open_net(void)
{
    static const evc_net_settings settings = {.deadline_ms = 30000};
    const evc_clock clock = {.wall_ms = wall};
    const evc_log log = {.sink = note, .level = ENVCRYPT_LOG_DEBUG};

    atomic_store(&wall_now, SOME_TIME);
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, &clock, &log, &env, NULL));
    EVC_CHECK_OK(evc_net_open(env, &settings, NULL, NULL, NULL, &net, NULL));
    logged[0] = 0;
    atomic_store(&warnings, 0);
}

static void
close_net(void)
{
    evc_arena_status status;

    evc_net_unref(net);
    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_env_unref(env);
}

#endif
