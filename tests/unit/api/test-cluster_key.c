/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/envcrypt.h"
#include "evc-check.h"

static envcrypt_client *client;
static envcrypt_cluster *place;
static envcrypt_cluster_change *change;
static envcrypt_table *users, *rows;
static envcrypt_error *error;

static void
begin(void)
{
    envcrypt_credentials *credentials;
    envcrypt_cluster_config *config;

    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    EVC_CHECK_OK(envcrypt_credentials_new(client, "aws", "AKID", "secret", 6, NULL, 0,
                                          NULL, &credentials, NULL));
    EVC_CHECK_OK(envcrypt_cluster_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_cluster_config_set_credentials(config, credentials, NULL));
    EVC_CHECK_OK(
        envcrypt_cluster_open(client, "eks://eu-west-1", config, NULL, &place, NULL));
    EVC_CHECK_OK(envcrypt_cluster_change_new(&change, NULL));
    envcrypt_cluster_config_free(config);
    envcrypt_credentials_unref(credentials);
}

static void
end(void)
{
    envcrypt_error_free(error);
    envcrypt_table_free(users);
    envcrypt_table_free(rows);
    envcrypt_cluster_change_free(change);
    envcrypt_cluster_unref(place);
    envcrypt_client_unref(client);
}

START_TEST(without_a_key_nothing_is_done)
{
    EVC_CHECK_CODE(
        envcrypt_cluster_key_disable(place, change, NULL, &users, &rows, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cluster_key_schedule_deletion(place, change, NULL, &users,
                                                          &rows, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cluster_key_enable(place, change, NULL, &rows, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cluster_key_users(place, change, NULL, &users, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(users);
    ck_assert_ptr_null(rows);
}
END_TEST

START_TEST(an_option_that_the_provider_does_not_take_is_refused)
{
    EVC_CHECK_OK(envcrypt_cluster_change_set(change, "crk", "k", NULL));
    EVC_CHECK_CODE(
        envcrypt_cluster_key_cancel_deletion(place, change, NULL, &rows, &error),
        ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(error), "crk"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {without_a_key_nothing_is_done,
                                an_option_that_the_provider_does_not_take_is_refused};
    TCase *tcase = tcase_create("cluster_key");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("cluster_key", add_tests)
