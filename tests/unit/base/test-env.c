/* SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

static int destroyed_clock;
static int destroyed_log;
static int lines;

static void
begin(void)
{
    destroyed_clock = 0;
    destroyed_log = 0;
    lines = 0;
}

static void
destroy_clock(void *user)
{
    destroyed_clock += *(int *)user;
}

static void
destroy_log(void *user)
{
    destroyed_log += *(int *)user;
}

static void
take_line(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
    lines++;
}

static evc_env *
open_with_hooks(int *clock_user, int *log_user)
{
    evc_clock clock = {.user = clock_user};
    evc_log log = {.sink = take_line, .user = log_user, .level = ENVCRYPT_LOG_DEBUG};
    evc_env *env = NULL;

    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, &clock, &log, &env, NULL));
    env->clock_destroy = destroy_clock;
    env->log_destroy = destroy_log;
    return env;
}

START_TEST(opens_without_hooks)
{
    evc_env *env;

    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    ck_assert(!env->log.sink);
    evc_env_unref(env);
}
END_TEST

START_TEST(arena_has_the_limit)
{
    evc_arena_status status;
    evc_env *env;

    EVC_CHECK_OK(evc_env_open(3 * EVC_ARENA_CHUNK, false, NULL, NULL, &env, NULL));
    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.limit, 3 * EVC_ARENA_CHUNK);
    evc_env_unref(env);
}
END_TEST

START_TEST(failed_open_gives_nothing)
{
    evc_env *env;

    EVC_CHECK_CODE(evc_env_open(0, false, NULL, NULL, &env, NULL), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(env);
}
END_TEST

START_TEST(locked_memory_is_not_logged)
{
    int one = 1;
    evc_env *env = open_with_hooks(&one, &one);

    if (evc_arena_can_be_locked(env->arena))
        ck_assert_int_eq(lines, 0);
    evc_env_unref(env);
}
END_TEST

START_TEST(last_reference_destroys_each_hook_once)
{
    int one = 1;
    int ten = 10;
    evc_env *env = open_with_hooks(&one, &ten);

    evc_env_unref(env);
    ck_assert_int_eq(destroyed_clock, 1);
    ck_assert_int_eq(destroyed_log, 10);
}
END_TEST

START_TEST(earlier_references_keep_it)
{
    int one = 1;
    evc_env *env = open_with_hooks(&one, &one);
    evc_secret secret;

    ck_assert_ptr_eq(evc_env_ref(env), env);
    evc_env_unref(env);
    ck_assert_int_eq(destroyed_log, 0);
    EVC_CHECK_OK(evc_secret_new(env->arena, 32, &secret, NULL));
    evc_secret_free(&secret);
    evc_env_unref(env);
}
END_TEST

START_TEST(nothing_is_referenced_and_released)
{
    ck_assert_ptr_null(evc_env_ref(NULL));
    evc_env_unref(NULL);
}
END_TEST

static int
unref_in_child(void *user)
{
    evc_env_unref(user);
    return destroyed_clock + destroyed_log;
}

START_TEST(child_releases_without_calling_the_application)
{
    int one = 1;
    evc_env *env = open_with_hooks(&one, &one);

    EVC_CHECK_CHILD(unref_in_child, env);
    evc_env_unref(env);
    ck_assert_int_eq(destroyed_clock, 1);
}
END_TEST

static int
open_and_close(void *user)
{
    evc_env *env;
    int rc = evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL);

    (void)user;
    evc_env_unref(env);
    return rc;
}

START_TEST(memory_that_runs_out_is_reported)
{
    ck_assert_uint_eq(evc_alloc_sweep(open_and_close, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_without_hooks,
        arena_has_the_limit,
        failed_open_gives_nothing,
        locked_memory_is_not_logged,
        last_reference_destroys_each_hook_once,
        earlier_references_keep_it,
        nothing_is_referenced_and_released,
        child_releases_without_calling_the_application,
        memory_that_runs_out_is_reported,
        NULL,
    };

    TCase *tcase = tcase_create("env");

    tcase_add_checked_fixture(tcase, begin, NULL);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("env", add_tests)
