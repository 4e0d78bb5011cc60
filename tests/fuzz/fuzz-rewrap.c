/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rewrap in memory of messages under a data key that everybody knows: 01 02 03 … What can be
 * decrypted becomes a message that commits to its key and holds the same; what is refused there is
 * refused here, and nothing is made of it.
 */
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "envelope/dek.h"
#include "envelope/rewrap.h"
#include "envelope/whole.h"
#include "fuzz.h"
#include "kms/keys.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_keyring *keyring;
static evc_dek data_key;
static evc_config old_config;
static evc_config new_config; /* a signer's key and other recipients need more room */

static void
open_keyring(void)
{
    static const uint8_t key[32] = {1};
    struct envcrypt_keyring_config keys = {0};

    FUZZ_DEMAND(!evc_raw_aes_open(crypto, "test", "key", evc_view_of(key, sizeof key),
                                  &keys.generator, NULL));
    FUZZ_DEMAND(!evc_keyring_open(crypto, &keys, &keyring, NULL));
    evc_kms_unref(keys.generator);
}

static void
open_once(void)
{
    if (env)
        return;
    FUZZ_DEMAND(!evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    FUZZ_DEMAND(!evc_crypto_open(env, &crypto, NULL));
    open_keyring();
    data_key.generation = evc_fork_generation();
    data_key.crypto = crypto;
    FUZZ_DEMAND(!evc_secret_new(env->arena, 32, &data_key.key, NULL));
    for (uint8_t i = 0; i < 32; i++)
        data_key.key.bytes[i] = (uint8_t)(i + 1);
    evc_config_init(&old_config);
    old_config.policy = ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT;
    old_config.data_key = &data_key;
    old_config.max_frame = 1 << 16;
    evc_config_init(&new_config);
    new_config.max_context = 2 * old_config.max_context;
    new_config.max_header = 2 * old_config.max_header;
}

/* The data key is as long as the suite wants it. */
static const evc_suite *
fit_data_key(evc_view input)
{
    const evc_suite *suite;
    evc_header h;
    bool more;

    data_key.key.size = 32;
    if (evc_header_read(input, &old_config, &h, &more, NULL) || more)
        return NULL;
    suite = h.suite;
    data_key.key.size = suite->key_size;
    evc_header_reset(&h);
    return suite;
}

static void
check_new(evc_view message, const evc_suite *old, evc_view plain)
{
    evc_room room;
    evc_info *info;
    evc_buf back;

    evc_buf_init(&back);
    room = evc_room_buf(&back);
    FUZZ_DEMAND(
        !evc_whole_decrypt(keyring, &new_config, message, NULL, &room, &info, NULL));
    FUZZ_DEMAND(room.made == plain.size);
    FUZZ_DEMAND(!plain.size || memcmp(back.data, plain.data, plain.size) == 0);
    FUZZ_DEMAND(info->suite->commits && info->suite->is_signed == old->is_signed);
    evc_info_free(info);
    evc_buf_reset(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_view input = evc_view_of(data, size);
    evc_rewrap_result result;
    const evc_suite *suite;
    evc_rewrap r = {.read_config = &old_config,
                    .write_config = &new_config,
                    .flags = ENVCRYPT_REWRAP_FORCE | ENVCRYPT_REWRAP_VERIFY};
    evc_room room;
    evc_room new_room;
    evc_buf plain;
    evc_buf made;
    int whole_rc;
    int rc;

    open_once();
    r.to = keyring;
    suite = fit_data_key(input);
    evc_buf_init(&plain);
    evc_buf_init(&made);
    room = evc_room_buf(&plain);
    whole_rc = evc_whole_decrypt(NULL, &old_config, input, NULL, &room, NULL, NULL);
    new_room = evc_room_buf(&made);
    rc = evc_rewrap_memory(&r, input, &new_room, &result, NULL);
    FUZZ_DEMAND((rc == 0) == (whole_rc == 0));
    FUZZ_DEMAND(result.changed == (rc == 0));
    if (rc == 0)
        check_new(evc_buf_view(&made), suite, evc_view_of(plain.data, room.made));
    else
        FUZZ_DEMAND(made.size == 0);
    evc_buf_reset(&plain);
    evc_buf_reset(&made);
    return 0;
}
