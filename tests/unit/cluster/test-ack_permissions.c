/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_permissions.h"

#include "ack-fixture.h"
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

START_TEST(what_was_tried_and_told_is_had)
{
    PLAY(REPLY(DESCRIBED), REPLY(NO_KEYS), REPLY(NO_ALIASES), REPLY(ROOT),
         REPLY(GRANTED));
    EVC_CHECK_OK(evc_ack_permissions(ack, &job, &t.wait, rows, &err));
    ck_assert_str_eq(has("kms:DescribeKey"), "yes");
    ck_assert_str_eq(has("kms:ListKeys"), "yes");
    ck_assert_str_eq(has("AliyunKMSCryptoAdminAccess"), "yes");
    ck_assert_str_eq(has("AliyunCSManagedSecurityRole"), "yes");
    ck_assert_str_eq(has("cs:UpdateKMSEncryption"), "unknown");
}
END_TEST

START_TEST(what_is_denied_is_lacked_and_what_may_not_be_asked_unknown)
{
    PLAY(FAULT(403, "Forbidden.NoPermission"));
    EVC_CHECK_OK(evc_ack_permissions(ack, &job, &t.wait, rows, &err));
    ck_assert_str_eq(has("kms:DescribeKey"), "no");
    ck_assert_str_eq(has("kms:ListKeys"), "no");
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
    PLAY(REPLY(DESCRIBED), REPLY(NO_KEYS), REPLY(NO_ALIASES), REPLY(ROOT),
         REPLY(GRANTED));
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
    tcase_add_test(tcase, what_is_denied_is_lacked_and_what_may_not_be_asked_unknown);
    tcase_add_test(tcase, a_cancel_ends_it);
    tcase_add_test(tcase, survives_memory_that_runs_out);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_permissions", add_tests)
