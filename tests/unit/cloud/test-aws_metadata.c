/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_metadata.h"

#include "aws-fixture.h"

static evc_aws_describe ask;
static evc_error *err;

static void
set_up(void)
{
    aws_set_up();
    ask = (evc_aws_describe){.key_id = "alias/one"};
    err = NULL;
}

static void
tear_down(void)
{
    evc_aws_metadata_reset(&ask.metadata);
    evc_error_free(err);
    aws_tear_down();
}

static int
describe(const char *members)
{
    static char text[2048];

    (void)snprintf(text, sizeof(text), "{\"KeyMetadata\":{\"Arn\":\"" KEY_1 "\"%s}}",
                   members);
    ANSWER({200, text});
    return evc_aws_describe_run(a.peer, &ask, &a.wait, &err);
}

START_TEST(asks_with_grant_tokens)
{
    ask.grant_tokens = "t1,t2";
    EVC_CHECK_OK(describe(""));
    ck_assert_str_eq(a.targets[0], "TrentService.DescribeKey");
    ck_assert_str_eq(a.bodies[0],
                     "{\"GrantTokens\":[\"t1\",\"t2\"],\"KeyId\":\"alias/one\"}");
}
END_TEST

START_TEST(reads_what_the_service_says)
{
    EVC_CHECK_OK(
        describe(",\"KeyState\":\"PendingDeletion\",\"KeySpec\":\"SYMMETRIC_DEFAULT\","
                 "\"KeyUsage\":\"ENCRYPT_DECRYPT\",\"CreationDate\":1700000000.25,"
                 "\"DeletionDate\":1700000001,\"MultiRegion\":true,"
                 "\"CurrentKeyMaterialId\":\"" MATERIAL_1 "\",\"Unheard\":[1]"));
    ck_assert_str_eq(ask.metadata.arn, KEY_1);
    ck_assert(evc_view_is_text(ask.metadata.parts.account, "111122223333"));
    ck_assert_str_eq(ask.metadata.material, MATERIAL_1);
    ck_assert_int_eq(ask.metadata.created_ms, INT64_C(1700000000250));
    ck_assert_int_eq(ask.metadata.deletion_ms, INT64_C(1700000001000));
    ck_assert_int_eq(ask.metadata.valid_to_ms, -1);
    ck_assert(ask.metadata.multi_region);
    ck_assert_ptr_null(ask.metadata.manager);
}
END_TEST

START_TEST(the_old_name_of_the_spec_counts_too)
{
    EVC_CHECK_OK(describe(",\"CustomerMasterKeySpec\":\"RSA_2048\""));
    ck_assert_str_eq(ask.metadata.spec, "RSA_2048");
}
END_TEST

static const char *const bad[] = {
    "",
    "{",
    "{}",
    "[]",
    "{\"KeyMetadata\":{}}",
    "{\"KeyMetadata\":[]}",
    "{\"KeyMetadata\":{\"Arn\":1}}",
    "{\"KeyMetadata\":{\"Arn\":\"" KEY_1 "\",\"Arn\":\"" KEY_1 "\"}}",
    "{\"KeyMetadata\":{\"Arn\":\"1234abcd-12ab-34cd-56ef-1234567890ab\"}}",
    "{\"KeyMetadata\":{\"Arn\":\"arn:aws:kms:us-east-1:111122223333:alias/one\"}}",
    "{\"KeyMetadata\":{\"Arn\":\"" KEY_1 "\",\"KeyState\":1}}",
    "{\"KeyMetadata\":{\"Arn\":\"" KEY_1 "\",\"CreationDate\":\"now\"}}",
    "{\"KeyMetadata\":{\"Arn\":\"" KEY_1 "\",\"DeletionDate\":-1}}",
    "{\"KeyMetadata\":{\"Arn\":\"" KEY_1 "\",\"MultiRegion\":\"yes\"}}",
};

START_TEST(refuses_what_is_no_answer)
{
    ANSWER({200, bad[_i]});
    EVC_CHECK_CODE(evc_aws_describe_run(a.peer, &ask, &a.wait, &err),
                   ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(ask.metadata.doc);
    ck_assert_ptr_null(ask.metadata.arn);
}
END_TEST

static const struct {
    const char *text;
    int32_t state;
    int code;
} states[] = {
    {"Enabled", ENVCRYPT_KEY_ENABLED, 0},
    {"Updating", ENVCRYPT_KEY_ENABLED, 0},
    {"Disabled", ENVCRYPT_KEY_DISABLED, ENVCRYPT_E_KEY_DISABLED},
    {"PendingDeletion", ENVCRYPT_KEY_PENDING_DELETION, ENVCRYPT_E_KEY_PENDING_DELETION},
    {"PendingReplicaDeletion", ENVCRYPT_KEY_PENDING_DELETION,
     ENVCRYPT_E_KEY_PENDING_DELETION},
    {"PendingImport", ENVCRYPT_KEY_PENDING_IMPORT, ENVCRYPT_E_KEY_PENDING_IMPORT},
    {"Unavailable", ENVCRYPT_KEY_UNAVAILABLE, ENVCRYPT_E_KEY_UNAVAILABLE},
    {"Creating", ENVCRYPT_KEY_CREATING, ENVCRYPT_E_KEY_NOT_READY},
    {"Unheard", ENVCRYPT_KEY_UNKNOWN, 0},
};

START_TEST(each_state_has_its_meaning)
{
    char member[64];

    (void)snprintf(member, sizeof(member), ",\"KeyState\":\"%s\"", states[_i].text);
    EVC_CHECK_OK(describe(member));
    ck_assert_int_eq(evc_aws_metadata_state(&ask.metadata), states[_i].state);
    EVC_CHECK_CODE(evc_aws_metadata_check_state(&ask.metadata, &err), states[_i].code);
    if (states[_i].code)
        ck_assert_str_eq(evc_error_key_state(err), states[_i].text);
}
END_TEST

START_TEST(a_key_without_a_state_is_taken_to_work)
{
    EVC_CHECK_OK(describe(""));
    ck_assert_int_eq(evc_aws_metadata_state(&ask.metadata), ENVCRYPT_KEY_UNKNOWN);
    EVC_CHECK_OK(evc_aws_metadata_check_state(&ask.metadata, &err));
}
END_TEST

static const struct {
    const char *members;
    int code;
} kinds[] = {
    {"", 0},
    {",\"KeySpec\":\"SYMMETRIC_DEFAULT\",\"KeyUsage\":\"ENCRYPT_DECRYPT\"", 0},
    {",\"KeySpec\":\"RSA_2048\",\"KeyUsage\":\"ENCRYPT_DECRYPT\"",
     ENVCRYPT_E_KEY_UNSUITABLE},
    {",\"KeySpec\":\"HMAC_256\",\"KeyUsage\":\"GENERATE_VERIFY_MAC\"",
     ENVCRYPT_E_KEY_UNSUITABLE},
    {",\"KeyUsage\":\"SIGN_VERIFY\"", ENVCRYPT_E_KEY_UNSUITABLE},
};

START_TEST(only_symmetric_keys_for_encryption_fit)
{
    EVC_CHECK_OK(describe(kinds[_i].members));
    EVC_CHECK_CODE(evc_aws_metadata_check_kind(&ask.metadata, &err), kinds[_i].code);
}
END_TEST

START_TEST(errors_of_the_service_come_through)
{
    ANSWER({400, "{\"__type\":\"NotFoundException\",\"message\":\"Alias "
                 "arn:aws:kms:us-east-1:1:alias/one is not found.\"}"});
    EVC_CHECK_CODE(evc_aws_describe_run(a.peer, &ask, &a.wait, &err),
                   ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "alias/one"));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        asks_with_grant_tokens,
        reads_what_the_service_says,
        the_old_name_of_the_spec_counts_too,
        a_key_without_a_state_is_taken_to_work,
        errors_of_the_service_come_through,
    };
    TCase *tcase = tcase_create("metadata");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, refuses_what_is_no_answer, 0, ROWS(bad));
    tcase_add_loop_test(tcase, each_state_has_its_meaning, 0, ROWS(states));
    tcase_add_loop_test(tcase, only_symmetric_keys_for_encryption_fit, 0, ROWS(kinds));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_metadata", add_tests)
