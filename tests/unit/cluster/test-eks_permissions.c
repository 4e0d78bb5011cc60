/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_permissions.h"

#include "eks-fixture.h"

#define NO FAULT("AccessDeniedException", "no")

static evc_cluster_key key;
static evc_table *table;

static int
ask(evc_cluster_verb verb, const evc_cluster_key *wanted)
{
    const evc_cluster_job job = {.verb = verb, .change = &e.change, .key = wanted};

    evc_table_free(table);
    EVC_CHECK_OK(evc_table_new(evc_cluster_permission_columns, &table, NULL));
    return evc_eks_permissions(e.cluster, &job, &e.wait, table, &e.err);
}

static const char *
has(const char *permission)
{
    return cell(table, row_of(table, permission), "has");
}

START_TEST(what_can_be_asked_is_answered)
{
    ANSWER({"GET /clusters?", 200, "{\"clusters\":[]}", 0},
           {"GET /clusters/prod/updates", 403, NO, 0},
           {"GET /clusters/prod", 200, UNENCRYPTED, 0},
           {"KMS ListKeys", 200, "{\"Keys\":[]}", 0},
           {"KMS ListAliases", 200, "{\"Aliases\":[]}", 0},
           {"KMS DescribeKey", 200, METADATA_1, 0},
           {"KMS CreateGrant", 400, FAULT("DryRunOperationException", "yes"), 0},
           {"KMS GetKeyPolicy", 200, "{\"Policy\":\"{}\"}", 0},
           {"KMS ListGrants", 200, "{\"Grants\":[]}", 0},
           {"KMS ListKeyRotations", 400, NO, 0}, {"KMS GetKeyLastUsage", 200, "{}", 0});
    EVC_CHECK_OK(ask(EVC_VERB_ENABLE, &key));
    ck_assert_str_eq(has("kms:GetKeyPolicy"), "yes");
    ck_assert_str_eq(has("kms:ListGrants"), "yes");
    ck_assert_str_eq(has("kms:ListKeyRotations"), "no");
    ck_assert_str_eq(has("kms:GetKeyLastUsage"), "yes");
    ck_assert_str_eq(has("eks:ListClusters"), "yes");
    ck_assert_str_eq(has("eks:ListUpdates"), "no");
    ck_assert_str_eq(has("eks:DescribeCluster"), "yes");
    ck_assert_str_eq(has("kms:ListKeys"), "yes");
    ck_assert_str_eq(has("kms:DescribeKey"), "yes");
    ck_assert_str_eq(has("kms:CreateGrant"), "yes");
    ck_assert_str_eq(has("eks:AssociateEncryptionConfig"), "unknown");
    ck_assert_str_eq(cell(table, row_of(table, "kms:CreateGrant"), "on"), KEY_1);
    ck_assert_uint_eq(asked("POST"), 0);
}
END_TEST

START_TEST(trouble_is_no_lack)
{
    ANSWER({"", 503, FAULT("ServiceUnavailableException", "x"), 0});
    EVC_CHECK_OK(ask(EVC_VERB_ENABLE, &key));
    ck_assert_str_eq(has("eks:ListClusters"), "unknown");
    ck_assert_str_eq(has("kms:CreateGrant"), "unknown");
}
END_TEST

START_TEST(a_cancel_ends_it)
{
    evc_wait_cancel(&e.wait);
    EVC_CHECK_CODE(ask(EVC_VERB_ENABLE, &key), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(evc_error_code(e.err), ENVCRYPT_E_CANCELED);
    ck_assert_uint_eq(table->rows, 0);
}
END_TEST

START_TEST(without_a_key_its_permissions_are_unknown)
{
    ANSWER({"GET /clusters?", 200, "{\"clusters\":[]}", 0}, {"", 403, NO, 0});
    EVC_CHECK_OK(ask(EVC_VERB_ENABLE, NULL));
    ck_assert_str_eq(has("kms:DescribeKey"), "unknown");
    ck_assert_uint_eq(asked("KMS DescribeKey"), 0);
}
END_TEST

START_TEST(what_kms_allows_in_one_account_alone_is_not_lacked_in_another)
{
    evc_cluster_state state;
    evc_cluster_job job = {.verb = EVC_VERB_ENABLE, .change = &e.change, .key = &key};

    evc_cluster_state_init(&state);
    EVC_CHECK_OK(
        evc_cluster_state_set(&state, EVC_CLUSTER_ACCOUNT, "999988887777", NULL));
    job.state = &state;
    ANSWER({"", 403, NO, 0});
    evc_table_free(table);
    EVC_CHECK_OK(evc_table_new(evc_cluster_permission_columns, &table, NULL));
    EVC_CHECK_OK(evc_eks_permissions(e.cluster, &job, &e.wait, table, &e.err));
    ck_assert_str_eq(has("kms:GetKeyPolicy"), "unknown");
    ck_assert_str_eq(has("kms:ListKeyRotations"), "unknown");
    ck_assert_str_eq(has("kms:ListGrants"), "no");
    ck_assert_uint_eq(asked("KMS GetKeyPolicy"), 0);
    evc_cluster_state_reset(&state);
}
END_TEST

START_TEST(a_cluster_that_there_is_not_shows_that_it_may_be_asked_for)
{
    ANSWER({"GET /clusters/prod", 404, FAULT("ResourceNotFoundException", "x"), 0},
           {"", 403, NO, 0});
    EVC_CHECK_OK(ask(EVC_VERB_CREATE, &key));
    ck_assert_str_eq(has("eks:DescribeCluster"), "yes");
}
END_TEST

START_TEST(each_verb_has_its_own)
{
    ANSWER({"", 403, NO, 0});
    EVC_CHECK_OK(ask(EVC_VERB_ROTATE, &key));
    (void)row_of(table, "kms:RotateKeyOnDemand");
    for (size_t i = 0; i < table->rows; i++)
        ck_assert_str_ne(cell(table, i, "permission"), "kms:CreateGrant");
    EVC_CHECK_OK(ask(EVC_VERB_CREATE, &key));
    (void)row_of(table, "iam:PassRole");
    (void)row_of(table, "eks:CreateCluster");
}
END_TEST

START_TEST(the_policy_names_cluster_and_key)
{
    const evc_cluster_job job = {
        .verb = EVC_VERB_ENABLE, .change = &e.change, .key = &key};
    evc_buf text;

    evc_buf_init(&text);
    EVC_CHECK_OK(evc_eks_policy(e.cluster, &job, &text, &e.err));
    evc_buf_put_u8(&text, 0);
    ck_assert_ptr_nonnull(strstr((const char *)text.data, "cluster/prod"));
    ck_assert_ptr_nonnull(strstr((const char *)text.data, KEY_1));
    evc_buf_reset(&text);
}
END_TEST

static void
set_up(void)
{
    eks_set_up();
    give_key(&key, KEY_1, ID_1);
    table = NULL;
}

static void
tear_down(void)
{
    evc_table_free(table);
    evc_cluster_key_reset(&key);
    eks_tear_down();
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        what_can_be_asked_is_answered,
        trouble_is_no_lack,
        a_cancel_ends_it,
        without_a_key_its_permissions_are_unknown,
        what_kms_allows_in_one_account_alone_is_not_lacked_in_another,
        a_cluster_that_there_is_not_shows_that_it_may_be_asked_for,
        each_verb_has_its_own,
        the_policy_names_cluster_and_key,
        NULL};
    TCase *tcase = tcase_create("permissions");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_permissions", add_tests)
