/* SPDX-License-Identifier: Apache-2.0 */
#include "api/chains.h"

#include <string.h>

#include "auth/alibaba.h"
#include "auth/aws.h"
#include "auth/chain.h"
#include "auth/ibm.h"
#include "base/fork.h"
#include "base/nearest.h"
#include "kms/open.h"

typedef struct provider {
    const char *name;
    const char *scheme; /* of its keys */
    bool has_id;        /* access keys with an id and a secret; else a token */
    const char *const *options;
    int (*open)(const envcrypt_client *client, const evc_kv *options, evc_chain **out,
                evc_error **err);
} provider;

static const char *
text(const evc_kv *options, const char *name)
{
    const evc_pair *pair = options ? evc_kv_find(options, evc_view_text(name)) : NULL;

    return pair ? (const char *)pair->value.data : NULL;
}

static const char *const aws_names[] = {"profile",    "region",      "fips",
                                        "dual-stack", "credentials", NULL};

static int
open_aws(const envcrypt_client *client, const evc_kv *options, evc_chain **out,
         evc_error **err)
{
    evc_aws_options of = {.profile = text(options, "profile"),
                          .region = text(options, "region"),
                          .fips = text(options, "fips"),
                          .dual_stack = text(options, "dual-stack"),
                          .sources = text(options, "credentials")};
    evc_aws_config *config = NULL;
    int rc = evc_aws_config_open(client->crypto, client->net, &of, &config, err);

    if (!rc)
        rc = evc_aws_chain_open(config, out, err);
    evc_aws_config_unref(config);
    return rc;
}

static const char *const ibm_names[] = {
    "iam-url",     "private",     "profile-id", "profile-name",
    "profile-crn", "credentials", NULL};

/* api_key: empty = as environment and files say. */
static int
open_ibm_with(const envcrypt_client *client, const evc_kv *options, evc_view api_key,
              evc_chain **out, evc_error **err)
{
    evc_ibm_options of = {.api_key = api_key,
                          .iam_url = text(options, "iam-url"),
                          .is_private = text(options, "private"),
                          .profile_id = text(options, "profile-id"),
                          .profile_name = text(options, "profile-name"),
                          .profile_crn = text(options, "profile-crn"),
                          .sources = text(options, "credentials")};
    evc_ibm_config *config = NULL;
    int rc = evc_ibm_config_open(client->net, &of, &config, err);

    if (!rc)
        rc = evc_ibm_chain_open(config, out, err);
    evc_ibm_config_unref(config);
    return rc;
}

static int
open_ibm(const envcrypt_client *client, const evc_kv *options, evc_chain **out,
         evc_error **err)
{
    return open_ibm_with(client, options, evc_view_of(NULL, 0), out, err);
}

static const char *const alibaba_names[] = {"profile", "region", "credentials", NULL};

static int
open_alibaba(const envcrypt_client *client, const evc_kv *options, evc_chain **out,
             evc_error **err)
{
    evc_alibaba_options of = {.profile = text(options, "profile"),
                              .region = text(options, "region"),
                              .sources = text(options, "credentials")};
    evc_alibaba_config *config = NULL;
    int rc = evc_alibaba_config_open(client->crypto, client->net, &of, &config, err);

    if (!rc)
        rc = evc_alibaba_chain_open(config, out, err);
    evc_alibaba_config_unref(config);
    return rc;
}

static const provider providers[] = {
    {"aws", "aws-kms", true, aws_names, open_aws},
    {"ibm", "ibm-kp", false, ibm_names, open_ibm},
    {"alibaba", "alibaba-kms", true, alibaba_names, open_alibaba},
};
#define PROVIDERS (sizeof(providers) / sizeof(providers[0]))

static int
find_provider(const char *name, const provider **out, evc_error **err)
{
    for (size_t i = 0; i < PROVIDERS; i++) {
        *out = &providers[i];
        if (strcmp(providers[i].name, name) == 0 ||
            strcmp(providers[i].scheme, name) == 0)
            return 0;
    }
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "there are no credentials of such a provider: aws, ibm and alibaba "
                   "are those that there are");
}

/* --- fixed --- */

static int
check_parts(const provider *of, const evc_chains_fixed *fixed, evc_error **err)
{
    if (of->has_id && (fixed->id.size == 0 || fixed->secret.size == 0))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "credentials of %s are the id and the secret of an access key, "
                       "with a token perhaps; one of these two is missing",
                       of->name);
    if (of->has_id)
        return 0;
    if (fixed->id.size || !fixed->secret.size == !fixed->token.size)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "credentials of %s are an API key as secret, or a bearer token, "
                       "without an id",
                       of->name);
    return 0;
}

int
evc_chains_fixed_open(const envcrypt_client *client, const evc_chains_fixed *fixed,
                      envcrypt_credentials **out, evc_error **err)
{
    const provider *of = NULL;
    evc_chain_rules rules = {.none = ""};
    evc_creds_parts parts = {.id = fixed->id,
                             .secret = fixed->secret,
                             .token = fixed->token,
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "fixed"};
    evc_creds *creds = NULL;
    int rc = find_provider(fixed->provider, &of, err);

    if (!rc)
        rc = check_parts(of, fixed, err);
    if (!rc && fixed->options)
        rc = evc_kms_check_options(of->name, of->options, fixed->options, NULL, err);
    if (rc)
        return rc;
    if (!of->has_id && fixed->secret.size)
        return open_ibm_with(client, fixed->options, fixed->secret, out, err);
    rules.provider = of->name;
    rc = evc_creds_new(client->env->arena, &parts, &creds, err);
    if (!rc)
        rc = evc_chain_of(client->net, &rules, creds, out, err);
    evc_creds_unref(creds);
    return rc;
}

/* --- chains --- */

/* The options of the URI go before others. */
static int
open_by_uri(const envcrypt_client *client, const char *text, const evc_kv *options,
            envcrypt_credentials **out, evc_error **err)
{
    const provider *of = NULL;
    evc_kv all;
    evc_uri uri;
    int rc = evc_uri_parse(text, &uri, err);

    if (rc)
        return rc;
    evc_kv_init(&all);
    rc = find_provider(uri.scheme, &of, err);
    if (!rc && options)
        rc = evc_kv_copy(&all, options, err);
    for (size_t i = 0; !rc && i < uri.query.count; i++)
        rc = evc_kv_set(&all, uri.query.pairs[i].name, uri.query.pairs[i].value, err);
    if (!rc && of->has_id && *uri.authority)
        rc = evc_kv_set(&all, evc_view_text("region"), evc_view_text(uri.authority),
                        err);
    if (!rc)
        rc = of->open(client, &all, out, err);
    evc_kv_reset(&all);
    evc_uri_reset(&uri);
    return rc;
}

int
evc_chains_open(const envcrypt_client *client, const char *provider_name,
                const evc_kv *options, envcrypt_credentials **out, evc_error **err)
{
    const provider *of = NULL;
    int rc;

    if (strstr(provider_name, "://"))
        return open_by_uri(client, provider_name, options, out, err);
    rc = find_provider(provider_name, &of, err);

    if (!rc && options)
        rc = evc_kms_check_options(of->name, of->options, options, NULL, err);
    return rc ? rc : of->open(client, options, out, err);
}

envcrypt_credentials *
evc_chains_ref(envcrypt_credentials *credentials)
{
    return evc_chain_ref(credentials);
}

void
evc_chains_unref(envcrypt_credentials *credentials)
{
    evc_chain_unref(credentials);
}

int
evc_chains_check(envcrypt_credentials *credentials, evc_wait *wait, evc_table **out,
                 evc_error **err)
{
    static const char *const columns[] = {"provider", "source",  "detail", "id",
                                          "account",  "expires", NULL};
    evc_creds *creds = NULL;
    int rc = evc_chain_get(credentials, wait, &creds, err);

    if (!rc)
        rc = evc_table_new(columns, out, err);
    if (!rc)
        rc = evc_table_add_row(*out, err);
    if (!rc)
        rc = evc_table_set(*out, "provider", evc_chain_provider(credentials), err);
    if (!rc)
        rc = evc_table_set(*out, "source", creds->source, err);
    if (!rc && *creds->detail)
        rc = evc_table_set(*out, "detail", creds->detail, err);
    if (!rc && *creds->id)
        rc = evc_table_set(*out, "id", creds->id, err);
    if (!rc && *creds->account)
        rc = evc_table_set(*out, "account", creds->account, err);
    if (!rc && creds->expires_ms != EVC_CREDS_NEVER)
        rc = evc_table_set_time(*out, "expires", creds->expires_ms, err);
    if (rc) {
        evc_table_free(*out);
        *out = NULL;
    }
    evc_creds_unref(creds);
    return rc;
}
