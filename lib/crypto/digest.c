/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HMAC and HKDF are built here from the fetched hash and one reused context: OpenSSL's
 * own EVP_MAC and EVP_KDF cost two to three times as much for short inputs, in look-ups
 * and allocation, and its HKDF refuses an info of more than 32 KiB.
 */
#include "crypto/digest.h"

#include <openssl/err.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/state.h"

#define BLOCK_MAX 128u /* of SHA-384 and SHA-512 */
#define HKDF_BLOCKS 255u

struct evc_hasher {
    evc_pool_item item;
    evc_crypto *crypto; /* held while taken */
    EVP_MD_CTX *context;
    evc_hash hash;
    bool finished;
};

/* A MAC key as the two blocks that the inner and the outer hash begin with. */
typedef struct hmac_key {
    uint8_t inner[BLOCK_MAX];
    uint8_t outer[BLOCK_MAX];
} hmac_key;

size_t
evc_hash_size(evc_hash hash)
{
    switch (hash) {
    case EVC_SHA1:
        return 20;
    case EVC_SHA256:
        return 32;
    case EVC_SHA384:
        return 48;
    case EVC_SHA512:
        break;
    }
    return 64;
}

static size_t
block_size(evc_hash hash)
{
    return hash == EVC_SHA256 ? 64 : BLOCK_MAX;
}

/* -- contexts ------------------------------------------------------------------------
 */

static bool
restart(evc_hasher *h)
{
    h->finished = false;
    return EVP_DigestInit_ex2(h->context, NULL, NULL) == 1;
}

static bool
add(evc_hasher *h, evc_view bytes)
{
    return bytes.size == 0 || EVP_DigestUpdate(h->context, bytes.data, bytes.size) == 1;
}

static bool
finish(evc_hasher *h, uint8_t *out)
{
    unsigned size;

    h->finished = true;
    return EVP_DigestFinal_ex(h->context, out, &size) == 1;
}

static void
hasher_destroy(evc_pool_item *item)
{
    evc_hasher *h = (evc_hasher *)item;

    EVP_MD_CTX_free(h->context);
    evc_mem_free(h);
}

static evc_hasher *
hasher_new(evc_crypto *crypto, evc_hash hash)
{
    evc_hasher *h = evc_mem_new(sizeof *h);

    if (!h)
        return NULL;
    h->item.destroy = hasher_destroy;
    h->hash = hash;
    h->context = EVP_MD_CTX_new();
    if (!h->context || EVP_DigestInit_ex2(h->context, crypto->hash[hash], NULL) != 1) {
        hasher_destroy(&h->item);
        return NULL;
    }
    return h;
}

/*
 * A context in any state; each use begins with restart. Marks OpenSSL's error queue, and
 * give goes back to the mark.
 */
static int
take(evc_crypto *crypto, evc_hash hash, evc_hasher **out, evc_error **err)
{
    evc_hasher *h;
    int rc = evc_crypto_check(crypto, err);

    *out = NULL;
    if (rc)
        return rc;
    if (hash == EVC_SHA1)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "SHA-1 is not used to hash; choose SHA-256, SHA-384 or SHA-512");
    ERR_set_mark();
    h = (evc_hasher *)evc_pool_take(&crypto->hash_pool[hash]);
    if (!h)
        h = hasher_new(crypto, hash);
    if (!h) {
        ERR_pop_to_mark();
        return evc_err_nomem(err);
    }
    h->crypto = evc_crypto_ref(crypto);
    *out = h;
    return 0;
}

/*
 * A new start sets the state of the hash, but where OpenSSL keeps the memory for it (since
 * 3.1) the input that waits for a full block stays: it is written over with all that fits.
 */
static bool
wipe(evc_hasher *h)
{
    static const uint8_t zeros[BLOCK_MAX];

    return restart(h) && add(h, evc_view_of(zeros, block_size(h->hash) - 1));
}

static void
give(evc_hasher *h)
{
    evc_crypto *crypto = h->crypto;

    if (evc_crypto_is_ours(crypto)) {
        if (wipe(h))
            evc_pool_give(&crypto->hash_pool[h->hash], &h->item);
        else
            hasher_destroy(&h->item);
        ERR_pop_to_mark();
    }
    evc_crypto_unref(crypto);
}

int
evc_hasher_open(evc_crypto *crypto, evc_hash hash, evc_hasher **out, evc_error **err)
{
    int rc = take(crypto, hash, out, err);

    if (rc)
        return rc;
    if (restart(*out)) {
        ERR_pop_to_mark();
        return 0;
    }
    give(*out);
    *out = NULL;
    return evc_crypto_failed(err, "begin a hash");
}

void
evc_hasher_close(evc_hasher *hasher)
{
    if (!hasher)
        return;
    if (evc_crypto_is_ours(hasher->crypto))
        ERR_set_mark();
    give(hasher);
}

int
evc_hasher_add(evc_hasher *hasher, evc_view bytes, evc_error **err)
{
    int rc = evc_crypto_check(hasher->crypto, err);

    if (rc)
        return rc;
    if (hasher->finished)
        return evc_err(err, ENVCRYPT_E_STATE, "bytes were added to a finished hash");
    return add(hasher, bytes) ? 0 : evc_crypto_failed(err, "hash");
}

int
evc_hasher_finish(evc_hasher *hasher, void *out, evc_error **err)
{
    int rc = evc_crypto_check(hasher->crypto, err);

    if (rc)
        return rc;
    if (hasher->finished)
        return evc_err(err, ENVCRYPT_E_STATE, "a hash was finished twice");
    return finish(hasher, out) ? 0 : evc_crypto_failed(err, "finish a hash");
}

int
evc_digest(evc_crypto *crypto, evc_hash hash, const evc_view *parts, size_t count,
           void *out, evc_error **err)
{
    evc_hasher *h;
    bool made;
    int rc = take(crypto, hash, &h, err);

    if (rc)
        return rc;
    made = restart(h);
    for (size_t i = 0; made && i < count; i++)
        made = add(h, parts[i]);
    if (!made || !finish(h, out))
        rc = evc_crypto_failed(err, "hash");
    give(h);
    return rc;
}

/* -- HMAC ----------------------------------------------------------------------------
 */

static bool
hmac_prepare(evc_hasher *h, evc_view key, hmac_key *out)
{
    uint8_t digest[EVC_HASH_MAX];
    bool made = true;

    memset(out->inner, 0x36, sizeof out->inner);
    memset(out->outer, 0x5c, sizeof out->outer);
    if (key.size > block_size(h->hash)) {
        made = restart(h) && add(h, key) && finish(h, digest);
        key = evc_view_of(digest, evc_hash_size(h->hash));
    }
    for (size_t i = 0; made && i < key.size; i++) {
        out->inner[i] ^= key.data[i];
        out->outer[i] ^= key.data[i];
    }
    evc_mem_wipe(digest, sizeof digest);
    return made;
}

static bool
hmac_begin(evc_hasher *h, const hmac_key *key)
{
    return restart(h) && add(h, evc_view_of(key->inner, block_size(h->hash)));
}

static bool
hmac_end(evc_hasher *h, const hmac_key *key, uint8_t *out)
{
    return finish(h, out) && restart(h) &&
           add(h, evc_view_of(key->outer, block_size(h->hash))) &&
           add(h, evc_view_of(out, evc_hash_size(h->hash))) && finish(h, out);
}

int
evc_hmac(evc_crypto *crypto, evc_hash hash, evc_view key, const evc_view *parts,
         size_t count, void *out, evc_error **err)
{
    evc_hasher *h;
    hmac_key blocks;
    bool made;
    int rc = take(crypto, hash, &h, err);

    if (rc)
        return rc;
    made = hmac_prepare(h, key, &blocks) && hmac_begin(h, &blocks);
    for (size_t i = 0; made && i < count; i++)
        made = add(h, parts[i]);
    if (!made || !hmac_end(h, &blocks, out)) {
        evc_mem_wipe(out, evc_hash_size(hash));
        rc = evc_crypto_failed(err, "make an HMAC");
    }
    evc_mem_wipe(&blocks, sizeof blocks);
    give(h);
    return rc;
}

/* -- HKDF ----------------------------------------------------------------------------
 */

static bool
extract(evc_hasher *h, evc_view salt, evc_view ikm, uint8_t *prk)
{
    hmac_key key;
    bool made = hmac_prepare(h, salt, &key) && hmac_begin(h, &key) && add(h, ikm) &&
                hmac_end(h, &key, prk);

    evc_mem_wipe(&key, sizeof key);
    return made;
}

static bool
expand(evc_hasher *h, const hmac_key *prk, const evc_hkdf_output *output)
{
    uint8_t block[EVC_HASH_MAX];
    uint8_t *out = output->out;
    size_t whole = evc_hash_size(h->hash);
    bool made = true;
    uint8_t counter = 1;

    for (size_t at = 0; made && at < output->size; counter++) {
        size_t size = output->size - at < whole ? output->size - at : whole;

        made = hmac_begin(h, prk) && (at == 0 || add(h, evc_view_of(block, whole))) &&
               add(h, output->info) && add(h, evc_view_of(&counter, 1)) &&
               hmac_end(h, prk, block);
        memcpy(&out[at], block, size);
        at += size;
    }
    evc_mem_wipe(block, sizeof block);
    return made;
}

static bool
expand_all(evc_hasher *h, evc_view prk, const evc_hkdf_output *outputs, size_t count)
{
    hmac_key key;
    bool made = hmac_prepare(h, prk, &key);

    for (size_t i = 0; made && i < count; i++)
        made = expand(h, &key, &outputs[i]);
    evc_mem_wipe(&key, sizeof key);
    return made;
}

static int
check_outputs(evc_hash hash, const evc_hkdf_output *outputs, size_t count,
              evc_error **err)
{
    for (size_t i = 0; i < count; i++)
        if (outputs[i].size > HKDF_BLOCKS * evc_hash_size(hash))
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "HKDF was asked for %zu bytes; this hash gives at most %zu",
                           outputs[i].size, HKDF_BLOCKS * evc_hash_size(hash));
    return 0;
}

/* Takes over h. Nothing of a failed derivation stays in the outputs. */
static int
end_outputs(evc_hasher *h, bool made, const evc_hkdf_output *outputs, size_t count,
            evc_error **err)
{
    give(h);
    if (made)
        return 0;
    for (size_t i = 0; i < count; i++)
        evc_mem_wipe(outputs[i].out, outputs[i].size);
    return evc_crypto_failed(err, "derive a key");
}

int
evc_hkdf_extract(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm,
                 void *prk, evc_error **err)
{
    return evc_hmac(crypto, hash, salt, &ikm, 1, prk, err);
}

int
evc_hkdf_expand(evc_crypto *crypto, evc_hash hash, evc_view prk, evc_view info,
                void *out, size_t size, evc_error **err)
{
    evc_hkdf_output output = {info, out, size};
    evc_hasher *h;
    int rc;

    if ((rc = check_outputs(hash, &output, 1, err)) ||
        (rc = take(crypto, hash, &h, err)))
        return rc;
    return end_outputs(h, expand_all(h, prk, &output, 1), &output, 1, err);
}

int
evc_hkdf_outputs(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm,
                 const evc_hkdf_output *outputs, size_t count, evc_error **err)
{
    uint8_t prk[EVC_HASH_MAX];
    evc_hasher *h;
    bool made;
    int rc;

    if ((rc = check_outputs(hash, outputs, count, err)) ||
        (rc = take(crypto, hash, &h, err)))
        return rc;
    made = extract(h, salt, ikm, prk) &&
           expand_all(h, evc_view_of(prk, evc_hash_size(hash)), outputs, count);
    evc_mem_wipe(prk, sizeof prk);
    return end_outputs(h, made, outputs, count, err);
}

int
evc_hkdf(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm, evc_view info,
         void *out, size_t size, evc_error **err)
{
    evc_hkdf_output output = {info, out, size};

    return evc_hkdf_outputs(crypto, hash, salt, ikm, &output, 1, err);
}
