/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_account.h"

#include "alibaba-uri.h"
#include "evc-alloc.h"

static evc_service *service;
static evc_kv args;
static evc_buf out;

static void
set_up(void)
{
    alibaba_set_up();
    service = alibaba_open_account();
    evc_kv_init(&args);
    evc_buf_init(&out);
}

static void
tear_down(void)
{
    evc_buf_reset(&out);
    evc_kv_reset(&args);
    evc_service_unref(service);
    alibaba_tear_down();
}

static int
key_of(const char *text)
{
    EVC_CHECK_OK(evc_kv_set(&args, evc_view_text("key"), evc_view_text(text), NULL));
    return evc_alibaba_account_key(service, &args, &t.wait, &out, &err);
}

START_TEST(an_arn_is_taken_as_it_is)
{
    EVC_CHECK_OK(key_of(ARN));
    ck_assert_str_eq((const char *)out.data, ARN);
    ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(ids_and_aliases_are_resolved)
{
    const char *const keys[] = {KEY_ID, "alias/a"};

    for (size_t i = 0; i < 2; i++) {
        evc_buf_clear(&out);
        PLAY(REPLY(DESCRIBED));
        EVC_CHECK_OK(key_of(keys[i]));
        ck_assert_str_eq((const char *)out.data, ARN);
    }
    ck_assert_str_eq(asked,
                     "DescribeKey KeyId=" KEY_ID "\nDescribeKey KeyId=alias%2Fa\n");
}
END_TEST

START_TEST(an_arn_of_another_region_is_refused)
{
    EVC_CHECK_CODE(key_of("acs:kms:cn-beijing:1234567890123456:key/" KEY_ID),
                   ENVCRYPT_E_REGION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), REGION));
}
END_TEST

static const char *const no_keys[] = {"",       "a b",     "acs:kms:cn-hangzhou",
                                      "alias/", "key\x01", "arn:aws:kms:a:b:key/c"};

START_TEST(what_is_no_key_is_not_asked_for)
{
    EVC_CHECK_CODE(key_of(no_keys[_i]), ENVCRYPT_E_ARGUMENT);
    ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(a_row_has_every_fact)
{
    evc_table *table;

    PLAY(REPLY(METADATA_OF(
        ARN, KEY_ID, "PendingDeletion",
        SYMMETRIC ",\"Origin\":\"Aliyun_KMS\",\"ProtectionLevel\":\"HSM\","
                  "\"DKMSInstanceId\":\"kst-1\",\"AutomaticRotation\":\"Enabled\","
                  "\"RotationInterval\":\"31536000s\",\"Creator\":\"123\","
                  "\"NextRotationDate\":\"2025-03-25T10:42:40Z\","
                  "\"DeleteDate\":\"2024-05-25T10:42:40Z\","
                  "\"MaterialExpireTime\":\"\",\"DeletionProtection\":\"Disabled\","
                  "\"Description\":\"d\"")));
    EVC_CHECK_OK(evc_table_new(evc_alibaba_key_columns, &table, NULL));
    EVC_CHECK_OK(
        evc_alibaba_account_show(service, ARN, "alias/a", &t.wait, table, NULL));
    ck_assert_str_eq(alibaba_cell(table, "aliases"), "alias/a");
    ck_assert_str_eq(alibaba_cell(table, "state"), "PendingDeletion");
    ck_assert_str_eq(alibaba_cell(table, "usage"), "ENCRYPT/DECRYPT");
    ck_assert_str_eq(alibaba_cell(table, "origin"), "Aliyun_KMS");
    ck_assert_str_eq(alibaba_cell(table, "level"), "HSM");
    ck_assert_str_eq(alibaba_cell(table, "instance"), "kst-1");
    ck_assert_str_eq(alibaba_cell(table, "rotates"), "Enabled");
    ck_assert_str_eq(alibaba_cell(table, "rotation-interval"), "31536000s");
    ck_assert_str_eq(alibaba_cell(table, "next"), "2025-03-25T10:42:40Z");
    ck_assert_str_eq(alibaba_cell(table, "deletion"), "2024-05-25T10:42:40Z");
    ck_assert_str_eq(alibaba_cell(table, "protected"), "Disabled");
    ck_assert_str_eq(alibaba_cell(table, "creator"), "123");
    ck_assert_str_eq(alibaba_cell(table, "description"), "d");
    ck_assert_ptr_null(alibaba_cell(table, "expires"));
    evc_table_free(table);
}
END_TEST

START_TEST(a_fact_of_a_wrong_type_is_the_protocols_fault)
{
    evc_table *table;

    PLAY(REPLY(METADATA_OF(ARN, KEY_ID, "Enabled", SYMMETRIC ",\"Origin\":7")));
    EVC_CHECK_OK(evc_table_new(evc_alibaba_key_columns, &table, NULL));
    EVC_CHECK_CODE(evc_alibaba_account_show(service, ARN, NULL, &t.wait, table, NULL),
                   ENVCRYPT_E_PROTOCOL);
    evc_table_free(table);
}
END_TEST

/* --- open ------------------------------------------------------------------------- */

static int
open_service(const char *text, evc_service **opened, evc_error **error)
{
    evc_uri uri;
    int rc = evc_uri_parse(text, &uri, error);

    *opened = NULL;
    if (!rc)
        rc = evc_service_open(crypto, t.net, &evc_service_alibaba, &uri, &config, NULL,
                              opened, error);
    evc_uri_reset(&uri);
    return rc;
}

static const struct {
    const char *uri;
    const char *region;
} uris[] = {
    {"alibaba-kms://me-east-1", "me-east-1"},
    {"alibaba-kms://me-east-1/", "me-east-1"},
    {"alibaba-kms://me-east-1/alias/a", "me-east-1"},
    {"alibaba-kms:///" ARN, REGION},
    {"alibaba-kms:///", "eu-central-1"}, /* as the environment says */
};

START_TEST(an_account_has_the_region_of_its_uri)
{
    const evc_alibaba_account *account;
    evc_service *opened;

    uri_set_up();
    (void)setenv("ALIBABA_CLOUD_REGION", "eu-central-1", 1);
    EVC_CHECK_OK(open_service(uris[_i].uri, &opened, &err));
    account = evc_alibaba_account_of(opened);
    ck_assert_str_eq(account->region, uris[_i].region);
    ck_assert_ptr_nonnull(strstr(account->peer->endpoint->authority, uris[_i].region));
    evc_service_unref(opened);
    uri_tear_down();
}
END_TEST

START_TEST(what_is_no_region_is_refused)
{
    evc_service *opened;

    uri_set_up();
    EVC_CHECK_CODE(open_service("alibaba-kms://EU", &opened, &err), ENVCRYPT_E_REGION);
    EVC_CHECK_CODE(open_service("alibaba-kms:///", &opened, NULL), ENVCRYPT_E_REGION);
    uri_tear_down();
}
END_TEST

static int
open_once(void *user)
{
    evc_service *opened;
    int rc = open_service("alibaba-kms://me-east-1", &opened, NULL);

    (void)user;
    evc_service_unref(opened);
    return rc;
}

START_TEST(memory_may_run_out_at_open)
{
    uri_set_up();
    ck_assert_uint_ge(evc_alloc_sweep(open_once, NULL), 10);
    uri_tear_down();
}
END_TEST

static int
resolve_once(void *user)
{
    int rc;

    (void)user;
    t.started = 0;
    asked[0] = 0;
    rc = evc_alibaba_account_key(service, &args, &t.wait, &out, NULL);
    evc_buf_reset(&out);
    return rc == ENVCRYPT_E_PROTOCOL ? ENVCRYPT_E_NOMEM : rc;
}

START_TEST(memory_may_run_out)
{
    EVC_CHECK_OK(
        evc_kv_set(&args, evc_view_text("key"), evc_view_text("alias/a"), NULL));
    PLAY(REPLY(DESCRIBED));
    ck_assert_uint_ge(evc_alloc_sweep(resolve_once, NULL), 6);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        an_arn_is_taken_as_it_is,
        ids_and_aliases_are_resolved,
        an_arn_of_another_region_is_refused,
        a_row_has_every_fact,
        a_fact_of_a_wrong_type_is_the_protocols_fault,

        memory_may_run_out,
    };
    TCase *tcase = tcase_create("accounts");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_is_no_key_is_not_asked_for, 0,
                        (int)(sizeof(no_keys) / sizeof(no_keys[0])));
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("open");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_is_no_region_is_refused);
    tcase_add_test(tcase, memory_may_run_out_at_open);
    tcase_add_loop_test(tcase, an_account_has_the_region_of_its_uri, 0,
                        (int)(sizeof(uris) / sizeof(uris[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_account", add_tests)
