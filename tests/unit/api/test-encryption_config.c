/* SPDX-License-Identifier: Apache-2.0 */
/* The same whether the build has Kubernetes or not. */
#include "envcrypt/envcrypt.h"
#include "evc-check.h"
#include "stored-vectors.h"

static envcrypt_client *client;

static void
begin(void)
{
    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
}

static void
end(void)
{
    envcrypt_client_unref(client);
}

static int
explain(const char *text, envcrypt_table **table)
{
    return envcrypt_encryption_config_explain(client, text, strlen(text), table, NULL);
}

START_TEST(explains_a_file)
{
    envcrypt_table *table;
    int rc = explain(ENCRYPTION_CONFIG, &table);

    if (rc == ENVCRYPT_E_NOT_BUILT) {
        ck_assert_ptr_null(table);
        return;
    }
    EVC_CHECK_OK(rc);
    ck_assert_uint_eq(envcrypt_table_rows(table), 1);
    ck_assert_str_eq(envcrypt_table_get(table, 0, "resource"), "secrets");
    ck_assert_str_eq(envcrypt_table_get(table, 0, "role"), "writes");
    envcrypt_table_free(table);
}
END_TEST

START_TEST(checks_a_file)
{
    envcrypt_table *table;
    int rc = envcrypt_encryption_config_check(
        client, ENCRYPTION_CONFIG, sizeof(ENCRYPTION_CONFIG) - 1, NULL, &table, NULL);

    if (rc == ENVCRYPT_E_NOT_BUILT)
        return;
    EVC_CHECK_OK(rc);
    for (size_t i = 0; i < envcrypt_table_rows(table); i++)
        ck_assert_str_ne(envcrypt_table_get(table, i, "severity"), "error");
    envcrypt_table_free(table);
    EVC_CHECK_CODE(envcrypt_encryption_config_check(client, ENCRYPTION_CONFIG,
                                                    sizeof(ENCRYPTION_CONFIG) - 1,
                                                    "one", &table, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(refuses_another_file)
{
    envcrypt_table *table;
    int rc = explain("apiVersion: v1\nkind: Secret\n", &table);

    ck_assert(rc == ENVCRYPT_E_ENCRYPTION_CONFIG || rc == ENVCRYPT_E_NOT_BUILT);
    ck_assert_ptr_null(table);
    rc = explain("{", &table);
    ck_assert(rc == ENVCRYPT_E_YAML || rc == ENVCRYPT_E_NOT_BUILT);
}
END_TEST

START_TEST(makes_a_file_that_passes)
{
    envcrypt_encryption_options *options;
    envcrypt_buffer *made;
    envcrypt_table *table;
    int rc = envcrypt_encryption_options_new(&options, NULL);

    if (rc == ENVCRYPT_E_NOT_BUILT)
        return;
    EVC_CHECK_OK(rc);
    EVC_CHECK_CODE(envcrypt_encryption_config_generate(options, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_encryption_options_set(options, "name", "kms", NULL));
    EVC_CHECK_OK(envcrypt_encryption_options_set(options, "endpoint",
                                                 "unix:///run/kms.sock", NULL));
    EVC_CHECK_CODE(envcrypt_encryption_options_set(options, "end-point", "x", NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    EVC_CHECK_OK(envcrypt_encryption_config_generate(options, &made, NULL));
    EVC_CHECK_OK(explain(envcrypt_buffer_data(made), &table));
    ck_assert_str_eq(envcrypt_table_get(table, 0, "provider"), "kms v2");
    envcrypt_table_free(table);
    envcrypt_buffer_free(made);
    envcrypt_encryption_options_free(options);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {explains_a_file, checks_a_file, refuses_another_file,
                                  makes_a_file_that_passes, NULL};
    TCase *tcase = tcase_create("encryption config");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("encryption config", add_tests)
