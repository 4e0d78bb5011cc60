/* SPDX-License-Identifier: Apache-2.0 */
#include "api/client.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

static int destroyed;
static int one = 1;

static void
begin(void)
{
    destroyed = 0;
}

static void
destroy(void *user)
{
    destroyed += *(const int *)user;
}

static void
take_line(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
}

static envcrypt_client *
open_default(void)
{
    envcrypt_client *client = NULL;

    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    return client;
}

static envcrypt_client_config *
config_with_hooks(void)
{
    envcrypt_client_config *config = NULL;

    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_log(config, ENVCRYPT_LOG_DEBUG, take_line,
                                                &one, destroy, NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_clock(config, NULL, NULL, NULL, &one,
                                                  destroy, NULL));
    return config;
}

/* --- open ------------------------------------------------------------------------- */

START_TEST(opens_with_defaults)
{
    envcrypt_client *client = open_default();

    ck_assert_ptr_nonnull(client->crypto);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(open_needs_an_out_pointer)
{
    EVC_CHECK_CODE(envcrypt_client_open(NULL, NULL, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(success_clears_the_error)
{
    envcrypt_error *err = (envcrypt_error *)&one; /* as from an earlier call */
    envcrypt_client *client;

    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, &err));
    ck_assert_ptr_null(err);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(config_without_hooks_opens_many)
{
    envcrypt_client_config *config;
    envcrypt_client *clients[2];

    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &clients[0], NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &clients[1], NULL));
    envcrypt_client_config_free(config);
    envcrypt_client_unref(clients[0]);
    envcrypt_client_unref(clients[1]);
}
END_TEST

START_TEST(config_with_hooks_opens_one)
{
    envcrypt_client_config *config = config_with_hooks();
    envcrypt_client *client;
    envcrypt_client *second;

    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    EVC_CHECK_CODE(envcrypt_client_open(config, &second, NULL), ENVCRYPT_E_STATE);
    ck_assert_ptr_null(second);
    envcrypt_client_config_free(config);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(config_with_one_hook_opens_one)
{
    envcrypt_client_config *config = config_with_hooks();
    envcrypt_client *client;
    envcrypt_client *second;

    if (_i == 0)
        EVC_CHECK_OK(envcrypt_client_config_set_log(config, 0, NULL, NULL, NULL, NULL));
    else
        EVC_CHECK_OK(envcrypt_client_config_set_clock(config, NULL, NULL, NULL, NULL,
                                                      NULL, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    EVC_CHECK_CODE(envcrypt_client_open(config, &second, NULL), ENVCRYPT_E_STATE);
    envcrypt_client_config_free(config);
    envcrypt_client_unref(client);
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

START_TEST(hooks_set_again_open_another)
{
    envcrypt_client_config *config = config_with_hooks();
    envcrypt_client *clients[2];

    EVC_CHECK_OK(envcrypt_client_open(config, &clients[0], NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_log(config, 0, NULL, NULL, NULL, NULL));
    EVC_CHECK_OK(
        envcrypt_client_config_set_clock(config, NULL, NULL, NULL, NULL, NULL, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &clients[1], NULL));
    envcrypt_client_config_free(config);
    envcrypt_client_unref(clients[0]);
    envcrypt_client_unref(clients[1]);
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

START_TEST(client_destroys_its_hooks_after_the_config_is_gone)
{
    envcrypt_client_config *config = config_with_hooks();
    envcrypt_client *client;

    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    envcrypt_client_config_free(config);
    ck_assert_int_eq(destroyed, 0);
    envcrypt_client_unref(client);
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

START_TEST(config_destroys_hooks_that_no_client_took)
{
    envcrypt_client_config *config = config_with_hooks();
    envcrypt_client *client;

    evc_alloc_fail(1, true);
    (void)envcrypt_client_open(config, &client, NULL);
    (void)evc_alloc_stop();
    ck_assert_ptr_null(client);
    ck_assert_int_eq(destroyed, 0);
    envcrypt_client_config_free(config);
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

static int
open_and_close(void *user)
{
    envcrypt_client *client;
    int rc = envcrypt_client_open(NULL, &client, NULL);

    (void)user;
    envcrypt_client_unref(client);
    return rc;
}

START_TEST(memory_that_runs_out_is_reported)
{
    ck_assert_uint_gt(evc_alloc_sweep(open_and_close, NULL), 0);
}
END_TEST

/* --- references ------------------------------------------------------------------- */

START_TEST(earlier_references_keep_it)
{
    envcrypt_client *client = open_default();

    ck_assert_ptr_eq(envcrypt_client_ref(client), client);
    envcrypt_client_unref(client);
    ck_assert_uint_eq(envcrypt_client_arena_chunks(client), 1);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(nothing_is_referenced_and_released)
{
    ck_assert_ptr_null(envcrypt_client_ref(NULL));
    envcrypt_client_unref(NULL);
}
END_TEST

START_TEST(check_names_a_missing_client)
{
    EVC_CHECK_CODE(evc_client_check(NULL, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

/* --- arena ------------------------------------------------------------------------ */

START_TEST(arena_grows_to_the_limit_of_the_config)
{
    envcrypt_client_config *config;
    envcrypt_client *client;
    evc_secret secrets[31];
    size_t count = 0;

    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_arena_limit(config, 65537, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    envcrypt_client_config_free(config);
    while (count < 31 &&
           evc_secret_new(client->env->arena, 4096, &secrets[count], NULL) == 0)
        count++;
    ck_assert_uint_eq(count, 30);
    ck_assert_uint_eq(envcrypt_client_arena_chunks(client), 2);
    while (count > 0)
        evc_secret_free(&secrets[--count]);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(arena_tells_how_much_is_used)
{
    envcrypt_client *client = open_default();
    evc_secret secret;

    ck_assert_uint_eq(envcrypt_client_arena_used(client), 0);
    EVC_CHECK_OK(evc_secret_new(client->env->arena, 32, &secret, NULL));
    ck_assert_uint_eq(envcrypt_client_arena_used(client), 64);
    evc_secret_free(&secret);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(chunk_that_is_not_there_is_not_locked)
{
    envcrypt_client *client = open_default();

    ck_assert_int_eq(envcrypt_client_arena_locked(client, 1), 0);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(locked_chunk_is_told)
{
    envcrypt_client_config *config;
    envcrypt_client *client;

    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_require_locked(config, 1, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    ck_assert_int_eq(envcrypt_client_arena_locked(client, 0), 1);
    envcrypt_client_config_free(config);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(no_client_has_no_arena)
{
    ck_assert_uint_eq(envcrypt_client_arena_chunks(NULL), 0);
    ck_assert_int_eq(envcrypt_client_arena_locked(NULL, 0), 0);
    ck_assert_uint_eq(envcrypt_client_arena_used(NULL), 0);
}
END_TEST

/* --- fork ------------------------------------------------------------------------- */

static int
use_in_child(void *user)
{
    envcrypt_client *client = user;

    if (evc_client_check(client, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (envcrypt_client_arena_chunks(client) != 0 ||
        envcrypt_client_arena_locked(client, 0) != 0 ||
        envcrypt_client_arena_used(client) != 0)
        return 2;
    return 0;
}

START_TEST(child_gets_forked)
{
    envcrypt_client *client = open_default();

    EVC_CHECK_CHILD(use_in_child, client);
    envcrypt_client_unref(client);
}
END_TEST

static int
unref_in_child(void *user)
{
    envcrypt_client_unref(user);
    return destroyed;
}

START_TEST(child_may_unref)
{
    envcrypt_client_config *config = config_with_hooks();
    envcrypt_client *client;

    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    EVC_CHECK_CHILD(unref_in_child, client);
    envcrypt_client_config_free(config);
    envcrypt_client_unref(client);
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

static int
open_in_child(void *user)
{
    envcrypt_client *client;
    evc_secret secret;

    envcrypt_client_unref(user);
    if (envcrypt_client_open(NULL, &client, NULL) != 0)
        return 1;
    if (evc_secret_new(client->env->arena, 32, &secret, NULL) != 0)
        return 2;
    evc_secret_free(&secret);
    envcrypt_client_unref(client);
    return 0;
}

START_TEST(child_may_open_its_own)
{
    envcrypt_client *client = open_default();

    EVC_CHECK_CHILD(open_in_child, client);
    envcrypt_client_unref(client);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_with_defaults,
        open_needs_an_out_pointer,
        success_clears_the_error,
        config_without_hooks_opens_many,
        config_with_hooks_opens_one,
        hooks_set_again_open_another,
        client_destroys_its_hooks_after_the_config_is_gone,
        config_destroys_hooks_that_no_client_took,
        memory_that_runs_out_is_reported,
        earlier_references_keep_it,
        nothing_is_referenced_and_released,
        check_names_a_missing_client,
        arena_grows_to_the_limit_of_the_config,
        arena_tells_how_much_is_used,
        chunk_that_is_not_there_is_not_locked,
        locked_chunk_is_told,
        no_client_has_no_arena,
        child_gets_forked,
        child_may_unref,
        child_may_open_its_own,
        NULL,
    };
    TCase *tcase = tcase_create("client");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, config_with_one_hook_opens_one, 0, 2);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("client", add_tests)
