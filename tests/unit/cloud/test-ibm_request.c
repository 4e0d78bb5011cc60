/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_request.h"
#include "evc-check.h"

static evc_exchange x;
static evc_json_doc *doc;

static void
set_up(void)
{
    evc_exchange_init(&x);
    doc = NULL;
}

static void
tear_down(void)
{
    evc_exchange_reset(&x);
    evc_json_free(doc);
}

static const evc_json *
parse(const char *body)
{
    evc_json_free(doc);
    doc = NULL;
    evc_buf_clear(&x.reply);
    evc_buf_put_text(&x.reply, body);
    EVC_CHECK_OK(evc_ibm_reply(&x, &doc, NULL));
    return evc_json_root(doc);
}

START_TEST(segments_are_encoded_one_by_one)
{
    const char *const path[] = {"keys", "a/b?c", NULL};
    const evc_ibm_target target = {"i", NULL};

    EVC_CHECK_OK(evc_ibm_request(&x, "GET", &target, EVC_IBM_API, path, NULL, NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&x.path), "/api/v2/keys/a%2Fb%3Fc"));
}
END_TEST

START_TEST(headers_are_there_where_they_mean_something)
{
    const char *const path[] = {"x", NULL};
    const evc_ibm_target target = {"instance-1", "ring-1"};

    EVC_CHECK_OK(evc_ibm_request(&x, "POST", &target, "/v2", path, "text/x", NULL));
    ck_assert_str_eq(evc_headers_find(&x.headers, "accept"), "application/json");
    ck_assert_str_eq(evc_headers_find(&x.headers, "bluemix-instance"), "instance-1");
    ck_assert_str_eq(evc_headers_find(&x.headers, "x-kms-key-ring"), "ring-1");
    ck_assert_str_eq(evc_headers_find(&x.headers, "content-type"), "text/x");
    evc_exchange_reset(&x);
    EVC_CHECK_OK(evc_ibm_request(&x, "GET", NULL, "/v2", path, NULL, NULL));
    ck_assert_uint_eq(x.headers.count, 1);
}
END_TEST

START_TEST(an_instance_with_line_ends_adds_no_header)
{
    const char *const path[] = {"x", NULL};
    const evc_ibm_target target = {"i\r\nevil: 1", NULL};

    EVC_CHECK_CODE(evc_ibm_request(&x, "GET", &target, "/v2", path, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_reply_that_is_no_json_is_against_the_protocol)
{
    evc_error *err = NULL;

    evc_buf_put_text(&x.reply, "<planted>");
    EVC_CHECK_CODE(evc_ibm_reply(&x, &doc, &err), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(doc);
    ck_assert_ptr_null(strstr(evc_error_message(err), "planted"));
    evc_error_free(err);
    EVC_CHECK_CODE(evc_ibm_reply(&x, &doc, NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(other_errors_of_getters_stay)
{
    EVC_CHECK_CODE(evc_ibm_reply_check(ENVCRYPT_E_NOMEM, NULL), ENVCRYPT_E_NOMEM);
    EVC_CHECK_CODE(evc_ibm_reply_check(ENVCRYPT_E_ENCODING, NULL), ENVCRYPT_E_PROTOCOL);
    EVC_CHECK_OK(evc_ibm_reply_check(0, NULL));
}
END_TEST

START_TEST(times_are_read_with_and_without_fractions)
{
    static const struct {
        const char *body;
        int64_t ms;
    } rows[] = {
        {"{\"t\":\"1970-01-01T00:00:01Z\"}", 1000},
        {"{\"t\":\"1970-01-01T00:00:01.999Z\"}", 1000},
        {"{\"t\":\"1970-01-01T00:00:01+01:00\"}", -1},
        {"{\"t\":\"1970-01-01T00:00:01\"}", -1},
        {"{\"t\":\"1970-13-01T00:00:01Z\"}", -1},
        {"{\"t\":\"soon\"}", -1},
        {"{\"t\":\"\"}", -1},
        {"{\"t\":7}", -1},
        {"{\"t\":null}", -1},
        {"{}", -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_int_eq(evc_ibm_reply_time(parse(rows[i].body), "t"), rows[i].ms);
}
END_TEST

START_TEST(an_inner_text_is_found_or_not)
{
    ck_assert_str_eq(evc_ibm_reply_inner(parse("{\"a\":{\"b\":\"c\"}}"), "a", "b"),
                     "c");
    ck_assert_ptr_null(evc_ibm_reply_inner(parse("{\"a\":{\"b\":1}}"), "a", "b"));
    ck_assert_ptr_null(evc_ibm_reply_inner(parse("{\"a\":\"b\"}"), "a", "b"));
    ck_assert_ptr_null(evc_ibm_reply_inner(parse("{}"), "a", "b"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {segments_are_encoded_one_by_one,
                                  headers_are_there_where_they_mean_something,
                                  an_instance_with_line_ends_adds_no_header,
                                  a_reply_that_is_no_json_is_against_the_protocol,
                                  other_errors_of_getters_stay,
                                  times_are_read_with_and_without_fractions,
                                  an_inner_text_is_found_or_not,
                                  NULL};
    TCase *tcase = tcase_create("request");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ibm_request", add_tests)
