/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_check.h"

#include "cluster/eks_cluster.h"
#include "eks-fixture.h"

#define IDENTITY                                                            \
    "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{\"Arn\":" \
    "\"arn:aws:iam::" ACCOUNT ":user/me\",\"UserId\":\"AIDA\"}}}"
#define DRY FAULT("DryRunOperationException", "it would have worked")
#define OPEN                                                           \
    "{\"Policy\":\"{\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\"," \
    "\\\"Action\\\":\\\"kms:*\\\"}]}\"}"
#define GATED                                                                         \
    "{\"Policy\":\"{\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":" \
    "\\\"kms:CreateGrant\\\",\\\"Condition\\\":{\\\"Bool\\\":{"                       \
    "\\\"kms:GrantIsForAWSResource\\\":\\\"true\\\"}}}]}\"}"
#define NO_GRANTS "{\"Grants\":[]}"

static evc_cluster_state state;
static evc_cluster_key key;
static evc_checks checks;

static const rule fine[] = {
    {"STS", 200, IDENTITY, 0},
    {"KMS DescribeKey", 200, METADATA_1, 0},
    {"KMS CreateGrant", 400, DRY, 0},
    {"KMS GetKeyPolicy", 200, OPEN, 0},
    {"KMS ListGrants", 200, NO_GRANTS, 0},
};

/* The services as they are when all is fine, but for one answer. */
static void
answer_but(const char *request, int status, const char *body)
{
    rule rules[6] = {{request, status, body, 0}};

    for (size_t i = 0; i < 5; i++)
        rules[i + 1] = fine[i];
    answer(rules, 6);
}

static int
check(evc_cluster_verb verb)
{
    const evc_cluster_job job = {.verb = verb,
                                 .change = &e.change,
                                 .state = verb == EVC_VERB_CREATE ? NULL : &state,
                                 .key = &key};

    evc_checks_reset(&checks);
    EVC_CHECK_OK(evc_checks_init(&checks, NULL));
    return evc_eks_check(e.cluster, &job, &e.wait, &checks, &e.err);
}

static const char *
result_of(const char *name)
{
    return cell(checks.rows, row_of(checks.rows, name), "result");
}

static const char *
detail_of(const char *name)
{
    return cell(checks.rows, row_of(checks.rows, name), "detail");
}

static void
expect(const char *name, const char *result, const char *rule_name)
{
    size_t row = row_of(checks.rows, name);

    ck_assert_str_eq(cell(checks.rows, row, "result"), result);
    if (rule_name)
        ck_assert_str_eq(cell(checks.rows, row, "rule"), rule_name);
}

START_TEST(a_key_that_serves_passes_every_check)
{
    answer(fine, 5);
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    ck_assert_uint_eq(checks.refused, 0);
    expect("credentials", "ok", "R01");
    ck_assert_ptr_nonnull(strstr(detail_of("credentials"), "user/me"));
    expect("kind of cluster", "ok", "R14");
    expect("key type", "ok", "R06");
    expect("key usage", "ok", "R07");
    expect("key state", "ok", "R08");
    expect("key manager", "ok", "R09");
    expect("kms:CreateGrant", "ok", "R10");
    expect("key policy", "ok", "R11");
    expect("other users of the key", "ok", NULL);
    ck_assert_ptr_nonnull(strstr(detail_of("encryption now"), "AWS owns"));
}
END_TEST

START_TEST(the_dry_run_leaves_no_grant)
{
    answer(fine, 5);
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    ck_assert_uint_eq(asked("KMS CreateGrant"), 1);
    ck_assert_ptr_nonnull(strstr(body_of("KMS CreateGrant"), "\"DryRun\":true"));
    ck_assert_ptr_nonnull(
        strstr(body_of("KMS CreateGrant"), "arn:aws:iam::" ACCOUNT ":root"));
}
END_TEST

START_TEST(keys_that_cannot_serve_are_refused)
{
    static const struct {
        const char *metadata;
        const char *check;
        const char *rule;
        int code;
    } rows[] = {
        {METADATA_WITH(KEY_1, ID_1, "Disabled", ""), "key state", "R08",
         ENVCRYPT_E_KEY_DISABLED},
        {METADATA_WITH(KEY_1, ID_1, "PendingDeletion", ",\"DeletionDate\":86400"),
         "key state", "R08", ENVCRYPT_E_KEY_PENDING_DELETION},
        {METADATA_WITH(KEY_1, ID_1, "PendingImport", ""), "key state", "R08",
         ENVCRYPT_E_KEY_PENDING_IMPORT},
        {"{\"KeyMetadata\":{\"Arn\":\"" KEY_1 "\",\"KeyState\":\"Enabled\",\"KeySpec\":"
         "\"RSA_2048\"}}",
         "key type", "R06", ENVCRYPT_E_KEY_UNSUITABLE},
        {"{\"KeyMetadata\":{\"Arn\":\"" KEY_1
         "\",\"KeyState\":\"Enabled\",\"KeyUsage\":"
         "\"GENERATE_VERIFY_MAC\"}}",
         "key usage", "R07", ENVCRYPT_E_KEY_UNSUITABLE},
        {"{\"KeyMetadata\":{\"Arn\":\"" KEY_1
         "\",\"KeyState\":\"Enabled\",\"KeyManager\":"
         "\"AWS\"}}",
         "key manager", "R09", ENVCRYPT_E_KEY_UNSUITABLE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        answer_but("KMS DescribeKey", 200, rows[i].metadata);
        EVC_CHECK_OK(check(EVC_VERB_ENABLE));
        expect(rows[i].check, "refused", rows[i].rule);
        ck_assert_int_eq(checks.code, rows[i].code);
    }
}
END_TEST

START_TEST(the_date_of_a_deletion_is_told)
{
    answer_but(
        "KMS DescribeKey", 200,
        METADATA_WITH(KEY_1, ID_1, "PendingDeletion", ",\"DeletionDate\":86400"));
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    ck_assert_ptr_nonnull(strstr(detail_of("key state"), "1970-01-02"));
}
END_TEST

START_TEST(a_grant_that_is_denied_refuses)
{
    answer_but("KMS CreateGrant", 400, FAULT("AccessDeniedException", "no"));
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("kms:CreateGrant", "refused", "R10");
    ck_assert_int_eq(checks.code, ENVCRYPT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(detail_of("kms:CreateGrant"), KEY_1));
}
END_TEST

START_TEST(a_grant_that_could_not_be_asked_for_is_unknown)
{
    answer_but("KMS CreateGrant", 500, FAULT("KMSInternalException", "no"));
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("kms:CreateGrant", "unknown", "R10");
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

START_TEST(a_policy_that_gates_grants_warns_of_enabling)
{
    answer_but("KMS GetKeyPolicy", 200, GATED);
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("key policy", "warning", "R11");
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

START_TEST(a_policy_that_gates_grants_forbids_creation)
{
    want("role-arn", "arn:aws:iam::" ACCOUNT ":role/eks");
    want("subnets", "subnet-1,subnet-2");
    answer_but("KMS GetKeyPolicy", 200, GATED);
    EVC_CHECK_OK(check(EVC_VERB_CREATE));
    expect("key policy", "refused", "R11");
}
END_TEST

START_TEST(a_policy_that_may_not_be_read_is_unknown)
{
    answer_but("KMS GetKeyPolicy", 400, FAULT("AccessDeniedException", "no"));
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("key policy", "unknown", "R11");
}
END_TEST

START_TEST(a_creation_without_a_role_is_refused)
{
    answer(fine, 5);
    EVC_CHECK_OK(check(EVC_VERB_CREATE));
    expect("what a cluster needs", "refused", NULL);
}
END_TEST

START_TEST(other_clusters_of_the_key_warn)
{
    answer_but(
        "KMS ListGrants", 200,
        "{\"Grants\":[{\"GrantId\":\"1\",\"GranteePrincipal\":\"eks.amazonaws.com\"},{"
        "\"GrantId\":\"2\",\"GranteePrincipal\":\"arn:aws:iam::1:user/x\"}]}");
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("other users of the key", "warning", NULL);
    ck_assert_ptr_nonnull(strstr(detail_of("other users of the key"), "1 grant "));
}
END_TEST

START_TEST(a_key_of_another_account_warns)
{
    answer_but("KMS DescribeKey", 200,
               METADATA_WITH("arn:aws:kms:" REGION ":444455556666:key/" ID_1, ID_1,
                             "Enabled", ""));
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("account of the key", "warning", NULL);
}
END_TEST

START_TEST(imported_material_that_expires_warns)
{
    answer_but("KMS DescribeKey", 200,
               "{\"KeyMetadata\":{\"Arn\":\"" KEY_1
               "\",\"KeyState\":\"Enabled\",\"Origin\":"
               "\"EXTERNAL\",\"ValidTo\":172800}}");
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("key material", "warning", NULL);
    ck_assert_ptr_nonnull(strstr(detail_of("key material"), "1970-01-03"));
}
END_TEST

START_TEST(material_in_a_custom_store_warns_and_is_not_rotated)
{
    answer_but("KMS DescribeKey", 200,
               "{\"KeyMetadata\":{\"Arn\":\"" KEY_1
               "\",\"KeyState\":\"Enabled\",\"Origin\":"
               "\"AWS_CLOUDHSM\"}}");
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("key material", "warning", NULL);
    EVC_CHECK_OK(check(EVC_VERB_ROTATE));
    expect("key material", "refused", NULL);
}
END_TEST

START_TEST(a_replica_is_rotated_by_its_primary)
{
    answer_but(
        "KMS DescribeKey", 200,
        METADATA_WITH(KEY_1, ID_1, "Enabled",
                      ",\"MultiRegion\":true,\"MultiRegionConfiguration\":{"
                      "\"MultiRegionKeyType\":\"REPLICA\",\"PrimaryKey\":{\"Arn\":"
                      "\"PRIMARY\",\"Region\":\"us-east-1\"}}"));
    EVC_CHECK_OK(check(EVC_VERB_ROTATE));
    expect("which key is rotated", "refused", NULL);
    ck_assert_ptr_nonnull(strstr(detail_of("which key is rotated"), "PRIMARY"));
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

START_TEST(a_key_of_another_account_is_rotated_there)
{
    answer_but("KMS DescribeKey", 200,
               METADATA_WITH("arn:aws:kms:" REGION ":444455556666:key/" ID_1, ID_1,
                             "Enabled", ""));
    EVC_CHECK_OK(check(EVC_VERB_ROTATE));
    expect("who rotates the key", "refused", NULL);
}
END_TEST

START_TEST(clusters_that_run_elsewhere_are_refused)
{
    answer(fine, 5);
    state.unsupported = true;
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KIND, "outposts", NULL));
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("kind of cluster", "refused", "R14");
    ck_assert_int_eq(checks.code, ENVCRYPT_E_CLUSTER_KIND);
}
END_TEST

START_TEST(credentials_that_are_not_accepted_are_refused)
{
    answer_but("STS", 403, "{\"Error\":{\"Code\":\"InvalidClientTokenId\"}}");
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("credentials", "refused", "R01");
    ck_assert_int_eq(checks.code, ENVCRYPT_E_AUTH);
}
END_TEST

START_TEST(an_sts_that_is_away_refuses_nothing)
{
    answer_but("STS", 503, "{\"Error\":{\"Code\":\"ServiceUnavailable\"}}");
    EVC_CHECK_OK(check(EVC_VERB_ENABLE));
    expect("credentials", "unknown", "R01");
}
END_TEST

START_TEST(a_cancel_ends_it)
{
    evc_wait_cancel(&e.wait);
    EVC_CHECK_CODE(check(EVC_VERB_ENABLE), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(evc_error_code(e.err), ENVCRYPT_E_CANCELED);
    ck_assert_uint_eq(checks.rows->rows, 0);
}
END_TEST

START_TEST(a_rotation_asks_for_no_grant)
{
    answer(fine, 5);
    EVC_CHECK_OK(check(EVC_VERB_ROTATE));
    ck_assert_uint_eq(asked("KMS CreateGrant"), 0);
    ck_assert_str_eq(result_of("key state"), "ok");
}
END_TEST

START_TEST(a_key_is_unfit_for_one_reason)
{
    ck_assert_ptr_null(evc_eks_check_unfit("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT",
                                           "CUSTOMER", "Enabled"));
    ck_assert_ptr_null(evc_eks_check_unfit("", "", "", ""));
    ck_assert_ptr_nonnull(evc_eks_check_unfit("RSA_2048", "", "", ""));
    ck_assert_ptr_nonnull(evc_eks_check_unfit("", "SIGN_VERIFY", "", ""));
    ck_assert_ptr_nonnull(evc_eks_check_unfit("", "", "AWS", ""));
    ck_assert_ptr_nonnull(evc_eks_check_unfit("", "", "", "Disabled"));
}
END_TEST

static void
set_up(void)
{
    evc_json_doc *doc = NULL;

    eks_set_up();
    give_key(&key, KEY_1, ID_1);
    evc_cluster_state_init(&state);
    EVC_CHECK_OK(evc_json_parse(evc_view_text(UNENCRYPTED), "a test", &doc, NULL));
    EVC_CHECK_OK(evc_eks_cluster_read(evc_json_root(doc), &state, NULL));
    evc_json_free(doc);
    EVC_CHECK_OK(evc_checks_init(&checks, NULL));
}

static void
tear_down(void)
{
    evc_checks_reset(&checks);
    evc_cluster_state_reset(&state);
    evc_cluster_key_reset(&key);
    eks_tear_down();
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_key_that_serves_passes_every_check,
                                  the_dry_run_leaves_no_grant,
                                  keys_that_cannot_serve_are_refused,
                                  the_date_of_a_deletion_is_told,
                                  a_grant_that_is_denied_refuses,
                                  a_grant_that_could_not_be_asked_for_is_unknown,
                                  a_policy_that_gates_grants_warns_of_enabling,
                                  a_policy_that_gates_grants_forbids_creation,
                                  a_policy_that_may_not_be_read_is_unknown,
                                  a_creation_without_a_role_is_refused,
                                  other_clusters_of_the_key_warn,
                                  a_key_of_another_account_warns,
                                  imported_material_that_expires_warns,
                                  material_in_a_custom_store_warns_and_is_not_rotated,
                                  a_replica_is_rotated_by_its_primary,
                                  a_key_of_another_account_is_rotated_there,
                                  clusters_that_run_elsewhere_are_refused,
                                  credentials_that_are_not_accepted_are_refused,
                                  an_sts_that_is_away_refuses_nothing,
                                  a_cancel_ends_it,
                                  a_rotation_asks_for_no_grant,
                                  a_key_is_unfit_for_one_reason,
                                  NULL};
    TCase *tcase = tcase_create("check");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_check", add_tests)
