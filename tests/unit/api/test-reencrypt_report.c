/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/report.h"

#include "envcrypt/envcrypt.h"
#include "evc-check.h"

START_TEST(getters_give_what_the_report_has)
{
    evc_reencrypt_report *r;

    EVC_CHECK_OK(evc_reencrypt_report_new(&r, NULL));
    evc_reencrypt_report_chose(r, ENVCRYPT_REENCRYPT_REWRITE, "a");
    evc_reencrypt_report_concludes(r, ENVCRYPT_OUTCOME_PROVEN, "b");
    evc_reencrypt_report_note(r, "c");
    evc_reencrypt_report_count(r, ENVCRYPT_REENCRYPT_FIGURE_GONE, 3);
    r->phase = ENVCRYPT_REENCRYPT_PHASE_ENDED;
    r->began_ms = 5;
    r->ended_ms = 6;
    r->resumed = true;
    ck_assert_int_eq(envcrypt_reencrypt_report_mode(r), ENVCRYPT_REENCRYPT_REWRITE);
    ck_assert_str_eq(envcrypt_reencrypt_report_mode_reason(r), "a");
    ck_assert_int_eq(envcrypt_reencrypt_report_outcome(r), ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_str_eq(envcrypt_reencrypt_report_outcome_reason(r), "b");
    ck_assert_str_eq(envcrypt_reencrypt_report_note(r, 0), "c");
    ck_assert_ptr_null(envcrypt_reencrypt_report_note(r, 1));
    ck_assert_int_eq(envcrypt_reencrypt_report_phase(r),
                     ENVCRYPT_REENCRYPT_PHASE_ENDED);
    ck_assert_int_eq(
        envcrypt_reencrypt_report_figure(r, ENVCRYPT_REENCRYPT_FIGURE_GONE), 3);
    ck_assert_int_eq(envcrypt_reencrypt_report_began_ms(r), 5);
    ck_assert_int_eq(envcrypt_reencrypt_report_ended_ms(r), 6);
    ck_assert_int_eq(envcrypt_reencrypt_report_is_resumed(r), 1);
    envcrypt_reencrypt_report_free(r);
}
END_TEST

START_TEST(failures_and_json_are_the_callers)
{
    evc_reencrypt_report *r;
    envcrypt_table *table;
    envcrypt_buffer *json;

    EVC_CHECK_OK(evc_reencrypt_report_new(&r, NULL));
    EVC_CHECK_OK(evc_reencrypt_report_fail(r, "a", "b", ENVCRYPT_E_DENIED, NULL, NULL));
    EVC_CHECK_OK(envcrypt_reencrypt_report_failures(r, &table, NULL));
    EVC_CHECK_OK(envcrypt_reencrypt_report_to_json(r, &json, NULL));
    envcrypt_reencrypt_report_free(r);
    ck_assert_str_eq(envcrypt_table_get(table, 0, "name"), "b");
    ck_assert_int_eq(*(const char *)envcrypt_buffer_data(json), '{');
    envcrypt_table_free(table);
    envcrypt_buffer_free(json);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {getters_give_what_the_report_has,
                                failures_and_json_are_the_callers, NULL};

    evc_check_add(suite, "reencrypt_report", all);
}

EVC_TEST_MAIN("reencrypt_report", add_tests)
