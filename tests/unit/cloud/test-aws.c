/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws.h"

#include "auth/chain.h"
#include "aws-fixture.h"
#include "evc-alloc.h"
#include "kms/current.h"
#include "kms/open.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))
#define METADATA(arn, members) "{\"KeyMetadata\":{\"Arn\":\"" arn "\"" members "}}"

static struct envcrypt_kms_config config;
static evc_kms *kms;
static evc_error *err;

static void
set_up(void)
{
    const evc_chain_rules rules = {.provider = "aws", .none = ""};
    const evc_creds_parts parts = {.id = evc_view_text("AKIDEXAMPLE"),
                                   .secret = evc_view_text("planted-secret"),
                                   .expires_ms = EVC_CREDS_NEVER,
                                   .source = "fixed"};
    evc_creds *creds = NULL;

    aws_set_up();
    config = (struct envcrypt_kms_config){.protectors = NULL};
    evc_kv_init(&config.options);
    EVC_CHECK_OK(evc_creds_new(a.env->arena, &parts, &creds, NULL));
    EVC_CHECK_OK(evc_chain_of(a.net, &rules, creds, &config.credentials, NULL));
    evc_creds_unref(creds);
    kms = NULL;
    err = NULL;
}

static void
tear_down(void)
{
    evc_kms_unref(kms);
    evc_chain_unref(config.credentials);
    evc_kv_reset(&config.options);
    evc_error_free(err);
    aws_tear_down();
}

static int
open_uri(const char *uri)
{
    static const evc_backend *const table[] = {&evc_backend_aws, NULL};

    evc_kms_unref(kms);
    kms = NULL;
    return evc_kms_open(a.crypto, a.net, table, uri, &config, &a.wait, &kms, &err);
}

/* --- what needs no call --- */

START_TEST(a_key_arn_is_opened_without_a_call)
{
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    ck_assert_str_eq(kms->key_id, KEY_1);
    ck_assert_str_eq(kms->provider, "aws-kms");
    ck_assert(!kms->discovery);
    ck_assert(evc_kms_can(kms, ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP |
                                   ENVCRYPT_OP_GENERATE | ENVCRYPT_OP_REWRAP |
                                   ENVCRYPT_OP_DESCRIBE | ENVCRYPT_OP_ROTATE |
                                   ENVCRYPT_OP_PROBE));
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

START_TEST(the_region_of_a_key_arn_may_be_said_again)
{
    EVC_CHECK_OK(open_uri("aws-kms://eu-central-1/" KEY_1));
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1 "?region=eu-central-1"));
    ck_assert_str_eq(kms->key_id, KEY_1);
}
END_TEST

START_TEST(the_region_of_a_key_arn_may_not_be_changed)
{
    EVC_CHECK_CODE(open_uri("aws-kms://us-east-1/" KEY_1), ENVCRYPT_E_REGION);
    EVC_CHECK_CODE(open_uri("aws-kms:///" KEY_1 "?region=us-east-1"),
                   ENVCRYPT_E_REGION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "eu-central-1"));
}
END_TEST

START_TEST(a_multi_region_key_is_used_in_the_region_that_is_named)
{
    EVC_CHECK_OK(open_uri("aws-kms://us-east-1/" MRK_EU));
    ck_assert_str_eq(kms->key_id, MRK_US);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

#define IDENTITY                                                                       \
    "{\"GetCallerIdentityResponse\":{\"GetCallerIdentityResult\":{\"Arn\":\"arn:me\"," \
    "\"UserId\":\"me\"}}}"

/* Of the caller's credentials, after the key was opened with them. */
START_TEST(a_key_tells_as_whom_it_is_used)
{
    evc_buf who;

    evc_buf_init(&who);
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    ANSWER({200, IDENTITY});
    EVC_CHECK_OK(evc_backend_aws.identity(kms, &a.wait, &who, &err));
    ck_assert(evc_view_is_text(evc_buf_view(&who), "arn:me (user id me)"));
    ck_assert_str_eq(a.bodies[0], "Action=GetCallerIdentity&Version=2011-06-15");
    evc_buf_reset(&who);
}
END_TEST

START_TEST(a_region_alone_is_discovery)
{
    EVC_CHECK_OK(open_uri("aws-kms://eu-central-1"));
    ck_assert(kms->discovery);
    ck_assert_str_eq(kms->key_id, "");
    ck_assert(evc_kms_can(kms, ENVCRYPT_OP_UNWRAP));
    ck_assert(!evc_kms_can(kms, ENVCRYPT_OP_WRAP));
    EVC_CHECK_OK(open_uri("aws-kms://eu-central-1/"));
    ck_assert(kms->discovery);
}
END_TEST

START_TEST(discovery_takes_its_filters)
{
    evc_edk edk = aws_edk(KEY_1);

    EVC_CHECK_OK(open_uri("aws-kms://eu-central-1?discovery-accounts=444455556666"));
    ck_assert(!evc_kms_claims(kms, &edk));
    EVC_CHECK_OK(open_uri("aws-kms://eu-central-1?discovery-accounts=111122223333"
                          "&discovery-partition=aws"));
    ck_assert(evc_kms_claims(kms, &edk));
}
END_TEST

static const struct {
    const char *uri;
    int code;
} bad[] = {
    {"aws-kms:///", ENVCRYPT_E_URI},
    {"aws-kms://", ENVCRYPT_E_URI},
    {"aws-kms:///" KEY_1 "#1", ENVCRYPT_E_URI},
    {"aws-kms:///arn:aws:kms:eu-central-1:1:key/x", ENVCRYPT_E_URI},
    {"aws-kms:///arn:aws:s3:::bucket", ENVCRYPT_E_URI},
    {"aws-kms://eu-central-1/alias/", ENVCRYPT_E_URI},
    {"aws-kms://eu-central-1/not a key", ENVCRYPT_E_URI},
    {"aws-kms://eu-central-1/alias/b%C3%A9", ENVCRYPT_E_URI},
    {"aws-kms://evil.example%2Fx/alias/one", ENVCRYPT_E_REGION},
    {"aws-kms://user@eu-central-1/alias/one", ENVCRYPT_E_REGION},
    {"aws-kms://eu-central-1/alias/one?region=us-east-1", ENVCRYPT_E_REGION},
    {"aws-kms://eu-central-1/alias/one?regoin=x", ENVCRYPT_E_UNKNOWN_OPTION},
    {"aws-kms:///" KEY_1 "?discovery-accounts=111122223333", ENVCRYPT_E_ARGUMENT},
    {"aws-kms:///" KEY_1 "?discovery-partition=aws", ENVCRYPT_E_ARGUMENT},
    {"aws-kms://eu-central-1?discovery-accounts=1111", ENVCRYPT_E_ARGUMENT},
    {"aws-kms://eu-central-1?discovery-accounts=", ENVCRYPT_E_ARGUMENT},
    {"aws-kms://eu-central-1?discovery-partition=azure", ENVCRYPT_E_ARGUMENT},
    {"aws-kms:///" KEY_1 "?connect-timeout-ms=0", ENVCRYPT_E_ARGUMENT},
    {"aws-kms:///" KEY_1 "?grant-tokens=1,2,3,4,5,6,7,8,9,10,11", ENVCRYPT_E_ARGUMENT},
    {"aws-kms:///" KEY_1 "?grant-tokens=1,,2", ENVCRYPT_E_ARGUMENT},
};

START_TEST(refuses_a_uri_before_any_call)
{
    EVC_CHECK_CODE(open_uri(bad[_i].uri), bad[_i].code);
    ck_assert_ptr_null(kms);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

START_TEST(ten_grant_tokens_are_taken)
{
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1 "?grant-tokens=1,2,3,4,5,6,7,8,9,10"));
}
END_TEST

START_TEST(credentials_of_another_provider_are_refused)
{
    const evc_chain_rules rules = {.provider = "ibm", .none = ""};

    evc_chain_unref(config.credentials);
    EVC_CHECK_OK(evc_chain_new(a.net, &rules, &config.credentials, NULL));
    EVC_CHECK_CODE(open_uri("aws-kms:///" KEY_1), ENVCRYPT_E_ARGUMENT);
}
END_TEST

/* --- aliases and bare ids --- */

START_TEST(an_alias_is_resolved_once_and_pinned)
{
    ANSWER({200, METADATA(KEY_1, "")},
           {200, "{\"CiphertextBlob\":\"d3JhcHBlZA==\",\"KeyId\":\"" KEY_2 "\"}"});
    EVC_CHECK_OK(open_uri("aws-kms://eu-central-1/alias/one"));
    ck_assert_str_eq(kms->key_id, KEY_1);
    ck_assert_str_eq(a.targets[0], "TrentService.DescribeKey");
    ck_assert_str_eq(a.bodies[0], "{\"KeyId\":\"alias/one\"}");

    /* The alias moves: what comes back is another key's. */
    evc_edk_out out;
    EVC_CHECK_CODE(evc_kms_wrap(kms, evc_view_of("0123456789abcdef", 16), NULL, &a.wait,
                                NULL, &out, &err),
                   ENVCRYPT_E_KEY_MISMATCH);
    ck_assert_ptr_nonnull(strstr(a.bodies[1], "\"KeyId\":\"" KEY_1 "\""));
}
END_TEST

START_TEST(an_alias_arn_is_resolved_in_its_region)
{
    ANSWER({200, METADATA(KEY_1, "")});
    EVC_CHECK_OK(
        open_uri("aws-kms:///arn:aws:kms:eu-central-1:111122223333:alias/one"));
    ck_assert_str_eq(kms->key_id, KEY_1);
}
END_TEST

START_TEST(a_bare_id_is_resolved)
{
    ANSWER({200, METADATA(KEY_1, "")});
    EVC_CHECK_OK(
        open_uri("aws-kms://eu-central-1/1234abcd-12ab-34cd-56ef-1234567890ab"));
    ck_assert_str_eq(kms->key_id, KEY_1);
}
END_TEST

START_TEST(grant_tokens_go_with_the_question)
{
    ANSWER({200, METADATA(KEY_1, "")});
    EVC_CHECK_OK(open_uri("aws-kms://eu-central-1/alias/one?grant-tokens=t1"));
    ck_assert_ptr_nonnull(strstr(a.bodies[0], "\"GrantTokens\":[\"t1\"]"));
}
END_TEST

static const struct {
    const char *uri;
    const char *reply;
} lies[] = {
    {"aws-kms://eu-central-1/0987dcba-09fe-87dc-65ba-ab0987654321",
     METADATA(KEY_1, "")},
    {"aws-kms://eu-central-1/alias/one", METADATA(MRK_US, "")},
    {"aws-kms:///arn:aws:kms:eu-central-1:444455556666:alias/one", METADATA(KEY_1, "")},
    {"aws-kms:///arn:aws-cn:kms:eu-central-1:111122223333:alias/one",
     METADATA(KEY_1, "")},
};

START_TEST(a_key_that_it_cannot_be_is_refused)
{
    ANSWER({200, lies[_i].reply});
    EVC_CHECK_CODE(open_uri(lies[_i].uri), ENVCRYPT_E_KEY_MISMATCH);
    ck_assert_ptr_null(kms);
}
END_TEST

START_TEST(a_key_of_another_kind_is_refused)
{
    ANSWER({200, METADATA(KEY_1, ",\"KeySpec\":\"RSA_2048\"")});
    EVC_CHECK_CODE(open_uri("aws-kms://eu-central-1/alias/one"),
                   ENVCRYPT_E_KEY_UNSUITABLE);
}
END_TEST

START_TEST(an_alias_that_is_not_there_is_told)
{
    ANSWER({400, "{\"__type\":\"NotFoundException\",\"message\":\"x\"}"});
    EVC_CHECK_CODE(open_uri("aws-kms://eu-central-1/alias/one"),
                   ENVCRYPT_E_KEY_NOT_FOUND);
}
END_TEST

START_TEST(no_secret_is_in_an_error)
{
    ANSWER(
        {400, "{\"__type\":\"AccessDeniedException\",\"Message\":\"planted-body\"}"});
    EVC_CHECK_CODE(open_uri("aws-kms://eu-central-1/alias/one"), ENVCRYPT_E_DENIED);
    for (const evc_error *e = err; e; e = evc_error_cause(e))
        ck_assert_ptr_null(strstr(evc_error_message(e), "planted"));
}
END_TEST

/* --- describe --- */

static evc_key_info *info;

static void
describe(void)
{
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    EVC_CHECK_OK(evc_kms_describe(kms, &a.wait, &info, &err));
}

START_TEST(describe_tells_state_and_versions)
{
    ANSWER({200, METADATA(KEY_1, ",\"KeyState\":\"Enabled\",\"CreationDate\":1000,"
                                 "\"CurrentKeyMaterialId\":\"" MATERIAL_2 "\"")},
           {200, "{\"Rotations\":[{\"KeyMaterialId\":\"" MATERIAL_2
                 "\",\"KeyMaterialState\":\"CURRENT\",\"RotationDate\":2000},"
                 "{\"KeyMaterialId\":\"" MATERIAL_1
                 "\",\"KeyMaterialState\":\"NON_CURRENT\"}]}"});
    describe();
    ck_assert_int_eq(info->state, ENVCRYPT_KEY_ENABLED);
    ck_assert_uint_eq(info->count, 2);
    ck_assert_str_eq(info->versions[0].id, MATERIAL_1);
    ck_assert_int_eq(info->versions[0].state, ENVCRYPT_KEY_DECRYPT_ONLY);
    ck_assert_int_eq(info->versions[0].created_ms, 1000000);
    ck_assert_int_eq(info->versions[1].state, ENVCRYPT_KEY_ENABLED);
    ck_assert_uint_eq(info->current, 1);
    evc_key_info_free(info);
}
END_TEST

static const char *const no_list[] = {
    "{\"__type\":\"AccessDeniedException\"}",
    "{\"__type\":\"UnsupportedOperationException\"}",
    "{\"__type\":\"KMSInvalidStateException\",\"message\":\"x is pending deletion.\"}",
    "{\"__type\":\"ValidationException\"}",
};

START_TEST(without_a_list_of_versions_the_current_one_is_told)
{
    ANSWER({200, METADATA(KEY_1, ",\"KeyState\":\"Disabled\",\"CurrentKeyMaterialId\":"
                                 "\"" MATERIAL_2 "\"")},
           {400, no_list[_i]});
    describe();
    ck_assert_int_eq(info->state, ENVCRYPT_KEY_DISABLED);
    ck_assert_uint_eq(info->count, 1);
    ck_assert_str_eq(info->versions[0].id, MATERIAL_2);
    ck_assert_uint_eq(info->current, 0);
    evc_key_info_free(info);
}
END_TEST

START_TEST(an_old_peer_tells_no_versions)
{
    ANSWER({200, METADATA(KEY_1, ",\"KeyState\":\"Enabled\"")},
           {200, "{\"Rotations\":[{\"RotationDate\":5}]}"});
    describe();
    ck_assert_uint_eq(info->count, 0);
    ck_assert_uint_eq(info->current, SIZE_MAX);
    evc_key_info_free(info);
}
END_TEST

START_TEST(a_service_that_is_away_fails_describe)
{
    ANSWER({200, METADATA(KEY_1, "")}, {500, "{\"__type\":\"KMSInternalException\"}"});
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    EVC_CHECK_CODE(evc_kms_describe(kms, &a.wait, &info, &err),
                   ENVCRYPT_E_SERVICE_DOWN);
}
END_TEST

START_TEST(another_key_described_is_refused)
{
    ANSWER({200, METADATA(KEY_2, "")});
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    EVC_CHECK_CODE(evc_kms_describe(kms, &a.wait, &info, &err),
                   ENVCRYPT_E_KEY_MISMATCH);
}
END_TEST

START_TEST(after_describe_a_key_under_old_material_is_stale)
{
    evc_edk edk = aws_edk(KEY_1);
    evc_secret key = {0};
    bool stale = false;

    ANSWER({200, METADATA(KEY_1, ",\"CurrentKeyMaterialId\":\"" MATERIAL_2 "\"")},
           {200, "{\"Rotations\":[{\"KeyMaterialId\":\"" MATERIAL_1
                 "\",\"KeyMaterialState\":\"NON_CURRENT\"}]}"},
           {200, "{\"KeyId\":\"" KEY_1 "\",\"Plaintext\":\"MDEyMzQ1Njc4OWFiY2RlZg==\","
                 "\"KeyMaterialId\":\"" MATERIAL_1 "\"}"});
    describe();
    evc_key_info_free(info);
    EVC_CHECK_OK(
        evc_kms_unwrap(kms, &edk, NULL, 16, &a.wait, NULL, &key, &stale, &err));
    ck_assert(stale);
    evc_secret_free(&key);
}
END_TEST

START_TEST(whether_an_edk_is_current_is_unknown_offline)
{
    evc_edk edk = aws_edk(KEY_1);

    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    ck_assert_int_eq(evc_kms_is_current(kms, &edk), ENVCRYPT_UNKNOWN);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

/* Asked while the service wraps under material 2, of a key that was described under 1. */
static int32_t
ask_current(const char *unwrapped_under)
{
    static char decrypted[512];
    evc_edk edk = aws_edk(KEY_1);
    int32_t told = -1;

    (void)snprintf(decrypted, sizeof(decrypted),
                   "{\"KeyId\":\"" KEY_1 "\",\"Plaintext\":"
                   "\"MDEyMzQ1Njc4OWFiY2RlZg==\",\"KeyMaterialId\":\"%s\"}",
                   unwrapped_under);
    ANSWER({200, METADATA(KEY_1, ",\"CurrentKeyMaterialId\":\"" MATERIAL_1 "\"")},
           {400, no_list[0]}, {200, decrypted},
           {200, METADATA(KEY_1, ",\"CurrentKeyMaterialId\":\"" MATERIAL_2 "\"")},
           {400, no_list[0]});
    describe();
    evc_key_info_free(info);
    EVC_CHECK_OK(evc_current_ask(kms, &edk, NULL, &a.wait, &told, &err));
    return told;
}

START_TEST(online_a_key_under_new_material_is_current)
{
    ck_assert_int_eq(ask_current(MATERIAL_2), ENVCRYPT_YES);
}
END_TEST

START_TEST(online_a_key_under_old_material_is_not_current)
{
    ck_assert_int_eq(ask_current(MATERIAL_1), ENVCRYPT_NO);
}
END_TEST

/* --- probe --- */

static const struct {
    const char *members;
    int code;
} probes[] = {
    {",\"KeyState\":\"Enabled\"", 0},
    {",\"KeyState\":\"Disabled\"", ENVCRYPT_E_KEY_DISABLED},
    {",\"KeyState\":\"PendingDeletion\"", ENVCRYPT_E_KEY_PENDING_DELETION},
    {",\"KeyState\":\"Enabled\",\"KeyUsage\":\"SIGN_VERIFY\"",
     ENVCRYPT_E_KEY_UNSUITABLE},
};

START_TEST(probe_looks_at_the_state)
{
    static char text[512];

    (void)snprintf(text, sizeof(text), METADATA(KEY_1, "%s"), probes[_i].members);
    ANSWER({200, text});
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    EVC_CHECK_CODE(evc_kms_probe(kms, &a.wait, &err), probes[_i].code);
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

START_TEST(without_the_permission_to_describe_a_dry_run_tells)
{
    ANSWER({400, "{\"__type\":\"AccessDeniedException\"}"},
           {400, "{\"__type\":\"DryRunOperationException\"}"});
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    EVC_CHECK_OK(evc_kms_probe(kms, &a.wait, &err));
    ck_assert_ptr_null(err);
    ck_assert_str_eq(a.targets[1], "TrentService.Encrypt");
    ck_assert_ptr_nonnull(strstr(a.bodies[1], "\"DryRun\":true"));
}
END_TEST

START_TEST(a_dry_run_that_would_fail_says_why)
{
    ANSWER({400, "{\"__type\":\"AccessDeniedException\"}"},
           {400, "{\"__type\":\"DisabledException\",\"message\":\"x is disabled.\"}"});
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    EVC_CHECK_CODE(evc_kms_probe(kms, &a.wait, &err), ENVCRYPT_E_KEY_DISABLED);
}
END_TEST

START_TEST(rights_are_named_as_aws_names_them)
{
    ck_assert_str_eq(evc_backend_aws.permission(ENVCRYPT_OP_WRAP), "kms:Encrypt");
    ck_assert_str_eq(evc_backend_aws.permission(ENVCRYPT_OP_UNWRAP), "kms:Decrypt");
    ck_assert_ptr_null(evc_backend_aws.permission(ENVCRYPT_OP_BRANCH_KEY));
}
END_TEST

/* --- memory --- */

static int
open_once(void *user)
{
    static const evc_backend *const table[] = {&evc_backend_aws, NULL};
    evc_error *error = NULL;
    evc_kms *one = NULL;
    int rc;

    (void)user;
    a.asked = 0;
    rc = evc_kms_open(a.crypto, a.net, table,
                      "aws-kms://eu-central-1/alias/one?grant-tokens=t", &config,
                      &a.wait, &one, &error);
    evc_kms_unref(one);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_while_opening)
{
    ANSWER({200, METADATA(KEY_1, ",\"CurrentKeyMaterialId\":\"" MATERIAL_1 "\"")});
    (void)evc_alloc_sweep(open_once, NULL);
}
END_TEST

static int
describe_once(void *user)
{
    evc_error *error = NULL;
    evc_key_info *one = NULL;
    int rc;

    (void)user;
    a.asked = 0;
    rc = evc_kms_describe(kms, &a.wait, &one, &error);
    evc_key_info_free(one);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_while_describing)
{
    EVC_CHECK_OK(open_uri("aws-kms:///" KEY_1));
    ANSWER({200, METADATA(KEY_1, ",\"CurrentKeyMaterialId\":\"" MATERIAL_2 "\"")},
           {200, "{\"Rotations\":[{\"KeyMaterialId\":\"" MATERIAL_1
                 "\"}],\"Truncated\":true,\"NextMarker\":\"m\"}"},
           {200, "{\"Rotations\":[{\"KeyMaterialId\":\"" MATERIAL_2
                 "\",\"RotationDate\":5}]}"});
    (void)evc_alloc_sweep(describe_once, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_key_arn_is_opened_without_a_call,
        rights_are_named_as_aws_names_them,
        the_region_of_a_key_arn_may_be_said_again,
        the_region_of_a_key_arn_may_not_be_changed,
        a_multi_region_key_is_used_in_the_region_that_is_named,
        a_region_alone_is_discovery,
        a_key_tells_as_whom_it_is_used,
        discovery_takes_its_filters,
        ten_grant_tokens_are_taken,
        credentials_of_another_provider_are_refused,
        an_alias_is_resolved_once_and_pinned,
        an_alias_arn_is_resolved_in_its_region,
        a_bare_id_is_resolved,
        grant_tokens_go_with_the_question,
        a_key_of_another_kind_is_refused,
        an_alias_that_is_not_there_is_told,
        no_secret_is_in_an_error,
        describe_tells_state_and_versions,
        an_old_peer_tells_no_versions,
        a_service_that_is_away_fails_describe,
        another_key_described_is_refused,
        after_describe_a_key_under_old_material_is_stale,
        whether_an_edk_is_current_is_unknown_offline,
        online_a_key_under_new_material_is_current,
        online_a_key_under_old_material_is_not_current,
        without_the_permission_to_describe_a_dry_run_tells,
        a_dry_run_that_would_fail_says_why,
        memory_may_run_out_while_opening,
        memory_may_run_out_while_describing,
    };
    TCase *tcase = tcase_create("keys");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, refuses_a_uri_before_any_call, 0, ROWS(bad));
    tcase_add_loop_test(tcase, a_key_that_it_cannot_be_is_refused, 0, ROWS(lies));
    tcase_add_loop_test(tcase, without_a_list_of_versions_the_current_one_is_told, 0,
                        ROWS(no_list));
    tcase_add_loop_test(tcase, probe_looks_at_the_state, 0, ROWS(probes));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws", add_tests)
