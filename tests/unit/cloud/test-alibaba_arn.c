/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_arn.h"

#include "evc-check.h"

#define ARN "acs:kms:cn-hangzhou:1234567890123456:key/key-hzz62ee817b"

static evc_view
v(const char *text)
{
    return evc_view_text(text);
}

START_TEST(an_arn_has_region_account_and_id)
{
    evc_alibaba_arn arn;

    ck_assert(evc_alibaba_arn_parse(v(ARN), &arn));
    ck_assert(evc_view_is_text(arn.region, "cn-hangzhou"));
    ck_assert(evc_view_is_text(arn.account, "1234567890123456"));
    ck_assert(evc_view_is_text(arn.id, "key-hzz62ee817b"));
}
END_TEST

START_TEST(an_id_may_be_a_uuid)
{
    evc_alibaba_arn arn;

    ck_assert(evc_alibaba_arn_parse(
        v("acs:kms:me-east-1:1:key/08c33a6f-4e0a-4a1b-a3fa-7ddfa1d4fb73"), &arn));
}
END_TEST

static const char *const wrong[] = {
    "",
    "acs",
    "acs:kms:",
    "acs:kms:cn-hangzhou:1234567890123456:key/",
    "acs:kms:cn-hangzhou:1234567890123456:key",
    "acs:kms:cn-hangzhou:1234567890123456",
    "acs:kms:cn-hangzhou:1234567890123456:",
    "acs:kms:cn-hangzhou:1234567890123456:alias/one",
    "acs:kms:cn-hangzhou:1234567890123456:secret/one",
    "acs:kms:cn-hangzhou::key/key-1",
    "acs:kms:cn-hangzhou:12345a:key/key-1",
    "acs:kms::1234567890123456:key/key-1",
    "acs:kms:CN:1234567890123456:key/key-1",
    "acs:ecs:cn-hangzhou:1234567890123456:key/key-1",
    "arn:aws:kms:eu-west-1:123456789012:key/key-1",
    " " ARN,
    ARN " ",
    ARN ":x",
    ARN "/x",
    ARN "\xc3\xa4",
};

START_TEST(what_is_no_arn_of_a_key_is_refused)
{
    evc_alibaba_arn arn;

    ck_assert_msg(!evc_alibaba_arn_parse(v(wrong[_i]), &arn), "%s", wrong[_i]);
}
END_TEST

START_TEST(a_part_of_an_arn_is_none)
{
    evc_alibaba_arn arn;
    size_t head = strlen(ARN) - strlen("key-hzz62ee817b");

    for (size_t size = 0; size <= head; size++)
        ck_assert(!evc_alibaba_arn_parse(evc_view_of(ARN, size), &arn));
}
END_TEST

START_TEST(an_arn_has_a_greatest_size)
{
    char text[EVC_ALIBABA_ARN_MAX + 2];
    static const char head[] = "acs:kms:cn-hangzhou:1:key/";
    evc_alibaba_arn arn;

    memset(text, 'a', sizeof(text));
    memcpy(text, head, strlen(head));
    ck_assert(evc_alibaba_arn_parse(evc_view_of(text, strlen(head) + 128), &arn));
    ck_assert(!evc_alibaba_arn_parse(evc_view_of(text, strlen(head) + 129), &arn));
    ck_assert(!evc_alibaba_arn_parse(evc_view_of(text, EVC_ALIBABA_ARN_MAX + 1), &arn));
}
END_TEST

START_TEST(a_nul_is_in_no_name)
{
    evc_alibaba_arn arn;

    ck_assert(!evc_alibaba_arn_parse(evc_view_of(ARN, sizeof(ARN)), &arn));
    ck_assert(!evc_alibaba_is_key_id(evc_view_of("key\0x", 5)));
    ck_assert(!evc_alibaba_arn_is_region(evc_view_of("cn\0x", 4)));
}
END_TEST

START_TEST(id_and_arn_name_the_key)
{
    evc_alibaba_arn arn;

    ck_assert(evc_alibaba_arn_parse(v(ARN), &arn));
    ck_assert(evc_alibaba_arn_names(&arn, v(ARN)));
    ck_assert(evc_alibaba_arn_names(&arn, v("key-hzz62ee817b")));
}
END_TEST

static const char *const others[] = {
    "",
    "key-hzz62ee817",
    "key-hzz62ee817bb",
    "KEY-HZZ62EE817B",
    "alias/main",
    "acs:kms:cn-beijing:1234567890123456:key/key-hzz62ee817b",
    "acs:kms:cn-hangzhou:1234567890123457:key/key-hzz62ee817b",
    "acs:kms:cn-hangzhou:1234567890123456:key/key-hzz62ee817c",
};

START_TEST(others_do_not_name_it)
{
    evc_alibaba_arn arn;

    ck_assert(evc_alibaba_arn_parse(v(ARN), &arn));
    ck_assert_msg(!evc_alibaba_arn_names(&arn, v(others[_i])), "%s", others[_i]);
}
END_TEST

START_TEST(aliases_have_a_prefix_and_letters)
{
    ck_assert(evc_alibaba_is_alias_name(v("alias/A-z_0/9")));
    ck_assert(evc_alibaba_is_alias_name(v("alias/acs/kms")));
    ck_assert(!evc_alibaba_is_alias_name(v("alias/")));
    ck_assert(!evc_alibaba_is_alias_name(v("alia")));
    ck_assert(!evc_alibaba_is_alias_name(v("alias/a b")));
    ck_assert(!evc_alibaba_is_alias_name(v("name")));
}
END_TEST

START_TEST(aliases_have_at_most_255_characters)
{
    char text[EVC_ALIBABA_ALIAS_MAX + 1];

    memset(text, 'a', sizeof(text));
    memcpy(text, "alias/", 6);
    ck_assert(evc_alibaba_is_alias_name(evc_view_of(text, EVC_ALIBABA_ALIAS_MAX)));
    ck_assert(!evc_alibaba_is_alias_name(evc_view_of(text, EVC_ALIBABA_ALIAS_MAX + 1)));
}
END_TEST

START_TEST(instances_are_parts_of_host_names)
{
    ck_assert(evc_alibaba_is_instance(v("kst-hzz62ee817bvyyr5x")));
    ck_assert(!evc_alibaba_is_instance(v("")));
    ck_assert(!evc_alibaba_is_instance(v("-kst")));
    ck_assert(!evc_alibaba_is_instance(v("kst.evil")));
    ck_assert(!evc_alibaba_is_instance(v("kst/evil")));
    ck_assert(!evc_alibaba_is_instance(v("kst@evil")));
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *loops = tcase_create("wrong names");

    evc_check_add(suite, "names",
                  (const TTest *const[]){an_arn_has_region_account_and_id,
                                         an_id_may_be_a_uuid, a_part_of_an_arn_is_none,
                                         an_arn_has_a_greatest_size,
                                         a_nul_is_in_no_name, id_and_arn_name_the_key,
                                         aliases_have_a_prefix_and_letters,
                                         aliases_have_at_most_255_characters,
                                         instances_are_parts_of_host_names, NULL});
    tcase_add_loop_test(loops, what_is_no_arn_of_a_key_is_refused, 0,
                        (int)(sizeof(wrong) / sizeof(wrong[0])));
    tcase_add_loop_test(loops, others_do_not_name_it, 0,
                        (int)(sizeof(others) / sizeof(others[0])));
    suite_add_tcase(suite, loops);
}

EVC_TEST_MAIN("alibaba_arn", add_tests)
