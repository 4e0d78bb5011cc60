/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"
#include "envcrypt/client.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

static int64_t now = 1000;
static int destroyed;
static int one = 1;

static int64_t
tell_time(void *user)
{
    (void)user;
    return now;
}

static void
destroy(void *user)
{
    destroyed += *(const int *)user;
}

static envcrypt_client *client;
static envcrypt_wait *wait_made;

static void
begin(void)
{
    envcrypt_client_config *config;

    now = 1000;
    destroyed = 0;
    wait_made = NULL;
    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_clock(config, NULL, tell_time, NULL, &one,
                                                  destroy, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    envcrypt_client_config_free(config);
}

static void
end(void)
{
    envcrypt_wait_free(wait_made);
    envcrypt_client_unref(client);
    client = NULL;
}

static void
make(int64_t timeout_ms)
{
    EVC_CHECK_OK(envcrypt_wait_new(client, timeout_ms, &wait_made, NULL));
}

START_TEST(deadline_counts_on_the_clients_clock)
{
    make(500);
    now = 1499;
    EVC_CHECK_OK(evc_wait_check(wait_made, NULL));
    now = 1500;
    EVC_CHECK_CODE(evc_wait_check(wait_made, NULL), ENVCRYPT_E_TIMEOUT);
}
END_TEST

START_TEST(negative_timeout_is_no_deadline)
{
    make(INT64_MIN);
    now = INT64_MAX;
    EVC_CHECK_OK(evc_wait_check(wait_made, NULL));
}
END_TEST

START_TEST(timeout_of_zero_does_not_wait)
{
    make(0);
    EVC_CHECK_CODE(evc_wait_sleep(wait_made, NULL), ENVCRYPT_E_TIMEOUT);
}
END_TEST

START_TEST(canceled_wait_stays_canceled)
{
    make(-1);
    envcrypt_wait_cancel(wait_made);
    EVC_CHECK_CODE(evc_wait_begin(wait_made, NULL), ENVCRYPT_E_CANCELED);
    EVC_CHECK_CODE(evc_wait_sleep(wait_made, NULL), ENVCRYPT_E_CANCELED);
}
END_TEST

START_TEST(nothing_is_canceled_and_freed)
{
    envcrypt_wait_cancel(NULL);
    envcrypt_wait_free(NULL);
}
END_TEST

START_TEST(wait_keeps_the_clock_of_a_closed_client)
{
    make(500);
    envcrypt_client_unref(client);
    client = NULL;
    ck_assert_int_eq(destroyed, 0);
    EVC_CHECK_OK(evc_wait_check(wait_made, NULL));
    envcrypt_wait_free(wait_made);
    wait_made = NULL;
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(needs_a_client)
{
    EVC_CHECK_CODE(envcrypt_wait_new(NULL, 0, &wait_made, NULL), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(wait_made);
}
END_TEST

START_TEST(needs_an_out_pointer)
{
    EVC_CHECK_CODE(envcrypt_wait_new(client, 0, NULL, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(memory_that_runs_out_is_reported)
{
    evc_alloc_fail(0, false);
    int rc = envcrypt_wait_new(client, 0, &wait_made, NULL);

    (void)evc_alloc_stop();
    EVC_CHECK_CODE(rc, ENVCRYPT_E_NOMEM);
    ck_assert_ptr_null(wait_made);
}
END_TEST

static int
make_in_child(void *user)
{
    (void)user;
    return envcrypt_wait_new(client, 0, &wait_made, NULL) == ENVCRYPT_E_FORKED ? 0 : 1;
}

START_TEST(child_gets_forked)
{
    EVC_CHECK_CHILD(make_in_child, NULL);
}
END_TEST

static int
free_in_child(void *user)
{
    (void)user;
    envcrypt_wait_free(wait_made);
    envcrypt_client_unref(client);
    return destroyed;
}

START_TEST(child_may_free)
{
    make(500);
    EVC_CHECK_OK(evc_wait_arm(wait_made, NULL));
    EVC_CHECK_CHILD(free_in_child, NULL);
    EVC_CHECK_OK(evc_wait_check(wait_made, NULL));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        deadline_counts_on_the_clients_clock,
        negative_timeout_is_no_deadline,
        timeout_of_zero_does_not_wait,
        canceled_wait_stays_canceled,
        nothing_is_canceled_and_freed,
        wait_keeps_the_clock_of_a_closed_client,
        needs_a_client,
        needs_an_out_pointer,
        memory_that_runs_out_is_reported,
        child_gets_forked,
        child_may_free,
        NULL,
    };
    TCase *tcase = tcase_create("wait");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("wait", add_tests)
