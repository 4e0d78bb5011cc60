/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/config.h"

#include "evc-check.h"

START_TEST(defaults_are_those_of_the_documentation)
{
    evc_config config;

    evc_config_init(&config);
    ck_assert_int_eq(config.policy, ENVCRYPT_POLICY_REQUIRE);
    ck_assert_uint_eq(config.max_edks, 16);
    ck_assert_uint_eq(config.max_context, 8 * 1024);
    ck_assert_uint_eq(config.max_header, 128 * 1024);
    ck_assert_uint_eq(config.max_frame, 16 * 1024 * 1024);
    ck_assert_uint_eq(config.length_bound, UINT64_MAX);
    ck_assert_int_eq(config.allow_signed, -1);
    ck_assert_uint_eq(config.threads, 1);
    ck_assert_uint_eq(evc_config_suite(&config)->id, ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(evc_config_frame_length(&config), 4096);
}
END_TEST

START_TEST(no_config_means_the_defaults)
{
    evc_config config;

    evc_config_init(&config);
    ck_assert_ptr_eq(evc_config_or_default(&config), &config);
    ck_assert_mem_eq(evc_config_or_default(NULL), &config, sizeof config);
}
END_TEST

START_TEST(a_frame_limit_below_the_default_length_sets_the_length)
{
    evc_config config;

    evc_config_init(&config);
    config.max_frame = 4097;
    ck_assert_uint_eq(evc_config_frame_length(&config), 4096);
    config.max_frame = 4095;
    ck_assert_uint_eq(evc_config_frame_length(&config), 4095);
}
END_TEST

START_TEST(a_chosen_frame_length_stays)
{
    evc_config config;

    evc_config_init(&config);
    config.frame_length = 1;
    ck_assert_uint_eq(evc_config_frame_length(&config), 1);
}
END_TEST

START_TEST(signed_messages_are_allowed_by_default_or_choice)
{
    evc_config config;

    evc_config_init(&config);
    ck_assert(evc_config_allows_signed(&config, true));
    ck_assert(!evc_config_allows_signed(&config, false));
    config.allow_signed = 1;
    ck_assert(evc_config_allows_signed(&config, false));
    config.allow_signed = 0;
    ck_assert(!evc_config_allows_signed(&config, true));
}
END_TEST

static const int32_t policies[] = {ENVCRYPT_POLICY_REQUIRE,
                                   ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT,
                                   ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT};

START_TEST(only_the_strict_policy_refuses_to_read_suites_without_commitment)
{
    evc_config config;

    evc_config_init(&config);
    config.policy = policies[_i];
    if (policies[_i] == ENVCRYPT_POLICY_REQUIRE)
        EVC_CHECK_CODE(evc_config_check_read(&config, evc_suite_find(0x0378), NULL),
                       ENVCRYPT_E_POLICY_COMMITMENT);
    else
        EVC_CHECK_OK(evc_config_check_read(&config, evc_suite_find(0x0378), NULL));
}
END_TEST

START_TEST(every_policy_reads_suites_with_commitment)
{
    evc_config config;

    evc_config_init(&config);
    config.policy = policies[_i];
    EVC_CHECK_OK(evc_config_check_read(&config, evc_suite_find(0x0478), NULL));
    EVC_CHECK_OK(evc_config_check_read(&config, evc_suite_find(0x0578), NULL));
}
END_TEST

START_TEST(only_forbid_encrypt_refuses_to_write)
{
    evc_config config;

    evc_config_init(&config);
    config.policy = policies[_i];
    if (policies[_i] == ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT)
        EVC_CHECK_CODE(evc_config_check_write(&config, NULL), ENVCRYPT_E_POLICY_WRITE);
    else
        EVC_CHECK_OK(evc_config_check_write(&config, NULL));
}
END_TEST

static int destroyed;

static void
note_destroy(void *user)
{
    (void)user;
    destroyed++;
}

START_TEST(a_copy_has_lists_of_its_own)
{
    evc_config from;
    evc_config to;

    evc_config_init(&from);
    evc_config_init(&to);
    EVC_CHECK_OK(
        evc_kv_add(&from.context, evc_view_text("a"), evc_view_text("1"), NULL));
    EVC_CHECK_OK(
        evc_kv_add(&from.required, evc_view_text("a"), evc_view_text(""), NULL));
    from.max_edks = 3;
    EVC_CHECK_OK(evc_config_copy(&to, &from, NULL));
    evc_config_reset(&from);
    ck_assert_uint_eq(to.max_edks, 3);
    ck_assert_uint_eq(to.context.count, 1);
    ck_assert_uint_eq(to.required.count, 1);
    evc_config_reset(&to);
}
END_TEST

START_TEST(progress_is_destroyed_with_the_original_alone)
{
    evc_config from;
    evc_config to;

    evc_config_init(&from);
    evc_config_init(&to);
    evc_config_set_progress(&from, NULL, NULL, note_destroy);
    EVC_CHECK_OK(evc_config_copy(&to, &from, NULL));
    evc_config_reset(&to);
    ck_assert_int_eq(destroyed, 0);
    evc_config_reset(&from);
    ck_assert_int_eq(destroyed, 1);
    evc_config_reset(&from);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("config");

    tcase_add_test(tcase, defaults_are_those_of_the_documentation);
    tcase_add_test(tcase, no_config_means_the_defaults);
    tcase_add_test(tcase, a_frame_limit_below_the_default_length_sets_the_length);
    tcase_add_test(tcase, a_chosen_frame_length_stays);
    tcase_add_test(tcase, signed_messages_are_allowed_by_default_or_choice);
    tcase_add_loop_test(
        tcase, only_the_strict_policy_refuses_to_read_suites_without_commitment, 0, 3);
    tcase_add_loop_test(tcase, every_policy_reads_suites_with_commitment, 0, 3);
    tcase_add_loop_test(tcase, only_forbid_encrypt_refuses_to_write, 0, 3);
    tcase_add_test(tcase, a_copy_has_lists_of_its_own);
    tcase_add_test(tcase, progress_is_destroyed_with_the_original_alone);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("config", add_tests)
