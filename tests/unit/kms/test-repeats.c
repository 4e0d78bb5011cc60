/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/repeats.h"

#include "evc-child.h"
#include "kms-fixture.h"

static evc_repeats *
make(void)
{
    evc_repeats *repeats = NULL;

    EVC_CHECK_OK(evc_repeats_open(crypto, &repeats, NULL));
    return repeats;
}

static int
check(evc_repeats *repeats, uint32_t number)
{
    return evc_repeats_check(repeats, evc_view_of(&number, sizeof(number)), NULL);
}

START_TEST(a_key_that_comes_twice_is_refused)
{
    evc_repeats *repeats = make();

    EVC_CHECK_OK(check(repeats, 1));
    EVC_CHECK_OK(check(repeats, 2));
    EVC_CHECK_CODE(check(repeats, 1), ENVCRYPT_E_BAD_DEK);
    EVC_CHECK_CODE(check(repeats, 2), ENVCRYPT_E_BAD_DEK);
    evc_repeats_close(repeats);
}
END_TEST

START_TEST(the_last_1024_are_remembered_and_no_more)
{
    evc_repeats *repeats = make();

    for (uint32_t i = 0; i < EVC_REPEATS; i++)
        EVC_CHECK_OK(check(repeats, i));
    EVC_CHECK_CODE(check(repeats, 0), ENVCRYPT_E_BAD_DEK);
    EVC_CHECK_OK(check(repeats, EVC_REPEATS));
    EVC_CHECK_OK(check(repeats, 0));
    EVC_CHECK_CODE(check(repeats, 2), ENVCRYPT_E_BAD_DEK);
    evc_repeats_close(repeats);
}
END_TEST

START_TEST(two_lists_know_nothing_of_each_other)
{
    evc_repeats *first = make();
    evc_repeats *second = make();

    EVC_CHECK_OK(check(first, 1));
    EVC_CHECK_OK(check(second, 1));
    evc_repeats_close(first);
    evc_repeats_close(second);
}
END_TEST

static int
close_in_child(void *user)
{
    evc_repeats_close(user);
    evc_repeats_close(NULL);
    return 0;
}

START_TEST(a_child_frees_a_list)
{
    evc_repeats *repeats = make();

    EVC_CHECK_CHILD(close_in_child, repeats);
    evc_repeats_close(repeats);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_key_that_comes_twice_is_refused, the_last_1024_are_remembered_and_no_more,
        two_lists_know_nothing_of_each_other, a_child_frees_a_list, NULL};

    kms_add(suite, "repeats", tests);
}

EVC_TEST_MAIN("repeats", add_tests)
