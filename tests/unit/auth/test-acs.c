/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/acs.h"

#include "auth-fixture.h"
#include "base/mem.h"
#include "evc-alloc.h"

static evc_exchange x;

static void
begin(const char *url, const char *method)
{
    evc_endpoint *endpoint;

    EVC_CHECK_OK(evc_endpoint_open(url, NULL, &endpoint, NULL));
    evc_exchange_init(&x);
    x.endpoint = endpoint;
    x.method = method;
}

static void
set_body(const char *type, const char *text)
{
    EVC_CHECK_OK(
        evc_headers_set(&x.headers, "content-type", evc_view_text(type), NULL));
    evc_buf_put_text(&x.body, text);
}

static const char *
header(const char *name)
{
    const char *value = evc_headers_find(&x.headers, name);

    return value ? value : "";
}

/* The value of a parameter in query or form, as it is on the wire. */
static const char *
parameter(const evc_buf *of, const char *name)
{
    static char text[8192];
    static char wanted[64];
    char *at;

    (void)snprintf(text, sizeof text, "&%.*s", (int)of->size, (const char *)of->data);
    (void)snprintf(wanted, sizeof wanted, "&%s=", name);
    at = strstr(text, wanted);
    if (!at)
        return "";
    at = &at[strlen(wanted)];
    at[strcspn(at, "&")] = 0;
    return at;
}

static const evc_acs how = {.action = "DescribeKey",
                            .version = "2016-01-20",
                            .now_ms = 1700000000000,
                            .nonce = "0123456789abcdef0123456789abcdef"};

/* -- V3 ------------------------------------------------------------------------------- */

/* "Request syntax and signature method V3", Alibaba Cloud, the example of RunInstances. */
START_TEST(v3_gives_the_published_signature)
{
    evc_acs published = {.action = "RunInstances",
                         .version = "2014-05-26",
                         .now_ms = 1698315752000,
                         .nonce = "3156853299f313e23d1673dc12e1703d"};
    evc_creds *creds = creds_of("YourAccessKeyId", "YourAccessKeySecret", NULL);

    begin("https://ecs.cn-shanghai.aliyuncs.com", "POST");
    evc_buf_put_text(&x.query,
                     "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811."
                     "vhd&RegionId=cn-shanghai");
    EVC_CHECK_OK(evc_acs3_sign(crypto, &published, creds, &x, NULL));
    ck_assert_str_eq(
        header("authorization"),
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

/* A request of Alibaba's client for Node, recorded (cluster-apis 5.1): path, content-type,
 * and a header of that client's own. */
START_TEST(v3_signs_as_a_recorded_request)
{
    evc_acs recorded = {
        .action = "UpdateKMSEncryption",
        .version = "2015-12-15",
        .now_ms = 1795301282000,
        .nonce = "b9d2847b1adf2209e3707c6032563c4a36caa0acf72785d04610103d1ae3687b"};
    evc_creds *creds = creds_of("LTAI-test", "secret-test", NULL);

    begin("http://127.0.0.1:44339", "PUT");
    evc_buf_put_text(&x.path, "/clusters/c0123456789/kms");
    EVC_CHECK_OK(evc_headers_add(&x.headers, "x-acs-credentials-provider",
                                 evc_view_text("static_ak"), NULL));
    set_body("application/json; charset=utf-8",
             "{\"disable_encryption\":false,\"kms_key_id\":\"key-abc\"}");
    EVC_CHECK_OK(evc_acs3_sign(crypto, &recorded, creds, &x, NULL));
    ck_assert_str_eq(header("x-acs-date"), "2026-11-21T22:48:02Z");
    ck_assert_str_eq(
        strstr(header("authorization"), "Signature=") + 10,
        "9a2ba8172e4154d51a3b1bebdc9c8bb5d16545d23d6a1dc909769717a3287eb3");
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(v3_adds_the_headers_of_the_method)
{
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    EVC_CHECK_OK(evc_acs3_sign(crypto, &how, creds, &x, NULL));
    ck_assert_str_eq(header("x-acs-action"), "DescribeKey");
    ck_assert_str_eq(header("x-acs-version"), "2016-01-20");
    ck_assert_str_eq(header("x-acs-date"), "2023-11-14T22:13:20Z");
    ck_assert_str_eq(header("x-acs-signature-nonce"), how.nonce);
    ck_assert_str_eq(
        header("x-acs-content-sha256"),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ck_assert_str_eq(header("x-acs-security-token"), "");
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(v3_sends_and_signs_the_token)
{
    evc_creds *creds = creds_of("STS.id", "secret", "the-token");

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    EVC_CHECK_OK(evc_acs3_sign(crypto, &how, creds, &x, NULL));
    ck_assert_str_eq(header("x-acs-security-token"), "the-token");
    ck_assert_str_eq(header("x-acs-accesskey-id"), "STS.id");
    ck_assert_ptr_nonnull(
        strstr(header("authorization"),
               "x-acs-accesskey-id;x-acs-action;"
               "x-acs-content-sha256;x-acs-date;x-acs-security-token;"));
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

static void
check_hides(const char *name)
{
    for (size_t i = 0; i < x.headers.count; i++) {
        if (strcmp(x.headers.items[i].name, name) == 0) {
            ck_assert(x.headers.items[i].secret);
            return;
        }
    }
    ck_abort_msg("no header %s", name);
}

START_TEST(v3_marks_signature_and_token_as_secret)
{
    evc_creds *creds = creds_of("STS.id", "secret", "the-token");

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    EVC_CHECK_OK(evc_acs3_sign(crypto, &how, creds, &x, NULL));
    check_hides("authorization");
    check_hides("x-acs-security-token");
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

/* The signature of the exchange after one change; freed by the next. */
static const char *
v3_signature_of(const char *query, const char *content_type, const char *body)
{
    static char kept[1024];
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    evc_buf_put_text(&x.query, query);
    if (content_type)
        set_body(content_type, body);
    EVC_CHECK_OK(evc_acs3_sign(crypto, &how, creds, &x, NULL));
    (void)snprintf(kept, sizeof kept, "%s", header("authorization"));
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
    return kept;
}

static void
check_same(const char *a, const char *b, bool same)
{
    char first[1024];

    (void)snprintf(first, sizeof first, "%s", v3_signature_of(a, NULL, ""));
    ck_assert_int_eq(strcmp(first, v3_signature_of(b, NULL, "")) == 0, same);
}

START_TEST(v3_sorts_parameters)
{
    check_same("b=2&a=1&C=3", "C=3&a=1&b=2", true);
}
END_TEST

START_TEST(v3_encodes_parameters_in_one_way)
{
    check_same("a=%2a%20~%2F", "a=*+%7e/", true);
}
END_TEST

START_TEST(v3_reads_no_value_as_an_empty_one)
{
    check_same("a=&b", "b=&a", true);
}
END_TEST

START_TEST(v3_skips_empty_parameters)
{
    check_same("&a=1&&b=2&", "a=1&b=2", true);
}
END_TEST

START_TEST(v3_signs_values)
{
    check_same("a=1", "a=2", false);
}
END_TEST

START_TEST(v3_signs_the_body)
{
    static const char form[] = "application/x-www-form-urlencoded";
    char first[1024];

    (void)snprintf(first, sizeof first, "%s", v3_signature_of("", form, "a=1"));
    ck_assert_str_ne(first, v3_signature_of("", form, "a=2"));
}
END_TEST

START_TEST(v3_signs_the_content_type)
{
    ck_assert_ptr_nonnull(strstr(v3_signature_of("", "application/json", "{}"),
                                 "SignedHeaders=content-type;host;"));
}
END_TEST

START_TEST(v3_leaves_other_headers_unsigned)
{
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    EVC_CHECK_OK(
        evc_headers_add(&x.headers, "accept", evc_view_text("application/json"), NULL));
    EVC_CHECK_OK(evc_acs3_sign(crypto, &how, creds, &x, NULL));
    ck_assert_ptr_nonnull(strstr(header("authorization"), "SignedHeaders=host;x-acs-"));
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(v3_replaces_the_action_header_of_the_request)
{
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    EVC_CHECK_OK(
        evc_headers_add(&x.headers, "x-acs-action", evc_view_text("Other"), NULL));
    EVC_CHECK_OK(evc_acs3_sign(crypto, &how, creds, &x, NULL));
    ck_assert_str_eq(header("x-acs-action"), "DescribeKey");
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

static void
check_refuses(int (*sign)(evc_crypto *, const evc_acs *, const evc_creds *,
                          evc_exchange *, evc_error **),
              const char *query, int code)
{
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    evc_buf_put_text(&x.query, query);
    EVC_CHECK_CODE(sign(crypto, &how, creds, &x, NULL), code);
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}

START_TEST(v3_refuses_half_an_escape)
{
    check_refuses(evc_acs3_sign, "a=%2", ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(v3_refuses_an_escape_that_is_not_hex)
{
    check_refuses(evc_acs3_sign, "a=%zz", ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(v3_refuses_a_nul)
{
    check_refuses(evc_acs3_sign, "a=%00", ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(v3_refuses_a_parameter_twice)
{
    check_refuses(evc_acs3_sign, "a=1&a=2", ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(v3_refuses_a_signed_header_twice)
{
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    for (int i = 0; i < 2; i++)
        EVC_CHECK_OK(
            evc_headers_add(&x.headers, "x-acs-test", evc_view_text("1"), NULL));
    EVC_CHECK_CODE(evc_acs3_sign(crypto, &how, creds, &x, NULL), ENVCRYPT_E_ARGUMENT);
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(neither_signs_by_a_bare_token)
{
    evc_creds *creds = creds_of("", "", "token");

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    EVC_CHECK_CODE(evc_acs3_sign(crypto, &how, creds, &x, NULL),
                   ENVCRYPT_E_BAD_CREDENTIALS);
    EVC_CHECK_CODE(evc_acs1_sign(crypto, &how, creds, &x, NULL),
                   ENVCRYPT_E_BAD_CREDENTIALS);
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

/* -- V1 ------------------------------------------------------------------------------- */

/* "Request signatures", Alibaba Cloud, the example of DescribeRegions. */
START_TEST(v1_gives_the_published_signature)
{
    evc_acs published = {.action = "DescribeRegions",
                         .version = "2014-05-26",
                         .now_ms = 1456231584000,
                         .nonce = "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"};
    evc_creds *creds = creds_of("testid", "testsecret", NULL);

    begin("https://ecs.aliyuncs.com", "GET");
    evc_buf_put_text(&x.query, "Format=XML");
    EVC_CHECK_OK(evc_acs1_sign(crypto, &published, creds, &x, NULL));
    ck_assert_str_eq(parameter(&x.query, "Signature"),
                     "OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D");
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(v1_asks_for_json)
{
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "GET");
    EVC_CHECK_OK(evc_acs1_sign(crypto, &how, creds, &x, NULL));
    ck_assert_str_eq(parameter(&x.query, "Format"), "JSON");
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(v1_moves_the_action_to_the_parameters)
{
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "GET");
    EVC_CHECK_OK(evc_headers_add(&x.headers, "x-acs-action",
                                 evc_view_text("DescribeKey"), NULL));
    EVC_CHECK_OK(evc_acs1_sign(crypto, &how, creds, &x, NULL));
    ck_assert_str_eq(parameter(&x.query, "Action"), "DescribeKey");
    ck_assert_str_eq(header("x-acs-action"), "");
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(v1_keeps_token_and_signature_of_a_form_out_of_the_url)
{
    evc_creds *creds = creds_of("STS.id", "secret", "the-token");

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    set_body("application/x-www-form-urlencoded", "KeyId=key-1");
    EVC_CHECK_OK(evc_acs1_sign(crypto, &how, creds, &x, NULL));
    ck_assert_uint_eq(x.query.size, 0);
    ck_assert_str_eq(parameter(&x.body, "SecurityToken"), "the-token");
    ck_assert_str_ne(parameter(&x.body, "Signature"), "");
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

/* Query and form count as one. */
START_TEST(v1_signs_query_and_form_together)
{
    evc_creds *creds = creds_of("id", "secret", NULL);
    char first[256];

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    set_body("application/x-www-form-urlencoded", "a=1&b=2");
    EVC_CHECK_OK(evc_acs1_sign(crypto, &how, creds, &x, NULL));
    (void)snprintf(first, sizeof first, "%s", parameter(&x.body, "Signature"));
    evc_exchange_reset(&x);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    evc_buf_put_text(&x.query, "b=2");
    set_body("application/x-www-form-urlencoded", "a=1");
    EVC_CHECK_OK(evc_acs1_sign(crypto, &how, creds, &x, NULL));
    ck_assert_str_eq(parameter(&x.body, "Signature"), first);
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(v1_refuses_a_parameter_of_its_own)
{
    check_refuses(evc_acs1_sign, "AccessKeyId=other", ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(v1_refuses_bad_escapes)
{
    check_refuses(evc_acs1_sign, "a=%", ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(v1_refuses_a_path_that_it_would_not_sign)
{
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://cs.cn-hangzhou.aliyuncs.com", "GET");
    evc_buf_put_text(&x.path, "/clusters/c1");
    EVC_CHECK_CODE(evc_acs1_sign(crypto, &how, creds, &x, NULL),
                   ENVCRYPT_E_UNSUPPORTED);
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

START_TEST(v1_refuses_a_body_that_it_would_not_sign)
{
    evc_creds *creds = creds_of("id", "secret", NULL);

    begin("https://cs.cn-hangzhou.aliyuncs.com", "POST");
    set_body("application/json", "{}");
    EVC_CHECK_CODE(evc_acs1_sign(crypto, &how, creds, &x, NULL),
                   ENVCRYPT_E_UNSUPPORTED);
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
}
END_TEST

/* -- memory --------------------------------------------------------------------------- */

typedef struct attempt {
    const evc_creds *creds;
    bool v1;
} attempt;

static int
sign_once(void *user)
{
    const attempt *a = user;
    evc_exchange try;
    int rc;

    evc_exchange_init(&try);
    try.endpoint = evc_endpoint_ref(x.endpoint);
    try.method = "POST";
    evc_buf_put_text(&try.query, "b=2&a=1");
    evc_buf_put_text(&try.body, "KeyId=key-1");
    rc = evc_headers_set(&try.headers, "content-type",
                         evc_view_text("application/x-www-form-urlencoded"), NULL);
    if (!rc && (try.query.failed || try.body.failed))
        rc = ENVCRYPT_E_NOMEM;
    if (!rc)
        rc = a->v1 ? evc_acs1_sign(crypto, &how, a->creds, &try, NULL)
                   : evc_acs3_sign(crypto, &how, a->creds, &try, NULL);
    evc_exchange_reset(&try);
    return rc;
}

START_TEST(both_survive_memory_that_runs_out)
{
    attempt a = {.creds = creds_of("STS.id", "secret", "token")};
    evc_creds *creds = evc_creds_ref((evc_creds *)(uintptr_t)a.creds);

    begin("https://kms.cn-hangzhou.aliyuncs.com", "POST");
    ck_assert_uint_gt(evc_alloc_sweep(sign_once, &a), 10);
    a.v1 = true;
    ck_assert_uint_gt(evc_alloc_sweep(sign_once, &a), 10);
    evc_exchange_reset(&x);
    evc_creds_unref(creds);
    evc_creds_unref(creds);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const v3[] = {
        v3_gives_the_published_signature,
        v3_signs_as_a_recorded_request,
        v3_adds_the_headers_of_the_method,
        v3_sends_and_signs_the_token,
        v3_marks_signature_and_token_as_secret,
        v3_sorts_parameters,
        v3_encodes_parameters_in_one_way,
        v3_reads_no_value_as_an_empty_one,
        v3_skips_empty_parameters,
        v3_signs_values,
        v3_signs_the_body,
        v3_signs_the_content_type,
        v3_leaves_other_headers_unsigned,
        v3_replaces_the_action_header_of_the_request,
        v3_refuses_half_an_escape,
        v3_refuses_an_escape_that_is_not_hex,
        v3_refuses_a_nul,
        v3_refuses_a_parameter_twice,
        v3_refuses_a_signed_header_twice,
        neither_signs_by_a_bare_token,
        NULL,
    };
    const TTest *const v1[] = {
        v1_gives_the_published_signature,
        v1_asks_for_json,
        v1_moves_the_action_to_the_parameters,
        v1_keeps_token_and_signature_of_a_form_out_of_the_url,
        v1_signs_query_and_form_together,
        v1_refuses_a_parameter_of_its_own,
        v1_refuses_bad_escapes,
        v1_refuses_a_path_that_it_would_not_sign,
        v1_refuses_a_body_that_it_would_not_sign,
        NULL,
    };
    const TTest *const memory[] = {both_survive_memory_that_runs_out, NULL};

    auth_add(suite, "V3", v3);
    auth_add(suite, "V1", v1);
    auth_add(suite, "memory", memory);
}

EVC_TEST_MAIN("acs", add_tests)
