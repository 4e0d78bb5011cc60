/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wrapped-key records under a wrapping key that everybody knows, 01 02 03 … What is read
 * accounts for every byte and is inspected to the same; what is unwrapped was read, and is
 * rewrapped to a record of the same key.
 */
#include <string.h>

#include "envelope/info.h"
#include "envelope/record.h"
#include "fuzz.h"
#include "kms/keys.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_keyring *keyring;

static void
open_once(void)
{
    struct envcrypt_keyring_config keys = {0};
    uint8_t key[32];

    if (env)
        return;
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i + 1);
    FUZZ_DEMAND(!evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    FUZZ_DEMAND(!evc_crypto_open(env, &crypto, NULL));
    FUZZ_DEMAND(!evc_raw_aes_open(crypto, "test", "key", evc_view_of(key, sizeof key),
                                  &keys.generator, NULL));
    FUZZ_DEMAND(!evc_keyring_open(crypto, &keys, &keyring, NULL));
    evc_kms_unref(keys.generator);
}

/* Fields in their order, and nothing between or behind them. */
static void
check_read(const evc_record *record, evc_view input)
{
    size_t edks = 0;
    size_t size;

    for (size_t i = 0; i < record->edk_count; i++)
        edks += 6 + record->edks[i].provider.size + record->edks[i].info.size +
                record->edks[i].ciphertext.size;
    size = 4 + 2 + evc_context_size(&record->context) + 2 + edks;
    FUZZ_DEMAND(record->covered.size == size);
    FUZZ_DEMAND(record->mac.size == 32 && size + 32 == input.size);
    FUZZ_DEMAND(record->edk_count > 0);
}

static void
check_inspected(evc_view input, const evc_record *record)
{
    evc_info *info;
    evc_buf json;

    evc_buf_init(&json);
    FUZZ_DEMAND(!evc_info_inspect(input, evc_config_or_default(NULL), &info, NULL));
    FUZZ_DEMAND(info->edk_count == record->edk_count);
    FUZZ_DEMAND(info->context.pairs.count == record->context.count);
    FUZZ_DEMAND(!info->verified && info->purpose == record->purpose);
    FUZZ_DEMAND(!evc_info_to_json(info, &json, NULL));
    evc_buf_reset(&json);
    evc_info_free(info);
}

static void
check_rewrapped(evc_view input, const evc_secret *key)
{
    evc_secret again;
    evc_buf made;

    evc_buf_init(&made);
    FUZZ_DEMAND(!evc_record_rewrap(keyring, keyring, input, NULL, &made, NULL));
    FUZZ_DEMAND(!evc_record_unwrap(keyring, evc_buf_view(&made), EVC_RECORD_ANY, NULL,
                                   NULL, NULL, &again, NULL));
    FUZZ_DEMAND(again.size == key->size &&
                memcmp(again.bytes, key->bytes, key->size) == 0);
    evc_secret_free(&again);
    evc_buf_reset(&made);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_view input = evc_view_of(data, size);
    evc_record record;
    evc_secret key;
    int read_rc;
    int rc;

    open_once();
    read_rc = evc_record_read(input, evc_config_or_default(NULL), &record, NULL);
    if (read_rc == 0) {
        check_read(&record, input);
        check_inspected(input, &record);
        evc_record_reset(&record);
    }
    rc =
        evc_record_unwrap(keyring, input, EVC_RECORD_ANY, NULL, NULL, NULL, &key, NULL);
    if (rc == 0) {
        FUZZ_DEMAND(read_rc == 0);
        check_rewrapped(input, &key);
        evc_secret_free(&key);
    }
    return 0;
}
