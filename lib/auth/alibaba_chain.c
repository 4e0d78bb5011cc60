/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_config.h"
#include "auth/alibaba_ecs.h"
#include "auth/alibaba_files.h"
#include "auth/alibaba_given.h"
#include "auth/alibaba_modes.h"
#include "auth/alibaba_sts.h"

#define ADVISORY_MS (15 * 60000)
#define MANDATORY_MS (3 * 60000)

static const char *
variable(const evc_alibaba_config *config, enum evc_alibaba_variable which)
{
    return config->variables[which];
}

/* -- environment ------------------------------------------------------------------------- */

static int
fetch_environment(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                  evc_creds **out, evc_error **err)
{
    const evc_alibaba_config *config = state;
    const char *id = variable(config, EVC_ALIBABA_ACCESS_KEY_ID);
    evc_creds_parts parts = {
        .id = evc_view_text(id),
        .secret = evc_view_of(config->access_key_secret.bytes,
                              config->access_key_secret.size),
        .token = evc_view_of(config->security_token.bytes, config->security_token.size),
        .expires_ms = EVC_CREDS_NEVER,
        .source = "environment",
        .fixed = true,
    };

    (void)net;
    (void)now_ms;
    (void)wait;
    if (!id && !parts.secret.size)
        return EVC_NOT_CONFIGURED;
    if (!id || !parts.secret.size)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "of ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET "
            "one is set and one is not; set both, or neither");
    return evc_creds_new(config->arena, &parts, out, err);
}

/* -- OIDC -------------------------------------------------------------------------------- */

/* A role alone may be meant for a profile. */
static int
fetch_oidc(void *state, evc_net *net, int64_t now_ms, evc_wait *wait, evc_creds **out,
           evc_error **err)
{
    const evc_alibaba_config *config = state;
    const char *provider = variable(config, EVC_ALIBABA_OIDC_PROVIDER_ARN);
    const char *file = variable(config, EVC_ALIBABA_OIDC_TOKEN_FILE);
    evc_alibaba_role role = {.arn = variable(config, EVC_ALIBABA_ROLE_ARN),
                             .source = "oidc",
                             .detail = variable(config, EVC_ALIBABA_ROLE_ARN)};

    (void)net;
    (void)now_ms;
    if (!provider || !file || !role.arn)
        return EVC_NOT_CONFIGURED;
    return evc_alibaba_sts_oidc(config, &role, provider, file, wait, out, err);
}

/* -- profiles ---------------------------------------------------------------------------- */

/* A file that the CLI made but nobody filled in. */
static bool
is_blank(const evc_alibaba_profile *profile)
{
    return !profile->mode || (!profile->access_key_id && profile->mode[0] == 'A' &&
                              profile->mode[1] == 'K');
}

static int
missing(const evc_alibaba_config *config, evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "there is no profile %s of Alibaba Cloud, neither among those of the "
        "CLI nor in its file of credentials; mend the name, or make it by "
        "\"aliyun configure --profile %s\"",
        config->profile, config->profile);
}

/* Whether the other file is still to be looked at. */
static bool
comes_after(const evc_alibaba_config *config, uint8_t source, uint8_t other)
{
    bool passed = false;

    for (size_t i = 0; i < config->sources.count; i++) {
        if (passed && config->sources.at[i] == other)
            return true;
        passed = passed || config->sources.at[i] == source;
    }
    return false;
}

static int
fetch_cli_profile(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                  evc_creds **out, evc_error **err)
{
    const evc_alibaba_config *config = state;
    evc_alibaba_profile profile;
    bool found;
    int rc = evc_alibaba_cli_profile(config, NULL, &profile, &found, err);

    (void)net;
    if (rc)
        return rc;
    if (found && (config->profile || !is_blank(&profile)))
        rc = evc_alibaba_modes_fetch(config, &profile, "cli-profile", now_ms, wait, out,
                                     err);
    else if (config->profile && !comes_after(config, EVC_ALIBABA_FROM_CLI_PROFILE,
                                             EVC_ALIBABA_FROM_PROFILE))
        rc = missing(config, err);
    else
        rc = EVC_NOT_CONFIGURED;
    evc_alibaba_profile_reset(&profile);
    return rc;
}

static int
fetch_profile(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
              evc_creds **out, evc_error **err)
{
    const evc_alibaba_config *config = state;
    evc_alibaba_profile profile;
    bool found;
    int rc = evc_alibaba_ini_profile(config, &profile, &found, err);

    (void)net;
    if (rc)
        return rc;
    if (found)
        rc = evc_alibaba_modes_fetch(config, &profile, "profile", now_ms, wait, out,
                                     err);
    else if (config->profile && !comes_after(config, EVC_ALIBABA_FROM_PROFILE,
                                             EVC_ALIBABA_FROM_CLI_PROFILE))
        rc = missing(config, err);
    else
        rc = EVC_NOT_CONFIGURED;
    evc_alibaba_profile_reset(&profile);
    return rc;
}

/* -- instance, URI ----------------------------------------------------------------------- */

static int
fetch_ecs_role(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
               evc_creds **out, evc_error **err)
{
    const evc_alibaba_config *config = state;
    const char *role = variable(config, EVC_ALIBABA_ECS_METADATA);

    (void)net;
    (void)now_ms;
    if (evc_alibaba_is_true(variable(config, EVC_ALIBABA_ECS_METADATA_DISABLED)))
        return EVC_NOT_CONFIGURED;
    return evc_alibaba_ecs_role(config, role, role == NULL, "ecs-role", wait, out, err);
}

static int
fetch_uri(void *state, evc_net *net, int64_t now_ms, evc_wait *wait, evc_creds **out,
          evc_error **err)
{
    const evc_alibaba_config *config = state;
    const char *uri = variable(config, EVC_ALIBABA_CREDENTIALS_URI);

    (void)net;
    (void)now_ms;
    return uri ? evc_alibaba_given_by_uri(config, uri, "uri", wait, out, err)
               : EVC_NOT_CONFIGURED;
}

/* -- the chain --------------------------------------------------------------------------- */

static void
close_source(void *state)
{
    evc_alibaba_config_unref(state);
}

static const evc_source sources[] = {
    [EVC_ALIBABA_FROM_ENVIRONMENT] = {"environment", fetch_environment, close_source,
                                      false},
    [EVC_ALIBABA_FROM_OIDC] = {"oidc", fetch_oidc, close_source, false},
    [EVC_ALIBABA_FROM_CLI_PROFILE] = {"cli-profile", fetch_cli_profile, close_source,
                                      false},
    [EVC_ALIBABA_FROM_PROFILE] = {"profile", fetch_profile, close_source, false},
    [EVC_ALIBABA_FROM_ECS_ROLE] = {"ecs-role", fetch_ecs_role, close_source, false},
    [EVC_ALIBABA_FROM_URI] = {"uri", fetch_uri, close_source, false},
};

static const evc_chain_rules rules = {
    .provider = "alibaba",
    .advisory_ms = ADVISORY_MS,
    .mandatory_ms = MANDATORY_MS,
    .none = "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, run "
            "\"aliyun configure\", or attach a RAM role to this pod or instance",
};

int
evc_alibaba_chain_open(evc_alibaba_config *config, evc_chain **out, evc_error **err)
{
    int rc = evc_chain_new(config->net, &rules, out, err);

    for (size_t i = 0; !rc && i < config->sources.count; i++) {
        rc = evc_chain_add(*out, &sources[config->sources.at[i]],
                           evc_alibaba_config_ref(config), err);
        if (rc)
            evc_alibaba_config_unref(config);
    }
    if (rc) {
        evc_chain_unref(*out);
        *out = NULL;
    }
    return rc;
}
