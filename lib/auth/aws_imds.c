/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata service of EC2, by session tokens (version 2) alone: version 1 answers
 * whoever can make a process fetch a URL.
 */
#include <string.h>
#include <strings.h>

#include "auth/aws_plain.h"
#include "auth/aws_reply.h"
#include "auth/aws_sources.h"
#include "auth/json_value.h"
#include "base/decimal.h"
#include "base/mem.h"

#define URL_4 "http://169.254.169.254"
#define URL_6 "http://[fd00:ec2::254]"
#define TOKEN_LIFE "21600" /* s, the longest */
#define TIMEOUT_MS 1000
#define ATTEMPTS 3
#define ROLES "/latest/meta-data/iam/security-credentials/"
#define REGION "/latest/meta-data/placement/region"

static const evc_aws_form form = {.id = "AccessKeyId",
                                  .secret = "SecretAccessKey",
                                  .token = "Token",
                                  .expires = "Expiration",
                                  .account = "AccountId"};
static const evc_protocol protocol = {.provider = "aws-imds",
                                      .classify = evc_aws_classify_any};

/* One conversation. */
typedef struct talk {
    evc_aws_config *config;
    evc_peer *peer;
    evc_wait *wait;
    evc_buf token;
} talk;

/* --- settings --------------------------------------------------------------------- */

static bool
is_disabled(const evc_aws_config *config)
{
    const char *value = config->variables[EVC_AWS_EC2_METADATA_DISABLED];

    return value && strcasecmp(value, "true") == 0;
}

/* A small number of a variable or setting, else fallback. */
static int
number_of(const evc_aws_config *config, enum evc_aws_variable variable,
          const char *setting, int64_t most, int64_t fallback, int64_t *out,
          evc_error **err)
{
    evc_view text = evc_aws_config_value(config, variable, setting);
    int64_t value = 0;

    *out = fallback;
    if (text.size == 0)
        return 0;
    if (!evc_decimal_read(text, most, &value) || value < 1)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "%s must be a number from 1 to %d", setting, (int)most);
    *out = value;
    return 0;
}

static int
choose_url(const evc_aws_config *config, evc_view *out, evc_error **err)
{
    evc_view mode = evc_aws_config_value(config, EVC_AWS_EC2_METADATA_ENDPOINT_MODE,
                                         "ec2_metadata_service_endpoint_mode");

    *out = evc_aws_config_value(config, EVC_AWS_EC2_METADATA_ENDPOINT,
                                "ec2_metadata_service_endpoint");
    if (out->size)
        return 0;
    *out = evc_view_text(URL_4);
    if (mode.size == 0 ||
        (mode.size == 4 && strncasecmp((const char *)mode.data, "ipv4", 4) == 0))
        return 0;
    *out = evc_view_text(URL_6);
    if (mode.size == 4 && strncasecmp((const char *)mode.data, "ipv6", 4) == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                   "ec2_metadata_service_endpoint_mode must be IPv4 or IPv6");
}

static int
open_at(talk *t, const char *url, const evc_link *link, const evc_retry *retry,
        evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    int rc = evc_endpoint_open(url, link, &endpoint, err);

    if (rc == ENVCRYPT_E_ENDPOINT)
        return evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                            "AWS_EC2_METADATA_SERVICE_ENDPOINT cannot be used");
    if (rc == 0)
        rc = evc_peer_open(t->config->net, endpoint, &protocol, NULL, retry, &t->peer,
                           err);
    evc_endpoint_unref(endpoint);
    return rc;
}

static int
open_peer(talk *t, evc_error **err)
{
    const evc_aws_config *config = t->config;
    evc_link link = config->link;
    evc_retry retry;
    int64_t seconds;
    int64_t attempts;
    evc_view url;
    char *text;
    int rc = number_of(config, EVC_AWS_METADATA_TIMEOUT, "metadata_service_timeout", 60,
                       TIMEOUT_MS / 1000, &seconds, err);

    if (rc == 0)
        rc = number_of(config, EVC_AWS_METADATA_ATTEMPTS,
                       "metadata_service_num_attempts", 20, ATTEMPTS, &attempts, err);
    if (rc == 0)
        rc = choose_url(config, &url, err);
    if (rc)
        return rc;
    link.connect_ms = seconds * 1000;
    link.attempt_ms = seconds * 1000;
    link.never_proxy = true;
    evc_retry_defaults(&retry);
    retry.max_attempts = (uint32_t)attempts;
    text = evc_aws_config_text(url);
    if (!text)
        return evc_err_nomem(err);
    rc = open_at(t, text, &link, &retry, err);
    evc_mem_free(text);
    return rc;
}

/* --- the conversation ------------------------------------------------------------- */

static int
refuse_version(int status, evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the metadata service of this instance gives no session token (HTTP "
        "%d), and without one it is not asked: allow IMDSv2 for the instance, "
        "or set AWS_EC2_METADATA_DISABLED=true",
        status);
}

static int
get_token(talk *t, evc_error **err)
{
    const evc_aws_plain request = {.name = "GetToken",
                                   .method = "PUT",
                                   .path = evc_view_text("/latest/api/token"),
                                   .headers = {{"x-aws-ec2-metadata-token-ttl-seconds",
                                                evc_view_text(TOKEN_LIFE), false}}};
    int status;
    int rc = evc_aws_plain_run(t->peer, &request, t->wait, &t->token, &status, err);

    if (status)
        atomic_store(&t->config->imds_answered, true);
    if (rc == 0 && t->token.size == 0)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the metadata service of this instance gave an empty token");
    if (rc == 0)
        return 0;
    if (status == 403 || status == 404 || status == 405)
        return refuse_version(status, err);
    if (rc == ENVCRYPT_E_CREDENTIALS_DOWN && !atomic_load(&t->config->imds_answered)) {
        evc_err_drop(err);
        return EVC_NOT_CONFIGURED; /* this is no instance */
    }
    return rc;
}

static int
get(talk *t, const char *name, evc_view path, evc_buf *reply, int *status,
    evc_error **err)
{
    const evc_aws_plain request = {
        .name = name,
        .method = "GET",
        .path = path,
        .headers = {{"x-aws-ec2-metadata-token", evc_buf_view(&t->token), true}}};

    int rc = evc_aws_plain_run(t->peer, &request, t->wait, reply, status, err);

    if (rc != ENVCRYPT_E_ARGUMENT)
        return rc;
    return evc_err_wrap(
        err, ENVCRYPT_E_PROTOCOL,
        "the metadata service of this instance gave a token that cannot "
        "stand in a header");
}

/* EVC_NOT_CONFIGURED or an error in the place of a token. */
static int
begin(talk *t, evc_error **err)
{
    int rc = open_peer(t, err);

    return rc ? rc : get_token(t, err);
}

static void
end(talk *t)
{
    evc_buf_reset(&t->token);
    evc_peer_unref(t->peer);
}

/* The first line. */
static evc_view
line_of(const evc_buf *reply)
{
    size_t size = 0;

    while (size < reply->size && reply->data[size] != '\n' && reply->data[size] != '\r')
        size++;
    return evc_view_of(reply->data, size);
}

static int
get_role(talk *t, evc_buf *path, evc_error **err)
{
    evc_buf reply;
    int status;
    int rc;

    evc_buf_init(&reply);
    rc = get(t, "GetRoleName", evc_view_text(ROLES), &reply, &status, err);
    evc_buf_put_text(path, ROLES);
    evc_percent_encode(path, line_of(&reply), false);
    if (rc == 0 && line_of(&reply).size == 0)
        rc = EVC_NOT_CONFIGURED;
    if (rc < 0 && status == 404) {
        evc_err_drop(err);
        rc = EVC_NOT_CONFIGURED; /* the instance has no role */
    }
    evc_buf_reset(&reply);
    return rc ? rc : evc_buf_check(path, err);
}

/* A success may say that there are none. */
static int
check_code(evc_view body, evc_error **err)
{
    evc_view code = evc_json_value_text(body, "Code");
    evc_fault fault = {.code = 0};
    int rc;

    if (code.size == 0 || evc_view_is_text(code, "Success"))
        return 0;
    evc_fault_set_code(&fault, code);
    rc =
        evc_err(err, ENVCRYPT_E_CREDENTIALS_DOWN,
                "the metadata service has no credentials for the role of this instance "
                "(%s); check the role and its trust policy",
                fault.provider_code);
    if (err)
        evc_err_set_provider(*err, fault.provider_code, NULL, 200);
    return rc;
}

static int
get_credentials(talk *t, const evc_buf *path, evc_creds **out, evc_error **err)
{
    static const evc_aws_origin origin = {.source = "imds"};
    evc_buf reply;
    int status;
    int rc;

    evc_buf_init(&reply);
    rc = get(t, "GetRoleCredentials", evc_buf_view(path), &reply, &status, err);
    if (rc == 0)
        rc = check_code(evc_buf_view(&reply), err);
    if (rc == 0)
        rc =
            evc_aws_reply_read(t->config->env->arena, &form, &origin, &reply, out, err);
    evc_buf_reset(&reply);
    return rc;
}

int
evc_aws_imds_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                   evc_creds **out, evc_error **err)
{
    talk t = {.config = state, .wait = wait};
    evc_buf path;
    int rc;

    (void)net;
    (void)now_ms;
    if (is_disabled(t.config))
        return EVC_NOT_CONFIGURED;
    evc_buf_init(&path);
    rc = begin(&t, err);
    if (rc == 0)
        rc = get_role(&t, &path, err);
    if (rc == 0)
        rc = get_credentials(&t, &path, out, err);
    evc_buf_reset(&path);
    end(&t);
    return rc;
}

int
evc_aws_imds_region(evc_aws_config *config, evc_wait *wait, evc_buf *out,
                    evc_error **err)
{
    talk t = {.config = config, .wait = wait};
    evc_buf reply;
    int status;
    int rc;

    if (is_disabled(config))
        return EVC_NOT_CONFIGURED;
    evc_buf_init(&reply);
    rc = begin(&t, err);
    if (rc == 0)
        rc = get(&t, "GetRegion", evc_view_text(REGION), &reply, &status, err);
    if (rc == 0 && !evc_aws_config_is_region(line_of(&reply)))
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the metadata service of this instance told no Region");
    if (rc == 0) {
        evc_buf_put_view(out, line_of(&reply));
        rc = evc_buf_check(out, err);
    }
    evc_buf_reset(&reply);
    end(&t);
    return rc;
}
