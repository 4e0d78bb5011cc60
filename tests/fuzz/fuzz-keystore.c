/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key store files, up to the secrets: what is read has the limits of its page, and what is
 * written of it reads as the same again. A file of any bytes may be tried with a key.
 */
#include <string.h>

#include "crypto/argon2.h"
#include "crypto/crypto.h"
#include "fuzz.h"
#include "kms/store_reader.h"
#include "kms/store_writer.h"
#include "kms/unlock.h"

/* Presented to every file: the raw key that opens corpus/keystore/opens. Never freed. */
static evc_protectors *
presented(evc_crypto **crypto)
{
    static const uint8_t key[EVC_PROTECTOR_KEY] = {1};
    static evc_protectors *list;
    static evc_crypto *of;
    evc_env *env = NULL;

    if (!list) {
        FUZZ_DEMAND(!evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
        FUZZ_DEMAND(!evc_crypto_open(env, &of, NULL));
        FUZZ_DEMAND(evc_protectors_new(of, &list, NULL) == 0);
        FUZZ_DEMAND(
            evc_protectors_add_raw_key(list, evc_view_of(key, sizeof(key)), NULL) == 0);
    }
    *crypto = of;
    return list;
}

/* Both steps. */
static int
read_all(evc_view file, evc_store_text *text, evc_store_data **data)
{
    int rc = evc_store_text_open(file, "it", text, NULL);

    *data = NULL;
    if (!rc)
        rc = evc_store_read_head(text, data, NULL);
    return rc ? rc : evc_store_read_keys(text, *data, NULL);
}

static void
write_all(const evc_store_data *data, const uint8_t mac[EVC_STORE_MAC], evc_buf *out)
{
    FUZZ_DEMAND(evc_store_write(data, out, NULL) == 0);
    evc_store_write_mac(mac, out);
    FUZZ_DEMAND(!out->failed);
}

static void
check_version(const evc_store_key *key, size_t at)
{
    const evc_store_version *version = &key->versions[at];
    bool destroyed = version->state == ENVCRYPT_KEY_DESTROYED;

    FUZZ_DEMAND(version->number == at + 1);
    FUZZ_DEMAND(destroyed == (version->wrapped_size == 0));
    FUZZ_DEMAND(version->wrapped_size <= sizeof(version->wrapped));
}

static void
check_limits(const evc_store_data *data)
{
    FUZZ_DEMAND(evc_store_is_store_name(evc_view_text(data->name)));
    FUZZ_DEMAND(data->protector_count >= 1);
    FUZZ_DEMAND(data->protector_count <= EVC_STORE_MAX_PROTECTORS);
    for (size_t i = 0; i < data->protector_count; i++) {
        const evc_protector *at = &data->protectors[i];

        FUZZ_DEMAND(evc_store_data_find_protector(data, at->id) == i);
        if (at->type == ENVCRYPT_PROTECTOR_PASSPHRASE)
            FUZZ_DEMAND(evc_argon2_check(at->passes, at->memory_kib, NULL) == 0);
    }
    for (size_t i = 0; i < data->key_count; i++) {
        const evc_store_key *key = &data->keys[i];

        FUZZ_DEMAND(evc_store_data_find_key(data, evc_view_text(key->name)) == i);
        FUZZ_DEMAND(key->count >= 1);
        for (size_t v = 0; v < key->count; v++)
            check_version(key, v);
    }
}

/* The layout of a file is free; that of what we write is not. */
static void
check_written(const evc_store_data *data, const uint8_t mac[EVC_STORE_MAC])
{
    evc_buf first;
    evc_buf second;
    evc_store_text text = {0};
    evc_store_data *again = NULL;

    evc_buf_init(&first);
    evc_buf_init(&second);
    write_all(data, mac, &first);
    FUZZ_DEMAND(read_all(evc_buf_view(&first), &text, &again) == 0);
    FUZZ_DEMAND(memcmp(text.mac, mac, EVC_STORE_MAC) == 0);
    write_all(again, text.mac, &second);
    FUZZ_DEMAND(evc_view_equal(evc_buf_view(&first), evc_buf_view(&second)));
    evc_store_data_unref(again);
    evc_store_text_close(&text);
    evc_buf_reset(&first);
    evc_buf_reset(&second);
}

/* Passphrases are left out: their cost is the file's to choose. */
static void
try_key(const evc_store_text *text, const evc_store_data *data)
{
    evc_store_keys keys = {0};
    evc_crypto *crypto;
    const evc_protectors *list = presented(&crypto);
    size_t at = 0;
    int rc = evc_unlock(crypto, text, data, list, 0, NULL, &keys, &at, NULL);

    FUZZ_DEMAND(rc == 0 || rc == ENVCRYPT_E_STORE_LOCKED || rc == ENVCRYPT_E_STORE_MAC);
    evc_store_keys_reset(&keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_store_text text = {0};
    evc_store_data *store = NULL;
    int rc = read_all(evc_view_of(data, size), &text, &store);

    if (rc == 0) {
        check_limits(store);
        check_written(store, text.mac);
        try_key(&text, store);
    } else {
        FUZZ_DEMAND(rc == ENVCRYPT_E_STORE_FORMAT || rc == ENVCRYPT_E_STORE_NEWER ||
                    rc == ENVCRYPT_E_STORE_KDF);
    }
    evc_store_data_unref(store);
    evc_store_text_close(&text);
    return 0;
}
