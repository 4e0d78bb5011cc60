/* SPDX-License-Identifier: Apache-2.0 */
#include "api/client.h"
#include "base/fork.h"
#include "base/mem.h"
#include "envcrypt/envelope.h"
#include "kms/dek_cache.h"

#define ENTRIES_MAX 1000000u
#define MESSAGES_MAX (UINT64_C(1) << 32)

int
envcrypt_cache_config_new(envcrypt_cache_config **out, envcrypt_error **err)
{
    envcrypt_cache_config *config;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "settings for a cache cannot be made: out is NULL");
    *out = NULL;
    config = evc_mem_new(sizeof(*config));
    if (!config)
        return evc_err_nomem(err);
    evc_dek_cache_defaults(config);
    *out = config;
    return 0;
}

void
envcrypt_cache_config_free(envcrypt_cache_config *config)
{
    evc_mem_free(config);
}

static int
check(const envcrypt_cache_config *config, bool fits, const char *range,
      envcrypt_error **err)
{
    evc_err_clear(err);
    if (!config)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a cache cannot be configured: config is NULL");
    if (!fits)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "a cache takes %s", range);
    return 0;
}

int
envcrypt_cache_config_set_entries(envcrypt_cache_config *config, size_t entries,
                                  envcrypt_error **err)
{
    int rc = check(config, entries >= 1 && entries <= ENTRIES_MAX,
                   "1 to 1,000,000 entries", err);

    if (rc == 0)
        config->entries = entries;
    return rc;
}

int
envcrypt_cache_config_set_age_ms(envcrypt_cache_config *config, int64_t age_ms,
                                 envcrypt_error **err)
{
    int rc = check(config, age_ms >= 1, "an age of 1 ms or more", err);

    if (rc == 0)
        config->age_ms = age_ms;
    return rc;
}

int
envcrypt_cache_config_set_messages(envcrypt_cache_config *config, uint64_t messages,
                                   envcrypt_error **err)
{
    int rc = check(config, messages >= 1 && messages <= MESSAGES_MAX,
                   "1 to 2^32 messages for each key", err);

    if (rc == 0)
        config->messages = messages;
    return rc;
}

int
envcrypt_cache_config_set_bytes(envcrypt_cache_config *config, uint64_t bytes,
                                envcrypt_error **err)
{
    int rc = check(config, bytes <= INT64_MAX, "0 to 2^63 - 1 bytes for each key", err);

    if (rc == 0)
        config->bytes = bytes;
    return rc;
}

int
envcrypt_cache_open(envcrypt_client *client, const envcrypt_cache_config *config,
                    envcrypt_cache **out, envcrypt_error **err)
{
    envcrypt_cache_config defaults;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && !out)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT, "a cache cannot be opened: out is NULL");
    if (rc != 0)
        return rc;
    evc_dek_cache_defaults(&defaults);
    return evc_dek_cache_open(client->env, config ? config : &defaults, out, err);
}

envcrypt_cache *
envcrypt_cache_ref(envcrypt_cache *cache)
{
    return evc_dek_cache_ref(cache);
}

void
envcrypt_cache_unref(envcrypt_cache *cache)
{
    evc_dek_cache_unref(cache);
}

void
envcrypt_cache_clear(envcrypt_cache *cache)
{
    const evc_env *env;

    if (!cache)
        return;
    evc_dek_cache_clear(cache);
    env = evc_dek_cache_env(cache);
    if (evc_fork_is_current(env->generation))
        evc_log_write(&env->log, ENVCRYPT_LOG_INFO, "a cache of data keys was emptied");
}

uint64_t
envcrypt_cache_count(const envcrypt_cache *cache, int32_t counter)
{
    return cache ? evc_dek_cache_count(cache, counter) : 0;
}
