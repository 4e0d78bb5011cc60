/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/bearer.h"

#include "auth/aws.h"
#include "auth/credential_file.h"
#include "base/mem.h"
#include "k8s/eks_token.h"
#include "k8s/exec_plugin.h"

#define MINUTE_MS 60000

static const evc_chain_rules rules = {.provider = "kubernetes",
                                      .advisory_ms = MINUTE_MS,
                                      .mandatory_ms = EVC_TOKEN_FILE_LEEWAY_MS,
                                      .none = ""};
/* Of files, which are read again at no cost. */
static const evc_chain_rules file_rules = {.provider = "kubernetes",
                                           .advisory_ms = EVC_TOKEN_FILE_LEEWAY_MS,
                                           .mandatory_ms = EVC_TOKEN_FILE_LEEWAY_MS,
                                           .none = ""};

/* state moves, or is closed. */
static int
open_chain(evc_net *net, const evc_chain_rules *of, const evc_source *source,
           void *state, evc_chain **out, evc_error **err)
{
    int rc = evc_chain_new(net, of, out, err);

    if (rc == 0)
        rc = evc_chain_add(*out, source, state, err);
    if (rc == 0)
        return 0;
    source->close(state);
    evc_chain_unref(*out);
    *out = NULL;
    return rc;
}

/* --- fixed ------------------------------------------------------------------------ */

static int
open_fixed(evc_net *net, const evc_secret *token, evc_chain **out, evc_error **err)
{
    const evc_creds_parts parts = {.token = evc_view_of(token->bytes, token->size),
                                   .expires_ms = EVC_CREDS_NEVER,
                                   .source = "fixed",
                                   .fixed = true};
    evc_creds *creds = NULL;
    int rc = evc_creds_new(evc_net_env(net)->arena, &parts, &creds, err);

    if (rc == 0)
        rc = evc_chain_of(net, &rules, creds, out, err);
    evc_creds_unref(creds);
    return rc;
}

/* --- a file ----------------------------------------------------------------------- */

static int
fetch_file(void *state, evc_net *net, int64_t now_ms, evc_wait *wait, evc_creds **out,
           evc_error **err)
{
    const char *path = state;
    evc_creds_parts parts = {.expires_ms = now_ms + EVC_TOKEN_FILE_LIFE_MS,
                             .source = "token-file",
                             .detail = path};
    evc_buf token;
    int rc;

    (void)wait;
    evc_buf_init(&token);
    rc = evc_token_file_read(path, &token, err);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND)
        rc = evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                          "the file %s, which should hold the token for the API "
                          "server, is not there",
                          path);
    parts.token = evc_buf_view(&token);
    if (rc == 0)
        rc = evc_creds_new(evc_net_env(net)->arena, &parts, out, err);
    evc_buf_reset(&token);
    return rc;
}

static void
close_file(void *state)
{
    evc_mem_free(state);
}

static const evc_source file_source = {"token-file", fetch_file, close_file, false};

static int
open_file(evc_net *net, const char *path, evc_chain **out, evc_error **err)
{
    char *copy = evc_mem_strdup(path);

    if (!copy)
        return evc_err_nomem(err);
    return open_chain(net, &file_rules, &file_source, copy, out, err);
}

/* --- a program -------------------------------------------------------------------- */

static const evc_source exec_source = {"exec", evc_exec_plugin_fetch,
                                       evc_exec_plugin_close, false};

static int
open_exec(evc_net *net, const evc_kube_access *access, evc_chain **out, evc_error **err)
{
    evc_exec_plugin *plugin = NULL;
    int rc = evc_exec_plugin_open(access, &plugin, err);

    return rc ? rc : open_chain(net, &rules, &exec_source, plugin, out, err);
}

/* --- EKS -------------------------------------------------------------------------- */

typedef struct eks {
    evc_crypto *crypto;
    evc_aws_config *config;
    evc_chain *chain;
    char *cluster;
    char *region;    /* NULL: asked for when the first token is made */
    evc_creds *last; /* that the last token was made with, and until when it is good */
    int64_t until_ms;
} eks;

static int
find_region(eks *e, evc_wait *wait, evc_error **err)
{
    evc_buf region;
    int rc;

    if (e->region)
        return 0;
    evc_buf_init(&region);
    rc = evc_aws_region(e->config, NULL, wait, &region, err);
    if (rc == 0)
        return evc_text_take(&e->region, &region, err);
    evc_buf_reset(&region);
    return rc;
}

/* Who asks before the last token ends was refused with it: then these AWS credentials may
 * be what the server does not like. */
static int
get_aws(eks *e, int64_t now_ms, evc_wait *wait, evc_creds **out, evc_error **err)
{
    if (e->last && now_ms < e->until_ms - MINUTE_MS)
        (void)evc_chain_refuse(e->chain, e->last);
    return evc_chain_get(e->chain, wait, out, err);
}

static int
make_token(eks *e, evc_arena *arena, evc_creds *aws, int64_t now_ms, evc_creds **out,
           evc_error **err)
{
    evc_creds_parts parts = {.expires_ms = now_ms + EVC_EKS_TOKEN_LIFE_MS,
                             .source = "eks",
                             .detail = e->cluster};
    evc_endpoint *sts = NULL;
    evc_buf token;
    /* The server takes tokens for AWS's own hosts alone. */
    int rc = evc_aws_endpoint_own(e->config, "sts", e->region, &sts, err);

    evc_buf_init(&token);
    if (rc == 0)
        rc = evc_eks_token_make(e->crypto, aws, sts, e->region, e->cluster, now_ms,
                                &token, err);
    if (aws->expires_ms < parts.expires_ms)
        parts.expires_ms = aws->expires_ms;
    parts.token = evc_buf_view(&token);
    if (rc == 0)
        rc = evc_creds_new(arena, &parts, out, err);
    if (rc == 0) {
        evc_creds_unref(e->last);
        e->last = evc_creds_ref(aws);
        e->until_ms = parts.expires_ms;
    }
    evc_buf_reset(&token);
    evc_endpoint_unref(sts);
    return rc;
}

static int
fetch_eks(void *state, evc_net *net, int64_t now_ms, evc_wait *wait, evc_creds **out,
          evc_error **err)
{
    eks *e = state;
    evc_creds *aws = NULL;
    int rc = find_region(e, wait, err);

    if (rc == 0)
        rc = get_aws(e, now_ms, wait, &aws, err);
    if (rc == 0)
        rc = make_token(e, evc_net_env(net)->arena, aws, now_ms, out, err);
    evc_creds_unref(aws);
    return rc;
}

static void
close_eks(void *state)
{
    eks *e = state;

    evc_creds_unref(e->last);
    evc_chain_unref(e->chain);
    evc_aws_config_unref(e->config);
    evc_crypto_unref(e->crypto);
    evc_mem_free(e->cluster);
    evc_mem_free(e->region);
    evc_mem_free(e);
}

static const evc_source eks_source = {"eks", fetch_eks, close_eks, false};

static int
fill_eks(eks *e, evc_net *net, const evc_bearer_options *options, evc_error **err)
{
    const evc_aws_options aws = {.profile = options->aws_profile,
                                 .region = options->aws_region,
                                 .service = "eks"};
    int rc = evc_aws_config_open(e->crypto, net, &aws, &e->config, err);

    if (rc == 0)
        rc = evc_text_set(&e->cluster, options->eks_cluster, err);
    if (rc == 0)
        rc = evc_text_set(&e->region, options->aws_region, err);
    if (rc == 0 && options->aws_chain)
        e->chain = evc_chain_ref(options->aws_chain);
    else if (rc == 0)
        rc = evc_aws_chain_open(e->config, &e->chain, err);
    return rc;
}

static int
open_eks(evc_crypto *crypto, evc_net *net, const evc_bearer_options *options,
         evc_chain **out, evc_error **err)
{
    eks *e = evc_mem_new(sizeof(*e));
    int rc;

    if (!e)
        return evc_err_nomem(err);
    e->crypto = evc_crypto_ref(crypto);
    rc = fill_eks(e, net, options, err);
    if (rc) {
        close_eks(e);
        return rc;
    }
    return open_chain(net, &rules, &eks_source, e, out, err);
}

int
evc_bearer_open(evc_crypto *crypto, evc_net *net, const evc_bearer_options *options,
                evc_chain **out, evc_error **err)
{
    const evc_kube_access *access = options->access;

    *out = NULL;
    if (options->eks_cluster)
        return open_eks(crypto, net, options, out, err);
    if (access->token_file)
        return open_file(net, access->token_file, out, err);
    if (access->token.bytes)
        return open_fixed(net, &access->token, out, err);
    /* As in client-go: a program is asked only where there is nothing else. */
    if (access->exec.command && !access->cert_file && !access->cert_pem)
        return open_exec(net, access, out, err);
    return 0;
}
