/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/version.h"

#include "evc-check.h"

static const struct {
    const char *a;
    const char *b;
    int order;
} ordered[] = {
    {"1", "1", 0},
    {"9", "10", -1},
    {"10", "9", 1},
    {"100", "101", -1},
    {"18446744073709551616", "18446744073709551615", 1},
    {"0", "1", -1},
};

START_TEST(numbers_are_in_order_of_their_size)
{
    for (size_t i = 0; i < sizeof(ordered) / sizeof(*ordered); i++) {
        int order = 7;

        ck_assert(evc_kube_version_compare(ordered[i].a, ordered[i].b, &order));
        ck_assert_int_eq(order, ordered[i].order);
    }
}
END_TEST

static const char *const others[] = {"", "-1", "+1", "1 ", "0x10", "01", "abc", "1.0"};

START_TEST(of_what_is_no_number_nothing_is_said)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        int order = 7;

        ck_assert(!evc_kube_version_compare(others[i], "1", &order));
        ck_assert(!evc_kube_version_compare("1", others[i], &order));
        ck_assert_int_eq(order, 7);
    }
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {numbers_are_in_order_of_their_size,
                                  of_what_is_no_number_nothing_is_said, NULL};

    evc_check_add(suite, "version", tests);
}

EVC_TEST_MAIN("version", add_tests)
