/* SPDX-License-Identifier: Apache-2.0 */
/* The meter and the budget of a client, as its network counts. */
#include "api/client.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"
#include "net/net.h"

static envcrypt_client_config *config;
static envcrypt_client *client;
static envcrypt_meter *figures;
static int destroyed;
static int heard;
static int32_t heard_code;
static uint64_t heard_attempts;

static void
hear(void *user, int32_t code, const envcrypt_meter *call)
{
    ck_assert_ptr_eq(user, &heard);
    ck_assert_uint_eq(envcrypt_meter_rows(call), 1);
    ck_assert_str_eq(envcrypt_meter_provider(call, 0), "aws-kms");
    ck_assert_uint_eq(envcrypt_meter_figure(call, 0, ENVCRYPT_METER_CALLS), 1);
    ck_assert_uint_eq(envcrypt_meter_figure(call, 0, ENVCRYPT_METER_FAILURES),
                      code != 0);
    heard_code = code;
    heard_attempts = envcrypt_meter_figure(call, 0, ENVCRYPT_METER_ATTEMPTS);
    heard++;
}

/* Without Check, which allocates: it is called while allocations fail. */
static void
destroy(void *user)
{
    destroyed += user == &heard;
}

static void
set_up(void)
{
    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
    client = NULL;
    figures = NULL;
}

static void
tear_down(void)
{
    envcrypt_meter_free(figures);
    envcrypt_client_unref(client);
    envcrypt_client_config_free(config);
}

static void
set_meter(void)
{
    EVC_CHECK_OK(envcrypt_client_config_set_meter(config, hear, &heard, destroy, NULL));
}

static void
open_client(void)
{
    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
}

/* As an operation of net/operation.c counts. */
static void
count(int code)
{
    const evc_meter_call call = {.provider = "aws-kms",
                                 .operation = "Decrypt",
                                 .code = code,
                                 .attempts = 3,
                                 .throttles = 2,
                                 .bytes_out = 100,
                                 .bytes_in = 200,
                                 .latency_ms = 40};

    evc_meter_count(evc_net_meter(client->net), &call);
}

START_TEST(the_function_hears_of_each_call)
{
    set_meter();
    open_client();
    count(0);
    count(ENVCRYPT_E_DENIED);
    ck_assert_int_eq(heard, 2);
    ck_assert_int_eq(heard_code, ENVCRYPT_E_DENIED);
    ck_assert_uint_eq(heard_attempts, 3);
}
END_TEST

START_TEST(figures_are_those_of_the_moment)
{
    open_client();
    count(0);
    count(ENVCRYPT_E_DENIED);
    EVC_CHECK_OK(envcrypt_client_meter(client, &figures, NULL));
    count(0);
    ck_assert_uint_eq(envcrypt_meter_rows(figures), 1);
    ck_assert_str_eq(envcrypt_meter_operation(figures, 0), "Decrypt");
    ck_assert_uint_eq(envcrypt_meter_figure(figures, 0, ENVCRYPT_METER_CALLS), 2);
    ck_assert_uint_eq(envcrypt_meter_figure(figures, 0, ENVCRYPT_METER_FAILURES), 1);
    ck_assert_uint_eq(envcrypt_meter_figure(figures, 0, ENVCRYPT_METER_ATTEMPTS), 6);
    ck_assert_uint_eq(envcrypt_meter_figure(figures, 0, ENVCRYPT_METER_THROTTLES), 4);
    ck_assert_uint_eq(envcrypt_meter_figure(figures, 0, ENVCRYPT_METER_BYTES_OUT), 200);
    ck_assert_uint_eq(envcrypt_meter_figure(figures, 0, ENVCRYPT_METER_BYTES_IN), 400);
    ck_assert_uint_eq(envcrypt_meter_figure(figures, 0, ENVCRYPT_METER_LATENCY_SUM_MS),
                      80);
    ck_assert_uint_eq(envcrypt_meter_figure(figures, 0, ENVCRYPT_METER_LATENCY_MAX_MS),
                      40);
}
END_TEST

START_TEST(figures_outlive_their_client)
{
    open_client();
    count(0);
    EVC_CHECK_OK(envcrypt_client_meter(client, &figures, NULL));
    envcrypt_client_unref(client);
    client = NULL;
    ck_assert_str_eq(envcrypt_meter_provider(figures, 0), "aws-kms");
}
END_TEST

START_TEST(the_hook_goes_with_the_client)
{
    set_meter();
    open_client();
    envcrypt_client_config_free(config);
    config = NULL;
    ck_assert_int_eq(destroyed, 0);
    envcrypt_client_unref(client);
    client = NULL;
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(a_hook_opens_one_client)
{
    envcrypt_client *second;

    set_meter();
    open_client();
    EVC_CHECK_CODE(envcrypt_client_open(config, &second, NULL), ENVCRYPT_E_STATE);
    set_meter();
    EVC_CHECK_OK(envcrypt_client_open(config, &second, NULL));
    envcrypt_client_unref(second);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(a_refused_or_replaced_hook_is_destroyed)
{
    EVC_CHECK_CODE(envcrypt_client_config_set_meter(NULL, hear, &heard, destroy, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(destroyed, 1);
    set_meter();
    set_meter();
    ck_assert_int_eq(destroyed, 2);
    envcrypt_client_config_free(config);
    config = NULL;
    ck_assert_int_eq(destroyed, 3);
}
END_TEST

static int
open_and_close(void *unused)
{
    envcrypt_client *one;
    int rc;

    (void)unused;
    rc = envcrypt_client_config_set_meter(config, hear, &heard, destroy, NULL);
    if (!rc)
        rc = envcrypt_client_open(config, &one, NULL);
    if (!rc)
        envcrypt_client_unref(one);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    (void)evc_alloc_sweep(open_and_close, NULL);
    envcrypt_client_config_free(config);
    config = NULL;
}
END_TEST

START_TEST(a_budget_reaches_the_network)
{
    EVC_CHECK_OK(envcrypt_client_config_set_call_budget(config, 1, NULL));
    open_client();
    EVC_CHECK_OK(evc_meter_spend(evc_net_meter(client->net), NULL));
    EVC_CHECK_CODE(evc_meter_spend(evc_net_meter(client->net), NULL),
                   ENVCRYPT_E_CALL_BUDGET);
}
END_TEST

static int
unref_in_child(void *unused)
{
    (void)unused;
    envcrypt_client_unref(client);
    return destroyed;
}

START_TEST(a_child_of_fork_destroys_no_hook)
{
    set_meter();
    open_client();
    EVC_CHECK_CHILD(unref_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_function_hears_of_each_call,  figures_are_those_of_the_moment,
        figures_outlive_their_client,     the_hook_goes_with_the_client,
        a_hook_opens_one_client,          a_refused_or_replaced_hook_is_destroyed,
        survives_any_failed_allocation,   a_budget_reaches_the_network,
        a_child_of_fork_destroys_no_hook,
    };
    TCase *tcase = tcase_create("network-meter");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("network-meter", add_tests)
