/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/source_order.h"

#include "evc-check.h"

static const char *const names[] = {"environment", "file", "vpc", NULL};
static evc_source_order order;

START_TEST(takes_all_in_their_order_when_nothing_is_said)
{
    EVC_CHECK_OK(evc_source_order_parse(NULL, names, &order, NULL));
    ck_assert_uint_eq(order.count, 3);
    ck_assert(order.at[0] == 0 && order.at[1] == 1 && order.at[2] == 2);
}
END_TEST

START_TEST(takes_none_of_an_empty_text)
{
    EVC_CHECK_OK(evc_source_order_parse("", names, &order, NULL));
    ck_assert_uint_eq(order.count, 0);
    ck_assert(!evc_source_order_has(&order, 0));
}
END_TEST

START_TEST(keeps_the_order_of_the_text)
{
    EVC_CHECK_OK(evc_source_order_parse("vpc , environment", names, &order, NULL));
    ck_assert_uint_eq(order.count, 2);
    ck_assert(order.at[0] == 2 && order.at[1] == 0);
    ck_assert(evc_source_order_has(&order, 2) && !evc_source_order_has(&order, 1));
}
END_TEST

START_TEST(refuses_another_name_and_tells_the_nearest)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_source_order_parse("enviroment", names, &order, &err),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "environment"));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(refuses_a_name_twice)
{
    EVC_CHECK_CODE(evc_source_order_parse("vpc,vpc", names, &order, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(refuses_an_empty_name)
{
    EVC_CHECK_CODE(evc_source_order_parse(",vpc", names, &order, NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        takes_all_in_their_order_when_nothing_is_said,
        takes_none_of_an_empty_text,
        keeps_the_order_of_the_text,
        refuses_another_name_and_tells_the_nearest,
        refuses_a_name_twice,
        refuses_an_empty_name,
        NULL,
    };

    evc_check_add(suite, "source_order", tests);
}

EVC_TEST_MAIN("source_order", add_tests)
