/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small values under a data key that everybody knows, 01 02 03 … What opens does so under one
 * context alone and leaves nothing under another; what is sealed opens to the same.
 */
#include <string.h>

#include "base/mem.h"
#include "envelope/value.h"
#include "fuzz.h"

#define OVERHEAD ENVCRYPT_VALUE_OVERHEAD

static evc_env *env;
static evc_crypto *crypto;
static evc_value_key *key;
static evc_kv contexts[2]; /* none; one pair */

static void
open_once(void)
{
    uint8_t bytes[32];

    if (env)
        return;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i + 1);
    FUZZ_DEMAND(!evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    FUZZ_DEMAND(!evc_crypto_open(env, &crypto, NULL));
    FUZZ_DEMAND(
        !evc_value_key_open(crypto, evc_view_of(bytes, sizeof bytes), &key, NULL));
    FUZZ_DEMAND(!evc_kv_add(&contexts[1], evc_view_text("table"),
                            evc_view_text("users"), NULL));
}

static bool
is_all(const uint8_t *bytes, size_t size, uint8_t value)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

/* Returns the contexts under which it opens. */
static int
open_value(evc_view value, evc_view expected)
{
    size_t size = value.size > OVERHEAD ? value.size - OVERHEAD : 0;
    uint8_t *out = evc_mem_new(size + 1);
    int opened = 0;

    FUZZ_DEMAND(out);
    for (int i = 0; i < 2; i++) {
        int rc;

        memset(out, 'x', size);
        rc = evc_value_open(key, &contexts[i], value, out, NULL);
        if (rc == 0) {
            FUZZ_DEMAND(value.size >= OVERHEAD);
            FUZZ_DEMAND(!expected.data || memcmp(out, expected.data, size) == 0);
            opened |= 1 << i;
        } else if (value.size >= OVERHEAD) {
            FUZZ_DEMAND(is_all(out, size, 0) || is_all(out, size, 'x'));
        }
    }
    evc_mem_free(out);
    return opened;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_view input = evc_view_of(data, size);
    uint8_t *sealed;

    if (size > ENVCRYPT_VALUE_MAX)
        return 0;
    open_once();
    sealed = evc_mem_new(size + OVERHEAD);
    FUZZ_DEMAND(sealed);
    FUZZ_DEMAND(open_value(input, evc_view_of(NULL, 0)) != 3);
    for (int i = 0; i < 2; i++) {
        FUZZ_DEMAND(!evc_value_seal(key, &contexts[i], input, sealed, NULL));
        FUZZ_DEMAND(open_value(evc_view_of(sealed, size + OVERHEAD), input) == 1 << i);
    }
    evc_mem_free(sealed);
    return 0;
}
