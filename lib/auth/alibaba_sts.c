/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_sts.h"

#include <string.h>

#include "auth/alibaba_endpoint.h"
#include "auth/alibaba_peer.h"
#include "auth/alibaba_reply.h"
#include "auth/credential_file.h"
#include "auth/fetched.h"

#define VERSION "2015-04-01"
#define PROVIDER "alibaba-sts"
#define DURATION_S 3600
#define DURATION_MIN_S 900

static const char role_advice[] =
    "look at the ARN of the role, its trust policy, and its longest session";
static const char token_advice[] = "look whether the identity provider of the role "
                                   "knows the issuer and audience of the "
                                   "token";

static bool
begins(const char *code, const char *with)
{
    return strncmp(code, with, strlen(with)) == 0;
}

/* What the gateways do not know is of STS. */
static void
classify(const evc_exchange *x, evc_fault *fault)
{
    const char *code = fault->provider_code;
    bool denied;

    if (evc_alibaba_classify_common(x, fault))
        return;
    denied = begins(code, "AuthenticationFail.NoPermission");
    fault->verdict = EVC_VERDICT_FAIL;
    fault->advice = role_advice;
    if (!denied && begins(code, "AuthenticationFail")) {
        fault->code = ENVCRYPT_E_AUTH;
        fault->advice = token_advice;
    } else if (denied || x->status == 401 || x->status == 403) {
        fault->code = ENVCRYPT_E_DENIED;
    } else {
        fault->code = ENVCRYPT_E_BAD_CREDENTIALS;
    }
}

/* -- the request ------------------------------------------------------------------------ */

typedef struct asking {
    const evc_alibaba_config *config;
    const evc_alibaba_role *role;
    const char *action;
    const char *provider_arn; /* of AssumeRoleWithOIDC, as is token */
    evc_view token;
    evc_creds **out;
} asking;

static void
add(evc_buf *form, const char *name, const char *value)
{
    if (value)
        evc_form_add(form, name, evc_view_text(value));
}

static void
add_session(const asking *a, int64_t now_ms, evc_buf *form)
{
    const char *name = a->role->session_name;
    int64_t duration = a->role->duration_s ? a->role->duration_s : DURATION_S;
    evc_buf text;

    if (!name)
        name = a->config->variables[EVC_ALIBABA_ROLE_SESSION_NAME];
    evc_buf_init(&text);
    if (name)
        evc_buf_put_text(&text, name);
    else
        evc_buf_put_format(&text, "envcrypt-%lld", (long long)now_ms);
    evc_form_add(form, "RoleSessionName", evc_buf_view(&text));
    evc_buf_clear(&text);
    evc_buf_put_format(&text, "%lld", (long long)duration);
    evc_form_add(form, "DurationSeconds", evc_buf_view(&text));
    form->failed = form->failed || text.failed;
    evc_buf_reset(&text);
}

/* Nothing signs AssumeRoleWithOIDC: what a signature would say is said here. */
static void
add_common(const asking *a, int64_t now_ms, evc_exchange *x)
{
    char date[EVC_TIME_TEXT];

    evc_clock_format(now_ms, date);
    add(&x->query, "Action", a->action);
    add(&x->query, "Format", "JSON");
    add(&x->query, "Timestamp", date);
    add(&x->query, "Version", VERSION);
    add(&x->body, "OIDCProviderArn", a->provider_arn);
    evc_form_add(&x->body, "OIDCToken", a->token);
}

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const asking *a = op->user;
    int64_t now_ms = evc_clock_wall_ms(&evc_net_env(op->peer->net)->clock);
    int rc = evc_headers_add(&x->headers, "content-type",
                             evc_view_text("application/x-www-form-urlencoded"), err);

    x->method = "POST";
    if (!rc && a->token.size)
        add_common(a, now_ms, x);
    else if (!rc)
        rc =
            evc_headers_add(&x->headers, "x-acs-action", evc_view_text(a->action), err);
    add(&x->body, "RoleArn", a->role->arn);
    add(&x->body, "Policy", a->role->policy);
    add(&x->body, "ExternalId", a->role->external_id);
    add_session(a, now_ms, &x->body);
    if (!rc)
        rc = evc_buf_check(&x->query, err);
    return rc ? rc : evc_buf_check(&x->body, err);
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    const asking *a = op->user;

    return evc_alibaba_reply_read(&x->reply, &evc_alibaba_form_sts, a->role->source,
                                  a->role->detail, a->config->arena, a->out, err);
}

static const evc_operation_kind assume_kind = {
    .name = "AssumeRole",
    .build = build,
    .read = read_reply,
    .secret = true,
};
static const evc_operation_kind oidc_kind = {
    .name = "AssumeRoleWithOIDC",
    .build = build,
    .read = read_reply,
    .secret = true,
};

static int
check_role(const evc_alibaba_role *role, evc_error **err)
{
    if (!role->arn)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the credentials of Alibaba Cloud from %s cannot be used: the ARN "
            "of the role is missing",
            role->source);
    if (role->duration_s && role->duration_s < DURATION_MIN_S)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the credentials of Alibaba Cloud from %s cannot be used: a session "
            "of a role lasts at least %d seconds",
            role->source, DURATION_MIN_S);
    return 0;
}

static int
run(const evc_operation_kind *kind, evc_peer *peer, asking *a, evc_wait *wait,
    evc_error **err)
{
    evc_operation op;

    evc_operation_init(&op, kind, peer, a);
    op.subject = a->role->arn;
    return evc_fetched_run(&op, wait, err);
}

/* -- AssumeRole -------------------------------------------------------------------------- */

static const evc_chain_rules with_rules = {.provider = "alibaba", .none = ""};

/* V1, as every client of Alibaba Cloud signs this call. */
static int
open_signing(const evc_alibaba_config *config, evc_endpoint *endpoint, evc_creds *with,
             evc_peer **out, evc_error **err)
{
    evc_alibaba_peer how = {.endpoint = endpoint,
                            .provider = PROVIDER,
                            .version = VERSION,
                            .v1 = true,
                            .classify = classify};
    int rc = evc_chain_of(config->net, &with_rules, with, &how.chain, err);

    if (rc)
        return rc;
    rc = evc_alibaba_peer_make(config, &how, out, err);
    evc_chain_unref(how.chain);
    return rc;
}

int
evc_alibaba_sts_assume(const evc_alibaba_config *config, const evc_alibaba_role *role,
                       evc_creds *with, evc_wait *wait, evc_creds **out,
                       evc_error **err)
{
    asking a = {.config = config, .role = role, .action = "AssumeRole", .out = out};
    evc_endpoint *endpoint = NULL;
    evc_peer *peer = NULL;
    int rc = check_role(role, err);

    *out = NULL;
    if (!rc)
        rc = evc_alibaba_sts_endpoint(config, role->sts_endpoint, role->sts_region,
                                      role->vpc, &endpoint, err);
    if (!rc)
        rc = open_signing(config, endpoint, with, &peer, err);
    if (!rc)
        rc = run(&assume_kind, peer, &a, wait, err);
    evc_peer_unref(peer);
    evc_endpoint_unref(endpoint);
    return rc;
}

/* -- AssumeRoleWithOIDC ------------------------------------------------------------------- */

static const evc_protocol unsigned_protocol = {
    .provider = PROVIDER,
    .classify = classify,
};

static int
read_token(const char *path, evc_buf *out, evc_error **err)
{
    int rc = evc_token_file_read(path, out, err);

    if (rc != ENVCRYPT_E_FILE_NOT_FOUND)
        return rc;
    return evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                        "there is no token of this workload at %s; mount it, or mend "
                        "ALIBABA_CLOUD_OIDC_TOKEN_FILE or the profile",
                        path);
}

int
evc_alibaba_sts_oidc(const evc_alibaba_config *config, const evc_alibaba_role *role,
                     const char *provider_arn, const char *token_file, evc_wait *wait,
                     evc_creds **out, evc_error **err)
{
    asking a = {.config = config,
                .role = role,
                .action = "AssumeRoleWithOIDC",
                .provider_arn = provider_arn,
                .out = out};
    evc_endpoint *endpoint = NULL;
    evc_peer *peer = NULL;
    evc_buf token;
    int rc = check_role(role, err);

    *out = NULL;
    evc_buf_init(&token);
    if (!rc)
        rc = read_token(token_file, &token, err);
    if (!rc)
        rc = evc_alibaba_sts_endpoint(config, role->sts_endpoint, role->sts_region,
                                      role->vpc, &endpoint, err);
    if (!rc)
        rc = evc_peer_open(config->net, endpoint, &unsigned_protocol, NULL, NULL, &peer,
                           err);
    a.token = evc_buf_view(&token);
    if (!rc)
        rc = run(&oidc_kind, peer, &a, wait, err);
    evc_peer_unref(peer);
    evc_endpoint_unref(endpoint);
    evc_buf_reset(&token);
    return rc;
}
