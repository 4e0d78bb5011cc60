/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/keyring.h"

#include "api/client.h"
#include "base/mem.h"

static int
check_config(const envcrypt_keyring_config *config, evc_error **err)
{
    evc_err_clear(err);
    if (config)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a keyring cannot be set up: config is NULL");
}

static int
check_key(const envcrypt_keyring_config *config, const evc_kms *kms, evc_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0 || kms)
        return rc;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a keyring cannot be given a key: kms is NULL");
}

int
envcrypt_keyring_config_new(envcrypt_keyring_config **out, envcrypt_error **err)
{
    envcrypt_keyring_config *config;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a keyring config cannot be made: out is NULL");
    *out = NULL;
    config = evc_mem_new(sizeof(*config));
    if (!config)
        return evc_err_nomem(err);
    evc_kv_init(&config->required);
    *out = config;
    return 0;
}

void
envcrypt_keyring_config_free(envcrypt_keyring_config *config)
{
    if (!config)
        return;
    evc_kms_unref(config->generator);
    for (size_t i = 0; i < config->count; i++)
        evc_kms_unref(config->recipients[i]);
    evc_mem_free(config->recipients);
    evc_kv_reset(&config->required);
    evc_mem_free(config);
}

int
envcrypt_keyring_config_set_generator(envcrypt_keyring_config *config,
                                      envcrypt_kms *kms, envcrypt_error **err)
{
    int rc = check_key(config, kms, err);

    if (rc != 0)
        return rc;
    evc_kms_ref(kms);
    evc_kms_unref(config->generator);
    config->generator = kms;
    return 0;
}

int
envcrypt_keyring_config_add_recipient(envcrypt_keyring_config *config,
                                      envcrypt_kms *kms, envcrypt_error **err)
{
    evc_kms **grown;
    int rc = check_key(config, kms, err);

    if (rc != 0)
        return rc;
    grown = evc_mem_grow(config->recipients, config->count, config->count + 1,
                         sizeof(evc_kms *));
    if (!grown)
        return evc_err_nomem(err);
    config->recipients = grown;
    config->recipients[config->count++] = evc_kms_ref(kms);
    return 0;
}

int
envcrypt_keyring_config_require(envcrypt_keyring_config *config,
                                const char *provider_id, const char *key_id,
                                envcrypt_error **err)
{
    evc_buf name;
    int rc = check_config(config, err);

    if (rc == 0 && (!provider_id || !key_id))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a recipient cannot be demanded: provider_id or key_id is NULL");
    if (rc != 0)
        return rc;
    evc_buf_init(&name);
    evc_buf_put_text(&name, provider_id);
    evc_buf_put_u8(&name, 0);
    evc_buf_put_text(&name, key_id);
    rc = evc_buf_check(&name, err);
    if (rc == 0) /* twice is no more than once */
        rc = evc_kv_set(&config->required, evc_buf_view(&name), evc_view_of(NULL, 0),
                        err);
    evc_buf_reset(&name);
    return rc;
}

int
envcrypt_keyring_config_set_discovery(envcrypt_keyring_config *config,
                                      int32_t discovery, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc == 0 && discovery != 0 && discovery != 1)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT, "discovery is 0 or 1, not %d",
                     (int)discovery);
    if (rc == 0)
        config->discovery = discovery == 1;
    return rc;
}

int
envcrypt_keyring_open(envcrypt_client *client, const envcrypt_keyring_config *config,
                      envcrypt_keyring **out, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (out)
        *out = NULL;
    if (rc == 0 && !out)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a keyring cannot be opened: out is NULL");
    if (rc == 0)
        rc = evc_client_check(client, err);
    return rc ? rc : evc_keyring_open(client->crypto, config, out, err);
}

envcrypt_keyring *
envcrypt_keyring_ref(envcrypt_keyring *keyring)
{
    return evc_keyring_ref(keyring);
}

void
envcrypt_keyring_unref(envcrypt_keyring *keyring)
{
    evc_keyring_unref(keyring);
}
