/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_arn.h"

#include "evc-check.h"

#define ID "1234abcd-12ab-34cd-56ef-1234567890ab"
#define MRK "mrk-1234abcd12ab34cd56ef1234567890ab"
#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static const char *const good[] = {
    "arn:aws:kms:us-east-1:111122223333:key/" ID,
    "arn:aws:kms:us-east-1:111122223333:key/" MRK,
    "arn:aws-cn:kms:cn-north-1:111122223333:key/" ID,
    "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/" ID,
    "arn:aws-iso-b:kms:us-isob-east-1:111122223333:key/" ID,
    "arn:aws:kms:us-east-1:111122223333:alias/one",
    "arn:aws:kms:us-east-1:111122223333:alias/team/one:two_3-4",
};

START_TEST(reads_an_arn)
{
    evc_aws_arn arn;

    ck_assert(evc_aws_arn_parse(evc_view_text(good[_i]), &arn));
    ck_assert(evc_view_is_text(arn.account, "111122223333"));
    ck_assert_int_eq(arn.is_alias, strstr(good[_i], ":alias/") != NULL);
}
END_TEST

START_TEST(writes_what_it_read)
{
    evc_aws_arn arn;
    evc_buf b;

    evc_buf_init(&b);
    ck_assert(evc_aws_arn_parse(evc_view_text(good[_i]), &arn));
    evc_aws_arn_write(&arn, arn.region, &b);
    ck_assert(evc_view_is_text(evc_buf_view(&b), good[_i]));
    evc_buf_reset(&b);
}
END_TEST

static const char *const bad[] = {
    "",
    "arn",
    "arn:aws:kms:us-east-1:111122223333",
    "arn:aws:kms:us-east-1:111122223333:",
    "arn:aws:kms:us-east-1:111122223333:key",
    "arn:aws:kms:us-east-1:111122223333:key/",
    "arn:aws:kms:us-east-1:111122223333:key/a b",
    "arn:aws:kms:us-east-1:111122223333:key/" ID "/x",
    "arn:aws:kms:us-east-1:111122223333:key/" ID ":x",
    "arn:aws:kms:us-east-1:11112222333:key/" ID,
    "arn:aws:kms:us-east-1:1111222233333:key/" ID,
    "arn:aws:kms:us-east-1:11112222333a:key/" ID,
    "arn:aws:kms::111122223333:key/" ID,
    "arn:aws:kms:US-EAST-1:111122223333:key/" ID,
    "arn:aws:kms:us-east-1.evil.example:111122223333:key/" ID,
    "arn::kms:us-east-1:111122223333:key/" ID,
    "arn:azure:kms:us-east-1:111122223333:key/" ID,
    "arn:aws:s3:us-east-1:111122223333:key/" ID,
    "Arn:aws:kms:us-east-1:111122223333:key/" ID,
    " arn:aws:kms:us-east-1:111122223333:key/" ID,
    "arn:aws:kms:us-east-1:111122223333:alias/",
    "arn:aws:kms:us-east-1:111122223333:alias/\xc3\xa9",
    "arn:aws:kms:us-east-1:111122223333:secret/" ID,
    "alias/one",
    ID,
};

START_TEST(refuses_what_is_no_arn)
{
    evc_aws_arn arn;

    ck_assert(!evc_aws_arn_parse(evc_view_text(bad[_i]), &arn));
}
END_TEST

START_TEST(an_arn_with_a_nul_is_none)
{
    static const char text[] = "arn:aws:kms:us-east-1:111122223333:key/a\0b";
    evc_aws_arn arn;

    ck_assert(!evc_aws_arn_parse(evc_view_of(text, sizeof(text) - 1), &arn));
}
END_TEST

static bool
match(const char *one, const char *other)
{
    evc_aws_arn a;
    evc_aws_arn b;

    ck_assert(evc_aws_arn_parse(evc_view_text(one), &a));
    ck_assert(evc_aws_arn_parse(evc_view_text(other), &b));
    return evc_aws_arn_matches(&a, &b);
}

START_TEST(only_multi_region_keys_match_across_regions)
{
    ck_assert(match("arn:aws:kms:us-east-1:111122223333:key/" MRK,
                    "arn:aws:kms:eu-west-1:111122223333:key/" MRK));
    ck_assert(!match("arn:aws:kms:us-east-1:111122223333:key/" ID,
                     "arn:aws:kms:eu-west-1:111122223333:key/" ID));
    ck_assert(match("arn:aws:kms:us-east-1:111122223333:key/" ID,
                    "arn:aws:kms:us-east-1:111122223333:key/" ID));
}
END_TEST

START_TEST(an_alias_called_like_a_multi_region_key_is_none)
{
    ck_assert(!match("arn:aws:kms:us-east-1:111122223333:alias/mrk-1",
                     "arn:aws:kms:eu-west-1:111122223333:alias/mrk-1"));
}
END_TEST

START_TEST(multi_region_keys_match_in_all_but_region)
{
    ck_assert(!match("arn:aws:kms:us-east-1:111122223333:key/" MRK,
                     "arn:aws:kms:eu-west-1:111122223334:key/" MRK));
    ck_assert(!match("arn:aws:kms:us-east-1:111122223333:key/" MRK,
                     "arn:aws-cn:kms:eu-west-1:111122223333:key/" MRK));
    ck_assert(!match("arn:aws:kms:us-east-1:111122223333:key/" MRK,
                     "arn:aws:kms:eu-west-1:111122223333:key/mrk-2"));
}
END_TEST

START_TEST(an_alias_has_256_characters_at_most)
{
    char text[EVC_AWS_ALIAS_MAX + 2];

    memset(text, 'a', sizeof(text));
    memcpy(text, "alias/", 6);
    ck_assert(evc_aws_is_alias_name(evc_view_of(text, EVC_AWS_ALIAS_MAX)));
    ck_assert(!evc_aws_is_alias_name(evc_view_of(text, EVC_AWS_ALIAS_MAX + 1)));
}
END_TEST

START_TEST(an_arn_has_512_characters_at_most)
{
    char text[EVC_AWS_ARN_MAX + 1];
    evc_aws_principal principal;

    memset(text, 'a', sizeof(text));
    memcpy(text, "arn:aws:iam::111122223333:role/", 31);
    ck_assert(evc_aws_principal_parse(evc_view_of(text, EVC_AWS_ARN_MAX), &principal));
    ck_assert(
        !evc_aws_principal_parse(evc_view_of(text, EVC_AWS_ARN_MAX + 1), &principal));
}
END_TEST

static const struct {
    const char *text;
    bool good;
} principals[] = {
    {"arn:aws:iam::111122223333:root", true},
    {"arn:aws:iam::111122223333:user/alice", true},
    {"arn:aws:iam::111122223333:role/path/of/Role_1+=,.@-", true},
    {"arn:aws-cn:iam::111122223333:role/one", true},
    {"arn:aws:iam::111122223333:user/", false},
    {"arn:aws:iam::111122223333:role/one/", false},
    {"arn:aws:iam::111122223333:group/one", false},
    {"arn:aws:iam::111122223333:rooty", false},
    {"arn:aws:iam::111122223333:role/*", false},
    {"arn:aws:iam:us-east-1:111122223333:role/one", false},
    {"arn:aws:sts::111122223333:assumed-role/one/session", false},
    {"arn:aws:iam::11112222:user/alice", false},
    {"111122223333", false},
    {"*", false},
    {"", false},
};

START_TEST(a_principal_is_a_user_role_or_root)
{
    evc_aws_principal principal;

    ck_assert_int_eq(
        evc_aws_principal_parse(evc_view_text(principals[_i].text), &principal),
        principals[_i].good);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const names[] = {
        an_arn_with_a_nul_is_none,
        only_multi_region_keys_match_across_regions,
        an_alias_called_like_a_multi_region_key_is_none,
        multi_region_keys_match_in_all_but_region,
        an_alias_has_256_characters_at_most,
        an_arn_has_512_characters_at_most,
        NULL,
    };
    TCase *rows = tcase_create("rows");

    tcase_add_loop_test(rows, reads_an_arn, 0, ROWS(good));
    tcase_add_loop_test(rows, writes_what_it_read, 0, ROWS(good));
    tcase_add_loop_test(rows, refuses_what_is_no_arn, 0, ROWS(bad));
    tcase_add_loop_test(rows, a_principal_is_a_user_role_or_root, 0, ROWS(principals));
    suite_add_tcase(suite, rows);
    evc_check_add(suite, "names", names);
}

EVC_TEST_MAIN("aws_arn", add_tests)
