/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_explain.h"

#include "config-fixture.h"
#include "evc-alloc.h"

static evc_table *table;

static void
explain(const char *text)
{
    evc_encryption_config *config = read_config(text);

    evc_table_free(table);
    table = NULL;
    EVC_CHECK_OK(evc_config_explain(config, &table, NULL));
    evc_encryption_config_free(config);
}

static void
check_row(size_t row, const char *resource, const char *order, const char *provider,
          const char *name, const char *role)
{
    const char *const wanted[] = {resource, order, provider, name, role};

    ck_assert_uint_lt(row, table->rows);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(evc_table_cell(table, row, i), wanted[i]);
    ck_assert_ptr_nonnull(evc_table_cell(table, row, 5));
}

START_TEST(the_first_provider_writes)
{
    explain(HEAD SECRETS "[" KMS_V2 ", {identity: {}}]\n");
    ck_assert_uint_eq(table->rows, 2);
    check_row(0, "secrets", "1", "kms v2", "p", "writes");
    check_row(1, "secrets", "2", "identity", "", "reads");
    evc_table_free(table);
    table = NULL;
}
END_TEST

START_TEST(each_key_has_a_row_and_the_first_writes)
{
    explain(HEAD SECRETS "[{aesgcm: {keys: [{name: b, secret: x}, {name: a, secret: "
                         "z}]}}]\n");
    check_row(0, "secrets", "1", "aesgcm", "b", "writes");
    check_row(1, "secrets", "2", "aesgcm", "a", "reads");
    evc_table_free(table);
    table = NULL;
}
END_TEST

START_TEST(lists_that_name_a_resource_again_come_behind)
{
    explain(HEAD "- resources: [secrets, pods]\n  providers: [{identity: {}}]\n"
                 "- resources: [secrets]\n  providers: [" KMS_V2 "]\n");
    ck_assert_uint_eq(table->rows, 3);
    check_row(0, "secrets", "1", "identity", "", "writes");
    check_row(1, "secrets", "2", "kms v2", "p", "reads");
    check_row(2, "pods", "1", "identity", "", "writes");
    evc_table_free(table);
    table = NULL;
}
END_TEST

START_TEST(names_are_fit_for_a_terminal)
{
    explain(HEAD "- resources: [\"a\\e[2J\"]\n  providers: [{identity: {}}]\n");
    ck_assert_str_eq(evc_table_cell(table, 0, 0), "a\\x1b[2J");
    evc_table_free(table);
    table = NULL;
}
END_TEST

START_TEST(a_file_without_rules_has_no_rows)
{
    explain("apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n");
    ck_assert_uint_eq(table->rows, 0);
    evc_table_free(table);
    table = NULL;
}
END_TEST

static int
explain_once(void *user)
{
    evc_table *made;
    int rc = evc_config_explain(user, &made, NULL);

    evc_table_free(made);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    evc_encryption_config *config =
        read_config(HEAD SECRETS "[" KMS_V2 ", {identity: {}}]\n");

    ck_assert_uint_gt(evc_alloc_sweep(explain_once, config), 10);
    evc_encryption_config_free(config);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_first_provider_writes,
                                  each_key_has_a_row_and_the_first_writes,
                                  lists_that_name_a_resource_again_come_behind,
                                  names_are_fit_for_a_terminal,
                                  a_file_without_rules_has_no_rows,
                                  survives_any_lack_of_memory,
                                  NULL};

    config_add(suite, "config explain", tests);
}

EVC_TEST_MAIN("config explain", add_tests)
