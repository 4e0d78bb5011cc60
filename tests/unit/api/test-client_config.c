/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/client.h"
#include "evc-check.h"
#include "evc-child.h"

#define GIB ((size_t)1024 * 1024 * 1024)

static envcrypt_client_config *config;
static int destroyed;

static void
begin(void)
{
    destroyed = 0;
    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
}

static void
end(void)
{
    envcrypt_client_config_free(config);
    config = NULL;
}

static void
take_line(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
}

static void
destroy(void *user)
{
    destroyed += *(const int *)user;
}

static int one = 1;

static int
set_log(int32_t level)
{
    return envcrypt_client_config_set_log(config, level, take_line, &one, destroy,
                                          NULL);
}

static int
set_clock(void)
{
    return envcrypt_client_config_set_clock(config, NULL, NULL, NULL, &one, destroy,
                                            NULL);
}

START_TEST(needs_an_out_pointer)
{
    EVC_CHECK_CODE(envcrypt_client_config_new(NULL, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(free_of_nothing_does_nothing)
{
    envcrypt_client_config_free(NULL);
}
END_TEST

START_TEST(setters_need_a_config)
{
    EVC_CHECK_CODE(envcrypt_client_config_set_arena_limit(NULL, 65536, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_client_config_set_require_locked(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_client_config_set_log(NULL, 1, take_line, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_client_config_set_clock(NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(accepts_the_smallest_and_the_largest_arena)
{
    EVC_CHECK_OK(envcrypt_client_config_set_arena_limit(config, 65536, NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_arena_limit(config, GIB, NULL));
}
END_TEST

START_TEST(rejects_an_arena_below_the_smallest)
{
    EVC_CHECK_CODE(envcrypt_client_config_set_arena_limit(config, 65535, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(rejects_an_arena_past_the_largest)
{
    EVC_CHECK_CODE(envcrypt_client_config_set_arena_limit(config, GIB + 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(requiring_locks_is_yes_or_no)
{
    EVC_CHECK_OK(envcrypt_client_config_set_require_locked(config, 0, NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_require_locked(config, 1, NULL));
    EVC_CHECK_CODE(envcrypt_client_config_set_require_locked(config, 2, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_client_config_set_require_locked(config, -1, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(accepts_every_level)
{
    EVC_CHECK_OK(set_log(ENVCRYPT_LOG_ERROR));
    EVC_CHECK_OK(set_log(ENVCRYPT_LOG_DEBUG));
}
END_TEST

START_TEST(rejects_levels_around)
{
    EVC_CHECK_CODE(set_log(ENVCRYPT_LOG_ERROR - 1), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(set_log(ENVCRYPT_LOG_DEBUG + 1), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(rejected_hook_is_destroyed_and_the_one_before_stays)
{
    EVC_CHECK_OK(set_log(1));
    (void)set_log(0);
    ck_assert_int_eq(destroyed, 1);
    end();
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

START_TEST(no_log_needs_no_level)
{
    EVC_CHECK_OK(envcrypt_client_config_set_log(config, 0, NULL, NULL, NULL, NULL));
}
END_TEST

START_TEST(free_destroys_each_hook_once)
{
    EVC_CHECK_OK(set_log(1));
    EVC_CHECK_OK(set_clock());
    end();
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

START_TEST(new_hook_destroys_the_one_before)
{
    EVC_CHECK_OK(set_log(1));
    EVC_CHECK_OK(set_log(2));
    ck_assert_int_eq(destroyed, 1);
    EVC_CHECK_OK(set_clock());
    EVC_CHECK_OK(set_clock());
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

static int
free_in_child(void *user)
{
    (void)user;
    envcrypt_client_config_free(config);
    return destroyed;
}

START_TEST(free_in_a_child_does_not_call_the_application)
{
    EVC_CHECK_OK(set_log(1));
    EVC_CHECK_CHILD(free_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        needs_an_out_pointer,
        free_of_nothing_does_nothing,
        setters_need_a_config,
        accepts_the_smallest_and_the_largest_arena,
        rejects_an_arena_below_the_smallest,
        rejects_an_arena_past_the_largest,
        requiring_locks_is_yes_or_no,
        accepts_every_level,
        rejects_levels_around,
        rejected_hook_is_destroyed_and_the_one_before_stays,
        no_log_needs_no_level,
        free_destroys_each_hook_once,
        new_hook_destroys_the_one_before,
        free_in_a_child_does_not_call_the_application,
        NULL,
    };
    TCase *tcase = tcase_create("client_config");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("client_config", add_tests)
