/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_metadata.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"

static evc_alibaba_metadata found;

static int
read_text(const char *text)
{
    evc_json_doc *doc;
    int rc;

    EVC_CHECK_OK(evc_json_parse(evc_view_text(text), "the answer", &doc, NULL));
    rc = evc_alibaba_metadata_read(doc, &found, NULL);
    if (rc)
        evc_json_free(doc);
    return rc;
}

START_TEST(metadata_are_read)
{
    EVC_CHECK_OK(read_text(DESCRIBED));
    ck_assert_str_eq(found.arn, ARN);
    ck_assert_str_eq(found.key_id, KEY_ID);
    ck_assert_str_eq(found.version, VERSION);
    ck_assert_int_eq(found.created_ms, INT64_C(1711363360000));
    ck_assert_int_eq(evc_alibaba_metadata_state(&found), ENVCRYPT_KEY_ENABLED);
    EVC_CHECK_OK(evc_alibaba_metadata_check_kind(&found, NULL));
    EVC_CHECK_OK(evc_alibaba_metadata_check_state(&found, NULL));
    evc_alibaba_metadata_reset(&found);
}
END_TEST

static const char *const wrong[] = {
    "{}",
    "{\"KeyMetadata\":[]}",
    "{\"KeyMetadata\":{}}",
    METADATA_OF("alias/a", KEY_ID, "Enabled", SYMMETRIC),
    METADATA_OF(ARN, OTHER_ID, "Enabled", SYMMETRIC),
    METADATA_OF(ARN, KEY_ID, "Enabled", "\"KeySpec\":\"Aliyun_AES_256\""),
    METADATA_OF(ARN, KEY_ID, "Enabled", "\"KeyUsage\":\"ENCRYPT/DECRYPT\""),
    METADATA_OF(ARN, KEY_ID, "Enabled",
                "\"KeySpec\":1,\"KeyUsage\":\"ENCRYPT/DECRYPT\""),
    METADATA_OF(ARN, KEY_ID, "Enabled",
                "\"KeySpec\":\"Aliyun_AES_256\",\"KeyUsage\":\"ENCRYPT/DECRYPT\","
                "\"PrimaryKeyVersion\":1"),
};

START_TEST(what_is_no_metadata_is_refused)
{
    EVC_CHECK_CODE(read_text(wrong[_i]), ENVCRYPT_E_JSON);
    ck_assert_ptr_null(found.arn);
}
END_TEST

static const struct {
    const char *text;
    int32_t state;
    int code;
} states[] = {
    {METADATA_OF(ARN, KEY_ID, "Disabled", SYMMETRIC), ENVCRYPT_KEY_DISABLED,
     ENVCRYPT_E_KEY_DISABLED},
    {METADATA_OF(ARN, KEY_ID, "PendingDeletion", SYMMETRIC),
     ENVCRYPT_KEY_PENDING_DELETION, ENVCRYPT_E_KEY_PENDING_DELETION},
    {METADATA_OF(ARN, KEY_ID, "PendingImport", SYMMETRIC), ENVCRYPT_KEY_PENDING_IMPORT,
     ENVCRYPT_E_KEY_PENDING_IMPORT},
    {METADATA_OF(ARN, KEY_ID, "Unavailable", SYMMETRIC), ENVCRYPT_KEY_UNAVAILABLE,
     ENVCRYPT_E_KEY_UNAVAILABLE},
    {METADATA_OF(ARN, KEY_ID, "Inactive", SYMMETRIC), ENVCRYPT_KEY_UNKNOWN,
     ENVCRYPT_E_KEY_UNAVAILABLE},
};

START_TEST(a_key_that_is_not_enabled_is_told_with_its_state)
{
    EVC_CHECK_OK(read_text(states[_i].text));
    ck_assert_int_eq(evc_alibaba_metadata_state(&found), states[_i].state);
    EVC_CHECK_CODE(evc_alibaba_metadata_check_state(&found, &err), states[_i].code);
    ck_assert_str_eq(evc_error_key_state(err), found.state);
    EVC_CHECK_CODE(evc_alibaba_metadata_check_state(&found, NULL), states[_i].code);
    evc_alibaba_metadata_reset(&found);
}
END_TEST

#define KIND(spec, usage)               \
    METADATA_OF(ARN, KEY_ID, "Enabled", \
                "\"KeySpec\":\"" spec "\",\"KeyUsage\":\"" usage "\"")
static const char *const unsuitable[] = {
    KIND("RSA_2048", "ENCRYPT/DECRYPT"),
    KIND("RSA_2048", "SIGN/VERIFY"),
    KIND("EC_P256", "SIGN/VERIFY"),
    KIND("Aliyun_AES_256", "SIGN/VERIFY"),
    KIND("Aliyun_AES_2560", "ENCRYPT/DECRYPT"),
};
static const char *const suitable[] = {
    KIND("Aliyun_AES_256", "ENCRYPT/DECRYPT"),
    KIND("Aliyun_AES_192", "ENCRYPT/DECRYPT"),
    KIND("Aliyun_AES_128", "ENCRYPT/DECRYPT"),
    KIND("Aliyun_SM4", "ENCRYPT/DECRYPT"),
};

START_TEST(keys_that_are_not_symmetric_are_unsuitable)
{
    EVC_CHECK_OK(read_text(unsuitable[_i]));
    EVC_CHECK_CODE(evc_alibaba_metadata_check_kind(&found, NULL),
                   ENVCRYPT_E_KEY_UNSUITABLE);
    evc_alibaba_metadata_reset(&found);
}
END_TEST

START_TEST(symmetric_keys_are_suitable)
{
    EVC_CHECK_OK(read_text(suitable[_i]));
    EVC_CHECK_OK(evc_alibaba_metadata_check_kind(&found, NULL));
    evc_alibaba_metadata_reset(&found);
}
END_TEST

START_TEST(a_key_is_described_by_one_request)
{
    PLAY(REPLY(DESCRIBED));
    EVC_CHECK_OK(
        evc_alibaba_describe(alibaba_peer, "alias/a b", &t.wait, &found, NULL));
    ck_assert_str_eq(asked, "DescribeKey KeyId=alias%2Fa%20b\n");
    ck_assert_str_eq(found.arn, ARN);
    evc_alibaba_metadata_reset(&found);
}
END_TEST

START_TEST(a_description_that_is_none_is_the_protocols_fault)
{
    PLAY(REPLY(DONE));
    EVC_CHECK_CODE(evc_alibaba_describe(alibaba_peer, KEY_ID, &t.wait, &found, NULL),
                   ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(found.doc);
}
END_TEST

START_TEST(times_that_are_none_are_unknown)
{
    evc_json_doc *doc;

    EVC_CHECK_OK(evc_json_parse(
        evc_view_text("{\"a\":\"\",\"b\":7,\"c\":\"2024-03-25T10:42:40Z\"}"), "it",
        &doc, NULL));
    ck_assert_int_eq(evc_alibaba_time(evc_json_root(doc), "a"), -1);
    ck_assert_int_eq(evc_alibaba_time(evc_json_root(doc), "b"), -1);
    ck_assert_int_eq(evc_alibaba_time(evc_json_root(doc), "d"), -1);
    ck_assert_int_eq(evc_alibaba_time(evc_json_root(doc), "c"), INT64_C(1711363360000));
    evc_json_free(doc);
}
END_TEST

static int
describe(void *user)
{
    int rc;

    (void)user;
    t.started = 0;
    rc = evc_alibaba_describe(alibaba_peer, KEY_ID, &t.wait, &found, NULL);
    evc_alibaba_metadata_reset(&found);
    return rc == ENVCRYPT_E_PROTOCOL ? ENVCRYPT_E_NOMEM : rc;
}

START_TEST(memory_may_run_out)
{
    PLAY(REPLY(DESCRIBED));
    ck_assert_uint_ge(evc_alloc_sweep(describe, NULL), 5);
}
END_TEST

#define ADD_LOOP(tcase, test, list) \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(list) / sizeof((list)[0])))

static void
add_tests(Suite *suite)
{
    TCase *loops = tcase_create("kinds and states");

    alibaba_add(suite, "metadata",
                (const TTest *const[]){
                    metadata_are_read, a_key_is_described_by_one_request,
                    a_description_that_is_none_is_the_protocols_fault,
                    times_that_are_none_are_unknown, memory_may_run_out, NULL});
    tcase_add_checked_fixture(loops, alibaba_set_up, alibaba_tear_down);
    ADD_LOOP(loops, what_is_no_metadata_is_refused, wrong);
    ADD_LOOP(loops, a_key_that_is_not_enabled_is_told_with_its_state, states);
    ADD_LOOP(loops, keys_that_are_not_symmetric_are_unsuitable, unsuitable);
    ADD_LOOP(loops, symmetric_keys_are_suitable, suitable);
    suite_add_tcase(suite, loops);
}

EVC_TEST_MAIN("alibaba_metadata", add_tests)
