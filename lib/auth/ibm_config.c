/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm_config.h"

#include <string.h>

#include "base/environ.h"
#include "base/mem.h"
#include "base/text.h"

#define PRIVATE_IAM "https://private.iam.cloud.ibm.com"
#define FILE_NAME "ibm-credentials.env"

static const char *const source_names[] = {
    [EVC_IBM_FROM_FILE] = "file",
    [EVC_IBM_FROM_ENVIRONMENT] = "environment",
    [EVC_IBM_FROM_CONTAINER] = "container",
    [EVC_IBM_FROM_VPC] = "vpc",
    NULL,
};

/* -- the file ------------------------------------------------------------------------- */

/* One of the usual places: whether the file is there may vary. */
static int
try_file(evc_ibm_config *config, const char *service, const char *path, bool own,
         bool *found, evc_error **err)
{
    int rc = evc_ibm_properties_read_file(&config->file, service, path, own,
                                          evc_net_env(config->net), err);

    *found = rc != ENVCRYPT_E_FILE_NOT_FOUND;
    if (*found)
        return rc;
    evc_err_drop(err);
    return 0;
}

static int
try_home(evc_ibm_config *config, const char *service, evc_error **err)
{
    const char *home = evc_environ("HOME");
    evc_buf path;
    bool found;
    int rc;

    if (!home)
        return 0;
    evc_buf_init(&path);
    evc_buf_put_format(&path, "%s/" FILE_NAME, home);
    evc_buf_put_u8(&path, 0);
    rc = evc_buf_check(&path, err);
    if (!rc)
        rc = try_file(config, service, (const char *)path.data, false, &found, err);
    evc_buf_reset(&path);
    return rc;
}

/*
 * The first that is there is taken, whether or not it speaks of the service. The working
 * folder may be one where others put files, and this one says where keys go.
 */
static int
read_file(evc_ibm_config *config, const char *service, evc_error **err)
{
    const char *named = evc_environ("IBM_CREDENTIALS_FILE");
    bool found = false;
    int rc;

    if (!evc_source_order_has(&config->sources, EVC_IBM_FROM_FILE))
        return 0;
    rc = try_file(config, service, named ? named : FILE_NAME, !named, &found, err);
    if (!rc && !found && named)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "there is no file %s, which IBM_CREDENTIALS_FILE names; mend the "
            "variable or unset it",
            named);
    if (!rc && !found)
        rc = try_home(config, service, err);
    return rc;
}

/* -- the environment ------------------------------------------------------------------ */

static int
read_environment(evc_ibm_config *config, const char *service, evc_error **err)
{
    evc_view key = evc_view_text(evc_environ("IBMCLOUD_API_KEY"));
    int rc;

    if (!evc_source_order_has(&config->sources, EVC_IBM_FROM_ENVIRONMENT))
        return 0;
    rc = evc_ibm_properties_read_environment(&config->environment, service,
                                             config->arena, err);
    if (rc || !key.size)
        return rc;
    if (key.size > EVC_ARENA_MAX_SLOT)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the variable IBMCLOUD_API_KEY is longer than %u bytes, so it is "
            "no API key",
            EVC_ARENA_MAX_SLOT);
    return evc_secret_copy(config->arena, key, &config->api_key, err);
}

/* -- opening -------------------------------------------------------------------------- */

static int
read_private(const char *text, bool *out, evc_error **err)
{
    *out = text && strcmp(text, "true") == 0;
    if (*out || !text || strcmp(text, "false") == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the option private of an IBM Cloud key is neither true nor false");
}

static int
read_options(evc_ibm_config *config, const evc_ibm_options *options, evc_error **err)
{
    const char *iam_url = options->iam_url;
    bool is_private;
    int rc =
        evc_source_order_parse(options->sources, source_names, &config->sources, err);

    if (!rc)
        rc = read_private(options->is_private, &is_private, err);
    if (!rc && !iam_url && is_private)
        iam_url = PRIVATE_IAM;
    if (!rc)
        rc = evc_text_set(&config->iam_url, iam_url, err);
    if (!rc)
        rc = evc_text_set(&config->wish.id, options->profile_id, err);
    if (!rc)
        rc = evc_text_set(&config->wish.name, options->profile_name, err);
    if (!rc)
        rc = evc_text_set(&config->wish.crn, options->profile_crn, err);
    return rc;
}

/* It goes to IAM as it is, so what no API key has is refused there. */
static int
keep_key(evc_ibm_config *config, evc_view key, evc_error **err)
{
    if (key.size > EVC_ARENA_MAX_SLOT)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the API key of IBM Cloud is longer than %u bytes",
                       EVC_ARENA_MAX_SLOT);
    return evc_secret_copy(config->arena, key, &config->given_key, err);
}

int
evc_ibm_config_open(evc_net *net, const evc_ibm_options *options, evc_ibm_config **out,
                    evc_error **err)
{
    const char *service = options->service ? options->service : "KEY_PROTECT";
    evc_ibm_config *config = evc_mem_new(sizeof(*config));
    int rc;

    *out = NULL;
    if (!config)
        return evc_err_nomem(err);
    atomic_init(&config->refs, 1);
    config->net = evc_net_ref(net);
    config->arena = evc_net_env(net)->arena;
    evc_ibm_properties_init(&config->file);
    evc_ibm_properties_init(&config->environment);
    rc = evc_link_copy(&config->link, &options->link, err);
    if (!rc)
        rc = read_options(config, options, err);
    if (!rc && options->api_key.size)
        rc = keep_key(config, options->api_key, err);
    else if (!rc)
        rc = read_file(config, service, err);
    if (!rc && !config->given_key.size)
        rc = read_environment(config, service, err);
    if (rc) {
        evc_ibm_config_unref(config);
        return rc;
    }
    *out = config;
    return 0;
}

evc_ibm_config *
evc_ibm_config_ref(evc_ibm_config *config)
{
    if (config)
        atomic_fetch_add_explicit(&config->refs, 1, memory_order_relaxed);
    return config;
}

void
evc_ibm_config_unref(evc_ibm_config *config)
{
    if (!config ||
        atomic_fetch_sub_explicit(&config->refs, 1, memory_order_acq_rel) != 1)
        return;
    evc_ibm_properties_reset(&config->file);
    evc_ibm_properties_reset(&config->environment);
    evc_secret_free(&config->given_key);
    evc_secret_free(&config->api_key);
    evc_mem_free(config->wish.id);
    evc_mem_free(config->wish.name);
    evc_mem_free(config->wish.crn);
    evc_mem_free(config->iam_url);
    evc_link_reset(&config->link);
    evc_net_unref(config->net);
    evc_mem_free(config);
}

const char *
evc_ibm_service_url(const evc_ibm_config *config)
{
    return config->file.any ? config->file.service_url
                            : config->environment.service_url;
}
