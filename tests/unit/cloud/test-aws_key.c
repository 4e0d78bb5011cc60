/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_key.h"

#include "aws-fixture.h"

static evc_kms *kms;

static void
tear_down(void)
{
    evc_kms_unref(kms);
    kms = NULL;
    aws_tear_down();
}

static evc_aws_key *
open_key(const char *arn, const char *region)
{
    kms = aws_key(arn, region);
    return kms->state;
}

static bool
claims(const char *arn)
{
    evc_edk edk = aws_edk(arn);

    return evc_kms_claims(kms, &edk);
}

START_TEST(a_key_claims_what_names_its_arn)
{
    (void)open_key(KEY_1, "eu-central-1");
    ck_assert(claims(KEY_1));
    ck_assert(!claims(KEY_2));
    ck_assert(!claims("arn:aws:kms:us-east-1:111122223333:key/"
                      "1234abcd-12ab-34cd-56ef-1234567890ab"));
}
END_TEST

START_TEST(other_providers_are_not_claimed)
{
    evc_edk edk = aws_edk(KEY_1);

    (void)open_key(KEY_1, "eu-central-1");
    edk.provider = evc_view_text("aws-kms-rsa");
    ck_assert(!evc_kms_claims(kms, &edk));
    edk.provider = evc_view_text("AWS-KMS");
    ck_assert(!evc_kms_claims(kms, &edk));
}
END_TEST

START_TEST(aliases_and_nonsense_in_an_edk_are_not_claimed)
{
    (void)open_key("", "eu-central-1");
    ck_assert(!claims("arn:aws:kms:eu-central-1:111122223333:alias/one"));
    ck_assert(!claims("1234abcd-12ab-34cd-56ef-1234567890ab"));
    ck_assert(!claims(""));
}
END_TEST

START_TEST(a_multi_region_key_claims_its_replicas)
{
    (void)open_key(MRK_EU, "eu-central-1");
    ck_assert(claims(MRK_US));
    ck_assert(claims(MRK_EU));
    ck_assert(!claims("arn:aws:kms:us-east-1:111122223334:key/"
                      "mrk-1234abcd12ab34cd56ef1234567890ab"));
}
END_TEST

START_TEST(discovery_claims_keys_that_can_be_used_in_its_region)
{
    (void)open_key("", "eu-central-1");
    ck_assert(claims(KEY_1));
    ck_assert(claims(KEY_2));
    ck_assert(claims(MRK_US));
    ck_assert(!claims("arn:aws:kms:us-east-1:111122223333:key/"
                      "1234abcd-12ab-34cd-56ef-1234567890ab"));
}
END_TEST

START_TEST(discovery_is_filtered_by_account)
{
    evc_aws_key *key = open_key("", "eu-central-1");

    key->accounts = evc_mem_strdup("444455556666");
    ck_assert(!claims(KEY_1));
    evc_mem_free(key->accounts);
    key->accounts = evc_mem_strdup("444455556666, 111122223333");
    ck_assert(claims(KEY_1));
}
END_TEST

START_TEST(discovery_is_filtered_by_partition)
{
    evc_aws_key *key = open_key("", "eu-central-1");

    key->partition = evc_mem_strdup("aws-cn");
    ck_assert(!claims(KEY_1));
    evc_mem_free(key->partition);
    key->partition = evc_mem_strdup("aws");
    ck_assert(claims(KEY_1));
}
END_TEST

static void
expect_target(const char *edk_arn, const char *expected)
{
    evc_edk edk = aws_edk(edk_arn);
    evc_buf out;

    evc_buf_init(&out);
    evc_aws_key_target(kms->state, &edk, &out);
    EVC_CHECK_OK(evc_buf_check(&out, NULL));
    ck_assert_str_eq((const char *)out.data, expected);
    evc_buf_reset(&out);
}

START_TEST(a_configured_key_is_asked_for_by_its_own_arn)
{
    (void)open_key(MRK_EU, "eu-central-1");
    expect_target(MRK_US, MRK_EU);
}
END_TEST

START_TEST(in_discovery_the_edk_says_which_key)
{
    (void)open_key("", "eu-central-1");
    expect_target(KEY_2, KEY_2);
    expect_target(MRK_US, MRK_EU);
}
END_TEST

START_TEST(only_what_was_called_old_is_retired)
{
    evc_aws_key *key = open_key(KEY_1, "eu-central-1");

    ck_assert(!evc_aws_key_is_retired(key, MATERIAL_1));
    evc_aws_key_retire(key, MATERIAL_1);
    evc_aws_key_retire(key, MATERIAL_1);
    ck_assert(evc_aws_key_is_retired(key, MATERIAL_1));
    ck_assert(!evc_aws_key_is_retired(key, MATERIAL_2));
}
END_TEST

START_TEST(what_is_no_material_is_not_retired)
{
    evc_aws_key *key = open_key(KEY_1, "eu-central-1");

    evc_aws_key_retire(key, "short");
    ck_assert(!evc_aws_key_is_retired(key, "short"));
}
END_TEST

START_TEST(a_material_is_64_lower_hex_digits)
{
    ck_assert(evc_aws_key_is_material(MATERIAL_1));
    ck_assert(!evc_aws_key_is_material(MATERIAL_1 "1"));
    ck_assert(!evc_aws_key_is_material(&MATERIAL_1[1]));
    ck_assert(!evc_aws_key_is_material(
        "A111111111111111111111111111111111111111111111111111111111111111"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_key_claims_what_names_its_arn,
        other_providers_are_not_claimed,
        aliases_and_nonsense_in_an_edk_are_not_claimed,
        a_multi_region_key_claims_its_replicas,
        discovery_claims_keys_that_can_be_used_in_its_region,
        discovery_is_filtered_by_account,
        discovery_is_filtered_by_partition,
        a_configured_key_is_asked_for_by_its_own_arn,
        in_discovery_the_edk_says_which_key,
        only_what_was_called_old_is_retired,
        what_is_no_material_is_not_retired,
        a_material_is_64_lower_hex_digits,
    };
    TCase *tcase = tcase_create("keys");

    tcase_add_checked_fixture(tcase, aws_set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_key", add_tests)
