/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_ask.h"

#include "aws-fixture.h"

static const evc_operation_kind kind = EVC_AWS_ASKS("ListThings");
static evc_aws_ask ask;
static evc_aws_page page;
static evc_error *err;

static int
write_limit(const void *what, evc_jwrite *w, evc_error **error)
{
    (void)error;
    evc_aws_wire_text(w, "Thing", what);
    return 0;
}

static void
set_up(void)
{
    aws_set_up();
    page = (evc_aws_page){.more = false};
    ask = (evc_aws_ask){.write = write_limit, .what = "x", .page = &page};
    err = NULL;
}

static void
tear_down(void)
{
    evc_aws_page_reset(&page);
    evc_json_free(ask.doc);
    evc_error_free(err);
    aws_tear_down();
}

static int
run(void)
{
    return evc_aws_ask_run(a.peer, &kind, "subject", &ask, &a.wait, &err);
}

START_TEST(asks_and_gives_the_answer)
{
    const char *text = NULL;

    ANSWER({200, "{\"Name\":\"n\"}"});
    EVC_CHECK_OK(run());
    ck_assert_str_eq(a.targets[0], "TrentService.ListThings");
    ck_assert_str_eq(a.bodies[0], "{\"Thing\":\"x\"}");
    EVC_CHECK_OK(evc_json_text(evc_aws_ask_root(&ask), "Name", &text, &err));
    ck_assert_str_eq(text, "n");
}
END_TEST

static const char *const empty[] = {"", "null"};

START_TEST(an_empty_answer_has_no_members)
{
    const char *text = NULL;

    ANSWER({200, empty[_i]});
    EVC_CHECK_OK(run());
    ck_assert_ptr_null(evc_aws_ask_root(&ask));
    EVC_CHECK_CODE(evc_json_text(evc_aws_ask_root(&ask), "Name", &text, &err),
                   ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(an_answer_that_is_no_json_is_the_services_fault)
{
    ANSWER({200, "<html>"});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(ask.doc);
}
END_TEST

START_TEST(the_name_of_the_error_is_told)
{
    ANSWER({400, "{\"__type\":\"DryRunOperationException\"}"});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert_str_eq(ask.provider_code, EVC_AWS_DRY_RUN);
}
END_TEST

static int
read_page(const char *text)
{
    evc_json_doc *doc = NULL;
    int rc = evc_json_parse(evc_view_text(text), "page", &doc, &err);

    if (!rc)
        rc = evc_aws_page_read(&page, evc_json_root(doc), &err);
    evc_json_free(doc);
    return rc;
}

START_TEST(the_marker_goes_into_the_next_request)
{
    EVC_CHECK_OK(read_page("{\"Truncated\":true,\"NextMarker\":\"m1\"}"));
    ck_assert(page.more);
    EVC_CHECK_OK(run());
    ck_assert_str_eq(a.bodies[0], "{\"Thing\":\"x\",\"Marker\":\"m1\"}");
}
END_TEST

START_TEST(the_last_page_is_not_truncated)
{
    EVC_CHECK_OK(read_page("{\"Truncated\":false}"));
    ck_assert(!page.more);
    EVC_CHECK_OK(read_page("{}"));
    ck_assert(!page.more);
}
END_TEST

START_TEST(a_truncated_page_without_a_marker_is_refused)
{
    EVC_CHECK_CODE(read_page("{\"Truncated\":true}"), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(read_page("{\"Truncated\":true,\"NextMarker\":\"\"}"),
                   ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(the_same_marker_twice_is_refused)
{
    EVC_CHECK_OK(read_page("{\"Truncated\":true,\"NextMarker\":\"m1\"}"));
    EVC_CHECK_CODE(read_page("{\"Truncated\":true,\"NextMarker\":\"m1\"}"),
                   ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(pages_end)
{
    char text[80];
    int rc = 0;

    for (unsigned i = 1; i < EVC_AWS_PAGES && !rc; i++) {
        (void)snprintf(text, sizeof(text), "{\"Truncated\":true,\"NextMarker\":\"%u\"}",
                       i);
        rc = read_page(text);
    }
    EVC_CHECK_OK(rc);
    EVC_CHECK_CODE(read_page("{\"Truncated\":true,\"NextMarker\":\"x\"}"),
                   ENVCRYPT_E_JSON);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        asks_and_gives_the_answer,
        an_answer_that_is_no_json_is_the_services_fault,
        the_name_of_the_error_is_told,
        the_marker_goes_into_the_next_request,
        the_last_page_is_not_truncated,
        a_truncated_page_without_a_marker_is_refused,
        the_same_marker_twice_is_refused,
        pages_end,
    };
    TCase *tcase = tcase_create("ask");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, an_empty_answer_has_no_members, 0, 2);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_ask", add_tests)
