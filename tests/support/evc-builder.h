/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages for tests, of every suite and shape, also of those that the library never
 * writes: version 1, unframed, an empty final frame behind a full one, odd IVs. It
 * follows the format's description and shares no code with lib/envelope but the table of
 * suites, so that reader and builder check one another.
 */
#ifndef EVC_TESTS_EVC_BUILDER_H
#define EVC_TESTS_EVC_BUILDER_H

#include "base/encode.h"
#include "base/kv.h"
#include "crypto/ecdsa.h"
#include "crypto/gcm.h"
#include "envelope/suite.h"
#include "evc-check.h"
#include "kms/context.h"
#include "kms/edk.h"

typedef struct evc_builder {
    evc_crypto *crypto;
    uint32_t suite;
    uint32_t frame_length; /* 0: unframed */
    const evc_kv *stored;  /* pairs; NULL: none */
    const evc_kv *unstored;
    const evc_edk *edks; /* NULL: one that nobody opens */
    size_t edk_count;
    uint8_t data_key[32];
    bool empty_final;      /* behind a full regular frame, on an exact multiple */
    bool odd_ivs;          /* eight FF bytes before the sequence number */
    bool no_public_key;    /* of a signed suite: left out */
    bool extra_public_key; /* of an unsigned one: put in */
    bool bad_tag;          /* of the header */
    evc_view public_key;   /* another text for the pair of the signer */
} evc_builder;

static inline evc_builder
evc_builder_of(evc_crypto *with, uint32_t suite, uint32_t frame_length)
{
    evc_builder b = {.crypto = with, .suite = suite, .frame_length = frame_length};

    for (size_t i = 0; i < sizeof b.data_key; i++)
        b.data_key[i] = (uint8_t)(i + 1);
    return b;
}

/* What one message needs while it is built. */
typedef struct evc_building {
    const evc_builder *b;
    const evc_suite *suite;
    uint8_t id[32];
    evc_gcm *gcm;
    evc_ec *signer;
    evc_kv context; /* as stored */
    evc_buf *out;
} evc_building;

static inline evc_view
evc_build_data_key(const evc_building *m)
{
    return evc_view_of(m->b->data_key, m->suite->key_size);
}

static inline void
evc_build_derive(evc_building *m, uint8_t key[32], uint8_t commitment[32])
{
    uint8_t prk[EVC_HASH_MAX];
    evc_crypto *with = m->b->crypto;
    evc_buf info;

    evc_buf_init(&info);
    evc_buf_put_u16(&info, m->suite->id);
    if (!m->suite->kdf) {
        memcpy(key, m->b->data_key, m->suite->key_size);
    } else if (m->suite->format == 1) {
        evc_buf_put(&info, m->id, 16);
        EVC_CHECK_OK(evc_hkdf(with, m->suite->kdf_hash, evc_view_of(NULL, 0),
                              evc_build_data_key(m), evc_buf_view(&info), key,
                              m->suite->key_size, NULL));
    } else {
        evc_buf_put_text(&info, "DERIVEKEY");
        EVC_CHECK_OK(evc_hkdf_extract(with, EVC_SHA512, evc_view_of(m->id, 32),
                                      evc_build_data_key(m), prk, NULL));
        EVC_CHECK_OK(evc_hkdf_expand(with, EVC_SHA512, evc_view_of(prk, 64),
                                     evc_buf_view(&info), key, 32, NULL));
        EVC_CHECK_OK(evc_hkdf_expand(with, EVC_SHA512, evc_view_of(prk, 64),
                                     evc_view_text("COMMITKEY"), commitment, 32, NULL));
    }
    evc_buf_reset(&info);
}

static inline void
evc_build_public_key(evc_building *m)
{
    uint8_t point[EVC_EC_POINT_MAX];
    size_t size;
    evc_buf text;

    if (m->suite->is_signed)
        EVC_CHECK_OK(evc_ec_generate(m->b->crypto, m->suite->curve, &m->signer, NULL));
    if (m->b->no_public_key || (!m->suite->is_signed && !m->b->extra_public_key))
        return;
    evc_buf_init(&text);
    if (m->b->public_key.size) {
        evc_buf_put_view(&text, m->b->public_key);
    } else if (m->signer) {
        EVC_CHECK_OK(evc_ec_point(m->signer, point, &size, NULL));
        evc_encode_base64(&text, evc_view_of(point, size));
    }
    EVC_CHECK_OK(evc_kv_add(&m->context, evc_view_text("aws-crypto-public-key"),
                            evc_buf_view(&text), NULL));
    evc_buf_reset(&text);
}

static inline void
evc_build_edks(const evc_building *m)
{
    static const uint8_t nobody[48];
    const evc_edk one = {evc_view_text("nobody"), evc_view_text("key"),
                         evc_view_of(nobody, sizeof nobody)};
    const evc_edk *edks = m->b->edks ? m->b->edks : &one;
    size_t count = m->b->edks ? m->b->edk_count : 1;

    evc_buf_put_u16(m->out, (uint16_t)count);
    for (size_t i = 0; i < count; i++) {
        evc_buf_put_bytes16(m->out, edks[i].provider);
        evc_buf_put_bytes16(m->out, edks[i].info);
        evc_buf_put_bytes16(m->out, edks[i].ciphertext);
    }
}

static inline void
evc_build_header(evc_building *m)
{
    static const uint8_t zeros[12];
    uint8_t key[32];
    uint8_t commitment[32];
    uint8_t tag[EVC_GCM_TAG];
    evc_view aad[2];
    evc_buf unstored;
    bool first = m->suite->format == 1;

    evc_build_derive(m, key, commitment);
    EVC_CHECK_OK(evc_gcm_take(m->b->crypto, evc_view_of(key, m->suite->key_size),
                              &m->gcm, NULL));
    evc_buf_put_u8(m->out, first ? 1 : 2);
    if (first)
        evc_buf_put_u8(m->out, 0x80);
    evc_buf_put_u16(m->out, m->suite->id);
    evc_buf_put(m->out, m->id, m->suite->id_size);
    evc_buf_put_u16(m->out, (uint16_t)evc_context_size(&m->context));
    evc_context_write(&m->context, m->out);
    evc_build_edks(m);
    evc_buf_put_u8(m->out, m->b->frame_length ? 2 : 1);
    if (first) {
        evc_buf_put_u32(m->out, 0);
        evc_buf_put_u8(m->out, 12);
    }
    evc_buf_put_u32(m->out, m->b->frame_length);
    if (!first)
        evc_buf_put(m->out, commitment, sizeof commitment);

    evc_buf_init(&unstored);
    if (m->b->unstored)
        evc_context_write(m->b->unstored, &unstored);
    aad[0] = evc_buf_view(m->out);
    aad[1] = evc_buf_view(&unstored);
    EVC_CHECK_OK(
        evc_gcm_seal(m->gcm, zeros, aad, 2, evc_view_of(NULL, 0), NULL, tag, NULL));
    if (m->b->bad_tag)
        tag[0] ^= 1;
    if (first)
        evc_buf_put(m->out, zeros, sizeof zeros);
    evc_buf_put(m->out, tag, sizeof tag);
    evc_buf_reset(&unstored);
}

static inline void
evc_build_sealed(const evc_building *m, const char *label, uint32_t sequence,
                 evc_view plain, const uint8_t iv[12])
{
    uint8_t tag[EVC_GCM_TAG];
    evc_buf aad_bytes;
    evc_view aad;
    uint8_t *at;

    evc_buf_init(&aad_bytes);
    evc_buf_put(&aad_bytes, m->id, m->suite->id_size);
    evc_buf_put_text(&aad_bytes, label);
    evc_buf_put_u32(&aad_bytes, sequence);
    evc_buf_put_u64(&aad_bytes, plain.size);
    aad = evc_buf_view(&aad_bytes);
    at = evc_buf_extend(m->out, plain.size);
    EVC_CHECK_OK(evc_gcm_seal(m->gcm, iv, &aad, 1, plain, at, tag, NULL));
    evc_buf_put(m->out, tag, sizeof tag);
    evc_buf_reset(&aad_bytes);
}

static inline void
evc_build_iv(const evc_building *m, uint32_t sequence, uint8_t iv[12])
{
    memset(iv, m->b->odd_ivs ? 0xff : 0, 8);
    for (unsigned i = 0; i < 4; i++)
        iv[8 + i] = (uint8_t)(sequence >> (24 - 8 * i));
}

static inline void
evc_build_frame(const evc_building *m, uint32_t sequence, bool final, evc_view plain)
{
    uint8_t iv[12];

    evc_build_iv(m, sequence, iv);
    if (final)
        evc_buf_put_u32(m->out, 0xffffffff);
    evc_buf_put_u32(m->out, sequence);
    evc_buf_put(m->out, iv, sizeof iv);
    if (final)
        evc_buf_put_u32(m->out, (uint32_t)plain.size);
    evc_build_sealed(m,
                     final ? "AWSKMSEncryptionClient Final Frame"
                           : "AWSKMSEncryptionClient Frame",
                     sequence, plain, iv);
}

static inline void
evc_build_body(const evc_building *m, evc_view plain)
{
    evc_cursor c = evc_cursor_of_view(plain);
    uint32_t length = m->b->frame_length;
    uint32_t sequence = 1;
    uint8_t iv[12];

    if (length == 0) {
        evc_build_iv(m, 1, iv);
        evc_buf_put(m->out, iv, sizeof iv);
        evc_buf_put_u64(m->out, plain.size);
        evc_build_sealed(m, "AWSKMSEncryptionClient Single Block", 1, plain, iv);
        return;
    }
    while (evc_cursor_left(&c) > length ||
           (evc_cursor_left(&c) == length && m->b->empty_final))
        evc_build_frame(m, sequence++, false, evc_cursor_bytes(&c, length));
    evc_build_frame(m, sequence, true, evc_cursor_bytes(&c, evc_cursor_left(&c)));
}

static inline void
evc_build_footer(const evc_building *m)
{
    uint8_t digest[EVC_HASH_MAX];
    uint8_t signature[EVC_EC_SIGNATURE_MAX];
    evc_view all = evc_buf_view(m->out);
    size_t size;

    if (!m->suite->is_signed)
        return;
    EVC_CHECK_OK(
        evc_digest(m->b->crypto, m->suite->signature_hash, &all, 1, digest, NULL));
    EVC_CHECK_OK(evc_ec_sign(
        m->signer, evc_view_of(digest, evc_hash_size(m->suite->signature_hash)),
        signature, &size, NULL));
    evc_buf_put_bytes16(m->out, evc_view_of(signature, size));
}

/* Puts a whole message into the place of what out holds. Its id is always the same. */
static inline void
evc_build(const evc_builder *b, evc_view plain, evc_buf *out)
{
    evc_building m = {.b = b, .suite = evc_suite_find(b->suite), .out = out};

    evc_buf_clear(out);
    memset(m.id, 0xd1, sizeof m.id);
    evc_kv_init(&m.context);
    if (b->stored)
        EVC_CHECK_OK(evc_kv_copy(&m.context, b->stored, NULL));
    evc_build_public_key(&m);
    evc_build_header(&m);
    evc_build_body(&m, plain);
    evc_build_footer(&m);
    EVC_CHECK_OK(evc_buf_check(out, NULL));
    evc_gcm_give(m.gcm);
    evc_ec_free(m.signer);
    evc_kv_reset(&m.context);
}

#endif
