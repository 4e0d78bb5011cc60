/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_account.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"
#include "evc-child.h"

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

START_TEST(lists_have_commas_between_their_items)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(" a b ,,c,"));
    evc_view item;

    ck_assert(evc_alibaba_list_next(&c, &item) && evc_view_is_text(item, "a b"));
    ck_assert(evc_alibaba_list_next(&c, &item) && item.size == 0);
    ck_assert(evc_alibaba_list_next(&c, &item) && evc_view_is_text(item, "c"));
    ck_assert(!evc_alibaba_list_next(&c, &item));
}
END_TEST

static void
set(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_set(&args, evc_view_text(name), evc_view_text(value), NULL));
}

START_TEST(flags_are_true_or_false)
{
    const char *flag = "";

    EVC_CHECK_OK(evc_alibaba_account_flag(&args, "f", &flag, NULL));
    ck_assert_ptr_null(flag);
    set("f", "true");
    EVC_CHECK_OK(evc_alibaba_account_flag(&args, "f", &flag, NULL));
    ck_assert_str_eq(flag, "true");
    set("f", "True");
    EVC_CHECK_CODE(evc_alibaba_account_flag(&args, "f", &flag, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(pairs_have_names_and_each_once)
{
    const char *const wrong[] = {"a", "=1", "a=1,,b=2", "a=1,a=2"};
    evc_kv pairs;

    evc_kv_init(&pairs);
    EVC_CHECK_OK(evc_alibaba_account_pairs(NULL, "tags", &pairs, NULL));
    ck_assert_uint_eq(pairs.count, 0);
    EVC_CHECK_OK(evc_alibaba_account_pairs("b=, a=1=2", "tags", &pairs, NULL));
    ck_assert_uint_eq(pairs.count, 2);
    ck_assert(evc_view_is_text(pairs.pairs[0].value, "1=2"));
    ck_assert_uint_eq(pairs.pairs[1].value.size, 0);
    for (size_t i = 0; i < 4; i++) {
        evc_kv_reset(&pairs);
        EVC_CHECK_CODE(evc_alibaba_account_pairs(wrong[i], "tags", &pairs, NULL),
                       ENVCRYPT_E_ARGUMENT);
    }
    evc_kv_reset(&pairs);
}
END_TEST

START_TEST(numbers_have_limits)
{
    int64_t number = 5;

    EVC_CHECK_OK(evc_alibaba_account_number(&args, "n", 7, 10, &number, NULL));
    ck_assert_int_eq(number, 5);
    set("n", "7");
    EVC_CHECK_OK(evc_alibaba_account_number(&args, "n", 7, 10, &number, NULL));
    set("n", "10");
    EVC_CHECK_OK(evc_alibaba_account_number(&args, "n", 7, 10, &number, NULL));
    ck_assert_int_eq(number, 10);
    set("n", "6");
    EVC_CHECK_CODE(evc_alibaba_account_number(&args, "n", 7, 10, &number, NULL),
                   ENVCRYPT_E_ARGUMENT);
    set("n", "11");
    EVC_CHECK_CODE(evc_alibaba_account_number(&args, "n", 7, 10, &number, NULL),
                   ENVCRYPT_E_ARGUMENT);
    set("n", "9999999999");
    EVC_CHECK_CODE(evc_alibaba_account_number(&args, "n", 7, 10, &number, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(number, 10);
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
    set("key", "alias/a");
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
        lists_have_commas_between_their_items,
        flags_are_true_or_false,
        pairs_have_names_and_each_once,
        numbers_have_limits,
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
}

EVC_TEST_MAIN("alibaba_account", add_tests)
