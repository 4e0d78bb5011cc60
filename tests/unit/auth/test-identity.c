/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/identity.h"

#include "evc-check.h"

static evc_buf out;
static char longest[EVC_IDENTITY_MAX + 1];

static void
begin(void)
{
    evc_buf_init(&out);
    memset(longest, 'n', sizeof(longest));
}

static void
end(void)
{
    evc_buf_reset(&out);
}

START_TEST(a_name_is_appended)
{
    evc_buf_put_text(&out, "as ");
    EVC_CHECK_OK(evc_identity_put(&out, "x", evc_view_text("arn:a/b@c"), NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&out), "as arn:a/b@c"));
}
END_TEST

START_TEST(the_longest_name_is_taken)
{
    EVC_CHECK_OK(
        evc_identity_put(&out, "x", evc_view_of(longest, EVC_IDENTITY_MAX), NULL));
    ck_assert_uint_eq(out.size, EVC_IDENTITY_MAX);
}
END_TEST

START_TEST(a_longer_one_is_not)
{
    EVC_CHECK_CODE(
        evc_identity_put(&out, "x", evc_view_of(longest, EVC_IDENTITY_MAX + 1), NULL),
        ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(out.size, 0);
}
END_TEST

static const char *const bad[] = {"", "a b", "a\n", "\x1b[31m", "\x7f", "\xc3\xa4"};

START_TEST(what_is_no_name_is_refused_and_not_shown)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_identity_put(&out, "the ARN", evc_view_text(bad[_i]), &err),
                   ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(out.size, 0);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "the ARN is missing or"));
    evc_error_free(err);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("identity");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_name_is_appended);
    tcase_add_test(tcase, the_longest_name_is_taken);
    tcase_add_test(tcase, a_longer_one_is_not);
    tcase_add_loop_test(tcase, what_is_no_name_is_refused_and_not_shown, 0,
                        sizeof(bad) / sizeof(bad[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("identity", add_tests)
