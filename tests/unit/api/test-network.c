/* SPDX-License-Identifier: Apache-2.0 */
/* Runs against network.c and network_none.c alike: what is expected follows from which
 * one is linked. */
#include "api/network.h"

#include "api/client.h"
#include "api/network_options.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

static envcrypt_client_config *config;

static void
begin(void)
{
    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
}

static void
end(void)
{
    envcrypt_client_config_free(config);
}

static bool
is_built(void)
{
    return evc_network_check_option("memory", "fast", NULL) == 0;
}

START_TEST(options_are_taken_where_there_is_a_network)
{
    EVC_CHECK_CODE(envcrypt_client_config_set(config, "memory", "fast", NULL),
                   is_built() ? 0 : ENVCRYPT_E_NOT_BUILT);
}
END_TEST

START_TEST(unknown_options_and_values_are_told_in_every_build)
{
    EVC_CHECK_CODE(envcrypt_client_config_set(config, "memry", "fast", NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    EVC_CHECK_CODE(envcrypt_client_config_set(config, "memory", "slow", NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_meter_and_a_budget_are_taken_where_there_is_a_network)
{
    int wanted = is_built() ? 0 : ENVCRYPT_E_NOT_BUILT;

    EVC_CHECK_CODE(envcrypt_client_config_set_meter(config, NULL, NULL, NULL, NULL),
                   wanted);
    EVC_CHECK_CODE(envcrypt_client_config_set_call_budget(config, 1, NULL), wanted);
}
END_TEST

START_TEST(a_client_that_asked_nobody_has_no_figures)
{
    envcrypt_client *client;
    envcrypt_meter *meter;

    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    EVC_CHECK_OK(envcrypt_client_meter(client, &meter, NULL));
    ck_assert_uint_eq(envcrypt_meter_rows(meter), 0);
    envcrypt_meter_free(meter);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(a_client_has_a_network_where_there_is_one)
{
    envcrypt_client *client;

    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    ck_assert_int_eq(client->net != NULL, is_built());
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(a_certificate_needs_its_key)
{
    envcrypt_client *client;

    if (!is_built())
        return;
    EVC_CHECK_OK(envcrypt_client_config_set(config, "client-cert", "c.pem", NULL));
    EVC_CHECK_CODE(envcrypt_client_open(config, &client, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_client_config_set(config, "client-cert", NULL, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    envcrypt_client_unref(client);
}
END_TEST

static int
open_and_close(void *user)
{
    envcrypt_client *client;
    int rc = envcrypt_client_open(user, &client, NULL);

    if (rc == 0)
        envcrypt_client_unref(client);
    return rc;
}

START_TEST(memory_may_run_out_anywhere_in_an_open)
{
    if (is_built())
        EVC_CHECK_OK(envcrypt_client_config_set(config, "proxy", "http://p:1", NULL));
    (void)evc_alloc_sweep(open_and_close, config);
}
END_TEST

static int
unref_in_child(void *user)
{
    envcrypt_client_unref(user);
    return 0;
}

START_TEST(a_child_of_fork_may_give_a_client_back)
{
    envcrypt_client *client;

    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    EVC_CHECK_CHILD(unref_in_child, client);
    envcrypt_client_unref(client);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        options_are_taken_where_there_is_a_network,
        unknown_options_and_values_are_told_in_every_build,
        a_client_has_a_network_where_there_is_one,
        a_meter_and_a_budget_are_taken_where_there_is_a_network,
        a_client_that_asked_nobody_has_no_figures,
        a_certificate_needs_its_key,
        memory_may_run_out_anywhere_in_an_open,
        a_child_of_fork_may_give_a_client_back,
        NULL};
    TCase *tcase = tcase_create("network");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("network", add_tests)
