/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_permissions.h"

#include "ack-fixture.h"
#include "cluster/ack_rights.h"
#include "evc-alloc.h"

#define NO_KEYS "{\"Keys\":{\"Key\":[]},\"TotalCount\":0}"
#define NO_ALIASES "{\"Aliases\":{\"Alias\":[]},\"TotalCount\":0}"
#define ROOT "{\"Arn\":\"acs:ram::1:root\"}"
#define GRANTED "{\"roles\":[{\"granted\":true}]}"

static evc_cluster_key key;
static evc_cluster_job job;
static evc_table *rows;

static void
set_up(void)
{
    ack_set_up();
    key = ack_wanted();
    job = (evc_cluster_job){.verb = EVC_VERB_ENABLE, .key = &key};
    EVC_CHECK_OK(evc_table_new(evc_cluster_permission_columns, &rows, NULL));
}

static void
tear_down(void)
{
    evc_table_free(rows);
    evc_cluster_key_reset(&key);
    ack_tear_down();
}

static const char *
has(const char *permission)
{
    return ack_cell(rows, ack_row(rows, permission), "has");
}

#define NO_TASKS "{\"tasks\":[]}"
#define NO_EVENTS "{\"Events\":[]}"
#define ACCOUNT_STATUS "{\"AccountStatus\":\"Enabled\"}"
#define ALL                                                                       \
    REPLY(DETAIL_OF("running", PLAIN)), REPLY(LIST_OF("0", "")), REPLY(NO_TASKS), \
        REPLY(GRANTED), REPLY(ACCOUNT_STATUS), REPLY(NO_KEYS), REPLY(NO_ALIASES), \
        REPLY(DESCRIBED), REPLY(NO_EVENTS), REPLY(ROOT), REPLY(GRANTED)

START_TEST(what_was_tried_and_told_is_had)
{
    static const char *const had[] = {"cs:DescribeClusterDetail",
                                      "cs:DescribeClustersV1, cs:GetClusters",
                                      "cs:DescribeClusterTasks",
                                      "cs:CheckServiceRole",
                                      "kms:DescribeKey",
                                      "kms:DescribeAccountKmsStatus",
                                      "actiontrail:LookupEvents",
                                      "kms:ListKeys, kms:ListAliases",
                                      EVC_ACK_POLICY,
                                      EVC_ACK_SERVICE_ROLE};

    PLAY(ALL);
    EVC_CHECK_OK(evc_ack_permissions(ack, &job, &t.wait, rows, &err));
    for (int i = 0; i < COUNT(had); i++)
        ck_assert_msg(strcmp(has(had[i]), "yes") == 0, "%s", had[i]);
    ck_assert_str_eq(has("cs:UpdateKMSEncryption"), "unknown");
    ck_assert_str_eq(has("cs:DescribeClusterUserKubeconfig"), "unknown");
    ck_assert_ptr_null(strstr(asked, "user_config"));
}
END_TEST

START_TEST(one_page_tells_whether_the_trail_may_be_asked)
{
    PLAY(REPLY(DETAIL_OF("running", PLAIN)), REPLY(LIST_OF("0", "")), REPLY(NO_TASKS),
         REPLY(GRANTED), REPLY(ACCOUNT_STATUS), REPLY(NO_KEYS), REPLY(NO_ALIASES),
         REPLY(DESCRIBED),
         REPLY("{\"Events\":[{\"eventTime\":\"2026-01-31T12:00:00Z\"}],"
               "\"NextToken\":\"n\"}"),
         REPLY(ROOT), REPLY(GRANTED));
    EVC_CHECK_OK(evc_ack_permissions(ack, &job, &t.wait, rows, &err));
    ck_assert_str_eq(has("actiontrail:LookupEvents"), "yes");
    ck_assert_ptr_null(strstr(asked, "NextToken"));
}
END_TEST

START_TEST(switching_off_takes_no_trail_and_no_policy)
{
    job.verb = EVC_VERB_DISABLE;
    job.key = NULL;
    PLAY(REPLY(DETAIL_OF("running", ON)), REPLY(LIST_OF("0", "")), REPLY(NO_TASKS));
    EVC_CHECK_OK(evc_ack_permissions(ack, &job, &t.wait, rows, &err));
    ck_assert_str_eq(has("cs:UpdateKMSEncryption"), "unknown");
    ck_assert_str_eq(has("kms:DescribeKey"), "unknown");
    for (size_t i = 0; i < rows->rows; i++)
        ck_assert_ptr_null(strstr(ack_cell(rows, i, "permission"), "actiontrail"));
}
END_TEST

START_TEST(a_cluster_that_there_is_not_shows_that_it_may_be_asked_for)
{
    job.verb = EVC_VERB_CREATE;
    PLAY(FAULT(404, "ErrorClusterNotFound"));
    EVC_CHECK_OK(evc_ack_permissions(ack, &job, &t.wait, rows, &err));
    ck_assert_str_eq(has("cs:DescribeClusterDetail"), "yes");
    ck_assert_str_eq(has("cs:CreateCluster"), "unknown");
}
END_TEST

START_TEST(what_is_denied_is_lacked_and_what_may_not_be_asked_unknown)
{
    PLAY(FAULT(403, "Forbidden.NoPermission"));
    EVC_CHECK_OK(evc_ack_permissions(ack, &job, &t.wait, rows, &err));
    ck_assert_str_eq(has("kms:DescribeKey"), "no");
    ck_assert_str_eq(has("kms:ListKeys, kms:ListAliases"), "no");
    ck_assert_str_eq(has("AliyunKMSCryptoAdminAccess"), "unknown");
    ck_assert_str_eq(has("AliyunCSManagedSecurityRole"), "unknown");
}
END_TEST

START_TEST(a_cancel_ends_it)
{
    evc_wait_cancel(&t.wait);
    EVC_CHECK_CODE(evc_ack_permissions(ack, &job, &t.wait, rows, &err),
                   ENVCRYPT_E_CANCELED);
}
END_TEST

static int
ask_once(void *user)
{
    evc_table *one = NULL;
    int rc = evc_table_new(evc_cluster_permission_columns, &one, NULL);

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    if (!rc)
        rc = evc_ack_permissions(ack, &job, &t.wait, one, NULL);
    evc_table_free(one);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(ALL);
    ck_assert_uint_gt(evc_alloc_sweep(ask_once, NULL), 30);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("ack_permissions");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_was_tried_and_told_is_had);
    tcase_add_test(tcase, one_page_tells_whether_the_trail_may_be_asked);
    tcase_add_test(tcase, switching_off_takes_no_trail_and_no_policy);
    tcase_add_test(tcase, a_cluster_that_there_is_not_shows_that_it_may_be_asked_for);
    tcase_add_test(tcase, what_is_denied_is_lacked_and_what_may_not_be_asked_unknown);
    tcase_add_test(tcase, a_cancel_ends_it);
    tcase_add_test(tcase, survives_memory_that_runs_out);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_permissions", add_tests)
