/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_reply.h"

#include "auth-fixture.h"
#include "base/mem.h"
#include "evc-alloc.h"

static evc_creds *creds;
static evc_buf text;

static int
read_it(const evc_alibaba_form *form, const char *json, evc_error **err)
{
    int rc;

    evc_buf_clear(&text);
    evc_buf_put_text(&text, json);
    if (text.failed) {
        evc_buf_reset(&text);
        return ENVCRYPT_E_NOMEM;
    }
    rc = evc_alibaba_reply_read(&text, form, "test", "which", env->arena, &creds, err);
    evc_buf_reset(&text);
    return rc;
}

#define FOUR(a, b, c, d)                                                        \
    "\"" a "\":\"LTAI1\",\"" b "\":\"the-secret\",\"" c "\":\"the-token\",\"" d \
    "\":\"2026-01-31T12:00:00Z\""

static const struct row {
    const evc_alibaba_form *form;
    const char *text;
} rows[] = {
    {&evc_alibaba_form_sts,
     "{\"RequestId\":\"R\",\"AssumedRoleUser\":{\"Arn\":\"a\"},\"Credentials\":{" FOUR(
         "AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration") "}}"},
    {&evc_alibaba_form_metadata,
     "{\"Code\":\"Success\"," FOUR("AccessKeyId", "AccessKeySecret", "SecurityToken",
                                   "Expiration") "}"},
    {&evc_alibaba_form_uri,
     "{" FOUR("AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration") "}"},
    {&evc_alibaba_form_process,
     "{" FOUR("access_key_id", "access_key_secret", "sts_token", "expiration") "}"},
    {&evc_alibaba_form_cloud_sso,
     "{\"CloudCredential\":{" FOUR("AccessKeyId", "AccessKeySecret", "SecurityToken",
                                   "Expiration") "}}"},
    {&evc_alibaba_form_oauth,
     "{" FOUR("accessKeyId", "accessKeySecret", "securityToken", "expiration") "}"},
    {&evc_alibaba_form_oauth,
     "{" FOUR("AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration") "}"},
};
#define ROWS ((int)(sizeof rows / sizeof *rows))

START_TEST(reads_each_form)
{
    EVC_CHECK_OK(read_it(rows[_i].form, rows[_i].text, NULL));
    ck_assert_str_eq(creds->id, "LTAI1");
    ck_assert(creds->secret.size == 10 &&
              memcmp(creds->secret.bytes, "the-secret", 10) == 0);
    ck_assert(creds->token.size == 9 &&
              memcmp(creds->token.bytes, "the-token", 9) == 0);
    ck_assert_int_eq(creds->expires_ms, INT64_C(1769860800000));
    ck_assert_str_eq(creds->source, "test");
    ck_assert_str_eq(creds->detail, "which");
    evc_creds_unref(creds);
}
END_TEST

#define STS(content) "{\"Credentials\":{" content "}}"
#define ID "\"AccessKeyId\":\"a\""
#define SECRET "\"AccessKeySecret\":\"b\""
#define TOKEN "\"SecurityToken\":\"c\""
#define END "\"Expiration\":\"2026-01-31T12:00:00Z\""

START_TEST(refuses_what_lacks_a_part)
{
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        STS(SECRET "," TOKEN "," END),
        STS(ID "," TOKEN "," END),
        STS(ID "," SECRET "," END),
        STS(ID "," SECRET "," TOKEN),
        STS(ID "," SECRET "," TOKEN ",\"Expiration\":\"soon\""),
        STS("\"AccessKeyId\":7," SECRET "," TOKEN "," END),
        STS(ID "," ID "," SECRET "," TOKEN "," END),
        STS(ID ",\"AccessKeySecret\":\"planted\\u0041\"," TOKEN "," END),
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        EVC_CHECK_CODE(read_it(&evc_alibaba_form_sts, texts[i], NULL),
                       ENVCRYPT_E_PROTOCOL);
        ck_assert_ptr_null(creds);
    }
}
END_TEST

START_TEST(refuses_what_did_not_succeed)
{
    EVC_CHECK_CODE(read_it(&evc_alibaba_form_metadata,
                           "{\"Code\":\"Failed\"," ID "," SECRET "," TOKEN "," END "}",
                           NULL),
                   ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(a_lasting_key_needs_neither_token_nor_end)
{
    EVC_CHECK_OK(read_it(&evc_alibaba_form_uri, "{" ID "," SECRET "}", NULL));
    ck_assert_uint_eq(creds->token.size, 0);
    ck_assert_int_eq(creds->expires_ms, EVC_CREDS_NEVER);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(errors_show_nothing_of_the_text)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(
        read_it(&evc_alibaba_form_sts,
                STS(ID ",\"AccessKeySecret\":\"planted\\u0041\"," TOKEN "," END), &err),
        ENVCRYPT_E_PROTOCOL);
    for (const envcrypt_error *at = err; at; at = envcrypt_error_cause(at))
        ck_assert_ptr_null(strstr(envcrypt_error_message(at), "planted"));
    envcrypt_error_free(err);
}
END_TEST

static int
read_once(void *user)
{
    int rc = read_it(&evc_alibaba_form_sts, rows[0].text, NULL);

    (void)user;
    evc_creds_unref(creds);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 3);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        refuses_what_lacks_a_part,
        refuses_what_did_not_succeed,
        a_lasting_key_needs_neither_token_nor_end,
        errors_show_nothing_of_the_text,
        survives_memory_that_runs_out,
        NULL,
    };
    TCase *tcase = tcase_create("forms");

    auth_add(suite, "alibaba_reply", tests);
    tcase_add_checked_fixture(tcase, open_auth, close_auth);
    tcase_add_loop_test(tcase, reads_each_form, 0, ROWS);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_reply", add_tests)
