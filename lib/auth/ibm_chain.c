/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "auth/credential_file.h"
#include "auth/ibm_config.h"
#include "auth/ibm_vpc.h"
#include "base/mem.h"

/* A fifth of the hour that tokens live is left, as in IBM's SDKs; in their last minute
 * everybody waits for a new one. */
#define ADVISORY_MS (12 * 60000)
#define MANDATORY_MS 60000

/* Where a pod finds its token, in the order of IBM's SDKs. */
static const char *const token_files[] = {
    "/var/run/secrets/tokens/vault-token",
    "/var/run/secrets/tokens/sa-token",
    "/var/run/secrets/codeengine.cloud.ibm.com/compute-resource-token/token",
    NULL,
};

/* What one source is about to do. */
typedef struct fetching {
    const evc_ibm_config *config;
    const evc_ibm_properties *properties; /* all empty where none apply */
    const evc_ibm_profile *profile;       /* of the options, else of the properties */
    const char *source;
    const char *detail;
    evc_net *net;
    evc_wait *wait;
} fetching;

/* -- results -------------------------------------------------------------------------- */

static evc_view
secret_view(const evc_secret *secret)
{
    return evc_view_of(secret->bytes, secret->size);
}

static int
give(const fetching *f, evc_view token, int64_t expires_ms, bool fixed, evc_creds **out,
     evc_error **err)
{
    evc_creds_parts parts = {.token = token,
                             .expires_ms = expires_ms,
                             .source = f->source,
                             .detail = f->detail,
                             .fixed = fixed};

    return evc_creds_new(f->config->arena, &parts, out, err);
}

/* The token ends here. */
static int
give_token(const fetching *f, evc_ibm_token *token, evc_creds **out, evc_error **err)
{
    int rc = give(f, secret_view(&token->text), token->expires_ms, false, out, err);

    evc_secret_free(&token->text);
    return rc;
}

static int
lacks(const fetching *f, const char *what, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                   "the credentials of IBM Cloud from %s%s%s cannot be used: %s",
                   f->source, f->detail ? ", " : "", f->detail ? f->detail : "", what);
}

/* -- by IAM --------------------------------------------------------------------------- */

static int
open_iam(const fetching *f, evc_peer **out, evc_error **err)
{
    const char *url = f->config->iam_url ? f->config->iam_url : f->properties->auth_url;

    return evc_ibm_iam_open(f->net, url, &f->config->link, out, err);
}

static void
add_common(const fetching *f, evc_ibm_grant *grant)
{
    grant->scope = f->properties->scope;
    grant->client_id = f->properties->client_id;
    grant->client_secret = secret_view(&f->properties->client_secret);
}

static int
by_grant(const fetching *f, const evc_ibm_grant *grant, evc_creds **out,
         evc_error **err)
{
    evc_ibm_token token = {.expires_ms = 0};
    evc_peer *peer;
    int rc = open_iam(f, &peer, err);

    if (rc)
        return rc;
    rc = evc_ibm_iam_token(peer, grant, f->wait, &token, err);
    evc_peer_unref(peer);
    return rc ? rc : give_token(f, &token, out, err);
}

static int
by_api_key(const fetching *f, evc_view api_key, evc_creds **out, evc_error **err)
{
    evc_ibm_grant grant = {.api_key = api_key};

    if (!api_key.size)
        return lacks(f, "the type iam needs an APIKEY", err);
    add_common(f, &grant);
    return by_grant(f, &grant, out, err);
}

/* First who we are, then who we want to be; scope and client are of the first. */
static int
assume(const fetching *f, evc_peer *peer, evc_view api_key, evc_creds **out,
       evc_error **err)
{
    evc_ibm_grant first = {.api_key = api_key};
    evc_ibm_grant second = {.profile = f->profile};
    evc_ibm_token own;
    evc_ibm_token token;
    int rc;

    add_common(f, &first);
    rc = evc_ibm_iam_token(peer, &first, f->wait, &own, err);
    if (rc)
        return rc;
    second.access_token = secret_view(&own.text);
    rc = evc_ibm_iam_token(peer, &second, f->wait, &token, err);
    evc_secret_free(&own.text);
    return rc ? rc : give_token(f, &token, out, err);
}

static int
by_assuming(const fetching *f, evc_view api_key, evc_creds **out, evc_error **err)
{
    evc_peer *peer;
    int rc;

    if (!api_key.size)
        return lacks(f, "the type iamAssume needs an APIKEY", err);
    if (!evc_ibm_profile_is_named(f->profile))
        return lacks(f,
                     "the type iamAssume needs IAM_PROFILE_ID, IAM_PROFILE_CRN, or "
                     "IAM_PROFILE_NAME with IAM_ACCOUNT_ID",
                     err);
    rc = open_iam(f, &peer, err);
    if (rc)
        return rc;
    rc = assume(f, peer, api_key, out, err);
    evc_peer_unref(peer);
    return rc;
}

/* -- by the token of a pod ------------------------------------------------------------- */

/* The first of the usual files that is there. FILE_NOT_FOUND: none. */
static int
read_usual_file(evc_buf *out, const char **path, evc_error **err)
{
    int rc = ENVCRYPT_E_FILE_NOT_FOUND;

    for (size_t i = 0; rc == ENVCRYPT_E_FILE_NOT_FOUND && token_files[i]; i++) {
        evc_err_drop(err);
        *path = token_files[i];
        rc = evc_token_file_read(token_files[i], out, err);
    }
    return rc;
}

static int
exchange(const fetching *f, evc_view compute_token, const char *path, evc_creds **out,
         evc_error **err)
{
    evc_ibm_grant grant = {.compute_token = compute_token, .profile = f->profile};
    fetching with_path = *f;

    if (!f->profile->id && !f->profile->name && !f->profile->crn)
        return lacks(f, "the type container needs IAM_PROFILE_ID or IAM_PROFILE_NAME",
                     err);
    with_path.detail = path;
    add_common(f, &grant);
    return by_grant(&with_path, &grant, out, err);
}

/* probing: no file is no such pod. */
static int
by_container(const fetching *f, bool probing, evc_creds **out, evc_error **err)
{
    const char *path = f->properties->token_file;
    evc_buf token;
    int rc;

    evc_buf_init(&token);
    rc = path ? evc_token_file_read(path, &token, err)
              : read_usual_file(&token, &path, err);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND && probing) {
        evc_err_drop(err);
        rc = EVC_NOT_CONFIGURED;
    } else if (rc == ENVCRYPT_E_FILE_NOT_FOUND) {
        rc = evc_err_wrap(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "there is no token of a compute resource for %s; mount one, or "
            "name its file by CR_TOKEN_FILENAME",
            f->source);
    }
    if (!rc)
        rc = exchange(f, evc_buf_view(&token), path, out, err);
    evc_buf_reset(&token);
    return rc;
}

/* -- by the identity of a virtual server ------------------------------------------------ */

static int
by_vpc(const fetching *f, bool probing, evc_creds **out, evc_error **err)
{
    evc_ibm_vpc how = {.url = f->properties->auth_url,
                       .version = f->properties->vpc_version,
                       .profile = f->profile,
                       .link = &f->config->link,
                       .probing = probing};
    evc_ibm_token token;
    int rc = evc_ibm_vpc_token(f->net, &how, f->wait, &token, err);

    return rc ? rc : give_token(f, &token, out, err);
}

/* -- what properties say ---------------------------------------------------------------- */

static bool
says_how(const evc_ibm_properties *properties)
{
    return properties->auth_type || properties->api_key.size ||
           properties->bearer_token.size || properties->token_file ||
           evc_ibm_profile_is_named(&properties->profile);
}

static const char *
type_of(const fetching *f)
{
    const evc_ibm_properties *p = f->properties;
    const char *type = p->auth_type;

    if (!type && p->api_key.size)
        type = "iam";
    else if (!type && p->bearer_token.size)
        type = "bearerToken";
    else if (!type)
        type = "container";
    if (strcasecmp(type, "iam") == 0 && evc_ibm_profile_is_named(&f->config->wish))
        type = "iamAssume";
    return type;
}

static int
by_properties(const fetching *f, evc_creds **out, evc_error **err)
{
    const evc_ibm_properties *p = f->properties;
    const char *type = type_of(f);

    if (strcasecmp(type, "iam") == 0)
        return by_api_key(f, secret_view(&p->api_key), out, err);
    if (strcasecmp(type, "iamAssume") == 0)
        return by_assuming(f, secret_view(&p->api_key), out, err);
    if (strcasecmp(type, "container") == 0)
        return by_container(f, false, out, err);
    if (strcasecmp(type, "vpc") == 0)
        return by_vpc(f, false, out, err);
    if (strcasecmp(type, "bearerToken") != 0)
        return lacks(f,
                     "its AUTH_TYPE is none of iam, iamAssume, container, vpc and "
                     "bearerToken",
                     err);
    if (!p->bearer_token.size)
        return lacks(f, "the type bearerToken needs a BEARER_TOKEN", err);
    return give(f, secret_view(&p->bearer_token), EVC_CREDS_NEVER, true, out, err);
}

/* -- sources ---------------------------------------------------------------------------- */

static fetching
fetching_of(const evc_ibm_config *config, const evc_ibm_properties *properties,
            const char *source, evc_net *net, evc_wait *wait)
{
    bool wished = evc_ibm_profile_is_named(&config->wish);

    return (fetching){.config = config,
                      .properties = properties,
                      .profile = wished ? &config->wish : &properties->profile,
                      .source = source,
                      .detail = properties->origin,
                      .net = net,
                      .wait = wait};
}

static int
fetch_file(void *state, evc_net *net, int64_t now_ms, evc_wait *wait, evc_creds **out,
           evc_error **err)
{
    const evc_ibm_config *config = state;
    fetching f = fetching_of(config, &config->file, "file", net, wait);

    (void)now_ms;
    return says_how(&config->file) ? by_properties(&f, out, err) : EVC_NOT_CONFIGURED;
}

static int
fetch_environment(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                  evc_creds **out, evc_error **err)
{
    const evc_ibm_config *config = state;
    fetching f = fetching_of(config, &config->environment, "environment", net, wait);

    (void)now_ms;
    if (says_how(&config->environment))
        return by_properties(&f, out, err);
    if (!config->api_key.size)
        return EVC_NOT_CONFIGURED;
    f.detail = "IBMCLOUD_API_KEY";
    if (evc_ibm_profile_is_named(&config->wish))
        return by_assuming(&f, secret_view(&config->api_key), out, err);
    return by_api_key(&f, secret_view(&config->api_key), out, err);
}

static const evc_ibm_properties no_properties;

/* Which profile a pod is to become is never guessed. */
static int
fetch_container(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                evc_creds **out, evc_error **err)
{
    const evc_ibm_config *config = state;
    fetching f = fetching_of(config, &no_properties, "container", net, wait);

    (void)now_ms;
    if (!evc_ibm_profile_is_named(f.profile))
        return EVC_NOT_CONFIGURED;
    return by_container(&f, true, out, err);
}

static int
fetch_vpc(void *state, evc_net *net, int64_t now_ms, evc_wait *wait, evc_creds **out,
          evc_error **err)
{
    const evc_ibm_config *config = state;
    fetching f = fetching_of(config, &no_properties, "vpc", net, wait);

    (void)now_ms;
    return by_vpc(&f, true, out, err);
}

/* The API key of the caller. */
static int
fetch_given(void *state, evc_net *net, int64_t now_ms, evc_wait *wait, evc_creds **out,
            evc_error **err)
{
    const evc_ibm_config *config = state;
    fetching f = fetching_of(config, &no_properties, "fixed", net, wait);

    (void)now_ms;
    f.detail = "API key";
    if (evc_ibm_profile_is_named(&config->wish))
        return by_assuming(&f, secret_view(&config->given_key), out, err);
    return by_api_key(&f, secret_view(&config->given_key), out, err);
}

static void
close_source(void *state)
{
    evc_ibm_config_unref(state);
}

static const evc_source sources[] = {
    [EVC_IBM_FROM_FILE] = {"file", fetch_file, close_source, false},
    [EVC_IBM_FROM_ENVIRONMENT] = {"environment", fetch_environment, close_source,
                                  false},
    [EVC_IBM_FROM_CONTAINER] = {"container", fetch_container, close_source, false},
    [EVC_IBM_FROM_VPC] = {"vpc", fetch_vpc, close_source, false},
};

static const evc_source given = {"fixed", fetch_given, close_source, false};

static const evc_chain_rules rules = {
    .provider = "ibm",
    .advisory_ms = ADVISORY_MS,
    .mandatory_ms = MANDATORY_MS,
    .none = "set IBMCLOUD_API_KEY or KEY_PROTECT_APIKEY, name a file by "
            "IBM_CREDENTIALS_FILE, or give the trusted profile of this pod or server",
};

static int
add_source(evc_chain *chain, const evc_source *source, evc_ibm_config *config,
           evc_error **err)
{
    int rc = evc_chain_add(chain, source, evc_ibm_config_ref(config), err);

    if (rc)
        evc_ibm_config_unref(config);
    return rc;
}

int
evc_ibm_chain_open(evc_ibm_config *config, evc_chain **out, evc_error **err)
{
    int rc = evc_chain_new(config->net, &rules, out, err);

    if (!rc && config->given_key.size)
        rc = add_source(*out, &given, config, err);
    for (size_t i = 0; !rc && !config->given_key.size && i < config->sources.count; i++)
        rc = add_source(*out, &sources[config->sources.at[i]], config, err);
    if (rc) {
        evc_chain_unref(*out);
        *out = NULL;
    }
    return rc;
}
