/* SPDX-License-Identifier: Apache-2.0 */
#include "api/kube_config.h"

#include <string.h>

#include "api/kube_options.h"
#include "base/mem.h"

int
envcrypt_kube_config_new(envcrypt_client *client, envcrypt_kube_config **out,
                         envcrypt_error **err)
{
    envcrypt_kube_config *config;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && !out)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "settings of access to an API server cannot be made: out is NULL");
    if (rc)
        return rc;
    config = evc_mem_new(sizeof(*config));
    if (!config)
        return evc_err_nomem(err);
    evc_kv_init(&config->options);
    config->client = envcrypt_client_ref(client);
    *out = config;
    return 0;
}

void
envcrypt_kube_config_free(envcrypt_kube_config *config)
{
    if (!config)
        return;
    evc_secret_free(&config->token);
    envcrypt_credentials_unref(config->credentials);
    evc_kv_reset(&config->options);
    envcrypt_client_unref(config->client);
    evc_mem_free(config);
}

int
envcrypt_kube_config_set(envcrypt_kube_config *config, const char *name,
                         const char *value, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (!config || !name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an option of access to an API server cannot be set: config or "
                       "name is NULL");
    rc = evc_kube_options_check(name, value, err);
    return rc == 0 ? evc_kv_set_text(&config->options, name, value, err) : rc;
}

static bool
is_token(evc_view token)
{
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] <= ' ' || token.data[i] > '~')
            return false;
    }
    return token.size >= 1 && token.size <= EVC_ARENA_MAX_SLOT;
}

int
envcrypt_kube_config_set_token(envcrypt_kube_config *config, const void *token,
                               size_t size, envcrypt_error **err)
{
    evc_secret made = {.bytes = NULL};
    int rc;

    evc_err_clear(err);
    if (!config)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a token cannot be given: config is NULL");
    rc = evc_client_check(config->client, err);
    if (rc == 0 && token && !is_token(evc_view_of(token, size)))
        rc = evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                     "what was given as a bearer token cannot be one: it has 1 to %u "
                     "printable characters without white space",
                     EVC_ARENA_MAX_SLOT);
    if (rc == 0 && token)
        rc = evc_secret_copy(config->client->env->arena, evc_view_of(token, size),
                             &made, err);
    if (rc)
        return rc;
    evc_secret_free(&config->token);
    config->token = made;
    return 0;
}

int
envcrypt_kube_config_set_credentials(envcrypt_kube_config *config,
                                     envcrypt_credentials *credentials,
                                     envcrypt_error **err)
{
    evc_err_clear(err);
    if (!config)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "credentials cannot be given: config is NULL");
    (void)envcrypt_credentials_ref(credentials);
    envcrypt_credentials_unref(config->credentials);
    config->credentials = credentials;
    return 0;
}
