/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_plain.h"
#include "auth/aws_reply.h"
#include "auth/aws_sources.h"
#include "auth/aws_sso_token.h"
#include "base/mem.h"

static const evc_aws_form form = {.id = "roleCredentials.accessKeyId",
                                  .secret = "roleCredentials.secretAccessKey",
                                  .token = "roleCredentials.sessionToken",
                                  .expires = "roleCredentials.expiration",
                                  .epoch_ms = 1};
static const evc_protocol protocol = {.provider = "aws-sso",
                                      .classify = evc_aws_sso_classify};

/* What the settings of a profile say. */
typedef struct settings {
    evc_aws_sso_session session;
    evc_view region;
    evc_view account;
    evc_view role;
} settings;

static int
refuse(const char *profile, const char *lacks, evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the profile %s is one of IAM Identity Center and lacks %s; run \"aws "
        "configure sso\"",
        profile, lacks);
}

static int
read_settings(const evc_aws_config *config, const char *profile, settings *s,
              evc_error **err)
{
    const evc_aws_files *files = &config->files;
    evc_view name = evc_aws_files_get(files, profile, "sso_session");

    s->account = evc_aws_files_get(files, profile, "sso_account_id");
    s->role = evc_aws_files_get(files, profile, "sso_role_name");
    s->session = (evc_aws_sso_session){.profile = profile, .name = name};
    if (name.size && !evc_aws_files_has_session(files, name))
        return refuse(profile, "the section of its sso_session", err);
    s->region = name.size ? evc_aws_files_session(files, name, "sso_region")
                          : evc_aws_files_get(files, profile, "sso_region");
    s->session.start_url = name.size
                               ? evc_aws_files_session(files, name, "sso_start_url")
                               : evc_aws_files_get(files, profile, "sso_start_url");
    if (s->region.size == 0)
        return refuse(profile, "sso_region", err);
    if (s->session.start_url.size == 0)
        return refuse(profile, "sso_start_url", err);
    if (s->account.size == 0)
        return refuse(profile, "sso_account_id", err);
    return s->role.size ? 0 : refuse(profile, "sso_role_name", err);
}

static int
ask(const evc_aws_config *config, const settings *s, const evc_secret *token,
    evc_endpoint *endpoint, evc_wait *wait, evc_creds **out, evc_error **err)
{
    const evc_aws_origin origin = {"profile", s->session.profile, s->account};
    evc_aws_plain request = {
        .name = "GetRoleCredentials",
        .method = "GET",
        .path = evc_view_text("/federation/credentials"),
        .headers = {
            {"x-amz-sso_bearer_token", evc_view_of(token->bytes, token->size), true}}};
    evc_peer *peer = NULL;
    evc_buf query;
    evc_buf reply;
    int status;
    int rc = evc_peer_open(config->net, endpoint, &protocol, NULL, NULL, &peer, err);

    if (rc)
        return rc;
    evc_buf_init(&query);
    evc_buf_init(&reply);
    evc_form_add(&query, "role_name", s->role);
    evc_form_add(&query, "account_id", s->account);
    request.query = evc_buf_view(&query);
    rc = evc_buf_check(&query, err);
    if (rc == 0)
        rc = evc_aws_plain_run(peer, &request, wait, &reply, &status, err);
    if (rc == 0)
        rc = evc_aws_reply_read(config->env->arena, &form, &origin, &reply, out, err);
    evc_buf_reset(&query);
    evc_buf_reset(&reply);
    evc_peer_unref(peer);
    return rc;
}

static int
fetch(const evc_aws_config *config, const settings *s, int64_t now_ms, evc_wait *wait,
      evc_creds **out, evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    evc_secret token = {0};
    int rc = evc_aws_endpoint(config, "sso", s->session.region, &endpoint, err);

    if (rc == 0)
        rc = evc_aws_sso_token(config, &s->session, now_ms, wait, &token, err);
    if (rc == 0)
        rc = ask(config, s, &token, endpoint, wait, out, err);
    evc_secret_free(&token);
    evc_endpoint_unref(endpoint);
    return rc;
}

int
evc_aws_sso_fetch(const evc_aws_config *config, const char *profile, int64_t now_ms,
                  evc_wait *wait, evc_creds **out, evc_error **err)
{
    settings s;
    char *region;
    int rc = read_settings(config, profile, &s, err);

    if (rc)
        return rc;
    region = evc_aws_config_text(s.region);
    if (!region)
        return evc_err_nomem(err);
    s.session.region = region;
    rc = fetch(config, &s, now_ms, wait, out, err);
    evc_mem_free(region);
    return rc;
}
