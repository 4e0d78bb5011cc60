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
    evc_crypto *crypto; /* a reference is held while it is open */
    EVP_MD_CTX *fresh;  /* as it was made */
    EVP_MD_CTX *context;
    EVP_MD_CTX *inner; /* of HKDF: the two hashes of an HMAC, with their key block in */
    EVP_MD_CTX *outer;
    bool keyed; /* inner and outer hold a key */
    evc_hash hash;
    bool finished;
};

/* A MAC key as the two blocks that the inner and the outer hash begin with. */
typedef struct hmac_key {
    uint64_t inner[BLOCK_MAX / sizeof(uint64_t)];
    uint64_t outer[BLOCK_MAX / sizeof(uint64_t)];
} hmac_key;

#define INNER_PAD UINT64_C(0x3636363636363636)
#define OUTER_PAD UINT64_C(0x5c5c5c5c5c5c5c5c)

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
    return hash == EVC_SHA256 || hash == EVC_SHA1 ? 64 : BLOCK_MAX;
}

/* -- contexts ------------------------------------------------------------------------
 */

/* From any state. A copy of a fresh context is quicker than a new start, and leaves
 * nothing of the old state: a start keeps the input that waits for a full block, where
 * OpenSSL keeps the memory for it (since 3.1). */
static bool
begin(const evc_hasher *h, EVP_MD_CTX *context)
{
    return EVP_MD_CTX_copy_ex(context, h->fresh) == 1;
}

static bool
restart(evc_hasher *h)
{
    h->finished = false;
    return begin(h, h->context);
}

static bool
add_to(EVP_MD_CTX *context, evc_view bytes)
{
    return bytes.size == 0 || EVP_DigestUpdate(context, bytes.data, bytes.size) == 1;
}

static bool
add(evc_hasher *h, evc_view bytes)
{
    return add_to(h->context, bytes);
}

static bool
finish_in(EVP_MD_CTX *context, uint8_t *out)
{
    unsigned size;

    return EVP_DigestFinal_ex(context, out, &size) == 1;
}

static bool
finish(evc_hasher *h, uint8_t *out)
{
    h->finished = true;
    return finish_in(h->context, out);
}

static void
hasher_destroy(evc_pool_item *item)
{
    evc_hasher *h = (evc_hasher *)item;

    EVP_MD_CTX_free(h->fresh);
    EVP_MD_CTX_free(h->context);
    EVP_MD_CTX_free(h->inner);
    EVP_MD_CTX_free(h->outer);
    evc_mem_free(h);
}

static EVP_MD_CTX *
context_new(const evc_crypto *crypto, evc_hash hash)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (context && EVP_DigestInit_ex2(context, crypto->hash[hash], NULL) == 1)
        return context;
    EVP_MD_CTX_free(context);
    return NULL;
}

static evc_hasher *
hasher_new(evc_crypto *crypto, evc_hash hash)
{
    evc_hasher *h = evc_mem_new(sizeof *h);

    if (!h)
        return NULL;
    h->item.destroy = hasher_destroy;
    h->hash = hash;
    h->fresh = context_new(crypto, hash);
    h->context = context_new(crypto, hash);
    h->inner = context_new(crypto, hash);
    h->outer = context_new(crypto, hash);
    if (!h->fresh || !h->context || !h->inner || !h->outer) {
        hasher_destroy(&h->item);
        return NULL;
    }
    return h;
}

/*
 * All contexts as fresh as they were made. Marks OpenSSL's error queue, and give goes
 * back to the mark.
 */
static int
take_any(evc_crypto *crypto, evc_hash hash, evc_hasher **out, evc_error **err)
{
    evc_hasher *h;
    int rc = evc_crypto_check(crypto, err);

    *out = NULL;
    if (rc)
        return rc;
    ERR_set_mark();
    h = (evc_hasher *)evc_pool_take(&crypto->hash_pool[hash]);
    if (!h)
        h = hasher_new(crypto, hash);
    if (!h) {
        ERR_pop_to_mark();
        return evc_err_nomem(err);
    }
    h->crypto = crypto;
    *out = h;
    return 0;
}

/* Same, of a hash that more than an HMAC or a name may stand on. */
static int
take(evc_crypto *crypto, evc_hash hash, evc_hasher **out, evc_error **err)
{
    if (hash != EVC_SHA1)
        return take_any(crypto, hash, out, err);
    *out = NULL;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "SHA-1 is not used to hash; choose SHA-256, SHA-384 or SHA-512");
}

/* As take promises it, so nothing of what was hashed stays behind. */
static bool
wipe(evc_hasher *h)
{
    bool keyed = h->keyed;

    h->keyed = false;
    return restart(h) && (!keyed || (begin(h, h->inner) && begin(h, h->outer)));
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
}

int
evc_hasher_open(evc_crypto *crypto, evc_hash hash, evc_hasher **out, evc_error **err)
{
    int rc = take(crypto, hash, out, err);

    if (rc)
        return rc;
    ERR_pop_to_mark();
    (void)evc_crypto_ref(crypto);
    return 0;
}

void
evc_hasher_close(evc_hasher *hasher)
{
    evc_crypto *crypto = hasher ? hasher->crypto : NULL;

    if (!hasher)
        return;
    if (evc_crypto_is_ours(crypto))
        ERR_set_mark();
    give(hasher);
    evc_crypto_unref(crypto);
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
    bool made = true;
    int rc = take_any(crypto, hash, &h, err);

    if (rc)
        return rc;
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
    bool made = true;

    memset(out->inner, 0, sizeof out->inner);
    if (key.size > block_size(h->hash))
        made = add(h, key) && finish(h, (uint8_t *)out->inner) && restart(h);
    else if (key.size)
        memcpy(out->inner, key.data, key.size);
    for (size_t i = 0; i < sizeof out->inner / sizeof *out->inner; i++) {
        out->outer[i] = out->inner[i] ^ OUTER_PAD;
        out->inner[i] ^= INNER_PAD;
    }
    return made;
}

static bool
hmac_begin(evc_hasher *h, const hmac_key *key)
{
    return add(h, evc_view_of(key->inner, block_size(h->hash)));
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
    int rc = take_any(crypto, hash, &h, err);

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

/* What a derivation leaves behind on the stack, to be wiped at once. */
typedef struct traces {
    hmac_key key;
    uint8_t prk[EVC_HASH_MAX];
    uint8_t block[EVC_HASH_MAX];
} traces;

static bool
extract(evc_hasher *h, evc_view salt, evc_view ikm, traces *t)
{
    return hmac_prepare(h, salt, &t->key) && hmac_begin(h, &t->key) && add(h, ikm) &&
           hmac_end(h, &t->key, t->prk);
}

/* Both hashes of an HMAC up to where its input begins: whole blocks, which leave nothing
 * in the part of the state that waits for more. */
static bool
set_key(evc_hasher *h, evc_view key, hmac_key *blocks)
{
    size_t size = block_size(h->hash);

    h->keyed = true;
    return hmac_prepare(h, key, blocks) &&
           add_to(h->inner, evc_view_of(blocks->inner, size)) &&
           add_to(h->outer, evc_view_of(blocks->outer, size));
}

/* Where to go on from one of the two: it stays as it is, but for the last time. */
static EVP_MD_CTX *
go_on(evc_hasher *h, EVP_MD_CTX *keyed, bool last)
{
    if (last)
        return keyed;
    return EVP_MD_CTX_copy_ex(h->context, keyed) == 1 ? h->context : NULL;
}

/* One block: HMAC of what stands before it, info and counter. */
static bool
expand_block(evc_hasher *h, evc_view before, evc_view info, uint8_t counter, bool last,
             uint8_t *block)
{
    EVP_MD_CTX *context = go_on(h, h->inner, last);

    if (!context || !add_to(context, before) || !add_to(context, info) ||
        !add_to(context, evc_view_of(&counter, 1)) || !finish_in(context, block))
        return false;
    context = go_on(h, h->outer, last);
    return context && add_to(context, evc_view_of(block, evc_hash_size(h->hash))) &&
           finish_in(context, block);
}

static bool
expand(evc_hasher *h, const evc_hkdf_output *output, bool last, uint8_t *block)
{
    evc_view before = evc_view_of(block, 0);
    uint8_t *out = output->out;
    size_t whole = evc_hash_size(h->hash);
    bool made = true;
    uint8_t counter = 1;

    for (size_t at = 0; made && at < output->size; counter++) {
        size_t left = output->size - at;
        size_t size = left < whole ? left : whole;

        made = expand_block(h, before, output->info, counter, last && left <= whole,
                            block);
        memcpy(&out[at], block, size);
        before.size = whole;
        at += size;
    }
    return made;
}

static bool
expand_all(evc_hasher *h, evc_view prk, const evc_hkdf_output *outputs, size_t count,
           traces *t)
{
    bool made = set_key(h, prk, &t->key);

    for (size_t i = 0; made && i < count; i++)
        made = expand(h, &outputs[i], i + 1 == count, t->block);
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
end_outputs(evc_hasher *h, traces *t, bool made, const evc_hkdf_output *outputs,
            size_t count, evc_error **err)
{
    evc_mem_wipe(t, sizeof *t);
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
    EVC_UNSET traces t;
    evc_hasher *h;
    int rc;

    if ((rc = check_outputs(hash, &output, 1, err)) ||
        (rc = take(crypto, hash, &h, err)))
        return rc;
    return end_outputs(h, &t, expand_all(h, prk, &output, 1, &t), &output, 1, err);
}

int
evc_hkdf_outputs(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm,
                 const evc_hkdf_output *outputs, size_t count, evc_error **err)
{
    EVC_UNSET traces t;
    evc_hasher *h;
    bool made;
    int rc;

    if ((rc = check_outputs(hash, outputs, count, err)) ||
        (rc = take(crypto, hash, &h, err)))
        return rc;
    made = extract(h, salt, ikm, &t) &&
           expand_all(h, evc_view_of(t.prk, evc_hash_size(hash)), outputs, count, &t);
    return end_outputs(h, &t, made, outputs, count, err);
}

int
evc_hkdf(evc_crypto *crypto, evc_hash hash, evc_view salt, evc_view ikm, evc_view info,
         void *out, size_t size, evc_error **err)
{
    evc_hkdf_output output = {info, out, size};

    return evc_hkdf_outputs(crypto, hash, salt, ikm, &output, 1, err);
}
