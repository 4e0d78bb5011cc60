/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_ecs.h"

#include <string.h>

#include "auth/alibaba_reply.h"
#include "auth/fetched.h"
#include "base/mem.h"

#define URL "http://100.100.100.200"
#define ROLES "/latest/meta-data/ram/security-credentials/"
#define TOKEN_LIFE "21600" /* seconds */
#define TIMEOUT_MS 1000
#define TOKEN_MAX 4096u
#define ROLE_MAX 64u /* of RAM; letters, digits, - _ . @ */

static const char mode_advice[] = "look whether this is an ECS instance, and whether "
                                  "its metadata service is switched on";
static const char role_advice[] = "attach a RAM role to this instance";

static void
classify(const evc_exchange *x, evc_fault *fault)
{
    fault->verdict = EVC_VERDICT_FAIL;
    if (x->status >= 500 || x->status == 429) {
        fault->verdict = EVC_VERDICT_AGAIN;
        fault->code = ENVCRYPT_E_SERVICE_DOWN;
    } else if (x->status == 404) {
        fault->code = ENVCRYPT_E_BAD_CREDENTIALS;
        fault->advice = role_advice;
    } else {
        fault->code = ENVCRYPT_E_CREDENTIALS_DOWN;
        fault->advice = mode_advice;
    }
}

static const evc_protocol protocol = {
    .provider = "alibaba-ecs-metadata",
    .classify = classify,
};

typedef struct asking {
    const evc_alibaba_config *config;
    const char *source;
    evc_buf token;
    char role[ROLE_MAX + 1];
    evc_creds **out;
} asking;

/* -- the token --------------------------------------------------------------------------- */

static int
build_token(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    x->method = "PUT";
    evc_buf_put_text(&x->path, "/latest/api/token");
    if (x->path.failed)
        return evc_buf_check(&x->path, err);
    return evc_headers_add(&x->headers, "x-aliyun-ecs-metadata-token-ttl-seconds",
                           evc_view_text(TOKEN_LIFE), err);
}

static bool
is_printable(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= 0x20 || text.data[i] > 0x7e)
            return false;
    }
    return true;
}

static int
read_token(evc_operation *op, evc_exchange *x, evc_error **err)
{
    asking *a = op->user;
    evc_view token = evc_buf_view(&x->reply);

    while (token.size && token.data[token.size - 1] <= ' ')
        token.size--;
    if (!token.size || token.size > TOKEN_MAX || !is_printable(token))
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the metadata service gave no token that can be used; %s",
                       mode_advice);
    evc_buf_put_view(&a->token, token);
    return evc_buf_check(&a->token, err);
}

/* -- the role ---------------------------------------------------------------------------- */

static int
build_get(const asking *a, const char *role, evc_exchange *x, evc_error **err)
{
    x->method = "GET";
    evc_buf_put_text(&x->path, ROLES);
    evc_percent_encode(&x->path, evc_view_text(role), false);
    if (x->path.failed)
        return evc_buf_check(&x->path, err);
    return evc_headers_add_secret(&x->headers, "x-aliyun-ecs-metadata-token",
                                  evc_buf_view(&a->token), err);
}

static int
build_role(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    return build_get(op->user, "", x, err);
}

static int
set_role(asking *a, evc_view name, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(name);

    if (!name.size || name.size > ROLE_MAX || !is_printable(name) ||
        memchr(name.data, '/', name.size))
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "there is no name of a RAM role from %s that can be used; %s",
                       a->source, role_advice);
    evc_cursor_copy(&c, a->role, name.size);
    a->role[name.size] = 0;
    return 0;
}

/* The first line: an instance has one role. */
static int
read_role(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_view name = evc_buf_view(&x->reply);
    size_t size = 0;

    while (size < name.size && name.data[size] > ' ')
        size++;
    return set_role(op->user, evc_view_of(name.data, size), err);
}

/* -- its credentials ---------------------------------------------------------------------- */

static int
build_creds(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const asking *a = op->user;

    return build_get(a, a->role, x, err);
}

static int
read_creds(evc_operation *op, evc_exchange *x, evc_error **err)
{
    asking *a = op->user;

    return evc_alibaba_reply_read(&x->reply, &evc_alibaba_form_metadata, a->source,
                                  a->role, a->config->arena, a->out, err);
}

static const evc_operation_kind token_kind = {
    .name = "CreateToken", .build = build_token, .read = read_token, .secret = true};
static const evc_operation_kind role_kind = {
    .name = "GetRoleName", .build = build_role, .read = read_role};
static const evc_operation_kind creds_kind = {.name = "GetRoleCredentials",
                                              .build = build_creds,
                                              .read = read_creds,
                                              .secret = true};

/* -- asking ------------------------------------------------------------------------------- */

static int
run(const evc_operation_kind *kind, evc_peer *peer, asking *a, evc_wait *wait,
    int *status, evc_error **err)
{
    evc_operation op;
    int rc;

    evc_operation_init(&op, kind, peer, a);
    rc = evc_fetched_run(&op, wait, err);
    *status = op.run.status;
    return rc;
}

/* Whether a failure tells that there is no such service, or no role, on this machine. */
static bool
is_absent(const asking *a, int rc, int status)
{
    const evc_log *log = &evc_net_env(a->config->net)->log;

    if (rc == ENVCRYPT_E_CREDENTIALS_DOWN && status == 0)
        return true; /* nobody answers */
    if (status < 400 || status >= 500)
        return false;
    evc_log_write(log, ENVCRYPT_LOG_WARNING,
                  "the metadata service at " URL
                  " answered %d, so it gives no credentials "
                  "of a RAM role",
                  status);
    return true;
}

static int
ask(evc_peer *peer, asking *a, const char *role, bool probing, evc_wait *wait,
    evc_error **err)
{
    int status;
    int rc = run(&token_kind, peer, a, wait, &status, err);

    if (!rc && role)
        rc = set_role(a, evc_view_text(role), err);
    else if (!rc)
        rc = run(&role_kind, peer, a, wait, &status, err);
    if (rc)
        return probing && is_absent(a, rc, status) ? EVC_NOT_CONFIGURED : rc;
    return run(&creds_kind, peer, a, wait, &status, err);
}

int
evc_alibaba_ecs_role(const evc_alibaba_config *config, const char *role, bool probing,
                     const char *source, evc_wait *wait, evc_creds **out,
                     evc_error **err)
{
    evc_link link = {.connect_ms = TIMEOUT_MS, .attempt_ms = TIMEOUT_MS};
    asking a = {.config = config, .source = source, .out = out};
    evc_endpoint *endpoint = NULL;
    evc_peer *peer = NULL;
    int rc = evc_endpoint_open(URL, &link, &endpoint, err);

    *out = NULL;
    evc_buf_init(&a.token);
    if (!rc)
        rc = evc_peer_open(config->net, endpoint, &protocol, NULL, NULL, &peer, err);
    if (!rc)
        rc = ask(peer, &a, role, probing, wait, err);
    if (rc == EVC_NOT_CONFIGURED)
        evc_err_drop(err);
    evc_peer_unref(peer);
    evc_endpoint_unref(endpoint);
    evc_buf_reset(&a.token);
    return rc;
}
