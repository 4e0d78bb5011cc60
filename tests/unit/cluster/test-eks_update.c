/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_update.h"

#include "eks-fixture.h"

static evc_eks_update update;

static int
read_text(const char *text)
{
    evc_json_doc *doc = NULL;
    int rc = evc_json_parse(evc_view_text(text), "a test", &doc, NULL);

    if (rc == 0)
        rc = evc_eks_update_read(evc_json_root(doc), &update, NULL);
    evc_json_free(doc);
    return rc;
}

START_TEST(an_association_tells_its_key)
{
    EVC_CHECK_OK(read_text(UPDATE("InProgress")));
    ck_assert_str_eq(update.id, UPDATE_1);
    ck_assert(update.is_association);
    ck_assert_str_eq(update.key, KEY_1);
    ck_assert_str_eq(update.why, "");
    ck_assert_int_eq(update.status, EVC_EKS_IN_PROGRESS);
}
END_TEST

START_TEST(each_status_is_known)
{
    EVC_CHECK_OK(read_text(UPDATE("Successful")));
    ck_assert_int_eq(update.status, EVC_EKS_SUCCESSFUL);
    EVC_CHECK_OK(read_text(UPDATE("Failed")));
    ck_assert_int_eq(update.status, EVC_EKS_FAILED);
    EVC_CHECK_OK(read_text(UPDATE("Cancelled")));
    ck_assert_int_eq(update.status, EVC_EKS_CANCELLED);
}
END_TEST

START_TEST(a_word_of_tomorrow_is_no_end)
{
    EVC_CHECK_OK(read_text(UPDATE("Pondering")));
    ck_assert_int_eq(update.status, EVC_EKS_IN_PROGRESS);
}
END_TEST

START_TEST(why_it_failed_is_told)
{
    EVC_CHECK_OK(read_text(
        UPDATE_WITH(UPDATE_1, "Failed", KEY_1,
                    ",\"errors\":[{\"errorCode\":\"AccessDenied\",\"errorMessage\":"
                    "\"no\\u001b grant\","
                    "\"resourceIds\":[\"prod\"]},{\"errorCode\":\"Unknown\"}]")));
    ck_assert_str_eq(update.why, "AccessDenied: no? grant; Unknown");
}
END_TEST

START_TEST(reasons_without_end_are_cut)
{
    evc_buf text;

    evc_buf_init(&text);
    evc_buf_put_text(&text,
                     "{\"update\":{\"id\":\"u\",\"status\":\"Failed\",\"errors\":[");
    for (size_t i = 0; i < 50; i++)
        evc_buf_put_format(&text,
                           "%s{\"errorCode\":\"Unknown\",\"errorMessage\":\"%0100d\"}",
                           i ? "," : "", 0);
    evc_buf_put_text(&text, "]}}");
    evc_buf_put_u8(&text, 0);
    EVC_CHECK_OK(read_text((const char *)text.data));
    evc_buf_reset(&text);
    ck_assert_uint_gt(strlen(update.why), 100);
    ck_assert_uint_lt(strlen(update.why), EVC_EKS_WHY_MAX);
}
END_TEST

START_TEST(updates_of_other_kinds_have_no_key)
{
    EVC_CHECK_OK(
        read_text("{\"update\":{\"id\":\"u\",\"status\":\"InProgress\",\"type\":"
                  "\"VersionUpdate\",\"params\":[{\"type\":\"Version\",\"value\":"
                  "\"1.31\"}]}}"));
    ck_assert(!update.is_association);
    ck_assert_str_eq(update.key, "");
}
END_TEST

START_TEST(parameters_that_are_no_configuration_tell_no_key)
{
    static const char *const values[] = {
        "", "[]", "x", "[{}]", "[{\\\"provider\\\":1}]", "{}"};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char text[256];

        (void)snprintf(
            text, sizeof(text),
            "{\"update\":{\"id\":\"u\",\"status\":\"InProgress\",\"params\":[{"
            "\"type\":\"EncryptionConfig\",\"value\":\"%s\"}]}}",
            values[i]);
        EVC_CHECK_OK(read_text(text));
        ck_assert_str_eq(update.key, "");
    }
}
END_TEST

START_TEST(what_is_no_update_is_refused)
{
    static const char *const bodies[] = {
        "{}", "{\"update\":{}}", "{\"update\":{\"id\":\"\",\"status\":\"Failed\"}}",
        "{\"update\":{\"id\":\"u\"}}", "{\"update\":{\"id\":\"u\",\"status\":1}}"};
    char text[256];

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        EVC_CHECK_CODE(read_text(bodies[i]), ENVCRYPT_E_JSON);
    (void)snprintf(text, sizeof(text),
                   "{\"update\":{\"id\":\"%0127d\",\"status\":\"Failed\"}}", 0);
    EVC_CHECK_OK(read_text(text));
    (void)snprintf(text, sizeof(text),
                   "{\"update\":{\"id\":\"%0128d\",\"status\":\"Failed\"}}", 0);
    EVC_CHECK_CODE(read_text(text), ENVCRYPT_E_JSON);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("update");

    tcase_add_test(tcase, an_association_tells_its_key);
    tcase_add_test(tcase, each_status_is_known);
    tcase_add_test(tcase, a_word_of_tomorrow_is_no_end);
    tcase_add_test(tcase, why_it_failed_is_told);
    tcase_add_test(tcase, reasons_without_end_are_cut);
    tcase_add_test(tcase, updates_of_other_kinds_have_no_key);
    tcase_add_test(tcase, parameters_that_are_no_configuration_tell_no_key);
    tcase_add_test(tcase, what_is_no_update_is_refused);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_update", add_tests)
