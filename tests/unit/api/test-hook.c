/* SPDX-License-Identifier: Apache-2.0 */
#include "api/hook.h"
#include "evc-check.h"

static int destroyed;

static void
count(void *user)
{
    destroyed += *(const int *)user;
}

START_TEST(a_failure_destroys_the_user)
{
    int user = 3;

    EVC_CHECK_CODE(evc_hook_end(ENVCRYPT_E_STATE, count, &user), ENVCRYPT_E_STATE);
    ck_assert_int_eq(destroyed, 3);
}
END_TEST

START_TEST(success_leaves_the_user)
{
    int user = 3;

    EVC_CHECK_OK(evc_hook_end(0, count, &user));
    ck_assert_int_eq(destroyed, 0);
}
END_TEST

START_TEST(a_callback_needs_no_destroy)
{
    EVC_CHECK_CODE(evc_hook_end(ENVCRYPT_E_STATE, NULL, NULL), ENVCRYPT_E_STATE);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_failure_destroys_the_user, success_leaves_the_user,
                                  a_callback_needs_no_destroy, NULL};

    evc_check_add(suite, "hook", tests);
}

EVC_TEST_MAIN("hook", add_tests)
