/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EncryptionConfiguration: what can be read is explained and judged; its keys are added all or
 * none; and when the rules find no error, they all are.
 */
#include "fuzz.h"
#include "k8s/config_check.h"
#include "k8s/config_explain.h"
#include "k8s/stored_config.h"

static evc_env *env;
static evc_crypto *crypto;

static void
open_once(void)
{
    if (env)
        return;
    FUZZ_DEMAND(!evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    FUZZ_DEMAND(!evc_crypto_open(env, &crypto, NULL));
}

static size_t
count_keys(const evc_encryption_config *config)
{
    size_t count = 0;

    for (size_t i = 0; i < config->rule_count; i++)
        for (size_t j = 0; j < config->rules[i].provider_count; j++)
            count += config->rules[i].providers[j].key_count;
    return count;
}

static bool
has_errors(const evc_table *table)
{
    for (size_t i = 0; i < table->rows; i++)
        if (*evc_table_cell(table, i, 0) == 'e')
            return true;
    return false;
}

static void
check_keys(evc_view input, size_t count, bool accepted)
{
    evc_stored_keys *keys;
    int rc;

    FUZZ_DEMAND(!evc_stored_keys_new(crypto, &keys, NULL));
    rc = evc_stored_keys_add_config(keys, input, NULL);
    FUZZ_DEMAND(keys->count == (rc ? 0 : count));
    /* Names of ours have a limit, and the arena has one. */
    FUZZ_DEMAND(rc == 0 || !accepted || rc == ENVCRYPT_E_ENCRYPTION_CONFIG ||
                rc == ENVCRYPT_E_ARENA_FULL);
    evc_stored_keys_free(keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_view input = evc_view_of(data, size);
    evc_encryption_config *config;
    evc_table *explained;
    evc_table *found;

    open_once();
    if (evc_encryption_config_read(input, &config, NULL))
        return 0;
    FUZZ_DEMAND(!evc_config_explain(config, &explained, NULL));
    FUZZ_DEMAND(!evc_config_check(config, env->arena, "1.30", &found, NULL));
    check_keys(input, count_keys(config), !has_errors(found));
    evc_table_free(explained);
    evc_table_free(found);
    evc_encryption_config_free(config);
    return 0;
}
