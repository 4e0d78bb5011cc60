/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "envcrypt/kms.h"
#include "kms/backend.h"

int
envcrypt_kms_config_new(envcrypt_kms_config **out, envcrypt_error **err)
{
    envcrypt_kms_config *config;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "settings for a key cannot be made: out is NULL");
    *out = NULL;
    config = evc_mem_new(sizeof(*config));
    if (!config)
        return evc_err_nomem(err);
    evc_kv_init(&config->options);
    *out = config;
    return 0;
}

void
envcrypt_kms_config_free(envcrypt_kms_config *config)
{
    if (!config)
        return;
    envcrypt_credentials_unref(config->credentials);
    evc_kv_reset(&config->options);
    evc_mem_free(config);
}

int
envcrypt_kms_config_set(envcrypt_kms_config *config, const char *name,
                        const char *value, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!config || !name || !*name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an option of a key cannot be set: config or name is NULL, or "
                       "the name is empty");
    return evc_kv_set_text(&config->options, name, value, err);
}

int
envcrypt_kms_config_set_protectors(envcrypt_kms_config *config,
                                   const envcrypt_protectors *protectors,
                                   envcrypt_error **err)
{
    evc_err_clear(err);
    if (!config)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "protectors cannot be given: config is NULL");
    config->protectors = protectors;
    return 0;
}

int
envcrypt_kms_config_set_credentials(envcrypt_kms_config *config,
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
