/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm_iam.h"

#include <string.h>

#include "auth/fetched.h"
#include "auth/json_value.h"
#include "base/encode.h"
#include "base/mem.h"
#include "codec/jscan.h"

#define PUBLIC_URL "https://iam.cloud.ibm.com"
#define TOKEN_PATH "/identity/token"
#define GRANT_NAME "urn:ibm:params:oauth:grant-type:"
#define LIFE_MAX_S (366LL * 86400)
#define UNUSED_MS 10000 /* at the end of a life, but no more than half of it */

static const char auth_advice[] =
    "look whether the API key still exists and is not locked, and whether the trusted "
    "profile trusts this workload";
static const char denied_advice[] = "look at the allowed IP addresses of the account";
static const char refused_advice[] =
    "look at the profile and the scope that are configured";

/* -- errors --------------------------------------------------------------------------- */

void
evc_ibm_classify_iam(const evc_exchange *x, evc_fault *fault)
{
    evc_view body = evc_buf_view(&x->reply);
    evc_view code = evc_json_value_text(body, "errorCode");
    evc_view id = evc_json_value_text(body, "context.requestId");

    if (!code.size)
        code = evc_json_value_text(body, "errors.0.code");
    if (!id.size)
        id = evc_json_value_text(body, "trace");
    evc_fault_set_code(fault, code);
    evc_fault_set_request_id(fault, id);
    fault->verdict = EVC_VERDICT_FAIL;
    if (x->status == 429) {
        fault->verdict = EVC_VERDICT_THROTTLED;
        fault->code = ENVCRYPT_E_THROTTLED;
    } else if (x->status >= 500) {
        fault->verdict = EVC_VERDICT_AGAIN;
        fault->code = ENVCRYPT_E_SERVICE_DOWN;
    } else if (x->status == 400 || x->status == 401) {
        fault->code = ENVCRYPT_E_AUTH;
        fault->advice = auth_advice;
    } else if (x->status == 403) {
        fault->code = ENVCRYPT_E_DENIED;
        fault->advice = denied_advice;
    } else {
        fault->code = ENVCRYPT_E_BAD_CREDENTIALS;
        fault->advice = refused_advice;
    }
}

static const evc_protocol protocol = {
    .provider = "ibm-iam",
    .classify = evc_ibm_classify_iam,
};

/* -- the endpoint --------------------------------------------------------------------- */

int
evc_ibm_iam_open(evc_net *net, const char *url, const evc_link *link, evc_peer **out,
                 evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    evc_view base = evc_view_text(url ? url : PUBLIC_URL);
    size_t end = strlen(TOKEN_PATH);
    evc_buf text;
    int rc;

    *out = NULL;
    if (base.size > end &&
        strcmp(&(url ? url : PUBLIC_URL)[base.size - end], TOKEN_PATH) == 0)
        base.size -= end;
    evc_buf_init(&text);
    evc_buf_put_view(&text, base);
    evc_buf_put_u8(&text, 0);
    rc = evc_buf_check(&text, err);
    if (!rc)
        rc = evc_endpoint_open((const char *)text.data, link, &endpoint, err);
    if (!rc)
        rc = evc_peer_open(net, endpoint, &protocol, NULL, NULL, out, err);
    evc_endpoint_unref(endpoint);
    evc_buf_reset(&text);
    return rc;
}

/* -- asking --------------------------------------------------------------------------- */

typedef struct asking {
    const evc_ibm_grant *grant;
    evc_ibm_token *out;
    int64_t asked_ms; /* of the last attempt */
} asking;

static void
add_text(evc_buf *body, const char *name, const char *value)
{
    if (value)
        evc_form_add(body, name, evc_view_text(value));
}

/* An account belongs to a name alone. */
static void
add_profile(evc_buf *body, const evc_ibm_profile *profile)
{
    if (!profile)
        return;
    add_text(body, "profile_id", profile->id);
    if (!profile->id)
        add_text(body, "profile_crn", profile->crn);
    if (profile->id || profile->crn)
        return;
    add_text(body, "profile_name", profile->name);
    add_text(body, "account", profile->account);
}

static void
add_grant(evc_buf *body, const evc_ibm_grant *grant)
{
    if (grant->api_key.size) {
        add_text(body, "grant_type", GRANT_NAME "apikey");
        evc_form_add(body, "apikey", grant->api_key);
        add_text(body, "response_type", "cloud_iam");
    } else if (grant->compute_token.size) {
        add_text(body, "grant_type", GRANT_NAME "cr-token");
        evc_form_add(body, "cr_token", grant->compute_token);
    } else {
        add_text(body, "grant_type", GRANT_NAME "assume");
        evc_form_add(body, "access_token", grant->access_token);
    }
    add_profile(body, grant->profile);
    add_text(body, "scope", grant->scope);
}

static int
add_client(const evc_ibm_grant *grant, evc_headers *headers, evc_error **err)
{
    evc_buf plain;
    evc_buf value;
    int rc;

    if (!grant->client_id || !grant->client_secret.size)
        return 0;
    evc_buf_init(&plain);
    evc_buf_init(&value);
    evc_buf_put_format(&plain, "%s:", grant->client_id);
    evc_buf_put_view(&plain, grant->client_secret);
    evc_buf_put_text(&value, "Basic ");
    evc_encode_base64(&value, evc_buf_view(&plain));
    rc = evc_buf_check(plain.failed ? &plain : &value, err);
    if (!rc)
        rc =
            evc_headers_add_secret(headers, "authorization", evc_buf_view(&value), err);
    evc_buf_reset(&plain);
    evc_buf_reset(&value);
    return rc;
}

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    asking *a = op->user;
    int rc;

    a->asked_ms = evc_clock_wall_ms(&evc_net_env(op->peer->net)->clock);
    x->method = "POST";
    evc_buf_put_text(&x->path, TOKEN_PATH);
    add_grant(&x->body, a->grant);
    rc = evc_headers_add(&x->headers, "content-type",
                         evc_view_text("application/x-www-form-urlencoded"), err);
    if (!rc)
        rc = evc_headers_add(&x->headers, "accept", evc_view_text("application/json"),
                             err);
    if (!rc)
        rc = add_client(a->grant, &x->headers, err);
    if (!rc)
        rc = evc_buf_check(&x->path, err);
    return rc ? rc : evc_buf_check(&x->body, err);
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    asking *a = op->user;

    return evc_ibm_token_read(&x->reply, evc_net_env(op->peer->net)->arena, a->asked_ms,
                              a->out, err);
}

static const evc_operation_kind token_kind = {
    .name = "CreateToken",
    .build = build,
    .read = read_reply,
    .secret = true,
};

int
evc_ibm_iam_token(evc_peer *peer, const evc_ibm_grant *grant, evc_wait *wait,
                  evc_ibm_token *out, evc_error **err)
{
    asking a = {.grant = grant, .out = out};
    evc_operation op;

    *out = (evc_ibm_token){.expires_ms = 0};
    evc_operation_init(&op, &token_kind, peer, &a);
    return evc_fetched_run(&op, wait, err);
}

/* -- the refresh token ----------------------------------------------------------------- */

typedef struct refreshing {
    asking a; /* first: build takes it */
    evc_secret *out;
} refreshing;

static int
read_refresh(evc_operation *op, evc_exchange *x, evc_error **err)
{
    refreshing *r = op->user;
    int rc = evc_jscan_take_text_opt((char *)x->reply.data, x->reply.size,
                                     "refresh_token", evc_net_env(op->peer->net)->arena,
                                     EVC_IBM_TOKEN_MAX, r->out, err);

    if (rc == ENVCRYPT_E_JSON)
        return evc_err_wrap(
            err, ENVCRYPT_E_PROTOCOL,
            "IBM Cloud gave no reply that can be read; look whether the "
            "endpoint is that of IAM");
    if (rc)
        return rc;
    if (r->out->size &&
        !evc_view_is_text(evc_view_of(r->out->bytes, r->out->size), "not_supported"))
        return 0;
    evc_secret_free(r->out);
    return evc_err(err, ENVCRYPT_E_UNSUPPORTED,
                   "IBM Cloud gives this identity no refresh token");
}

static const evc_operation_kind refresh_kind = {
    .name = "CreateToken",
    .build = build,
    .read = read_refresh,
    .secret = true,
};

int
evc_ibm_iam_refresh(evc_peer *peer, evc_view api_key, evc_wait *wait, evc_secret *out,
                    evc_error **err)
{
    const evc_ibm_grant grant = {
        .api_key = api_key, .client_id = "bx", .client_secret = evc_view_text("bx")};
    refreshing r = {.a = {.grant = &grant}, .out = out};
    evc_operation op;

    *out = (evc_secret){.bytes = NULL};
    evc_operation_init(&op, &refresh_kind, peer, &r);
    return evc_fetched_run(&op, wait, err);
}

/* -- the reply ------------------------------------------------------------------------ */

static int
refuse(int rc, evc_error **err)
{
    if (rc != ENVCRYPT_E_JSON)
        return rc;
    return evc_err_wrap(err, ENVCRYPT_E_PROTOCOL,
                        "IBM Cloud gave no token that can be used; look whether the "
                        "endpoint is that of IAM, or of the metadata service");
}

static int
bad_life(evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_PROTOCOL,
        "IBM Cloud gave a token without saying in seconds how long it lives");
}

int
evc_ibm_token_read(evc_buf *reply, evc_arena *arena, int64_t asked_ms,
                   evc_ibm_token *out, evc_error **err)
{
    int64_t life;
    int rc;

    *out = (evc_ibm_token){.expires_ms = 0};
    if (!evc_json_value_integer(evc_buf_view(reply), "expires_in", 1, LIFE_MAX_S,
                                &life))
        life = 0;
    rc = evc_jscan_take_text((char *)reply->data, reply->size, "access_token", arena,
                             EVC_IBM_TOKEN_MAX, &out->text, err);
    if (rc)
        return refuse(rc, err);
    if (!life) {
        evc_secret_free(&out->text);
        return bad_life(err);
    }
    out->expires_ms =
        asked_ms + life * 1000 - (life * 500 < UNUSED_MS ? life * 500 : UNUSED_MS);
    return 0;
}
