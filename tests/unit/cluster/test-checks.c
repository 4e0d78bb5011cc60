/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/checks.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_checks checks;
static evc_error *error;

static void
set_up(void)
{
    error = NULL;
    EVC_CHECK_OK(evc_checks_init(&checks, NULL));
}

static void
tear_down(void)
{
    evc_error_free(error);
    evc_checks_reset(&checks);
}

static void
refuse(const char *why)
{
    EVC_CHECK_OK(evc_checks_add(&checks, "key state", EVC_CHECK_REFUSED, "R08",
                                ENVCRYPT_E_KEY_DISABLED, NULL, "%s", why));
}

static const char *
cell(size_t row, size_t column)
{
    return evc_table_cell(checks.rows, row, column);
}

START_TEST(what_is_fine_warns_or_is_unknown_refuses_nothing)
{
    EVC_CHECK_OK(
        evc_checks_add(&checks, "a", EVC_CHECK_OK, NULL, 0, NULL, "it is %d", 1));
    EVC_CHECK_OK(evc_checks_add(&checks, "b", EVC_CHECK_WARNING, "R11", 0, NULL, "hm"));
    EVC_CHECK_OK(evc_checks_add(&checks, "c", EVC_CHECK_UNKNOWN, NULL, 0, NULL, "?"));
    EVC_CHECK_OK(evc_checks_conclude(&checks, &error));
    ck_assert_ptr_null(error);
    ck_assert_str_eq(cell(0, 1), "ok");
    ck_assert_str_eq(cell(0, 3), "it is 1");
    ck_assert_ptr_null(cell(0, 2));
    ck_assert_ptr_null(cell(0, 4));
    ck_assert_str_eq(cell(1, 1), "warning");
    ck_assert_str_eq(cell(1, 2), "R11");
    ck_assert_str_eq(cell(2, 1), "unknown");
}
END_TEST

START_TEST(one_refusal_is_the_error_as_it_is)
{
    refuse("the key is disabled; enable it");
    ck_assert_str_eq(cell(0, 1), "refused");
    ck_assert_str_eq(cell(0, 4), "ENVCRYPT_E_KEY_DISABLED");
    EVC_CHECK_CODE(evc_checks_conclude(&checks, &error), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_str_eq(evc_error_message(error), "the key is disabled; enable it");
}
END_TEST

START_TEST(of_several_refusals_the_first_counts_and_the_others_are_told)
{
    refuse("the key is disabled");
    EVC_CHECK_OK(evc_checks_add(&checks, "x", EVC_CHECK_REFUSED, "R05",
                                ENVCRYPT_E_KEY_REGION, NULL, "elsewhere"));
    EVC_CHECK_CODE(evc_checks_conclude(&checks, &error), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_str_eq(evc_error_message(error),
                     "the key is disabled (1 more checks refuse; see the report)");
}
END_TEST

START_TEST(an_error_is_a_refusal_with_its_code_message_and_cause)
{
    evc_error *failed = NULL;

    (void)evc_err(&failed, ENVCRYPT_E_TIMEOUT, "slow");
    (void)evc_err_wrap(&failed, ENVCRYPT_E_CLUSTER_ACCESS, "cannot reach it");
    EVC_CHECK_OK(evc_checks_add_error(&checks, "API server", "R32", &failed, NULL));
    ck_assert_ptr_null(failed);
    ck_assert_str_eq(cell(0, 3), "cannot reach it: slow");
    ck_assert_str_eq(cell(0, 4), "ENVCRYPT_E_CLUSTER_ACCESS");
    EVC_CHECK_CODE(evc_checks_conclude(&checks, &error), ENVCRYPT_E_CLUSTER_ACCESS);
    ck_assert_int_eq(evc_error_code(evc_error_cause(error)), ENVCRYPT_E_TIMEOUT);
}
END_TEST

START_TEST(a_cause_that_the_message_tells_is_not_told_again)
{
    evc_error *failed = NULL;

    (void)evc_err(&failed, ENVCRYPT_E_TIMEOUT, "slow");
    (void)evc_err_wrap(&failed, ENVCRYPT_E_CLUSTER_ACCESS, "cannot reach it: slow");
    EVC_CHECK_OK(evc_checks_add_error(&checks, "API server", "R32", &failed, NULL));
    ck_assert_str_eq(cell(0, 3), "cannot reach it: slow");
}
END_TEST

START_TEST(causes_that_are_too_long_are_cut)
{
    evc_error *failed = NULL;
    char longer[700];

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    (void)evc_err(&failed, ENVCRYPT_E_TIMEOUT, "%s", longer);
    (void)evc_err_wrap(&failed, ENVCRYPT_E_CLUSTER_ACCESS, "y%s", longer + 100);
    (void)evc_err_wrap(&failed, ENVCRYPT_E_CLUSTER_ACCESS, "z%s", longer + 100);
    EVC_CHECK_OK(evc_checks_add_error(&checks, "API server", "R32", &failed, NULL));
    ck_assert_uint_eq(strlen(cell(0, 3)), 1023);
}
END_TEST

START_TEST(a_detail_has_no_control_characters_and_is_cut)
{
    char longer[2000];

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    EVC_CHECK_OK(
        evc_checks_add(&checks, "a", EVC_CHECK_OK, NULL, 0, NULL, "\x1b[0m%s", longer));
    ck_assert_int_eq(cell(0, 3)[0], '?');
    ck_assert_uint_eq(strlen(cell(0, 3)), 1023);
}
END_TEST

START_TEST(without_a_place_for_the_error_the_code_is_given)
{
    refuse("no");
    EVC_CHECK_CODE(evc_checks_conclude(&checks, NULL), ENVCRYPT_E_KEY_DISABLED);
    evc_checks_reset(NULL);
}
END_TEST

static int
fill(void *user)
{
    evc_checks c;
    evc_error *failed = NULL;
    int rc = evc_checks_init(&c, NULL);

    (void)user;
    if (rc == 0)
        rc = evc_checks_add(&c, "a", EVC_CHECK_WARNING, "R11", 0, NULL, "hm");
    if (rc == 0) {
        (void)evc_err(&failed, ENVCRYPT_E_DENIED, "no");
        rc = evc_checks_add_error(&c, "b", "R33", &failed, NULL);
    }
    evc_checks_reset(&c);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(fill, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        what_is_fine_warns_or_is_unknown_refuses_nothing,
        one_refusal_is_the_error_as_it_is,
        of_several_refusals_the_first_counts_and_the_others_are_told,
        an_error_is_a_refusal_with_its_code_message_and_cause,
        a_cause_that_the_message_tells_is_not_told_again,
        causes_that_are_too_long_are_cut,
        a_detail_has_no_control_characters_and_is_cut,
        without_a_place_for_the_error_the_code_is_given,
        survives_any_failed_allocation};
    TCase *tcase = tcase_create("checks");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("checks", add_tests)
