/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/value.h"

#include <pthread.h>
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/xaes.h"
#include "kms/context.h"

#define VERSION 0x01
#define CONTEXT_LIMIT 8192u
#define POOL_SIZE 16

/* Version byte included: it is both the first byte of a value and the end of the label.
 */
static const uint8_t LABEL[] = "envcrypt-value-1\0\x01";
#define LABEL_SIZE (sizeof(LABEL) - 1)

struct envcrypt_value_key {
    atomic_size_t refs;
    uint64_t generation;
    evc_crypto *crypto;
    evc_secret x;
    uint8_t commitment[EVC_VALUE_COMMITMENT];
    pthread_mutex_t lock; /* of the pool */
    evc_xaes *pool[POOL_SIZE];
    size_t pooled;
};

static int
derive(evc_crypto *crypto, evc_view data_key, evc_value_key *key, evc_error **err)
{
    evc_secret prk = {0};
    evc_arena *arena = evc_crypto_env(crypto)->arena;
    evc_view prk_view;
    int rc = evc_secret_new(arena, 64, &prk, err);

    if (rc == 0)
        rc = evc_secret_new(arena, EVC_XAES_KEY, &key->x, err);
    if (rc == 0)
        rc = evc_hkdf_extract(crypto, EVC_SHA512, evc_view_of(NULL, 0), data_key,
                              prk.bytes, err);
    prk_view = evc_view_of(prk.bytes, prk.size);
    if (rc == 0)
        rc = evc_hkdf_expand(crypto, EVC_SHA512, prk_view,
                             evc_view_text("envcrypt-value-1 key"), key->x.bytes,
                             EVC_XAES_KEY, err);
    if (rc == 0)
        rc = evc_hkdf_expand(crypto, EVC_SHA512, prk_view,
                             evc_view_text("envcrypt-value-1 commit"), key->commitment,
                             sizeof(key->commitment), err);
    evc_secret_free(&prk);
    return rc;
}

int
evc_value_key_open(evc_crypto *crypto, evc_view data_key, evc_value_key **out,
                   evc_error **err)
{
    evc_value_key *key = evc_mem_new(sizeof(*key));
    int rc;

    *out = NULL;
    if (!key)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&key->lock, NULL)) {
        evc_mem_free(key);
        return evc_err_nomem(err);
    }
    atomic_init(&key->refs, 1);
    key->generation = evc_fork_generation();
    key->crypto = evc_crypto_ref(crypto);
    rc = derive(crypto, data_key, key, err);
    if (rc)
        evc_value_key_unref(key);
    else
        *out = key;
    return rc;
}

evc_value_key *
evc_value_key_ref(evc_value_key *key)
{
    if (key)
        atomic_fetch_add(&key->refs, 1);
    return key;
}

void
evc_value_key_unref(evc_value_key *key)
{
    if (!key || atomic_fetch_sub(&key->refs, 1) != 1)
        return;
    /* In a child of fork neither the lock nor the ciphers of the parent are touched. */
    if (evc_fork_is_current(key->generation)) {
        while (key->pooled)
            evc_xaes_close(key->pool[--key->pooled]);
        pthread_mutex_destroy(&key->lock);
    }
    evc_secret_free(&key->x);
    evc_crypto_unref(key->crypto);
    evc_mem_free(key);
}

uint64_t
evc_value_key_generation(const evc_value_key *key)
{
    return key->generation;
}

const uint8_t *
evc_value_key_commitment(const evc_value_key *key)
{
    return key->commitment;
}

static int
take_cipher(evc_value_key *key, evc_xaes **out, evc_error **err)
{
    *out = NULL;
    pthread_mutex_lock(&key->lock);
    if (key->pooled)
        *out = key->pool[--key->pooled];
    pthread_mutex_unlock(&key->lock);
    if (*out)
        return 0;
    return evc_xaes_open_key(key->crypto, evc_view_of(key->x.bytes, key->x.size), out,
                             err);
}

static void
give_cipher(evc_value_key *key, evc_xaes *cipher)
{
    pthread_mutex_lock(&key->lock);
    if (key->pooled < POOL_SIZE) {
        key->pool[key->pooled++] = cipher;
        cipher = NULL;
    }
    pthread_mutex_unlock(&key->lock);
    evc_xaes_close(cipher);
}

/* What a call needs beside the text: the AAD's parts and a cipher. */
typedef struct call {
    uint8_t small[512]; /* most contexts fit here */
    evc_buf context;
    evc_view aad[3];
    evc_xaes *cipher;
} call;

static int
begin(evc_value_key *key, const evc_kv *context, call *c, evc_error **err)
{
    size_t size = evc_context_size(context);
    int rc;

    if (size > CONTEXT_LIMIT)
        return evc_err(err, ENVCRYPT_E_LIMIT_CONTEXT,
                       "the context of the value has %zu bytes and the limit is %u",
                       size, CONTEXT_LIMIT);
    if (size <= sizeof(c->small))
        evc_buf_init_fixed(&c->context, c->small, sizeof(c->small));
    else
        evc_buf_init(&c->context);
    evc_context_write(context, &c->context);
    rc = evc_buf_check(&c->context, err);
    c->aad[0] = evc_view_of(LABEL, LABEL_SIZE);
    c->aad[1] = evc_view_of(key->commitment, sizeof(key->commitment));
    c->aad[2] = evc_buf_view(&c->context);
    if (rc == 0)
        rc = take_cipher(key, &c->cipher, err);
    if (rc)
        evc_buf_reset(&c->context);
    return rc;
}

static void
end(evc_value_key *key, call *c)
{
    give_cipher(key, c->cipher);
    evc_buf_reset(&c->context);
}

int
evc_value_check_size(size_t size, evc_error **err)
{
    if (size <= ENVCRYPT_VALUE_MAX)
        return 0;
    return evc_err(err, ENVCRYPT_E_VALUE_SIZE,
                   "the value has %zu bytes and at most %d fit; use a message", size,
                   ENVCRYPT_VALUE_MAX);
}

int
evc_value_seal(evc_value_key *key, const evc_kv *context, evc_view plain, uint8_t *out,
               evc_error **err)
{
    uint8_t nonce[EVC_XAES_NONCE];
    evc_buf value;
    uint8_t *body;
    call c;
    int rc;

    rc = evc_value_check_size(plain.size, err);
    if (rc == 0)
        rc = begin(key, context, &c, err);
    if (rc)
        return rc;
    evc_random_public(nonce, sizeof(nonce));
    evc_buf_init_fixed(&value, out, plain.size + ENVCRYPT_VALUE_OVERHEAD);
    evc_buf_put_u8(&value, VERSION);
    evc_buf_put(&value, key->commitment, sizeof(key->commitment));
    evc_buf_put(&value, nonce, sizeof(nonce));
    body = &out[value.size];
    rc = evc_xaes_seal(c.cipher, nonce, c.aad, 3, plain, body, err);
    end(key, &c);
    if (rc)
        evc_mem_wipe(out, plain.size + ENVCRYPT_VALUE_OVERHEAD);
    return rc;
}

int
evc_value_open(evc_value_key *key, const evc_kv *context, evc_view value, uint8_t *out,
               evc_error **err)
{
    evc_cursor cursor = evc_cursor_of_view(value);
    uint8_t version = evc_cursor_u8(&cursor);
    evc_view commitment = evc_cursor_bytes(&cursor, EVC_VALUE_COMMITMENT);
    evc_view nonce = evc_cursor_bytes(&cursor, EVC_XAES_NONCE);
    evc_view cipher = evc_cursor_bytes(&cursor, evc_cursor_left(&cursor));
    call c;
    int rc;

    if (cursor.failed || version != VERSION || cipher.size < EVC_XAES_TAG ||
        cipher.size > ENVCRYPT_VALUE_MAX + EVC_XAES_TAG)
        return evc_err(err, ENVCRYPT_E_VALUE,
                       "this is not a sealed value, or it is cut off");
    if (!evc_mem_equal_secret(commitment.data, key->commitment, EVC_VALUE_COMMITMENT))
        return evc_err(
            err, ENVCRYPT_E_VALUE_KEY,
            "this value was sealed under another data key; its bytes 1 to 32 "
            "tell which");
    rc = begin(key, context, &c, err);
    if (rc)
        return rc;
    rc = evc_xaes_open(c.cipher, nonce.data, c.aad, 3, cipher, out, err);
    end(key, &c);
    if (rc == EVC_NOT_AUTHENTIC)
        rc = evc_err(
            err, ENVCRYPT_E_VALUE_AUTH,
            "the sealed value was changed, or it was sealed with another context");
    return rc;
}
