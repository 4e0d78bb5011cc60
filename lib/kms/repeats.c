/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/repeats.h"

#include <pthread.h>
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/random.h"

#define HASH 32u

struct evc_repeats {
    uint64_t generation;
    evc_crypto *crypto;
    uint8_t hash_key[HASH];
    pthread_mutex_t mutex; /* for all below */
    size_t count;
    size_t next; /* the oldest, once all are in use */
    uint8_t hashes[EVC_REPEATS][HASH];
};

int
evc_repeats_open(evc_crypto *crypto, evc_repeats **out, evc_error **err)
{
    evc_repeats *repeats = evc_mem_new(sizeof(*repeats));
    int rc;

    *out = NULL;
    if (!repeats)
        return evc_err_nomem(err);
    repeats->crypto = crypto;
    repeats->generation = evc_crypto_env(crypto)->generation;
    rc = evc_random_key(crypto, repeats->hash_key, HASH, err);
    if (rc == 0 && pthread_mutex_init(&repeats->mutex, NULL) != 0)
        rc = evc_err_nomem(err);
    if (rc != 0) {
        evc_mem_free_wiped(repeats, sizeof(*repeats));
        return rc;
    }
    *out = repeats;
    return 0;
}

void
evc_repeats_close(evc_repeats *repeats)
{
    if (!repeats)
        return;
    if (evc_fork_is_current(repeats->generation))
        (void)pthread_mutex_destroy(&repeats->mutex);
    evc_mem_free_wiped(repeats, sizeof(*repeats));
}

/* Hashes are public once their key is random, so an early end tells nothing. */
static bool
is_known(const evc_repeats *repeats, const uint8_t hash[HASH])
{
    for (size_t i = 0; i < repeats->count; i++) {
        if (evc_view_equal(evc_view_of(repeats->hashes[i], HASH),
                           evc_view_of(hash, HASH)))
            return true;
    }
    return false;
}

static void
remember(evc_repeats *repeats, const uint8_t hash[HASH])
{
    memcpy(repeats->hashes[repeats->next], hash, HASH);
    repeats->next = (repeats->next + 1) % EVC_REPEATS;
    if (repeats->count < EVC_REPEATS)
        repeats->count++;
}

int
evc_repeats_check(evc_repeats *repeats, evc_view key, evc_error **err)
{
    uint8_t hash[HASH];
    bool known;
    int rc = evc_hmac(repeats->crypto, EVC_SHA256, evc_view_of(repeats->hash_key, HASH),
                      &key, 1, hash, err);

    if (rc != 0)
        return rc;
    (void)pthread_mutex_lock(&repeats->mutex);
    known = is_known(repeats, hash);
    if (!known)
        remember(repeats, hash);
    (void)pthread_mutex_unlock(&repeats->mutex);
    if (known)
        rc = evc_err(err, ENVCRYPT_E_BAD_DEK,
                     "the key service generated the same data key twice; it was not "
                     "used, look into the service before writing more");
    evc_mem_wipe(hash, sizeof(hash));
    return rc;
}
