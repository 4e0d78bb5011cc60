/* SPDX-License-Identifier: Apache-2.0 */
/* The same whether the build has Kubernetes or not. */
#include "envcrypt/envcrypt.h"
#include "evc-check.h"

static envcrypt_client *client;
static envcrypt_census *census; /* NULL in a build without */

static void
begin(void)
{
    int rc;

    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    rc = envcrypt_census_new(client, &census, NULL);
    ck_assert(rc == 0 || (rc == ENVCRYPT_E_NOT_BUILT && !census));
}

static void
end(void)
{
    envcrypt_census_free(census);
    envcrypt_client_unref(client);
}

START_TEST(counts_and_tells)
{
    envcrypt_table *table;

    if (!census)
        return;
    EVC_CHECK_OK(
        envcrypt_census_add(census, "/registry/secrets/a/b", 21, "k8s", 3, 7, NULL));
    EVC_CHECK_OK(
        envcrypt_census_add(census, "/registry/secrets/a/c", 21, NULL, 0, 0, NULL));
    EVC_CHECK_OK(envcrypt_census_table(census, &table, NULL));
    ck_assert_uint_eq(envcrypt_table_rows(table), 1);
    ck_assert_str_eq(envcrypt_table_get(table, 0, "resource"), "secrets");
    ck_assert_str_eq(envcrypt_table_get(table, 0, "provider"), "identity");
    ck_assert_str_eq(envcrypt_table_get(table, 0, "objects"), "2");
    envcrypt_table_free(table);
    EVC_CHECK_OK(envcrypt_census_keys(census, &table, NULL));
    ck_assert_uint_eq(envcrypt_table_rows(table), 0);
    envcrypt_table_free(table);
}
END_TEST

START_TEST(refuses_what_is_no_key_or_value)
{
    EVC_CHECK_CODE(envcrypt_census_add(census, "", 0, "k8s", 3, 7, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_census_add(census, "/a", 2, NULL, 3, 7, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_census_add(census, "/a", 2, "k8s", 3, -1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_census_add(NULL, "/a", 2, "k8s", 3, 7, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("census");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, counts_and_tells);
    tcase_add_test(tcase, refuses_what_is_no_key_or_value);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("census", add_tests)
