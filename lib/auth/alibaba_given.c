/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_given.h"

#include <string.h>
#include <strings.h>

#include "auth/alibaba_reply.h"
#include "auth/authorization.h"
#include "auth/fetched.h"
#include "base/process.h"
#include "codec/jwrite.h"

#define PROCESS_MS 60000
#define PROCESS_OUTPUT ((size_t)65536)
#define SOON_MS (3 * 60000) /* what ends within this is not begun with */

/* -- one request ------------------------------------------------------------------------ */

static void
classify(const evc_exchange *x, evc_fault *fault)
{
    if (evc_alibaba_classify_common(x, fault))
        return;
    fault->verdict = EVC_VERDICT_FAIL;
    fault->code = x->status == 401 || x->status == 403 ? ENVCRYPT_E_AUTH
                                                       : ENVCRYPT_E_BAD_CREDENTIALS;
}

typedef struct asking {
    const evc_alibaba_config *config;
    const evc_alibaba_form *form;
    const char *method;
    const char *path; /* NULL: that of the endpoint */
    const char *query;
    const evc_secret *bearer; /* NULL = none */
    const char *account;      /* of CloudSSO, as is access */
    const char *access;
    const char *source;
    const char *detail;
    evc_creds **out;
} asking;

static int
write_account(const asking *a, evc_buf *out, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "AccountId");
    evc_jwrite_text(&w, a->account);
    evc_jwrite_name(&w, "AccessConfigurationId");
    evc_jwrite_text(&w, a->access);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const asking *a = op->user;
    int rc =
        evc_headers_add(&x->headers, "accept", evc_view_text("application/json"), err);

    x->method = a->method;
    if (a->path)
        evc_buf_put_text(&x->path, a->path);
    if (a->query)
        evc_buf_put_text(&x->query, a->query);
    if (!rc && a->bearer)
        rc = evc_headers_add(&x->headers, "content-type",
                             evc_view_text("application/json"), err);
    if (!rc && a->bearer)
        rc = evc_authorization_put(a->bearer, &x->headers, err);
    if (!rc && a->account)
        rc = write_account(a, &x->body, err);
    if (!rc)
        rc = evc_buf_check(&x->path, err);
    return rc ? rc : evc_buf_check(&x->query, err);
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    const asking *a = op->user;

    return evc_alibaba_reply_read(&x->reply, a->form, a->source, a->detail,
                                  a->config->arena, a->out, err);
}

static const evc_operation_kind kind = {
    .name = "GetCredentials", .build = build, .read = read_reply, .secret = true};

static int
ask(const char *url, const evc_protocol *protocol, asking *a, evc_wait *wait,
    evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    evc_peer *peer = NULL;
    evc_operation op;
    int rc = evc_endpoint_open(url, &a->config->link, &endpoint, err);

    *a->out = NULL;
    if (!rc)
        rc = evc_peer_open(a->config->net, endpoint, protocol, NULL, NULL, &peer, err);
    if (!rc) {
        evc_operation_init(&op, &kind, peer, a);
        rc = evc_fetched_run(&op, wait, err);
    }
    evc_peer_unref(peer);
    evc_endpoint_unref(endpoint);
    return rc;
}

/* Scheme and host of a URL, with a NUL, and what follows. */
static int
split(const char *url, evc_buf *base, const char **rest, evc_error **err)
{
    const char *host = strstr(url, "://");
    size_t size = host ? strlen(url) - strlen(host) + 3 : 0;

    size += strcspn(&url[size], "/?#");
    *rest = &url[size];
    evc_buf_put(base, url, size);
    evc_buf_put_u8(base, 0);
    return evc_buf_check(base, err);
}

/* -- a URI ------------------------------------------------------------------------------ */

static const evc_protocol uri_protocol = {
    .provider = "alibaba-credentials-uri",
    .classify = classify,
};

static bool
is_printable(const char *text)
{
    for (size_t i = 0; text[i]; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return true;
}

/* The path of the URI goes out as it is written, with a slash at its end or without. */
static int
set_path(const char *text, asking *a, evc_buf *path, evc_error **err)
{
    size_t size = strcspn(text, "?");

    if (!is_printable(text) || strchr(text, '#'))
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "ALIBABA_CLOUD_CREDENTIALS_URI has spaces, characters that no URL "
            "has, or a fragment; mend it");
    evc_buf_put(path, text, size);
    evc_buf_put_u8(path, 0);
    if (path->failed)
        return evc_buf_check(path, err);
    a->path = (const char *)path->data;
    a->query = text[size] ? &text[size + 1] : NULL;
    return 0;
}

int
evc_alibaba_given_by_uri(const evc_alibaba_config *config, const char *uri,
                         const char *source, evc_wait *wait, evc_creds **out,
                         evc_error **err)
{
    asking a = {.config = config,
                .form = &evc_alibaba_form_uri,
                .method = "GET",
                .source = source,
                .out = out};
    evc_buf base;
    evc_buf path;
    const char *rest;
    int rc;

    *out = NULL;
    evc_buf_init(&base);
    evc_buf_init(&path);
    rc = split(uri, &base, &rest, err);
    if (!rc)
        rc = set_path(rest, &a, &path, err);
    if (!rc)
        rc = ask((const char *)base.data, &uri_protocol, &a, wait, err);
    evc_buf_reset(&base);
    evc_buf_reset(&path);
    return rc;
}

/* -- a program -------------------------------------------------------------------------- */

/* A deadline is the caller's end; all else is the program's fault. */
static int
failed(int rc, const char *source, evc_error **err)
{
    if (rc == ENVCRYPT_E_NOMEM || rc == ENVCRYPT_E_CANCELED ||
        rc == ENVCRYPT_E_TIMEOUT || rc == ENVCRYPT_E_FORKED)
        return rc;
    return evc_err_wrap(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the process_command of %s gave no credentials of Alibaba Cloud; "
        "run it by hand to see why",
        source);
}

static int
run_words(const evc_words *words, evc_wait *wait, evc_buf *output, evc_error **err)
{
    const char *const *argv = (const char *const *)words->items;
    evc_process process = {
        .argv = argv, .limit = PROCESS_OUTPUT, .timeout_ms = PROCESS_MS};
    int status;
    int rc = evc_process_run(&process, wait, output, &status, err);

    if (rc || status == 0)
        return rc;
    return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS, "it ended with status %d", status);
}

int
evc_alibaba_given_by_process(const evc_alibaba_config *config, const char *command,
                             const char *source, const char *detail, evc_wait *wait,
                             evc_creds **out, evc_error **err)
{
    evc_words words = {.items = NULL};
    evc_buf output;
    int rc = evc_words_split(evc_view_text(command), &words, err);

    *out = NULL;
    evc_buf_init(&output);
    if (!rc)
        rc = run_words(&words, wait, &output, err);
    if (!rc)
        rc = evc_alibaba_reply_read(&output, &evc_alibaba_form_process, source, detail,
                                    config->arena, out, err);
    evc_buf_reset(&output);
    evc_words_reset(&words);
    return rc ? failed(rc, source, err) : 0;
}

/* -- a person's sign-in ----------------------------------------------------------------- */

static const evc_protocol cloud_sso_protocol = {
    .provider = "alibaba-cloudsso",
    .classify = classify,
};
static const evc_protocol oauth_protocol = {
    .provider = "alibaba-oauth",
    .classify = classify,
};

static bool
lives(int64_t end_s, int64_t now_ms)
{
    return end_s * 1000 - SOON_MS > now_ms;
}

static int
kept(const evc_alibaba_config *config, const evc_alibaba_profile *profile,
     const char *source, evc_creds **out, evc_error **err)
{
    evc_creds_parts parts = {
        .id = evc_view_text(profile->access_key_id),
        .secret = evc_view_of(profile->access_key_secret.bytes,
                              profile->access_key_secret.size),
        .token = evc_view_of(profile->sts_token.bytes, profile->sts_token.size),
        .expires_ms = profile->sts_expiration * 1000,
        .source = source,
        .detail = profile->name,
    };

    return evc_creds_new(config->arena, &parts, out, err);
}

static int
sign_in(const evc_alibaba_profile *profile, evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the sign-in of the profile %s of Alibaba Cloud's CLI is over, and a "
        "person must renew it: run \"aliyun configure --profile %s --mode %s\"",
        profile->name, profile->name, profile->mode);
}

/* Of the URL for people ("https://signin-….alibabacloudsso.com/start/login") the host
 * counts. */
static int
by_cloud_sso(const evc_alibaba_profile *profile, asking *a, int64_t now_ms,
             evc_wait *wait, evc_error **err)
{
    const char *rest;
    evc_buf base;
    int rc;

    if (!profile->access_token.size || !profile->cloud_sso_sign_in_url ||
        !profile->cloud_sso_account_id || !profile->cloud_sso_access_config ||
        !lives(profile->cloud_sso_access_token_expire, now_ms))
        return sign_in(profile, err);
    a->form = &evc_alibaba_form_cloud_sso;
    a->path = "/cloud-credentials";
    a->bearer = &profile->access_token;
    a->account = profile->cloud_sso_account_id;
    a->access = profile->cloud_sso_access_config;
    evc_buf_init(&base);
    rc = split(profile->cloud_sso_sign_in_url, &base, &rest, err);
    if (!rc)
        rc = ask((const char *)base.data, &cloud_sso_protocol, a, wait, err);
    evc_buf_reset(&base);
    return rc;
}

/* Not renewed by its refresh token: that would make the one that the CLI holds void. */
static int
by_oauth(const evc_alibaba_profile *profile, asking *a, int64_t now_ms, evc_wait *wait,
         evc_error **err)
{
    const char *site = profile->oauth_site_type ? profile->oauth_site_type : "";
    bool international = strcasecmp(site, "INTL") == 0;

    if (!profile->oauth_access_token.size ||
        !lives(profile->oauth_access_token_expire, now_ms) ||
        (!international && strcasecmp(site, "CN") != 0))
        return sign_in(profile, err);
    a->form = &evc_alibaba_form_oauth;
    a->path = "/v1/exchange";
    a->bearer = &profile->oauth_access_token;
    return ask(international ? "https://oauth.alibabacloud.com"
                             : "https://oauth.aliyun.com",
               &oauth_protocol, a, wait, err);
}

int
evc_alibaba_given_by_sign_in(const evc_alibaba_config *config,
                             const evc_alibaba_profile *profile, const char *source,
                             int64_t now_ms, evc_wait *wait, evc_creds **out,
                             evc_error **err)
{
    asking a = {.config = config,
                .method = "POST",
                .source = source,
                .detail = profile->name,
                .out = out};

    if (profile->access_key_id && profile->access_key_secret.size &&
        profile->sts_token.size && lives(profile->sts_expiration, now_ms))
        return kept(config, profile, source, out, err);
    if (strcasecmp(profile->mode, "OAuth") == 0)
        return by_oauth(profile, &a, now_ms, wait, err);
    return by_cloud_sso(profile, &a, now_ms, wait, err);
}
