/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_cipher.h"

#include "base/mem.h"
#include "crypto/cbc.h"
#include "crypto/digest.h"
#include "crypto/gcm.h"
#include "crypto/random.h"
#include "crypto/secretbox.h"
#include "k8s/stored.h"

#define DERIVED_KEY 32

typedef struct work {
    evc_crypto *crypto;
    evc_view key;
    evc_view aad;
    evc_view text; /* what is opened or sealed */
} work;

/* Room for size bytes, and for one more behind them, which publishing wants. */
static uint8_t *
room(evc_buf *out, size_t size)
{
    return evc_buf_reserve(out, size + 1) ? evc_buf_room(out, size) : NULL;
}

/* --- opening --- */

static int
open_gcm(const work *w, evc_buf *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(w->text);
    const uint8_t *nonce = evc_cursor_take(&c, EVC_GCM_IV);
    evc_view cipher;
    const uint8_t *tag;
    uint8_t *plain;
    evc_gcm *gcm;
    int rc;

    if (evc_cursor_left(&c) < EVC_GCM_TAG)
        return EVC_NOT_AUTHENTIC;
    cipher = evc_cursor_bytes(&c, evc_cursor_left(&c) - EVC_GCM_TAG);
    tag = evc_cursor_take(&c, EVC_GCM_TAG);
    plain = room(out, cipher.size);
    if (!plain)
        return evc_buf_check(out, err);
    rc = evc_gcm_take(w->crypto, w->key, &gcm, err);
    if (!rc)
        rc = evc_gcm_open(gcm, nonce, &w->aad, 1, cipher, plain, tag, err);
    evc_gcm_give(gcm);
    return rc;
}

static int
open_cbc(const work *w, evc_buf *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(w->text);
    const uint8_t *iv = evc_cursor_take(&c, EVC_CBC_BLOCK);
    evc_view cipher = evc_cursor_bytes(&c, evc_cursor_left(&c));
    size_t before = out->size;
    uint8_t *plain;
    size_t size;
    int rc;

    if (c.failed)
        return EVC_NOT_AUTHENTIC;
    plain = room(out, cipher.size);
    if (!plain)
        return evc_buf_check(out, err);
    rc = evc_cbc_open(w->crypto, w->key, iv, cipher, plain, &size, err);
    if (!rc)
        evc_buf_truncate(out, before + size);
    return rc;
}

static int
open_secretbox(const work *w, evc_buf *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(w->text);
    const uint8_t *nonce = evc_cursor_take(&c, EVC_SECRETBOX_NONCE);
    evc_view cipher = evc_cursor_bytes(&c, evc_cursor_left(&c));
    uint8_t *plain;

    if (cipher.size < EVC_SECRETBOX_TAG)
        return EVC_NOT_AUTHENTIC;
    plain = room(out, cipher.size - EVC_SECRETBOX_TAG);
    return plain ? evc_secretbox_open(w->key, nonce, cipher, plain, err)
                 : evc_buf_check(out, err);
}

/* The key of one value. */
static int
derive(const work *w, evc_view info, uint8_t key[DERIVED_KEY], evc_error **err)
{
    return evc_hkdf_expand(w->crypto, EVC_SHA256, w->key, info, key, DERIVED_KEY, err);
}

static int
open_seed(const work *w, evc_buf *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(w->text);
    evc_view info = evc_cursor_bytes(&c, EVC_STORED_INFO);
    uint8_t key[DERIVED_KEY];
    work inner = *w;
    int rc;

    if (c.failed)
        return EVC_NOT_AUTHENTIC;
    rc = derive(w, info, key, err);
    inner.key = evc_view_of(key, sizeof(key));
    inner.text = evc_cursor_bytes(&c, evc_cursor_left(&c));
    if (!rc)
        rc = open_gcm(&inner, out, err);
    evc_mem_wipe(key, sizeof(key));
    return rc;
}

static bool
looks_stored(evc_view plain)
{
    evc_cursor c = evc_cursor_of_view(plain);

    return evc_view_starts_with(plain, "{") ||
           evc_view_equal(evc_cursor_bytes(&c, 4), evc_view_of("k8s\0", 4));
}

static int
open_kms_v1(const work *w, evc_buf *out, evc_error **err)
{
    size_t before = out->size;
    evc_cursor c;
    int rc = open_gcm(w, out, err);

    if (rc != EVC_NOT_AUTHENTIC)
        return rc;
    evc_buf_truncate(out, before);
    rc = open_cbc(w, out, err);
    if (rc)
        return rc;
    c = evc_cursor_of_view(evc_buf_view(out));
    (void)evc_cursor_bytes(&c, before);
    return looks_stored(evc_cursor_bytes(&c, evc_cursor_left(&c))) ? 0
                                                                   : EVC_NOT_AUTHENTIC;
}

/* --- sealing --- */

static int
seal_gcm(const work *w, evc_buf *out, evc_error **err)
{
    uint8_t *nonce = room(out, EVC_GCM_IV + w->text.size + EVC_GCM_TAG);
    evc_gcm *gcm;
    int rc;

    if (!nonce)
        return evc_buf_check(out, err);
    evc_random_public(nonce, EVC_GCM_IV);
    rc = evc_gcm_take(w->crypto, w->key, &gcm, err);
    if (!rc)
        rc = evc_gcm_seal(gcm, nonce, &w->aad, 1, w->text, &nonce[EVC_GCM_IV],
                          &nonce[EVC_GCM_IV + w->text.size], err);
    evc_gcm_give(gcm);
    return rc;
}

static int
seal_cbc(const work *w, evc_buf *out, evc_error **err)
{
    size_t blocks = w->text.size / EVC_CBC_BLOCK + 1;
    uint8_t *iv = room(out, EVC_CBC_BLOCK + blocks * EVC_CBC_BLOCK);

    if (!iv)
        return evc_buf_check(out, err);
    evc_random_public(iv, EVC_CBC_BLOCK);
    return evc_cbc_seal(w->crypto, w->key, iv, w->text, &iv[EVC_CBC_BLOCK], err);
}

static int
seal_secretbox(const work *w, evc_buf *out, evc_error **err)
{
    uint8_t *nonce = room(out, EVC_SECRETBOX_NONCE + EVC_SECRETBOX_TAG + w->text.size);

    if (!nonce)
        return evc_buf_check(out, err);
    evc_random_public(nonce, EVC_SECRETBOX_NONCE);
    return evc_secretbox_seal(w->key, nonce, w->text, &nonce[EVC_SECRETBOX_NONCE], err);
}

static int
seal_seed(const work *w, evc_buf *out, evc_error **err)
{
    uint8_t *info = room(out, EVC_STORED_INFO);
    uint8_t key[DERIVED_KEY];
    work inner = *w;
    int rc;

    if (!info)
        return evc_buf_check(out, err);
    evc_random_public(info, EVC_STORED_INFO);
    rc = derive(w, evc_view_of(info, EVC_STORED_INFO), key, err);
    inner.key = evc_view_of(key, sizeof(key));
    if (!rc)
        rc = seal_gcm(&inner, out, err);
    evc_mem_wipe(key, sizeof(key));
    return rc;
}

/* --- the layouts --- */

typedef int (*step_fn)(const work *w, evc_buf *out, evc_error **err);

static const struct {
    step_fn open;
    step_fn seal;
    bool is_aes;
} layouts[] = {
    [EVC_LAYOUT_CBC] = {open_cbc, seal_cbc, true},
    [EVC_LAYOUT_GCM] = {open_gcm, seal_gcm, true},
    [EVC_LAYOUT_SECRETBOX] = {open_secretbox, seal_secretbox, false},
    [EVC_LAYOUT_SEED] = {open_seed, seal_seed, false},
    [EVC_LAYOUT_KMS_V1] = {open_kms_v1, seal_gcm, true},
};

bool
evc_stored_cipher_takes(evc_stored_layout layout, size_t key_size)
{
    return key_size == 32 ||
           (layouts[layout].is_aes && (key_size == 16 || key_size == 24));
}

static int
run(step_fn step, const work *w, evc_buf *out, evc_error **err)
{
    size_t before = out->size;
    int rc = step(w, out, err);

    if (rc)
        evc_buf_truncate(out, before);
    return rc;
}

int
evc_stored_cipher_open(evc_crypto *crypto, evc_stored_layout layout, evc_view key,
                       evc_view key_of_etcd, evc_view sealed, evc_buf *out,
                       evc_error **err)
{
    const work w = {crypto, key, key_of_etcd, sealed};

    return run(layouts[layout].open, &w, out, err);
}

int
evc_stored_cipher_seal(evc_crypto *crypto, evc_stored_layout layout, evc_view key,
                       evc_view key_of_etcd, evc_view plain, evc_buf *out,
                       evc_error **err)
{
    const work w = {crypto, key, key_of_etcd, plain};

    return run(layouts[layout].seal, &w, out, err);
}
