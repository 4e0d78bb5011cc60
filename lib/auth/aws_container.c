/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/aws_plain.h"
#include "auth/aws_reply.h"
#include "auth/aws_sources.h"
#include "auth/credential_file.h"
#include "base/mem.h"

#define ECS_URL "http://169.254.170.2"
#define TIMEOUT_MS 2000

static const evc_aws_form form = {.id = "AccessKeyId",
                                  .secret = "SecretAccessKey",
                                  .token = "Token",
                                  .expires = "Expiration",
                                  .account = "AccountId",
                                  .may_have_no_token = true,
                                  .may_never_expire = true};
static const evc_protocol protocol = {.provider = "aws-container",
                                      .classify = evc_aws_classify_any};
/* Three attempts, up to a second apart. */
static const evc_retry retry = {.max_attempts = 3,
                                .base_ms = 1000,
                                .throttle_base_ms = 1000,
                                .cap_ms = 1000,
                                .cost = 0,
                                .throttle_cost = 0};

/* Where http is legal: this machine, ECS, and EKS Pod Identity. */
static bool
is_plain_host(const char *host)
{
    static const char *const hosts[] = {"127.0.0.1",      "[::1]",
                                        "localhost",      "169.254.170.2",
                                        "169.254.170.23", "[fd00:ec2::23]"};

    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        if (strcmp(hosts[i], host) == 0)
            return true;
    }
    return false;
}

/* A URL in its parts; views into it. */
typedef struct parts {
    evc_view base; /* scheme and host */
    evc_view path;
    evc_view query;
} parts;

static parts
split(const char *url)
{
    const char *start = strstr(url, "://");
    const char *path =
        start ? &start[3] + strcspn(&start[3], "/?#") : &url[strlen(url)];
    const char *query = path + strcspn(path, "?");
    parts p = {.base = evc_view_of(url, (size_t)(path - url)),
               .path = evc_view_of(path, (size_t)(query - path)),
               .query = evc_view_text(query[0] ? &query[1] : query)};

    if (p.path.size == 0)
        p.path = evc_view_text("/");
    return p;
}

/* Of the environment: nothing that would end or change the request line. */
static bool
is_target(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= 0x20 || text.data[i] >= 0x7f || text.data[i] == '#')
            return false;
    }
    return true;
}

/* With what err says already, if anything. */
static int
refuse_url(evc_error **err)
{
    const char *why = err && *err ? evc_error_message(*err) : "it is no URL";

    return evc_err(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI cannot be used: %s", why);
}

static int
open_endpoint(const evc_aws_config *config, evc_view base, evc_endpoint **out,
              evc_error **err)
{
    evc_link link = config->link;
    char *url = evc_aws_config_text(base);
    int rc;

    *out = NULL;
    if (!url)
        return evc_err_nomem(err);
    link.connect_ms = TIMEOUT_MS;
    link.attempt_ms = TIMEOUT_MS;
    link.never_proxy = true;
    rc = evc_endpoint_open(url, &link, out, err);
    evc_mem_free(url);
    if (rc == 0 && strcmp((*out)->scheme, "http") == 0 &&
        !is_plain_host((*out)->host)) {
        rc = evc_err(
            err, ENVCRYPT_E_ENDPOINT,
            "credentials of a container are asked for by http from this machine, "
            "169.254.170.2, 169.254.170.23 and fd00:ec2::23 alone");
        evc_endpoint_unref(*out);
        *out = NULL;
    }
    return rc == ENVCRYPT_E_ENDPOINT ? refuse_url(err) : rc;
}

/* The file is read anew each time: somebody renews it. */
static int
read_token(const evc_aws_config *config, evc_buf *out, evc_error **err)
{
    const char *file = config->variables[EVC_AWS_CONTAINER_TOKEN_FILE];
    int rc;

    if (!file) {
        evc_buf_put(out, config->container_token.bytes, config->container_token.size);
        return evc_buf_check(out, err);
    }
    rc = evc_token_file_read(file, out, err);
    if (rc != ENVCRYPT_E_FILE_NOT_FOUND)
        return rc;
    return evc_err_wrap(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE %s is missing", file);
}

static int
ask(const evc_aws_config *config, evc_endpoint *endpoint, const parts *url,
    evc_view token, evc_wait *wait, evc_creds **out, evc_error **err)
{
    const evc_aws_origin origin = {.source = "container",
                                   .detail = endpoint->authority};
    evc_aws_plain request = {
        .name = "GetCredentials",
        .method = "GET",
        .path = url->path,
        .query = url->query,
        .headers = {{"accept", evc_view_text("application/json"), false}}};
    evc_peer *peer = NULL;
    evc_buf reply;
    int status;
    int rc = evc_peer_open(config->net, endpoint, &protocol, NULL, &retry, &peer, err);

    if (rc)
        return rc;
    if (token.size)
        request.headers[1] = (evc_aws_plain_header){"authorization", token, true};
    evc_buf_init(&reply);
    rc = evc_aws_plain_run(peer, &request, wait, &reply, &status, err);
    if (rc == 0)
        rc = evc_aws_reply_read(config->env->arena, &form, &origin, &reply, out, err);
    else if (rc == ENVCRYPT_E_ARGUMENT)
        rc = evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                          "the token that authorises a container for its credentials "
                          "cannot stand in a header; look for a line end in it");
    evc_buf_reset(&reply);
    evc_peer_unref(peer);
    return rc;
}

static int
fetch(const evc_aws_config *config, const parts *url, evc_wait *wait, evc_creds **out,
      evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    evc_buf token;
    int rc;

    if (!is_target(url->path) || !is_target(url->query) || url->path.data[0] != '/') {
        evc_err_drop(err);
        return refuse_url(err);
    }
    rc = open_endpoint(config, url->base, &endpoint, err);
    if (rc)
        return rc;
    evc_buf_init(&token);
    rc = read_token(config, &token, err);
    if (rc == 0)
        rc = ask(config, endpoint, url, evc_buf_view(&token), wait, out, err);
    evc_buf_reset(&token);
    evc_endpoint_unref(endpoint);
    return rc;
}

int
evc_aws_container_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                        evc_creds **out, evc_error **err)
{
    const evc_aws_config *config = state;
    const char *relative = config->variables[EVC_AWS_CONTAINER_RELATIVE_URI];
    const char *full = config->variables[EVC_AWS_CONTAINER_FULL_URI];
    parts url;

    (void)net;
    (void)now_ms;
    if (!relative && !full)
        return EVC_NOT_CONFIGURED;
    if (relative) {
        size_t size = strcspn(relative, "?");

        url =
            (parts){.base = evc_view_text(ECS_URL),
                    .path = evc_view_of(relative, size),
                    .query = evc_view_text(&relative[size + (relative[size] == '?')])};
    } else {
        url = split(full);
    }
    return fetch(config, &url, wait, out, err);
}
