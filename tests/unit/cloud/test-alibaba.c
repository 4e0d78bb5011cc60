/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba.h"

#include "alibaba-uri.h"
#include "evc-alloc.h"
#include "kms/call.h"

#define URI "alibaba-kms:///" ARN
#define VERSIONS                                                                 \
    "{\"KeyVersions\":{\"KeyVersion\":[{\"KeyVersionId\":\"" NEWER               \
    "\",\"CreationDate\":\"2025-03-25T10:42:40Z\"},{\"KeyVersionId\":\"" VERSION \
    "\",\"CreationDate\":\"2024-03-25T10:42:40Z\"}]},\"TotalCount\":2}"

static evc_kms *kms;

static void
set_up(void)
{
    uri_set_up();
    kms = NULL;
}

static void
tear_down(void)
{
    evc_kms_unref(kms);
    uri_tear_down();
}

/* --- open ------------------------------------------------------------------------- */

static const char *const uris[] = {
    "alibaba-kms:///" ARN,
    "alibaba-kms://cn-hangzhou/" KEY_ID,
    "alibaba-kms://cn-hangzhou/alias/main",
    "alibaba-kms://cn-hangzhou/" ARN,
};

START_TEST(every_form_of_uri_pins_the_arn)
{
    PLAY(REPLY(DESCRIBED));
    EVC_CHECK_OK(uri_open(uris[_i], &kms));
    ck_assert_str_eq(kms->key_id, ARN);
    ck_assert_str_eq(kms->provider, "envcrypt-alibaba-kms");
    ck_assert(!kms->discovery);
    ck_assert_uint_eq(t.started, 1);
    ck_assert_str_eq(uri_endpoint(kms)->authority, "kms.cn-hangzhou.aliyuncs.com");
}
END_TEST

START_TEST(a_key_does_what_its_gateway_can)
{
    PLAY(REPLY(DESCRIBED));
    EVC_CHECK_OK(uri_open(URI, &kms));
    ck_assert_uint_eq(kms->operations, ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP |
                                           ENVCRYPT_OP_GENERATE | ENVCRYPT_OP_REWRAP |
                                           ENVCRYPT_OP_DESCRIBE | ENVCRYPT_OP_PROBE);
}
END_TEST

static const char *const no_uris[] = {
    "alibaba-kms:///",
    "alibaba-kms://cn-hangzhou",
    "alibaba-kms://cn-hangzhou/",
    "alibaba-kms:///" KEY_ID,
    "alibaba-kms:///alias/main",
    "alibaba-kms://CN/" KEY_ID,
    "alibaba-kms://cn-beijing/" ARN,
    "alibaba-kms://cn-hangzhou/a%20b",
    "alibaba-kms://cn-hangzhou/acs:kms:cn-hangzhou:1:alias/main",
    "alibaba-kms:///arn:aws:kms:eu-west-1:123456789012:key/k",
    "alibaba-kms:///" ARN "#1",
};

START_TEST(what_names_no_key_is_refused)
{
    EVC_CHECK_CODE(uri_open(no_uris[_i], &kms), ENVCRYPT_E_URI);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "alibaba-kms://REGION/KEY"));
    ck_assert_uint_eq(t.started, 0);
}
END_TEST

START_TEST(an_option_that_there_is_not_is_refused)
{
    EVC_CHECK_CODE(uri_open(URI "?instanse=kst-1", &kms), ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "\"instance\""));
}
END_TEST

static const struct {
    const char *uri;
    const char *reply;
    int code;
} mismatches[] = {
    {URI, METADATA_OF(OTHER_ARN, OTHER_ID, "Enabled", SYMMETRIC),
     ENVCRYPT_E_KEY_MISMATCH},
    {"alibaba-kms://cn-hangzhou/" KEY_ID,
     METADATA_OF(OTHER_ARN, OTHER_ID, "Enabled", SYMMETRIC), ENVCRYPT_E_KEY_MISMATCH},
    {"alibaba-kms://cn-hangzhou/alias/main",
     METADATA_OF("acs:kms:cn-beijing:1234567890123456:key/" KEY_ID, KEY_ID, "Enabled",
                 SYMMETRIC),
     ENVCRYPT_E_KEY_MISMATCH},
    {"alibaba-kms:///acs:kms:cn-hangzhou:6543210987654321:key/" KEY_ID, DESCRIBED,
     ENVCRYPT_E_KEY_MISMATCH},
    {URI,
     METADATA_OF(ARN, KEY_ID, "Enabled",
                 "\"KeySpec\":\"RSA_2048\",\"KeyUsage\":\"ENCRYPT/DECRYPT\""),
     ENVCRYPT_E_KEY_UNSUITABLE},
    {URI, DONE, ENVCRYPT_E_PROTOCOL},
};

START_TEST(a_key_that_it_cannot_be_is_refused)
{
    PLAY(REPLY(mismatches[_i].reply));
    EVC_CHECK_CODE(uri_open(mismatches[_i].uri, &kms), mismatches[_i].code);
    ck_assert_ptr_null(kms);
}
END_TEST

START_TEST(a_disabled_key_opens)
{
    PLAY(REPLY(METADATA_OF(ARN, KEY_ID, "Disabled", SYMMETRIC)));
    EVC_CHECK_OK(uri_open(URI, &kms));
    EVC_CHECK_CODE(evc_kms_probe(kms, &t.wait, &err), ENVCRYPT_E_KEY_DISABLED);
}
END_TEST

START_TEST(errors_of_open_are_the_services)
{
    PLAY(FAULT(404, "Forbidden.KeyNotFound"));
    EVC_CHECK_CODE(uri_open(URI, &kms), ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "DescribeKey"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "planted-secret"));
}
END_TEST

/* --- gateways of instances ------------------------------------------------------------ */

START_TEST(an_instance_is_asked_for_nothing_at_open)
{
    EVC_CHECK_OK(uri_open(URI "?instance=kst-1", &kms));
    ck_assert_uint_eq(t.started, 0);
    ck_assert_str_eq(kms->key_id, ARN);
    ck_assert_uint_eq(kms->operations,
                      ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_GENERATE);
    ck_assert_str_eq(uri_endpoint(kms)->authority,
                     "kst-1.cryptoservice.kms.aliyuncs.com");
}
END_TEST

START_TEST(an_instance_does_not_describe)
{
    evc_key_info *info;

    EVC_CHECK_OK(uri_open(URI "?instance=kst-1", &kms));
    EVC_CHECK_CODE(evc_kms_describe(kms, &t.wait, &info, &err), ENVCRYPT_E_UNSUPPORTED);
    ck_assert_ptr_nonnull(
        strstr(evc_error_message(err), "without the option instance"));
}
END_TEST

START_TEST(an_instance_needs_the_whole_arn)
{
    EVC_CHECK_CODE(
        uri_open("alibaba-kms://cn-hangzhou/" KEY_ID "?instance=kst-1", &kms),
        ENVCRYPT_E_URI);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "whole ARN"));
}
END_TEST

START_TEST(an_instance_is_probed_by_wrapping)
{
    PLAY(REPLY(ENCRYPTED), FAULT(409, "Rejected.Disabled"));
    EVC_CHECK_OK(uri_open(URI "?instance=kst-1", &kms));
    EVC_CHECK_CODE(evc_kms_probe(kms, &t.wait, NULL), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_uint_eq(t.started, 2);
}
END_TEST

/* --- calls of more requests ------------------------------------------------------- */

START_TEST(a_description_has_versions_and_state)
{
    evc_key_info *info;

    PLAY(REPLY(DESCRIBED), REPLY(DESCRIBED), REPLY(VERSIONS));
    EVC_CHECK_OK(uri_open(URI, &kms));
    EVC_CHECK_OK(evc_kms_describe(kms, &t.wait, &info, NULL));
    ck_assert_str_eq(info->id, ARN);
    ck_assert_int_eq(info->state, ENVCRYPT_KEY_ENABLED);
    ck_assert_uint_eq(info->count, 2);
    ck_assert_str_eq(info->versions[info->current].id, VERSION);
    evc_key_info_free(info);
}
END_TEST

START_TEST(versions_without_permission_are_left_out)
{
    evc_key_info *info;

    PLAY(REPLY(DESCRIBED), REPLY(DESCRIBED), FAULT(403, "Forbidden.NoPermission"));
    EVC_CHECK_OK(uri_open(URI, &kms));
    EVC_CHECK_OK(evc_kms_describe(kms, &t.wait, &info, &err));
    ck_assert_ptr_null(err);
    ck_assert_uint_eq(info->count, 1);
    evc_key_info_free(info);
}
END_TEST

START_TEST(a_description_of_another_key_is_refused)
{
    evc_key_info *info;

    PLAY(REPLY(DESCRIBED),
         REPLY(METADATA_OF(OTHER_ARN, OTHER_ID, "Enabled", SYMMETRIC)));
    EVC_CHECK_OK(uri_open(URI, &kms));
    EVC_CHECK_CODE(evc_kms_describe(kms, &t.wait, &info, NULL),
                   ENVCRYPT_E_KEY_MISMATCH);
}
END_TEST

START_TEST(a_probe_is_one_request_without_a_data_key)
{
    PLAY(REPLY(DESCRIBED));
    EVC_CHECK_OK(uri_open(URI, &kms));
    EVC_CHECK_OK(evc_kms_probe(kms, &t.wait, NULL));
    ck_assert_uint_eq(t.started, 2);
}
END_TEST

START_TEST(rotation_is_by_policy)
{
    PLAY(REPLY(DESCRIBED));
    EVC_CHECK_OK(uri_open(URI, &kms));
    EVC_CHECK_CODE(evc_kms_rotate(kms, &t.wait, &err), ENVCRYPT_E_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "rotation policy"));
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

/* --- questions without a call ----------------------------------------------------- */

static int32_t
is_current(const char *version, uint64_t wrapped_s, int64_t *age)
{
    evc_edk_service service = {.key_id = evc_view_text(ARN),
                               .key_version = evc_view_text(version),
                               .wrapped_s = wrapped_s};
    evc_edk edk = {.provider = evc_view_text(EVC_ALIBABA_PROVIDER)};
    int32_t answer;
    evc_buf info;

    evc_buf_init(&info);
    evc_edk_service_info(&info, &service);
    edk.info = evc_buf_view(&info);
    ck_assert(evc_kms_claims(kms, &edk));
    answer = evc_kms_is_current(kms, &edk);
    *age = evc_kms_age_from_ms(kms, &edk);
    evc_buf_reset(&info);
    return answer;
}

START_TEST(an_older_version_is_not_current_and_others_are_not_known)
{
    int64_t age;

    PLAY(REPLY(DESCRIBED));
    EVC_CHECK_OK(uri_open(URI, &kms));
    ck_assert_int_eq(is_current("older", 1000, &age), ENVCRYPT_NO);
    ck_assert_int_eq(age, 1000000);
    ck_assert_int_eq(is_current(VERSION, 1000, &age), ENVCRYPT_UNKNOWN);
    ck_assert_int_eq(is_current("", 0, &age), ENVCRYPT_UNKNOWN);
    ck_assert_int_eq(age, -1);
    ck_assert_int_eq(is_current("next", UINT64_C(9999999999), &age), ENVCRYPT_UNKNOWN);
}
END_TEST

START_TEST(rights_are_named)
{
    const uint32_t operations[] = {ENVCRYPT_OP_WRAP,     ENVCRYPT_OP_UNWRAP,
                                   ENVCRYPT_OP_GENERATE, ENVCRYPT_OP_REWRAP,
                                   ENVCRYPT_OP_DESCRIBE, ENVCRYPT_OP_PROBE};

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        ck_assert_ptr_nonnull(
            strstr(evc_backend_alibaba.permission(operations[i]), "kms:"));
    ck_assert_ptr_null(evc_backend_alibaba.permission(ENVCRYPT_OP_BRANCH_KEY));
}
END_TEST

START_TEST(many_calls_share_the_network)
{
    evc_call *calls[3];

    PLAY(REPLY(DESCRIBED), REPLY(GENERATED), REPLY(GENERATED),
         FAULT(409, "Rejected.Disabled"));
    EVC_CHECK_OK(uri_open(URI, &kms));
    for (size_t i = 0; i < 3; i++) {
        EVC_CHECK_OK(evc_call_new(kms, ENVCRYPT_OP_GENERATE, &calls[i], NULL));
        calls[i]->key_size = 32;
        (void)evc_call_ref(calls[i]);
    }
    kms->backend->start_many(kms, calls, 3, 2, &t.wait);
    for (size_t i = 0; i < 3; i++) {
        EVC_CHECK_CODE(calls[i]->code, i == 2 ? ENVCRYPT_E_KEY_DISABLED : 0);
        ck_assert_uint_eq(calls[i]->key.size, i == 2 ? 0 : 32);
        evc_call_unref(calls[i]);
    }
}
END_TEST

static int
open_once(void *user)
{
    evc_kms *one = NULL;
    int rc;

    (void)user;
    t.started = 0;
    rc = uri_open("alibaba-kms://cn-hangzhou/alias/main", &one);
    evc_kms_unref(one);
    return rc == ENVCRYPT_E_PROTOCOL ? ENVCRYPT_E_NOMEM : rc;
}

START_TEST(memory_may_run_out)
{
    PLAY(REPLY(DESCRIBED));
    ck_assert_uint_ge(evc_alloc_sweep(open_once, NULL), 20);
}
END_TEST

#define ADD_LOOP(tcase, test, list) \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(list) / sizeof((list)[0])))

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_key_does_what_its_gateway_can,
        an_option_that_there_is_not_is_refused,
        a_disabled_key_opens,
        errors_of_open_are_the_services,
        an_instance_is_asked_for_nothing_at_open,
        an_instance_does_not_describe,
        an_instance_needs_the_whole_arn,
        an_instance_is_probed_by_wrapping,
        a_description_has_versions_and_state,
        versions_without_permission_are_left_out,
        a_description_of_another_key_is_refused,
        a_probe_is_one_request_without_a_data_key,
        rotation_is_by_policy,
        an_older_version_is_not_current_and_others_are_not_known,
        rights_are_named,
        many_calls_share_the_network,
        memory_may_run_out,
    };
    TCase *tcase = tcase_create("alibaba");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    ADD_LOOP(tcase, every_form_of_uri_pins_the_arn, uris);
    ADD_LOOP(tcase, what_names_no_key_is_refused, no_uris);
    ADD_LOOP(tcase, a_key_that_it_cannot_be_is_refused, mismatches);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba", add_tests)
