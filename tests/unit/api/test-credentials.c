/* SPDX-License-Identifier: Apache-2.0 */
/* Runs against chains.c and chains_none.c alike: what is expected follows from which one
 * is linked. */
#include "api-fixture.h"
#include "api/chains.h"
#include "evc-alloc.h"
#include "evc-child.h"

static char why[512];

static int
make(const char *provider, const char *id, const char *secret, const char *token,
     envcrypt_credentials **out)
{
    envcrypt_error *err;
    int rc = envcrypt_credentials_new(client, provider, id, secret,
                                      secret ? strlen(secret) : 0, token,
                                      token ? strlen(token) : 0, NULL, out, &err);

    (void)snprintf(why, sizeof(why), "%s", rc ? envcrypt_error_message(err) : "");
    envcrypt_error_free(err);
    return rc;
}

static bool
is_built(void)
{
    envcrypt_credentials *credentials = NULL;
    int rc = make("aws", "AKID", "secret", NULL, &credentials);

    envcrypt_credentials_unref(credentials);
    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
    return rc == 0;
}

START_TEST(a_build_without_network_has_none)
{
    envcrypt_credentials *credentials;
    int wanted = is_built() ? 0 : ENVCRYPT_E_NOT_BUILT;

    EVC_CHECK_CODE(make("aws", "AKID", "secret", NULL, &credentials), wanted);
    envcrypt_credentials_unref(credentials);
    EVC_CHECK_CODE(
        envcrypt_credentials_open(client, "alibaba", NULL, &credentials, NULL), wanted);
    envcrypt_credentials_unref(credentials);
}
END_TEST

START_TEST(fixed_ones_say_what_they_are_and_not_the_secret)
{
    envcrypt_credentials *credentials;
    envcrypt_table *table;

    if (!is_built())
        return;
    EVC_CHECK_OK(make("alibaba", "LTAI", "hunter2", "session", &credentials));
    EVC_CHECK_OK(envcrypt_credentials_check(credentials, NULL, &table, NULL));
    ck_assert_uint_eq(envcrypt_table_rows(table), 1);
    ck_assert_str_eq(envcrypt_table_get(table, 0, "provider"), "alibaba");
    ck_assert_str_eq(envcrypt_table_get(table, 0, "source"), "fixed");
    ck_assert_str_eq(envcrypt_table_get(table, 0, "id"), "LTAI");
    ck_assert_ptr_null(envcrypt_table_get(table, 0, "expires"));
    for (size_t i = 0; i < envcrypt_table_columns(table); i++) {
        const char *cell = envcrypt_table_cell(table, 0, i);

        ck_assert(!cell || (!strstr(cell, "hunter2") && !strstr(cell, "session")));
    }
    envcrypt_table_free(table);
    envcrypt_credentials_unref(credentials);
}
END_TEST

static const struct {
    const char *provider;
    const char *id;
    const char *secret;
    const char *token;
    int code;
} parts[] = {
    {"aws", "AKID", "secret", NULL, 0},
    {"aws", "AKID", "secret", "token", 0},
    {"alibaba", "LTAI", "secret", NULL, 0},
    {"ibm", NULL, NULL, "token", 0},
    {"ibm", NULL, "api-key", NULL, 0},
    {"ibm", NULL, "api-key", "token", ENVCRYPT_E_ARGUMENT},
    {"aws", NULL, "secret", NULL, ENVCRYPT_E_ARGUMENT},
    {"aws", "AKID", NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"aws", "AKID", "", "token", ENVCRYPT_E_ARGUMENT},
    {"alibaba", NULL, NULL, "token", ENVCRYPT_E_ARGUMENT},
    {"ibm", "id", NULL, "token", ENVCRYPT_E_ARGUMENT},
    {"ibm", NULL, NULL, NULL, ENVCRYPT_E_ARGUMENT},
    {"azure", "id", "secret", NULL, ENVCRYPT_E_ARGUMENT},
    {"aws", "AKID", "sec\nret", NULL, ENVCRYPT_E_BAD_CREDENTIALS},
};

START_TEST(each_provider_has_its_parts)
{
    envcrypt_credentials *credentials;

    if (!is_built())
        return;
    EVC_CHECK_CODE(make(parts[_i].provider, parts[_i].id, parts[_i].secret,
                        parts[_i].token, &credentials),
                   parts[_i].code);
    ck_assert_int_eq(credentials != NULL, parts[_i].code == 0);
    ck_assert_ptr_null(strstr(why, "secret\n"));
    envcrypt_credentials_unref(credentials);
}
END_TEST

START_TEST(a_chain_knows_the_options_of_its_provider_alone)
{
    envcrypt_credentials *credentials;
    envcrypt_kms_config *config;

    if (!is_built())
        return;
    EVC_CHECK_OK(envcrypt_kms_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_kms_config_set(config, "profile-crn", "crn:v1:x", NULL));
    EVC_CHECK_CODE(envcrypt_credentials_open(client, "aws", config, &credentials, NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    envcrypt_kms_config_free(config);
}
END_TEST

START_TEST(a_config_holds_a_reference)
{
    envcrypt_credentials *credentials;
    envcrypt_kms_config *config;
    envcrypt_table *table;

    if (!is_built())
        return;
    EVC_CHECK_OK(envcrypt_kms_config_new(&config, NULL));
    EVC_CHECK_OK(make("aws", "AKID", "secret", NULL, &credentials));
    EVC_CHECK_OK(envcrypt_kms_config_set_credentials(config, credentials, NULL));
    EVC_CHECK_OK(envcrypt_kms_config_set_credentials(config, credentials, NULL));
    EVC_CHECK_OK(envcrypt_credentials_check(credentials, NULL, &table, NULL));
    envcrypt_table_free(table);
    envcrypt_credentials_unref(credentials);
    envcrypt_kms_config_free(config);
}
END_TEST

static int
make_and_check(void *user)
{
    envcrypt_credentials *credentials = NULL;
    envcrypt_table *table = NULL;
    int rc = envcrypt_credentials_new(client, "aws", "AKID", "secret", 6, "token", 5,
                                      NULL, &credentials, NULL);

    (void)user;
    if (!rc)
        rc = envcrypt_credentials_check(credentials, NULL, &table, NULL);
    envcrypt_table_free(table);
    envcrypt_credentials_unref(credentials);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    if (is_built())
        (void)evc_alloc_sweep(make_and_check, NULL);
}
END_TEST

static int
check_in_child(void *user)
{
    envcrypt_table *table;
    int rc = envcrypt_credentials_check(user, NULL, &table, NULL);

    envcrypt_credentials_unref(user);
    return rc == ENVCRYPT_E_FORKED ? 0 : 1;
}

START_TEST(a_child_of_fork_gets_a_named_error)
{
    envcrypt_credentials *credentials;

    if (!is_built())
        return;
    EVC_CHECK_OK(make("aws", "AKID", "secret", NULL, &credentials));
    EVC_CHECK_CHILD(check_in_child, credentials);
    envcrypt_credentials_unref(credentials);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_build_without_network_has_none,
                                  fixed_ones_say_what_they_are_and_not_the_secret,
                                  a_chain_knows_the_options_of_its_provider_alone,
                                  a_config_holds_a_reference,
                                  memory_may_run_out_anywhere,
                                  a_child_of_fork_gets_a_named_error,
                                  NULL};
    TCase *loop = tcase_create("parts");

    api_add(suite, "credentials", tests);
    tcase_add_checked_fixture(loop, open_client, close_client);
    tcase_add_loop_test(loop, each_provider_has_its_parts, 0,
                        sizeof(parts) / sizeof(parts[0]));
    suite_add_tcase(suite, loop);
}

EVC_TEST_MAIN("credentials", add_tests)
