/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/value.h"

#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/pool.h"
#include "crypto/random.h"
#include "crypto/xaes.h"
#include "kms/context.h"

#define VERSION 0x01
#define CONTEXT_LIMIT 8192u
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
    evc_pool ciphers; /* each keyed with x, for as long as this lives */
};

typedef struct cipher {
    evc_pool_item item;
    evc_xaes *xaes;
} cipher;

static void
cipher_destroy(evc_pool_item *item)
{
    cipher *c = (cipher *)item;

    evc_xaes_close(c->xaes);
    evc_mem_free(c);
}

static int
derive(evc_crypto *crypto, evc_view data_key, evc_value_key *key, evc_error **err)
{
    evc_hkdf_output outputs[] = {
        {evc_view_text("envcrypt-value-1 key"), NULL, EVC_XAES_KEY},
        {evc_view_text("envcrypt-value-1 commit"), key->commitment,
         sizeof(key->commitment)},
    };
    int rc = evc_secret_new(evc_crypto_env(crypto)->arena, EVC_XAES_KEY, &key->x, err);

    outputs[0].out = key->x.bytes;
    return rc ? rc
              : evc_hkdf_outputs(crypto, EVC_SHA512, evc_view_of(NULL, 0), data_key,
                                 outputs, 2, err);
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
    if (!evc_pool_init(&key->ciphers)) {
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
    if (evc_fork_is_current(key->generation))
        evc_pool_release(&key->ciphers);
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
take_cipher(evc_value_key *key, cipher **out, evc_error **err)
{
    cipher *c = (cipher *)evc_pool_take(&key->ciphers);
    int rc;

    *out = c;
    if (c)
        return 0;
    c = evc_mem_new(sizeof *c);
    if (!c)
        return evc_err_nomem(err);
    c->item.destroy = cipher_destroy;
    rc = evc_xaes_open_key(key->crypto, evc_view_of(key->x.bytes, key->x.size),
                           &c->xaes, err);
    if (rc)
        evc_mem_free(c);
    else
        *out = c;
    return rc;
}

/* What a call needs beside the text. */
typedef struct call {
    uint8_t small[512]; /* most contexts fit here */
    evc_buf aad;
    evc_view aad_view;
    cipher *cipher;
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
    evc_buf_init_lent(&c->aad, c->small, sizeof(c->small));
    evc_buf_put(&c->aad, LABEL, LABEL_SIZE);
    evc_buf_put(&c->aad, key->commitment, sizeof(key->commitment));
    evc_context_write(context, &c->aad);
    rc = evc_buf_check(&c->aad, err);
    c->aad_view = evc_buf_view(&c->aad);
    if (rc == 0)
        rc = take_cipher(key, &c->cipher, err);
    if (rc)
        evc_buf_reset(&c->aad);
    return rc;
}

static void
end(evc_value_key *key, call *c)
{
    evc_pool_give(&key->ciphers, &c->cipher->item);
    evc_buf_reset(&c->aad);
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
    EVC_UNSET call c;
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
    rc = evc_xaes_seal(c.cipher->xaes, nonce, &c.aad_view, 1, plain, body, err);
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
    evc_view text = evc_cursor_bytes(&cursor, evc_cursor_left(&cursor));
    EVC_UNSET call c;
    int rc;

    if (cursor.failed || version != VERSION || text.size < EVC_XAES_TAG ||
        text.size > ENVCRYPT_VALUE_MAX + EVC_XAES_TAG)
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
    rc = evc_xaes_open(c.cipher->xaes, nonce.data, &c.aad_view, 1, text, out, err);
    end(key, &c);
    if (rc == EVC_NOT_AUTHENTIC)
        rc = evc_err(
            err, ENVCRYPT_E_VALUE_AUTH,
            "the sealed value was changed, or it was sealed with another context");
    return rc;
}
