/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_sso_token.h"

#include <string.h>

#include "auth/aws_plain.h"
#include "auth/aws_time.h"
#include "auth/credential_file.h"
#include "auth/json_value.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/replace.h"
#include "codec/jscan.h"
#include "codec/jwrite.h"
#include "crypto/digest.h"

#define RENEW_MS (15 * 60000) /* before its end */
#define SHA1_SIZE 20u

static const evc_protocol protocol = {.provider = "aws-sso-oidc",
                                      .classify = evc_aws_sso_classify};

/* The cache file's members (botocore's tokens.py). */
typedef struct cached {
    evc_secret access;
    evc_secret refresh;
    evc_secret client_secret;
    char *client_id;
    char *registration_ends; /* as it is written */
    int64_t ends_ms;
    int64_t registration_ends_ms;
} cached;

static void
forget(cached *c)
{
    evc_secret_free(&c->access);
    evc_secret_free(&c->refresh);
    evc_secret_free(&c->client_secret);
    evc_mem_free(c->client_id);
    evc_mem_free(c->registration_ends);
    *c = (cached){.ends_ms = 0};
}

void
evc_aws_sso_classify(const evc_exchange *x, evc_fault *fault)
{
    evc_aws_classify_any(x, fault);
    if (!fault->provider_code[0])
        evc_fault_set_code(fault,
                           evc_json_value_text(evc_buf_view(&x->reply), "error"));
    if (x->status == 400 || x->status == 401) {
        fault->code = ENVCRYPT_E_AUTH;
        fault->advice = "sign in again by \"aws sso login\"";
    }
}

static int
refuse(const evc_aws_sso_session *session, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                   "%s to IAM Identity Center for the profile %s; run \"aws sso login "
                   "--profile %s\"",
                   why, session->profile, session->profile);
}

/* --- the file --------------------------------------------------------------------- */

/* Named by SHA-1 of the session's name or start URL, which is what AWS's tools chose. */
static int
find_file(const evc_aws_config *config, const evc_aws_sso_session *session, char **out,
          evc_error **err)
{
    const char *home = config->variables[EVC_AWS_HOME];
    evc_view key = session->name.size ? session->name : session->start_url;
    uint8_t hash[SHA1_SIZE];
    evc_buf path;
    int rc;

    *out = NULL;
    if (!home)
        return refuse(session, "there is no HOME with a sign-in", err);
    rc = evc_digest(config->crypto, EVC_SHA1, &key, 1, hash, err);
    if (rc)
        return rc;
    evc_buf_init(&path);
    evc_buf_put_format(&path, "%s/.aws/sso/cache/", home);
    evc_encode_hex(&path, evc_view_of(hash, sizeof(hash)));
    evc_buf_put_text(&path, ".json");
    rc = evc_buf_check(&path, err);
    if (rc == 0 && !(*out = evc_aws_config_text(evc_buf_view(&path))))
        rc = evc_err_nomem(err);
    evc_buf_reset(&path);
    return rc;
}

/* A time that is missing is over. */
static int64_t
time_of(evc_view body, const char *member)
{
    int64_t ms = 0;

    (void)evc_aws_time_parse(evc_json_value_text(body, member), &ms);
    return ms;
}

static int
take_secrets(evc_arena *arena, evc_buf *text, cached *c, evc_error **err)
{
    char *bytes = (char *)text->data;
    int rc = evc_jscan_take_text(bytes, text->size, "accessToken", arena,
                                 EVC_ARENA_MAX_SLOT, &c->access, err);

    if (rc == 0)
        rc = evc_jscan_take_text_opt(bytes, text->size, "refreshToken", arena,
                                     EVC_ARENA_MAX_SLOT, &c->refresh, err);
    if (rc == 0)
        rc = evc_jscan_take_text_opt(bytes, text->size, "clientSecret", arena,
                                     EVC_ARENA_MAX_SLOT, &c->client_secret, err);
    return rc;
}

static int
read_members(evc_arena *arena, evc_buf *text, cached *c, evc_error **err)
{
    evc_view body = evc_buf_view(text);
    int rc;

    c->ends_ms = time_of(body, "expiresAt");
    c->registration_ends_ms = time_of(body, "registrationExpiresAt");
    rc = evc_json_value_copy(body, "clientId", &c->client_id, err);
    if (rc == 0)
        rc = evc_json_value_copy(body, "registrationExpiresAt", &c->registration_ends,
                                 err);
    return rc ? rc : take_secrets(arena, text, c, err);
}

static int
load(const evc_aws_config *config, const evc_aws_sso_session *session, const char *path,
     cached *c, evc_error **err)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    rc = evc_credential_file_read(path, &config->env->log, &text, err);
    if (rc == 0)
        rc = read_members(config->env->arena, &text, c, err);
    evc_buf_reset(&text);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND)
        return refuse(session, "nobody is signed in", err);
    if (rc == ENVCRYPT_E_JSON)
        return evc_err_wrap(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the file %s holds no token of IAM Identity Center; run \"aws "
            "sso login --profile %s\"",
            path, session->profile);
    return rc;
}

static evc_view
view_of(const evc_secret *secret)
{
    return evc_view_of(secret->bytes, secret->size);
}

static void
put(evc_jwrite *w, const char *name, evc_view value)
{
    evc_jwrite_name(w, name);
    evc_jwrite_view(w, value);
}

/* So that AWS's tools, and the next process, have the new refresh token. Without it only
 * the next renewal fails, so it is no error. */
static void
save(const evc_aws_config *config, const evc_aws_sso_session *session, const char *path,
     const cached *c)
{
    char ends[EVC_TIME_TEXT];
    evc_error *error = NULL;
    evc_buf text;
    evc_jwrite w;
    int rc;

    evc_clock_format(c->ends_ms, ends);
    evc_buf_init(&text);
    evc_jwrite_begin(&w, &text, true);
    evc_jwrite_object(&w);
    put(&w, "startUrl", session->start_url);
    put(&w, "region", evc_view_text(session->region));
    put(&w, "accessToken", view_of(&c->access));
    put(&w, "expiresAt", evc_view_text(ends));
    put(&w, "clientId", evc_view_text(c->client_id));
    put(&w, "clientSecret", view_of(&c->client_secret));
    put(&w, "registrationExpiresAt", evc_view_text(c->registration_ends));
    put(&w, "refreshToken", view_of(&c->refresh));
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, &error);
    if (rc == 0)
        rc = evc_replace_put(path, evc_buf_view(&text), &error);
    if (rc)
        evc_log_write(
            &config->env->log, ENVCRYPT_LOG_WARNING,
            "the renewed token of IAM Identity Center could not be kept for the "
            "next time: %s",
            evc_error_message(error));
    evc_error_free(error);
    evc_buf_reset(&text);
}

/* --- renewal ---------------------------------------------------------------------- */

static bool
is_renewable(const evc_aws_sso_session *session, const cached *c, int64_t now_ms)
{
    return session->name.size && c->refresh.bytes && c->client_secret.bytes &&
           c->client_id && c->registration_ends && now_ms < c->registration_ends_ms;
}

static int
write_request(const cached *c, evc_buf *out, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    put(&w, "clientId", evc_view_text(c->client_id));
    put(&w, "clientSecret", view_of(&c->client_secret));
    put(&w, "grantType", evc_view_text("refresh_token"));
    put(&w, "refreshToken", view_of(&c->refresh));
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

/* The refresh token stays the old one when there is no new one. */
static int
read_reply(evc_arena *arena, evc_buf *reply, int64_t now_ms, cached *c, evc_error **err)
{
    evc_secret access = {0};
    evc_secret refresh = {0};
    int64_t seconds = 0;
    int rc;

    if (!evc_json_value_integer(evc_buf_view(reply), "expiresIn", 1, INT32_MAX,
                                &seconds))
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the OIDC service of IAM Identity Center told no expiresIn");
    rc = evc_jscan_take_text((char *)reply->data, reply->size, "accessToken", arena,
                             EVC_ARENA_MAX_SLOT, &access, err);
    if (rc == 0)
        rc = evc_jscan_take_text_opt((char *)reply->data, reply->size, "refreshToken",
                                     arena, EVC_ARENA_MAX_SLOT, &refresh, err);
    if (rc) {
        evc_secret_free(&access);
        return evc_err_wrap(err, ENVCRYPT_E_PROTOCOL,
                            "the OIDC service of IAM Identity Center gave no token");
    }
    evc_secret_free(&c->access);
    c->access = access;
    if (refresh.bytes) {
        evc_secret_free(&c->refresh);
        c->refresh = refresh;
    }
    c->ends_ms = now_ms + seconds * 1000;
    return 0;
}

static int
ask(const evc_aws_config *config, evc_endpoint *endpoint, int64_t now_ms,
    evc_wait *wait, cached *c, evc_error **err)
{
    evc_aws_plain request = {
        .name = "CreateToken",
        .method = "POST",
        .path = evc_view_text("/token"),
        .headers = {{"content-type", evc_view_text("application/json"), false}}};
    evc_peer *peer = NULL;
    evc_buf body;
    evc_buf reply;
    int status;
    int rc = evc_peer_open(config->net, endpoint, &protocol, NULL, NULL, &peer, err);

    if (rc)
        return rc;
    evc_buf_init(&body);
    evc_buf_init(&reply);
    rc = write_request(c, &body, err);
    request.body = evc_buf_view(&body);
    if (rc == 0)
        rc = evc_aws_plain_run(peer, &request, wait, &reply, &status, err);
    if (rc == 0)
        rc = read_reply(config->env->arena, &reply, now_ms, c, err);
    evc_buf_reset(&body);
    evc_buf_reset(&reply);
    evc_peer_unref(peer);
    return rc;
}

static int
renew(const evc_aws_config *config, const evc_aws_sso_session *session,
      const char *path, int64_t now_ms, evc_wait *wait, cached *c, evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    int rc = evc_aws_endpoint(config, "sso_oidc", session->region, &endpoint, err);

    if (rc == 0)
        rc = ask(config, endpoint, now_ms, wait, c, err);
    if (rc == 0)
        save(config, session, path, c);
    evc_endpoint_unref(endpoint);
    return rc;
}

static int
freshen(const evc_aws_config *config, const evc_aws_sso_session *session,
        const char *path, int64_t now_ms, evc_wait *wait, cached *c, evc_error **err)
{
    bool over = now_ms >= c->ends_ms;
    int rc;

    if (now_ms < c->ends_ms - RENEW_MS)
        return 0;
    if (!is_renewable(session, c, now_ms))
        return over ? refuse(session, "the sign-in is over", err) : 0;
    rc = renew(config, session, path, now_ms, wait, c, err);
    if (rc == 0 || over || rc == ENVCRYPT_E_CANCELED || rc == ENVCRYPT_E_TIMEOUT)
        return rc;
    evc_err_drop(err); /* the old one is still good */
    return 0;
}

int
evc_aws_sso_token(const evc_aws_config *config, const evc_aws_sso_session *session,
                  int64_t now_ms, evc_wait *wait, evc_secret *out, evc_error **err)
{
    cached c = {.ends_ms = 0};
    char *path;
    int rc = find_file(config, session, &path, err);

    *out = (evc_secret){0};
    if (rc == 0)
        rc = load(config, session, path, &c, err);
    if (rc == 0)
        rc = freshen(config, session, path, now_ms, wait, &c, err);
    if (rc == 0) {
        *out = c.access;
        c.access = (evc_secret){0};
    }
    forget(&c);
    evc_mem_free(path);
    return rc;
}
