/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/options.h"
#include "envcrypt/envcrypt.h"
#include "evc-check.h"

static envcrypt_cluster_change *change;
static envcrypt_buffer *uri, *undone;

static void
begin(void)
{
    EVC_CHECK_OK(envcrypt_cluster_change_new(&change, NULL));
}

static void
end(void)
{
    envcrypt_cluster_change_free(change);
    envcrypt_buffer_free(uri);
    envcrypt_buffer_free(undone);
}

START_TEST(options_are_checked)
{
    envcrypt_cluster_config *config;

    EVC_CHECK_OK(envcrypt_cluster_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_cluster_config_set(config, "region", "eu-west-1", NULL));
    ck_assert_str_eq(evc_cluster_option(config, "region"), "eu-west-1");
    EVC_CHECK_CODE(envcrypt_cluster_config_set(config, "regoin", "x", NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    EVC_CHECK_CODE(envcrypt_cluster_config_set(config, "region", "", NULL),
                   ENVCRYPT_E_ARGUMENT);
    envcrypt_cluster_config_free(config);
    EVC_CHECK_OK(envcrypt_cluster_change_set(change, "wait", "no", NULL));
    EVC_CHECK_CODE(envcrypt_cluster_change_set(change, "wait", "maybe", NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
read_it(const char *text, int32_t creation)
{
    envcrypt_buffer_free(uri);
    envcrypt_buffer_free(undone);
    return envcrypt_cluster_change_read(change, text, strlen(text), creation, &uri,
                                        &undone, NULL);
}

#define HEAD                                                                   \
    "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata:\n  name: " \
    "prod\n"
#define KEY "secretsEncryption:\n  keyARN: arn:aws:kms:eu-west-1:111122223333:key/k\n"

START_TEST(a_cluster_config_gives_uri_and_key)
{
    EVC_CHECK_OK(read_it(HEAD "  region: eu-west-1\n" KEY, 0));
    ck_assert_str_eq(envcrypt_buffer_data(uri), "eks://eu-west-1/prod");
    ck_assert_str_eq(envcrypt_buffer_data(undone), "");
    ck_assert_str_eq(evc_cluster_change_text(change, "key"),
                     "arn:aws:kms:eu-west-1:111122223333:key/k");
}
END_TEST

START_TEST(what_eksctl_would_make_besides_is_told)
{
    EVC_CHECK_OK(read_it(HEAD "managedNodeGroups:\n  - name: workers\n" KEY, 1));
    ck_assert_str_eq(envcrypt_buffer_data(uri), "eks:///prod");
    ck_assert_ptr_nonnull(strstr(envcrypt_buffer_data(undone), "managedNodeGroups"));
}
END_TEST

START_TEST(a_file_that_is_none_gives_nothing)
{
    EVC_CHECK_CODE(read_it("kind: Other\n", 0), ENVCRYPT_E_CLUSTER_CONFIG);
    ck_assert_ptr_null(uri);
    ck_assert_ptr_null(undone);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {options_are_checked, a_cluster_config_gives_uri_and_key,
                                what_eksctl_would_make_besides_is_told,
                                a_file_that_is_none_gives_nothing};
    TCase *tcase = tcase_create("cluster_config");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("cluster_config", add_tests)
