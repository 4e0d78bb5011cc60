/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_config.h"

#include <string.h>
#include <strings.h>

#include "base/environ.h"
#include "base/mem.h"
#include "base/text.h"

static const char *const variable_names[EVC_ALIBABA_VARIABLES] = {
    [EVC_ALIBABA_ACCESS_KEY_ID] = "ALIBABA_CLOUD_ACCESS_KEY_ID",
    [EVC_ALIBABA_ROLE_ARN] = "ALIBABA_CLOUD_ROLE_ARN",
    [EVC_ALIBABA_OIDC_PROVIDER_ARN] = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    [EVC_ALIBABA_OIDC_TOKEN_FILE] = "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
    [EVC_ALIBABA_ROLE_SESSION_NAME] = "ALIBABA_CLOUD_ROLE_SESSION_NAME",
    [EVC_ALIBABA_STS_REGION] = "ALIBABA_CLOUD_STS_REGION",
    [EVC_ALIBABA_VPC_ENDPOINT_ENABLED] = "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED",
    [EVC_ALIBABA_CONFIG_FILE] = "ALIBABA_CLOUD_CONFIG_FILE",
    [EVC_ALIBABA_PROFILE] = "ALIBABA_CLOUD_PROFILE",
    [EVC_ALIBABA_CLI_PROFILE_DISABLED] = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
    [EVC_ALIBABA_CREDENTIALS_FILE] = "ALIBABA_CLOUD_CREDENTIALS_FILE",
    [EVC_ALIBABA_ECS_METADATA] = "ALIBABA_CLOUD_ECS_METADATA",
    [EVC_ALIBABA_ECS_METADATA_DISABLED] = "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
    [EVC_ALIBABA_CREDENTIALS_URI] = "ALIBABA_CLOUD_CREDENTIALS_URI",
    [EVC_ALIBABA_REGION] = "ALIBABA_CLOUD_REGION",
    [EVC_ALIBABA_REGION_ID] = "ALIBABA_CLOUD_REGION_ID",
    [EVC_ALIBABA_ALICLOUD_REGION] = "ALICLOUD_REGION",
    [EVC_ALIBABA_ENDPOINT_TYPE] = "ALIBABA_CLOUD_ENDPOINT_TYPE",
    [EVC_ALIBABA_HOME] = "HOME",
};

/* Of a chain whose profile was named: what stands in files alone. */
static const char profile_sources[] = "cli-profile,profile";
static const char *const source_names[] = {
    [EVC_ALIBABA_FROM_ENVIRONMENT] = "environment",
    [EVC_ALIBABA_FROM_OIDC] = "oidc",
    [EVC_ALIBABA_FROM_CLI_PROFILE] = "cli-profile",
    [EVC_ALIBABA_FROM_PROFILE] = "profile",
    [EVC_ALIBABA_FROM_ECS_ROLE] = "ecs-role",
    [EVC_ALIBABA_FROM_URI] = "uri",
    NULL,
};

bool
evc_alibaba_is_true(const char *text)
{
    return text && strcasecmp(text, "true") == 0;
}

bool
evc_alibaba_is_region(const char *text)
{
    size_t size = strlen(text);

    return size >= 1 && size <= 63 &&
           strspn(text,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
               size;
}

char *
evc_alibaba_home_file(const evc_alibaba_config *config, const char *name)
{
    const char *home = config->variables[EVC_ALIBABA_HOME];
    char *path = NULL;
    evc_buf text;

    if (!home)
        return NULL;
    evc_buf_init(&text);
    evc_buf_put_format(&text, "%s/%s", home, name);
    evc_buf_put_u8(&text, 0);
    if (!text.failed)
        path = evc_mem_strdup((const char *)text.data);
    evc_buf_reset(&text);
    return path;
}

/* -- opening -------------------------------------------------------------------------- */

/* A variable that is a secret goes to the arena at once. */
static int
read_secret(evc_arena *arena, const char *name, evc_secret *out, evc_error **err)
{
    evc_view value = evc_view_text(evc_environ(name));

    if (!value.size)
        return 0;
    if (value.size > EVC_ARENA_MAX_SLOT)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the variable %s is longer than %u bytes, so it is no credential", name,
            EVC_ARENA_MAX_SLOT);
    return evc_secret_copy(arena, value, out, err);
}

static int
read_environment(evc_alibaba_config *config, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < EVC_ALIBABA_VARIABLES; i++)
        rc = evc_text_set(&config->variables[i], evc_environ(variable_names[i]), err);
    if (!rc)
        rc = read_secret(config->arena, "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
                         &config->access_key_secret, err);
    if (!rc)
        rc = read_secret(config->arena, "ALIBABA_CLOUD_SECURITY_TOKEN",
                         &config->security_token, err);
    return rc;
}

static int
read_choice(const char *option, const char *value, const char *yes, const char *no,
            bool *out, evc_error **err)
{
    if (!value)
        return 0;
    *out = strcmp(value, yes) == 0;
    if (*out || strcmp(value, no) == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the option %s of an Alibaba Cloud key is neither %s nor %s", option,
                   yes, no);
}

static int
read_options(evc_alibaba_config *config, const evc_alibaba_options *options,
             evc_error **err)
{
    const char *type = config->variables[EVC_ALIBABA_ENDPOINT_TYPE];
    const char *sources = options->sources;
    const char *profile =
        options->profile ? options->profile : config->variables[EVC_ALIBABA_PROFILE];
    int rc;

    if (!sources && options->profile)
        sources = profile_sources;
    config->profile_demanded = options->profile != NULL;
    config->vpc = type && strcasecmp(type, "vpc") == 0;
    rc = evc_source_order_parse(sources, source_names, &config->sources, err);
    if (!rc)
        rc = read_choice("vpc", options->vpc, "true", "false", &config->vpc, err);
    if (!rc)
        rc = read_choice("signature", options->signature, "v1", "v3", &config->v1, err);
    if (!rc)
        rc = evc_text_set(&config->profile, profile, err);
    if (!rc)
        rc = evc_text_set(&config->region, options->region, err);
    if (!rc)
        rc = evc_text_set(&config->endpoint, options->endpoint, err);
    return rc;
}

int
evc_alibaba_config_open(evc_crypto *crypto, evc_net *net,
                        const evc_alibaba_options *options, evc_alibaba_config **out,
                        evc_error **err)
{
    evc_alibaba_config *config = evc_mem_new(sizeof(*config));
    int rc;

    *out = NULL;
    if (!config)
        return evc_err_nomem(err);
    atomic_init(&config->refs, 1);
    config->crypto = evc_crypto_ref(crypto);
    config->net = evc_net_ref(net);
    config->arena = evc_net_env(net)->arena;
    rc = evc_link_copy(&config->link, &options->link, err);
    if (!rc)
        rc = read_environment(config, err);
    if (!rc)
        rc = read_options(config, options, err);
    if (rc) {
        evc_alibaba_config_unref(config);
        return rc;
    }
    *out = config;
    return 0;
}

evc_alibaba_config *
evc_alibaba_config_ref(evc_alibaba_config *config)
{
    if (config)
        atomic_fetch_add_explicit(&config->refs, 1, memory_order_relaxed);
    return config;
}

void
evc_alibaba_config_unref(evc_alibaba_config *config)
{
    if (!config ||
        atomic_fetch_sub_explicit(&config->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < EVC_ALIBABA_VARIABLES; i++)
        evc_mem_free(config->variables[i]);
    evc_secret_free(&config->access_key_secret);
    evc_secret_free(&config->security_token);
    evc_mem_free(config->profile);
    evc_mem_free(config->region);
    evc_mem_free(config->endpoint);
    evc_link_reset(&config->link);
    evc_net_unref(config->net);
    evc_crypto_unref(config->crypto);
    evc_mem_free(config);
}
