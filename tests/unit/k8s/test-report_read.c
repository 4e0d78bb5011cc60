/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/report_read.h"

#include <string.h>

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_reencrypt_report *written;
static evc_reencrypt_report *report;
static evc_json_doc *doc;

static void
set_up(void)
{
    doc = NULL;
    report = NULL;
    EVC_CHECK_OK(evc_reencrypt_report_new(&written, NULL));
    written->phase = ENVCRYPT_REENCRYPT_PHASE_ENDED;
    written->began_ms = 1700000000000;
    written->ended_ms = 1700000009000;
    written->resumed = true;
    written->journal = evc_mem_strdup("/j");
    evc_reencrypt_report_chose(written, ENVCRYPT_REENCRYPT_ANNOTATE,
                               "nothing was stale");
    evc_reencrypt_report_concludes(written, ENVCRYPT_OUTCOME_CONTRADICTED,
                                   "a/x is plain");
    evc_reencrypt_report_note(written, "a note");
    evc_reencrypt_report_count(written, ENVCRYPT_REENCRYPT_FIGURE_LISTED, 7);
    EVC_CHECK_OK(
        evc_reencrypt_report_fail(written, "a", "x", ENVCRYPT_E_DENIED, NULL, NULL));
}

static void
tear_down(void)
{
    evc_json_free(doc);
    evc_reencrypt_report_free(written);
    evc_reencrypt_report_free(report);
}

static int
read_text(evc_view text, evc_error **err)
{
    evc_json_free(doc);
    EVC_CHECK_OK(evc_json_parse(text, "report", &doc, NULL));
    return evc_reencrypt_report_read(evc_json_root(doc), &report, err);
}

START_TEST(what_was_written_is_written_again_to_the_byte)
{
    evc_buf first;
    evc_buf again;

    evc_buf_init(&first);
    evc_buf_init(&again);
    EVC_CHECK_OK(evc_reencrypt_report_to_json(written, &first, NULL));
    EVC_CHECK_OK(read_text(evc_buf_view(&first), NULL));
    EVC_CHECK_OK(evc_reencrypt_report_to_json(report, &again, NULL));
    evc_buf_put_u8(&first, 0);
    evc_buf_put_u8(&again, 0);
    ck_assert_str_eq((const char *)again.data, (const char *)first.data);
    evc_buf_reset(&first);
    evc_buf_reset(&again);
}
END_TEST

START_TEST(without_members_it_is_a_new_report)
{
    EVC_CHECK_OK(
        read_text(evc_view_text("{\"figures\":{},\"notes\":null,\"more\":1}"), NULL));
    ck_assert_int_eq(report->mode, ENVCRYPT_REENCRYPT_AUTO);
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_int_eq(
        evc_reencrypt_report_figure(report, ENVCRYPT_REENCRYPT_FIGURE_TOTAL), -1);
    ck_assert_int_eq(
        evc_reencrypt_report_figure(report, ENVCRYPT_REENCRYPT_FIGURE_DONE), 0);
    ck_assert_uint_eq(report->failures->rows, 0);
}
END_TEST

START_TEST(members_of_other_types_are_refused)
{
    static const char *const texts[] = {
        "{}",
        "{\"figures\":[]}",
        "{\"figures\":{\"total\":-2}}",
        "{\"figures\":{\"total\":\"1\"}}",
        "{\"figures\":{},\"phase\":1}",
        "{\"figures\":{},\"resumed\":1}",
        "{\"figures\":{},\"ended\":\"2023\"}",
        "{\"figures\":{},\"notes\":\"x\"}",
        "{\"figures\":{},\"failures\":[{\"name\":[]}]}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        EVC_CHECK_CODE(read_text(evc_view_text(texts[i]), NULL), ENVCRYPT_E_JSON);
        ck_assert_ptr_null(report);
    }
}
END_TEST

static int
read_again(void *user)
{
    evc_reencrypt_report *r = NULL;
    int rc = evc_reencrypt_report_read(user ? evc_json_root(user) : NULL, &r, NULL);

    evc_reencrypt_report_free(r);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    evc_buf text;

    evc_buf_init(&text);
    EVC_CHECK_OK(evc_reencrypt_report_to_json(written, &text, NULL));
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&text), "report", &doc, NULL));
    ck_assert_uint_gt(evc_alloc_sweep(read_again, doc), 5);
    evc_buf_reset(&text);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {what_was_written_is_written_again_to_the_byte,
                                without_members_it_is_a_new_report,
                                members_of_other_types_are_refused,
                                survives_any_failed_allocation};
    TCase *tcase = tcase_create("report_read");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("report_read", add_tests)
