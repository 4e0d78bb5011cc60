/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/config.h"
#include "evc-check.h"

static envcrypt_message_config *config;
static int destroyed;

static void
begin(void)
{
    destroyed = 0;
    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
}

static void
end(void)
{
    envcrypt_message_config_free(config);
    config = NULL;
}

START_TEST(needs_an_out_pointer)
{
    EVC_CHECK_CODE(envcrypt_message_config_new(NULL, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(free_of_nothing_does_nothing)
{
    envcrypt_message_config_free(NULL);
}
END_TEST

START_TEST(a_new_config_has_the_defaults)
{
    ck_assert_mem_eq(config, evc_config_or_default(NULL), sizeof *config);
}
END_TEST

START_TEST(every_setter_needs_a_config)
{
    EVC_CHECK_CODE(envcrypt_message_config_set_context(NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_require(NULL, "n", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_suite(NULL, 0x0478, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_frame_length(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_policy(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_max_edks(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_max_context(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_max_header(NULL, 1000, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_max_frame(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_length_bound(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_allow_signed(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_threads(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_cache(NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_data_key(NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_progress(NULL, NULL, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(the_context_is_copied)
{
    envcrypt_context *context;

    EVC_CHECK_OK(envcrypt_context_new(&context, NULL));
    EVC_CHECK_OK(envcrypt_context_add(context, "a", "1", NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_context(config, context, NULL));
    envcrypt_context_free(context);
    ck_assert_uint_eq(config->context.count, 1);
    EVC_CHECK_OK(envcrypt_message_config_set_context(config, NULL, NULL));
    ck_assert_uint_eq(config->context.count, 0);
}
END_TEST

START_TEST(names_are_required_once_however_often_they_are_given)
{
    EVC_CHECK_OK(envcrypt_message_config_require(config, "a", NULL));
    EVC_CHECK_OK(envcrypt_message_config_require(config, "b", NULL));
    EVC_CHECK_OK(envcrypt_message_config_require(config, "a", NULL));
    ck_assert_uint_eq(config->required.count, 2);
}
END_TEST

START_TEST(names_that_no_pair_can_have_cannot_be_required)
{
    EVC_CHECK_CODE(envcrypt_message_config_require(config, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_require(config, "", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_require(config, "\xff", NULL),
                   ENVCRYPT_E_UTF8);
    EVC_CHECK_CODE(
        envcrypt_message_config_require(config, "aws-crypto-public-key", NULL),
        ENVCRYPT_E_CONTEXT_RESERVED);
}
END_TEST

START_TEST(only_suites_that_commit_are_written)
{
    for (int32_t suite = -1; suite <= 0x10000; suite++) {
        int rc = envcrypt_message_config_set_suite(config, suite, NULL);
        const evc_suite *known = suite < 0 ? NULL : evc_suite_find((uint32_t)suite);

        if (!known)
            ck_assert_int_eq(rc, ENVCRYPT_E_ARGUMENT);
        else if (!known->commits)
            ck_assert_int_eq(rc, ENVCRYPT_E_POLICY_WRITE);
        else
            ck_assert_ptr_eq(config->suite, known);
    }
}
END_TEST

START_TEST(the_frame_length_is_within_the_frame_limit)
{
    EVC_CHECK_OK(envcrypt_message_config_set_frame_length(config, 16777216, NULL));
    EVC_CHECK_CODE(envcrypt_message_config_set_frame_length(config, 16777217, NULL),
                   ENVCRYPT_E_LIMIT_FRAME);
    ck_assert_uint_eq(config->frame_length, 16777216);
    EVC_CHECK_OK(envcrypt_message_config_set_max_frame(config, UINT32_MAX, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_frame_length(config, UINT32_MAX, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_frame_length(config, 0, NULL));
    ck_assert_uint_eq(evc_config_frame_length(config), 4096);
}
END_TEST

START_TEST(policies_are_one_to_three)
{
    EVC_CHECK_CODE(envcrypt_message_config_set_policy(config, 0, NULL),
                   ENVCRYPT_E_ARGUMENT);
    for (int32_t policy = 1; policy <= 3; policy++) {
        EVC_CHECK_OK(envcrypt_message_config_set_policy(config, policy, NULL));
        ck_assert_int_eq(config->policy, policy);
    }
    EVC_CHECK_CODE(envcrypt_message_config_set_policy(config, 4, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(edks_are_one_to_65535)
{
    EVC_CHECK_CODE(envcrypt_message_config_set_max_edks(config, 0, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_message_config_set_max_edks(config, 1, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_max_edks(config, 65535, NULL));
    EVC_CHECK_CODE(envcrypt_message_config_set_max_edks(config, 65536, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(config->max_edks, 65535);
}
END_TEST

START_TEST(the_context_has_at_most_65535_bytes)
{
    EVC_CHECK_OK(envcrypt_message_config_set_max_context(config, 0, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_max_context(config, 65535, NULL));
    EVC_CHECK_CODE(envcrypt_message_config_set_max_context(config, 65536, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(config->max_context, 65535);
}
END_TEST

START_TEST(the_header_has_128_bytes_to_2_gib)
{
    size_t most = (size_t)1 << 31;

    EVC_CHECK_CODE(envcrypt_message_config_set_max_header(config, 127, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_message_config_set_max_header(config, 128, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_max_header(config, most, NULL));
    EVC_CHECK_CODE(envcrypt_message_config_set_max_header(config, most + 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(config->max_header, most);
}
END_TEST

START_TEST(frames_have_one_byte_or_more)
{
    EVC_CHECK_CODE(envcrypt_message_config_set_max_frame(config, 0, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_message_config_set_max_frame(config, 1, NULL));
    ck_assert_uint_eq(config->max_frame, 1);
}
END_TEST

START_TEST(any_length_can_be_announced)
{
    EVC_CHECK_OK(envcrypt_message_config_set_length_bound(config, 0, NULL));
    ck_assert_uint_eq(config->length_bound, 0);
    EVC_CHECK_OK(envcrypt_message_config_set_length_bound(config, UINT64_MAX, NULL));
    ck_assert_uint_eq(config->length_bound, UINT64_MAX);
}
END_TEST

START_TEST(signed_messages_are_allowed_forbidden_or_as_the_call_says)
{
    for (int32_t allow = -1; allow <= 1; allow++) {
        EVC_CHECK_OK(envcrypt_message_config_set_allow_signed(config, allow, NULL));
        ck_assert_int_eq(config->allow_signed, allow);
    }
    EVC_CHECK_CODE(envcrypt_message_config_set_allow_signed(config, -2, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_config_set_allow_signed(config, 2, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(threads_are_one_to_256)
{
    EVC_CHECK_CODE(envcrypt_message_config_set_threads(config, 0, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_message_config_set_threads(config, 1, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_threads(config, 256, NULL));
    EVC_CHECK_CODE(envcrypt_message_config_set_threads(config, 257, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(config->threads, 256);
}
END_TEST

static void
progress(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    (void)done;
    (void)total;
}

static void
note_destroy(void *user)
{
    destroyed += *(const int *)user;
}

START_TEST(progress_is_destroyed_once_when_it_is_replaced_or_freed)
{
    static int one = 1;
    static int ten = 10;

    EVC_CHECK_OK(envcrypt_message_config_set_progress(config, progress, &one,
                                                      note_destroy, NULL));
    ck_assert_int_eq(destroyed, 0);
    EVC_CHECK_OK(envcrypt_message_config_set_progress(config, progress, &ten,
                                                      note_destroy, NULL));
    ck_assert_int_eq(destroyed, 1);
    end();
    ck_assert_int_eq(destroyed, 11);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        needs_an_out_pointer,
        free_of_nothing_does_nothing,
        a_new_config_has_the_defaults,
        every_setter_needs_a_config,
        the_context_is_copied,
        names_are_required_once_however_often_they_are_given,
        names_that_no_pair_can_have_cannot_be_required,
        only_suites_that_commit_are_written,
        the_frame_length_is_within_the_frame_limit,
        policies_are_one_to_three,
        edks_are_one_to_65535,
        the_context_has_at_most_65535_bytes,
        the_header_has_128_bytes_to_2_gib,
        frames_have_one_byte_or_more,
        any_length_can_be_announced,
        signed_messages_are_allowed_forbidden_or_as_the_call_says,
        threads_are_one_to_256,
        progress_is_destroyed_once_when_it_is_replaced_or_freed,
        NULL,
    };
    TCase *tcase = tcase_create("message_config");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("message_config", add_tests)
