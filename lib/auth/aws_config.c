/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_config.h"

#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/environ.h"
#include "base/mem.h"
#include "base/text.h"

static const char *const variable_names[EVC_AWS_VARIABLES] = {
    [EVC_AWS_ACCESS_KEY_ID] = "AWS_ACCESS_KEY_ID",
    [EVC_AWS_CREDENTIAL_EXPIRATION] = "AWS_CREDENTIAL_EXPIRATION",
    [EVC_AWS_ACCOUNT_ID] = "AWS_ACCOUNT_ID",
    [EVC_AWS_PROFILE] = "AWS_PROFILE",
    [EVC_AWS_DEFAULT_PROFILE] = "AWS_DEFAULT_PROFILE",
    [EVC_AWS_CONFIG_FILE] = "AWS_CONFIG_FILE",
    [EVC_AWS_SHARED_CREDENTIALS_FILE] = "AWS_SHARED_CREDENTIALS_FILE",
    [EVC_AWS_REGION] = "AWS_REGION",
    [EVC_AWS_DEFAULT_REGION] = "AWS_DEFAULT_REGION",
    [EVC_AWS_CA_BUNDLE] = "AWS_CA_BUNDLE",
    [EVC_AWS_USE_FIPS_ENDPOINT] = "AWS_USE_FIPS_ENDPOINT",
    [EVC_AWS_USE_DUALSTACK_ENDPOINT] = "AWS_USE_DUALSTACK_ENDPOINT",
    [EVC_AWS_IGNORE_CONFIGURED_ENDPOINT_URLS] = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    [EVC_AWS_ENDPOINT_URL] = "AWS_ENDPOINT_URL",
    [EVC_AWS_ENDPOINT_URL_KMS] = "AWS_ENDPOINT_URL_KMS",
    [EVC_AWS_ENDPOINT_URL_STS] = "AWS_ENDPOINT_URL_STS",
    [EVC_AWS_ENDPOINT_URL_EKS] = "AWS_ENDPOINT_URL_EKS",
    [EVC_AWS_ENDPOINT_URL_SSO] = "AWS_ENDPOINT_URL_SSO",
    [EVC_AWS_ENDPOINT_URL_SSO_OIDC] = "AWS_ENDPOINT_URL_SSO_OIDC",
    [EVC_AWS_STS_REGIONAL_ENDPOINTS] = "AWS_STS_REGIONAL_ENDPOINTS",
    [EVC_AWS_WEB_IDENTITY_TOKEN_FILE] = "AWS_WEB_IDENTITY_TOKEN_FILE",
    [EVC_AWS_ROLE_ARN] = "AWS_ROLE_ARN",
    [EVC_AWS_ROLE_SESSION_NAME] = "AWS_ROLE_SESSION_NAME",
    [EVC_AWS_CONTAINER_RELATIVE_URI] = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    [EVC_AWS_CONTAINER_FULL_URI] = "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    [EVC_AWS_CONTAINER_TOKEN_FILE] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    [EVC_AWS_EC2_METADATA_DISABLED] = "AWS_EC2_METADATA_DISABLED",
    [EVC_AWS_EC2_METADATA_ENDPOINT] = "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    [EVC_AWS_EC2_METADATA_ENDPOINT_MODE] = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    [EVC_AWS_METADATA_TIMEOUT] = "AWS_METADATA_SERVICE_TIMEOUT",
    [EVC_AWS_METADATA_ATTEMPTS] = "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    [EVC_AWS_HOME] = "HOME",
};

static const char *const source_names[] = {"environment", "web-identity", "profile",
                                           "container",   "imds",         NULL};

/* --- the environment -------------------------------------------------------------- */

static int
keep_secret(evc_aws_config *config, const char *name, const char *other,
            evc_secret *out, evc_error **err)
{
    const char *value = evc_environ(name);
    size_t size;

    if (!value && other)
        value = evc_environ(name = other);
    if (!value)
        return 0;
    size = strlen(value);
    if (size > EVC_ARENA_MAX_SLOT)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the variable %s is longer than %u bytes", name,
                       EVC_ARENA_MAX_SLOT);
    return evc_secret_copy(config->env->arena, evc_view_of(value, size), out, err);
}

static int
read_environment(evc_aws_config *config, evc_error **err)
{
    int rc;

    for (int i = 0; i < EVC_AWS_VARIABLES; i++) {
        const char *value = evc_environ(variable_names[i]);

        if (value && !(config->variables[i] = evc_mem_strdup(value)))
            return evc_err_nomem(err);
    }
    rc = keep_secret(config, "AWS_SECRET_ACCESS_KEY", NULL, &config->secret_key, err);
    if (rc == 0)
        rc = keep_secret(config, "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
                         &config->session_token, err);
    if (rc == 0)
        rc = keep_secret(config, "AWS_CONTAINER_AUTHORIZATION_TOKEN", NULL,
                         &config->container_token, err);
    return rc;
}

/* --- the files -------------------------------------------------------------------- */

/* The variable's path, in which ~ is the home; else the one under the home; NULL without
 * a home. */
static int
find_file(const evc_aws_config *config, enum evc_aws_variable variable,
          const char *under_home, char **out, evc_error **err)
{
    const char *named = config->variables[variable];
    const char *home = config->variables[EVC_AWS_HOME];
    evc_buf path;
    int rc;

    *out = NULL;
    if (named && strncmp(named, "~/", 2) == 0)
        under_home = &named[1];
    else if (named)
        home = "";
    if (!home)
        return 0;
    evc_buf_init(&path);
    evc_buf_put_text(&path, home);
    evc_buf_put_text(&path, home[0] ? under_home : named);
    rc = evc_buf_check(&path, err);
    if (rc == 0 && !(*out = evc_aws_config_text(evc_buf_view(&path))))
        rc = evc_err_nomem(err);
    evc_buf_reset(&path);
    return rc;
}

static int
read_files(evc_aws_config *config, evc_error **err)
{
    char *settings = NULL;
    char *credentials = NULL;
    int rc = find_file(config, EVC_AWS_CONFIG_FILE, "/.aws/config", &settings, err);

    if (rc == 0)
        rc = find_file(config, EVC_AWS_SHARED_CREDENTIALS_FILE, "/.aws/credentials",
                       &credentials, err);
    if (rc == 0)
        rc = evc_aws_files_open(&config->files, settings, credentials,
                                &config->env->log, err);
    evc_mem_free(settings);
    evc_mem_free(credentials);
    return rc;
}

/* --- the options ------------------------------------------------------------------ */

static int
choose_profile(evc_aws_config *config, const evc_aws_options *options, evc_error **err)
{
    const char *name = options->profile;
    char shown[EVC_SHOWN];

    if (!name)
        name = config->variables[EVC_AWS_PROFILE];
    if (!name)
        name = config->variables[EVC_AWS_DEFAULT_PROFILE];
    config->profile_option = options->profile != NULL;
    config->profile = evc_mem_strdup(name ? name : "default");
    if (!config->profile)
        return evc_err_nomem(err);
    if (!name || evc_aws_files_has(&config->files, name))
        return 0;
    if (evc_source_order_has(&config->sources, EVC_AWS_FROM_PROFILE) ||
        options->profile) {
        evc_encode_shown(evc_view_text(name), shown);
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the profile %s is in neither of AWS's files; add it, or name "
                       "another one by the option or by AWS_PROFILE",
                       shown);
    }
    return 0;
}

static int
read_switch(const evc_aws_config *config, const char *option,
            enum evc_aws_variable variable, const char *name, const char *setting,
            bool *out, evc_error **err)
{
    evc_view value = option ? evc_view_text(option)
                            : evc_aws_config_value(config, variable, setting);

    *out = value.size == 4 && strncasecmp((const char *)value.data, "true", 4) == 0;
    if (*out || value.size == 0 ||
        (value.size == 5 && strncasecmp((const char *)value.data, "false", 5) == 0))
        return 0;
    return evc_err(err, option ? ENVCRYPT_E_ARGUMENT : ENVCRYPT_E_BAD_CREDENTIALS,
                   "the %s %s must be true or false", option ? "option" : "setting",
                   option ? name : setting);
}

/* What the caller says, of the key or the client, goes before the environment. */
static int
choose_link(evc_aws_config *config, const evc_link *from, evc_error **err)
{
    evc_link link = *from;
    char *bundle = NULL;
    int rc;

    if (!link.ca_file && !evc_net_get_settings(config->net)->link.ca_file) {
        evc_view value = evc_aws_config_value(config, EVC_AWS_CA_BUNDLE, "ca_bundle");

        bundle = value.size ? evc_aws_config_text(value) : NULL;
        if (value.size && !bundle)
            return evc_err_nomem(err);
        link.ca_file = bundle;
    }
    rc = evc_link_copy(&config->link, &link, err);
    evc_mem_free(bundle);
    return rc;
}

static int
check_region(const evc_aws_config *config, evc_error **err)
{
    evc_view region = evc_aws_config_region(config);
    char shown[EVC_SHOWN];

    if (region.size == 0 || evc_aws_config_is_region(region))
        return 0;
    evc_encode_shown(region, shown);
    return evc_err(err, ENVCRYPT_E_REGION,
                   "\"%s\" is no Region of AWS; Regions are called like eu-central-1",
                   shown);
}

static int
take_options(evc_aws_config *config, const evc_aws_options *options, evc_error **err)
{
    int rc =
        evc_source_order_parse(options->sources, source_names, &config->sources, err);

    if (rc == 0)
        rc = read_files(config, err);
    if (rc == 0)
        rc = choose_profile(config, options, err);
    if (rc == 0)
        rc = evc_text_set(&config->region, options->region, err);
    if (rc == 0)
        rc = evc_text_set(&config->service, options->service ? options->service : "kms",
                          err);
    if (rc == 0)
        rc = evc_text_set(&config->endpoint, options->endpoint, err);
    if (rc == 0)
        rc = read_switch(config, options->fips, EVC_AWS_USE_FIPS_ENDPOINT, "fips",
                         "use_fips_endpoint", &config->fips, err);
    if (rc == 0)
        rc = read_switch(config, options->dual_stack, EVC_AWS_USE_DUALSTACK_ENDPOINT,
                         "dual-stack", "use_dualstack_endpoint", &config->dual_stack,
                         err);
    if (rc == 0)
        rc = choose_link(config, &options->link, err);
    if (rc == 0)
        rc = check_region(config, err);
    return rc;
}

/* --- the object ------------------------------------------------------------------- */

int
evc_aws_config_open(evc_crypto *crypto, evc_net *net, const evc_aws_options *options,
                    evc_aws_config **out, evc_error **err)
{
    evc_aws_config *config = evc_mem_new(sizeof(*config));
    int rc;

    *out = NULL;
    if (!config)
        return evc_err_nomem(err);
    atomic_init(&config->refs, 1);
    config->crypto = evc_crypto_ref(crypto);
    config->net = evc_net_ref(net);
    config->env = evc_net_env(net);
    rc = read_environment(config, err);
    if (rc == 0)
        rc = take_options(config, options, err);
    if (rc) {
        evc_aws_config_unref(config);
        return rc;
    }
    *out = config;
    return 0;
}

evc_aws_config *
evc_aws_config_ref(evc_aws_config *config)
{
    if (config)
        atomic_fetch_add_explicit(&config->refs, 1, memory_order_relaxed);
    return config;
}

void
evc_aws_config_unref(evc_aws_config *config)
{
    if (!config ||
        atomic_fetch_sub_explicit(&config->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (int i = 0; i < EVC_AWS_VARIABLES; i++)
        evc_mem_free(config->variables[i]);
    evc_secret_free(&config->secret_key);
    evc_secret_free(&config->session_token);
    evc_secret_free(&config->container_token);
    evc_aws_files_reset(&config->files);
    evc_mem_free(config->profile);
    evc_mem_free(config->region);
    evc_mem_free(config->service);
    evc_mem_free(config->endpoint);
    evc_link_reset(&config->link);
    evc_crypto_unref(config->crypto);
    evc_net_unref(config->net);
    evc_mem_free(config);
}

evc_view
evc_aws_config_value(const evc_aws_config *config, enum evc_aws_variable variable,
                     const char *setting)
{
    if (config->variables[variable])
        return evc_view_text(config->variables[variable]);
    return evc_aws_files_get(&config->files, config->profile, setting);
}

evc_view
evc_aws_config_region(const evc_aws_config *config)
{
    if (config->region)
        return evc_view_text(config->region);
    if (config->variables[EVC_AWS_REGION])
        return evc_view_text(config->variables[EVC_AWS_REGION]);
    return evc_aws_config_value(config, EVC_AWS_DEFAULT_REGION, "region");
}

bool
evc_aws_config_is_region(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            !(c == '-' && i > 0 && i + 1 < text.size))
            return false;
    }
    return text.size >= 1 && text.size <= 63;
}

char *
evc_aws_config_text(evc_view view)
{
    return evc_mem_text(view.data, view.size);
}
