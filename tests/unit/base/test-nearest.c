/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include "evc-check.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char *const names[] = {
    "aws.role_arn", "aws.region", "ibm.instance_id", "to", "tags", A64, NULL};

static const struct {
    const char *typed, *expected;
} rows[] = {
    {"aws.region", "aws.region"},
    {"aws.regoin", "aws.region"},
    {"aws.regio", "aws.region"},
    {"aws.regionn", "aws.region"},
    {"AWS.Region", "aws.region"},
    {"aws_rolearn", "aws.role_arn"},
    {"ibm.instance", "ibm.instance_id"}, /* distance 3 */
    {"ibm.instanc", NULL},               /* distance 4 */
    {"xyz", NULL},                       /* nothing in common with "to" */
    {"tx", "to"},
    {"xy", NULL}, /* as far as it is long */
    {"tagz", "tags"},
    {"name", NULL}, /* three of four letters differ */
    {"", NULL},
    {A64, A64},
    {A64 "a", NULL}, /* longer than any name of ours */
};

START_TEST(finds_the_name_that_was_meant)
{
    const char *found = evc_nearest(rows[_i].typed, names);

    if (rows[_i].expected)
        ck_assert_str_eq(found ? found : "(none)", rows[_i].expected);
    else
        ck_assert_ptr_null(found);
}
END_TEST

START_TEST(an_empty_list_has_no_nearest)
{
    const char *const none[] = {NULL};

    ck_assert_ptr_null(evc_nearest("a", none));
}
END_TEST

START_TEST(of_two_equally_near_the_first_is_taken)
{
    const char *const two[] = {"abcd", "abce", NULL};

    ck_assert_str_eq(evc_nearest("abcf", two), "abcd");
}
END_TEST

START_TEST(a_refusal_names_the_nearest)
{
    const char *const options[] = {"region", "profile", NULL};
    evc_error *error = NULL;

    EVC_CHECK_CODE(evc_nearest_refuse("toys have", "regoin", options, &error),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_str_eq(evc_error_message(error),
                     "toys have no option \"regoin\"; did you mean \"region\"?");
    evc_error_free(error);
}
END_TEST

START_TEST(a_refusal_shows_no_control_bytes)
{
    const char *const options[] = {"region", NULL};
    evc_error *error = NULL;

    EVC_CHECK_CODE(evc_nearest_refuse("toys have", "\x1b[2J", options, &error),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_null(strchr(evc_error_message(error), '\x1b'));
    evc_error_free(error);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        an_empty_list_has_no_nearest, of_two_equally_near_the_first_is_taken,
        a_refusal_names_the_nearest, a_refusal_shows_no_control_bytes, NULL};
    TCase *tcase = tcase_create("rows");

    evc_check_add(suite, "lists", tests);
    tcase_add_loop_test(tcase, finds_the_name_that_was_meant, 0,
                        (int)(sizeof(rows) / sizeof(rows[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("nearest", add_tests)
