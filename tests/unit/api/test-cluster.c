/* SPDX-License-Identifier: Apache-2.0 */
/* The same whether the build has clusters or not. */
#include "envcrypt/envcrypt.h"
#include "evc-check.h"

static envcrypt_client *client;
static envcrypt_cluster_config *config; /* NULL in a build without */
static envcrypt_cluster_change *change;
static envcrypt_cluster *cluster;
static envcrypt_cluster_report *report;
static envcrypt_error *error;
static int destroyed;

static void
count_destroy(void *user)
{
    (void)user;
    destroyed++;
}

static int32_t
hear(void *user, const envcrypt_cluster_report *so_far)
{
    (void)user;
    (void)so_far;
    return 0;
}

static void
begin(void)
{
    envcrypt_credentials *credentials = NULL;
    int rc;

    destroyed = 0;
    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    rc = envcrypt_cluster_config_new(&config, NULL);
    ck_assert(rc == 0 || (rc == ENVCRYPT_E_NOT_BUILT && !config));
    rc = envcrypt_cluster_change_new(&change, NULL);
    ck_assert(rc == 0 || (rc == ENVCRYPT_E_NOT_BUILT && !change));
    if (!config)
        return;
    EVC_CHECK_OK(envcrypt_credentials_new(client, "aws", "AKID", "secret", 6, NULL, 0,
                                          NULL, &credentials, NULL));
    EVC_CHECK_OK(envcrypt_cluster_config_set_credentials(config, credentials, NULL));
    envcrypt_credentials_unref(credentials);
}

static void
end(void)
{
    envcrypt_error_free(error);
    envcrypt_cluster_report_free(report);
    envcrypt_cluster_unref(cluster);
    envcrypt_cluster_change_free(change);
    envcrypt_cluster_config_free(config);
    envcrypt_client_unref(client);
}

static int
open_it(const char *uri)
{
    envcrypt_cluster_unref(cluster);
    return envcrypt_cluster_open(client, uri, config, NULL, &cluster, &error);
}

START_TEST(a_cluster_tells_what_it_was_opened_by)
{
    int rc = open_it("eks://eu-west-1/prod");

    if (rc == ENVCRYPT_E_NOT_BUILT) {
        ck_assert_ptr_null(cluster);
        return;
    }
    EVC_CHECK_OK(rc);
    ck_assert_str_eq(envcrypt_cluster_uri(cluster), "eks://eu-west-1/prod");
    ck_assert_str_eq(envcrypt_cluster_provider(cluster), "Amazon EKS");
    ck_assert_str_eq(envcrypt_cluster_name(cluster), "prod");
    envcrypt_cluster_unref(envcrypt_cluster_ref(cluster));
    EVC_CHECK_OK(open_it("eks://eu-west-1"));
    ck_assert_str_eq(envcrypt_cluster_name(cluster), "");
}
END_TEST

START_TEST(a_wrong_uri_is_refused)
{
    int rc = open_it("gke://x/y");

    ck_assert(rc == ENVCRYPT_E_URI || rc == ENVCRYPT_E_NOT_BUILT);
    ck_assert_ptr_null(cluster);
}
END_TEST

START_TEST(a_verb_that_is_none_is_refused)
{
    envcrypt_buffer *policy;

    if (!config)
        return;
    EVC_CHECK_OK(open_it("eks://eu-west-1/prod"));
    for (int32_t verb = -1; verb <= 7; verb++) {
        int rc = envcrypt_cluster_policy(cluster, verb, change, &policy, NULL);

        ck_assert_int_eq(rc == ENVCRYPT_E_ARGUMENT, verb < 1 || verb > 6);
        envcrypt_buffer_free(policy);
    }
}
END_TEST

START_TEST(a_policy_is_written_without_a_network)
{
    envcrypt_buffer *policy;

    if (!config)
        return;
    EVC_CHECK_OK(open_it("eks://eu-west-1/prod"));
    EVC_CHECK_OK(envcrypt_cluster_policy(cluster, ENVCRYPT_CLUSTER_VERB_ENABLE, change,
                                         &policy, NULL));
    ck_assert_ptr_nonnull(strstr(envcrypt_buffer_data(policy), "kms:CreateGrant"));
    envcrypt_buffer_free(policy);
}
END_TEST

START_TEST(a_place_is_not_rotated)
{
    envcrypt_wait *wait;

    if (!config)
        return;
    EVC_CHECK_OK(open_it("eks://eu-west-1"));
    EVC_CHECK_OK(envcrypt_wait_new(client, 1000, &wait, NULL));
    EVC_CHECK_CODE(envcrypt_cluster_rotate(cluster, change, hear, NULL, count_destroy,
                                           wait, &report, &error),
                   ENVCRYPT_E_ARGUMENT); /* it is a place */
    ck_assert_ptr_null(report);
    envcrypt_wait_free(wait);
}
END_TEST

START_TEST(a_user_is_destroyed_once_whatever_comes)
{
    typedef int (*verb)(envcrypt_cluster *, const envcrypt_cluster_change *,
                        envcrypt_cluster_fn, void *, envcrypt_destroy_fn,
                        envcrypt_wait *, envcrypt_cluster_report **, envcrypt_error **);
    static const verb verbs[] = {envcrypt_cluster_enable,  envcrypt_cluster_rotate,
                                 envcrypt_cluster_disable, envcrypt_cluster_create,
                                 envcrypt_cluster_wait,    envcrypt_cluster_reencrypt};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        EVC_CHECK_CODE(
            verbs[i](NULL, NULL, hear, NULL, count_destroy, NULL, &report, NULL),
            ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cluster_verify(NULL, NULL, NULL, hear, NULL, count_destroy,
                                           NULL, &report, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(destroyed, 7);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {a_cluster_tells_what_it_was_opened_by,
                                a_wrong_uri_is_refused,
                                a_verb_that_is_none_is_refused,
                                a_policy_is_written_without_a_network,
                                a_place_is_not_rotated,
                                a_user_is_destroyed_once_whatever_comes};
    TCase *tcase = tcase_create("cluster");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("cluster", add_tests)
