/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_config.h"

#include "k8s/config_key.h"

static int
refuse(const evc_config_key *key, evc_stored_provider provider, evc_error **err)
{
    return evc_err_wrap(err, ENVCRYPT_E_ENCRYPTION_CONFIG,
                        "the key of %s in line %u of the EncryptionConfiguration is "
                        "none that kube-apiserver would take",
                        evc_stored_provider_name(provider), (unsigned)key->line);
}

static int
add_key(evc_stored_keys *keys, evc_stored_provider provider, const evc_config_key *key,
        evc_error **err)
{
    evc_secret secret;
    int rc = evc_config_key_decode(evc_view_text(key->secret),
                                   evc_crypto_env(keys->crypto)->arena, &secret, err);

    if (!rc)
        rc = evc_stored_keys_add(keys, provider, key->name,
                                 evc_view_of(secret.bytes, secret.size), err);
    evc_secret_free(&secret);
    if (rc == ENVCRYPT_E_ENCODING || rc == ENVCRYPT_E_KEY_SIZE ||
        rc == ENVCRYPT_E_ARGUMENT)
        rc = refuse(key, provider, err);
    return rc;
}

static int
add_rule(evc_stored_keys *keys, const evc_config_rule *rule, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < rule->provider_count; i++) {
        const evc_config_provider *of = &rule->providers[i];

        for (size_t j = 0; !rc && j < of->key_count; j++)
            rc = add_key(keys, of->kind, &of->keys[j], err);
    }
    return rc;
}

int
evc_stored_keys_add_config(evc_stored_keys *keys, evc_view text, evc_error **err)
{
    evc_encryption_config *config;
    size_t before = keys->count;
    int rc = evc_encryption_config_read(text, &config, err);

    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < config->rule_count; i++)
        rc = add_rule(keys, &config->rules[i], err);
    evc_encryption_config_free(config);
    if (rc)
        evc_stored_keys_truncate(keys, before);
    return rc;
}
