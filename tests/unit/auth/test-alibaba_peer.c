/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_peer.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"
#include "net/operation.h"

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    int rc = evc_headers_add(&x->headers, "content-type",
                             evc_view_text("application/x-www-form-urlencoded"), err);

    (void)op;
    x->method = "POST";
    evc_form_add(&x->body, "KeyId", evc_view_text("key-1"));
    if (!rc)
        rc = evc_buf_check(&x->body, err);
    return rc ? rc
              : evc_headers_add(&x->headers, "x-acs-action",
                                evc_view_text("DescribeKey"), err);
}

static int
build_nameless(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    (void)err;
    x->method = "POST";
    return 0;
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    (void)x;
    (void)err;
    return 0;
}

static const evc_operation_kind kind = {
    .name = "DescribeKey", .build = build, .read = read_reply};
static const evc_operation_kind nameless = {
    .name = "Nameless", .build = build_nameless, .read = read_reply};

static void
classify(const evc_exchange *x, evc_fault *fault)
{
    if (!evc_alibaba_classify_common(x, fault))
        fault->code = ENVCRYPT_E_REQUEST_REFUSED;
}

static int
run_kind(const evc_operation_kind *which)
{
    evc_endpoint *endpoint = NULL;
    evc_chain *chain = NULL;
    evc_peer *peer = NULL;
    evc_operation op;
    int rc = evc_alibaba_endpoint(config, "kms", "cn-x", &endpoint, NULL);

    if (!rc)
        rc = evc_alibaba_chain_open(config, &chain, NULL);
    if (!rc)
        rc = evc_alibaba_peer_open(config, endpoint, "alibaba-kms", "2016-01-20", chain,
                                   classify, &peer, NULL);
    if (!rc) {
        evc_operation_init(&op, which, peer, NULL);
        rc = evc_operation_run(&op, &wait_of_test, NULL);
        evc_operation_reset(&op);
    }
    evc_peer_unref(peer);
    evc_chain_unref(chain);
    evc_endpoint_unref(endpoint);
    return rc;
}

static int
run(void)
{
    return run_kind(&kind);
}

static void
set_keys(void)
{
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI1");
    set_variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret");
    open_config(NULL);
}

static void
set_v1(void)
{
    evc_alibaba_options v1 = {.signature = "v1"};

    set_keys();
    open_config(&v1);
}

START_TEST(signs_by_v3)
{
    set_keys();
    serve(200, "{}");
    EVC_CHECK_OK(run());
    ck_assert(has_line(0, "x-acs-action: DescribeKey"));
    ck_assert(has_line(0, "x-acs-version: 2016-01-20"));
    ck_assert(has_line(0, "x-acs-date: 2023-11-14T22:13:20Z"));
    ck_assert(has_line(0, "accept: application/json"));
    ck_assert_ptr_nonnull(
        strstr(served.requests[0].headers,
               "authorization: ACS3-HMAC-SHA256 Credential=LTAI1,SignedHeaders="));
}
END_TEST

START_TEST(signs_by_v1_when_told)
{
    set_v1();
    serve(200, "{}");
    EVC_CHECK_OK(run());
    ck_assert(has_pair(0, "Action=DescribeKey"));
    ck_assert(has_pair(0, "Version=2016-01-20"));
    ck_assert(has_pair(0, "SignatureMethod=HMAC-SHA1"));
    ck_assert_ptr_null(strstr(served.requests[0].headers, "x-acs-action"));
}
END_TEST

static void
copy_nonce(size_t n, const char *before, char out[33])
{
    const char *at = strstr(served.requests[n].headers, before);

    at = at ? at : strstr(served.requests[n].body, before);
    ck_assert_ptr_nonnull(at);
    (void)snprintf(out, 33, "%s", &at[strlen(before)]);
}

static void
check_new_nonces(const char *before)
{
    char first[33];
    char second[33];

    serve(503, "{\"Code\":\"ServiceUnavailable\"}");
    serve(200, "{}");
    EVC_CHECK_OK(run());
    copy_nonce(0, before, first);
    copy_nonce(1, before, second);
    ck_assert_uint_eq(strspn(first, "0123456789abcdef"), 32);
    ck_assert_str_ne(first, second);
}

START_TEST(each_attempt_has_a_nonce_of_its_own)
{
    set_keys();
    check_new_nonces("x-acs-signature-nonce: ");
}
END_TEST

START_TEST(each_attempt_by_v1_too)
{
    set_v1();
    check_new_nonces("SignatureNonce=");
}
END_TEST

START_TEST(a_date_that_is_refused_is_told_where_the_reply_has_none)
{
    set_keys();
    serve(400, "{\"Code\":\"InvalidTimeStamp.Expired\"}");
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

START_TEST(a_fixed_key_that_is_refused_is_not_tried_again)
{
    set_keys();
    serve(404, "{\"Code\":\"InvalidAccessKeyId.NotFound\"}");
    serve(200, "{}");
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 1);
}
END_TEST

#define CREDS(id)                                            \
    "{\"AccessKeyId\":\"" id "\",\"AccessKeySecret\":\"s\"," \
    "\"SecurityToken\":\"t\",\"Expiration\":\"2023-11-14T23:13:20Z\"}"

static void
check_renews(void)
{
    serve(200, CREDS("old"));
    serve(400, "{\"Code\":\"InvalidSecurityToken.Expired\"}");
    serve(200, CREDS("new"));
    serve(200, "{}");
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(served.request_count, 4);
}

START_TEST(a_token_that_expired_is_renewed_once)
{
    set_variable("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:1/");
    set_variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    open_config(NULL);
    check_renews();
    ck_assert(has_line(1, "x-acs-accesskey-id: old"));
    ck_assert(has_line(3, "x-acs-accesskey-id: new"));
}
END_TEST

START_TEST(a_token_that_expired_is_renewed_once_by_v1_too)
{
    evc_alibaba_options v1 = {.signature = "v1"};

    set_variable("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:1/");
    set_variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    open_config(&v1);
    check_renews();
    ck_assert(has_pair(3, "AccessKeyId=new"));
}
END_TEST

START_TEST(a_token_that_stays_expired_is_told)
{
    set_variable("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:1/");
    set_variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    open_config(NULL);
    serve(200, CREDS("old"));
    serve(400, "{\"Code\":\"InvalidSecurityToken.Expired\"}");
    serve(200, CREDS("new"));
    serve(400, "{\"Code\":\"InvalidSecurityToken.Expired\"}");
    serve(200, "{}");
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(served.request_count, 4);
}
END_TEST

START_TEST(a_request_names_its_action)
{
    set_keys();
    serve(200, "{}");
    EVC_CHECK_CODE(run_kind(&nameless), ENVCRYPT_E_INTERNAL);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

START_TEST(without_credentials_nothing_is_sent)
{
    set_variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    open_config(NULL);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_NO_CREDENTIALS);
    ck_assert_uint_eq(served.request_count, 0);
}
END_TEST

static int
run_once(void *user)
{
    (void)user;
    served.reply_count = served.request_count = 0;
    serve(200, "{}");
    return run();
}

START_TEST(survives_memory_that_runs_out)
{
    set_keys();
    ck_assert_uint_gt(evc_alloc_sweep(run_once, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        signs_by_v3,
        signs_by_v1_when_told,
        each_attempt_has_a_nonce_of_its_own,
        each_attempt_by_v1_too,
        a_date_that_is_refused_is_told_where_the_reply_has_none,
        a_fixed_key_that_is_refused_is_not_tried_again,
        a_token_that_expired_is_renewed_once,
        a_token_that_expired_is_renewed_once_by_v1_too,
        a_token_that_stays_expired_is_told,
        a_request_names_its_action,
        without_credentials_nothing_is_sent,
        survives_memory_that_runs_out,
        NULL,
    };

    alibaba_add(suite, "alibaba_peer", tests);
}

EVC_TEST_MAIN("alibaba_peer", add_tests)
