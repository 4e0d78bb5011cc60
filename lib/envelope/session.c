/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/session.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "envelope/dek.h"
#include "envelope/materials.h"

void
evc_session_init(evc_session *s)
{
    memset(s, 0, offsetof(evc_session, header_room));
}

void
evc_session_end(evc_session *s)
{
    evc_header_reset(&s->header);
    evc_buf_reset(&s->header_bytes);
    evc_kv_reset(&s->context);
    evc_kv_reset(&s->unstored);
    evc_gcm_give(s->gcm);
    evc_signature_end(&s->signature);
    evc_secret_free(&s->content_key);
    evc_crypto_unref(s->crypto);
    evc_session_init(s);
}

/* -- both ways -------------------------------------------------------------------- */

/* The content key, from the data key and the message id, takes the data key's place. The
 * cipher, which was taken before, is keyed with it. */
static int
derive(evc_session *s, evc_secret *data_key, uint8_t commitment[EVC_COMMITMENT],
       evc_error **err)
{
    evc_secret *key = &s->content_key;
    int rc;

    *key = *data_key;
    *data_key = (evc_secret){0};
    rc = evc_derive(s->crypto, s->header.suite, evc_view_of(key->bytes, key->size),
                    s->header.id, key->bytes, commitment, err);
    if (!rc)
        rc = evc_gcm_set_key(s->gcm, evc_view_of(key->bytes, key->size), err);
    return rc;
}

/* The authenticated-only pairs as the header tag covers them: an empty set is nothing,
 * not a count of zero. */
static int
write_unstored(const evc_session *s, evc_buf *out, evc_error **err)
{
    if (s->unstored.count)
        evc_context_write(&s->unstored, out);
    return evc_buf_check(out, err);
}

static int
check_context_size(const evc_config *config, const evc_kv *whole, evc_error **err)
{
    size_t size = evc_context_size(whole);

    if (size <= config->max_context)
        return 0;
    return evc_err(err, ENVCRYPT_E_LIMIT_CONTEXT,
                   "the encryption context has %zu bytes and the limit is %zu; shorten "
                   "it or raise the limit",
                   size, config->max_context);
}

static int
check_frame_length(const evc_config *config, uint32_t frame_length, evc_error **err)
{
    if (frame_length > config->max_frame)
        return evc_err(err, ENVCRYPT_E_LIMIT_FRAME,
                       "the frames of the message have %" PRIu32
                       " bytes and the limit is "
                       "%" PRIu32 "; choose shorter ones or raise the limit",
                       frame_length, config->max_frame);
    /* Streams hold a frame in memory, which 32 bits may not be able to address. */
    if ((uint64_t)frame_length + EVC_FINAL_OVERHEAD > SIZE_MAX - 1)
        return evc_err_nomem(err);
    return 0;
}

/* -- writing ---------------------------------------------------------------------- */

/* Splits the whole context into what the header stores and what it does not. */
static int
split_context(evc_session *s, const evc_kv *required, evc_error **err)
{
    char shown[EVC_SHOWN];
    int rc = evc_kv_copy(&s->header.context, &s->context, err);

    for (size_t i = 0; !rc && i < required->count; i++) {
        evc_view name = required->pairs[i].name;
        const evc_pair *pair = evc_kv_find(&s->context, name);

        if (!pair) {
            evc_encode_shown(name, shown);
            return evc_err(
                err, ENVCRYPT_E_CONTEXT_MISSING,
                "the pair \"%s\" is required and the encryption context does "
                "not have it; add it",
                shown);
        }
        rc = evc_kv_add(&s->unstored, name, pair->value, err);
        (void)evc_kv_remove(&s->header.context, name);
    }
    return rc;
}

/*
 * Sets *whole and *stored. Most messages have no required names and no signature: then
 * both are the caller's list, and nothing is copied.
 */
static int
make_write_context(evc_session *s, const evc_config *config, const evc_kv **whole,
                   const evc_kv **stored, evc_error **err)
{
    int rc;

    *whole = *stored = &config->context;
    if (!config->required.count && !s->header.suite->is_signed)
        return check_context_size(config, *whole, err);
    *whole = *stored = &s->context;
    rc = evc_kv_copy(&s->context, &config->context, err);
    if (!rc) /* before the data key is wrapped, so that every wrap covers the pair */
        rc = evc_signature_begin_write(&s->signature, s->crypto, s->header.suite,
                                       &s->context, err);
    if (!rc && config->required.count) {
        *stored = &s->header.context;
        rc = split_context(s, &config->required, err);
    }
    return rc ? rc : check_context_size(config, *whole, err);
}

static int
check_length(const evc_config *config, uint32_t frame_length, uint64_t length,
             evc_error **err)
{
    if (length == UINT64_MAX)
        return 0;
    if (length > config->length_bound)
        return evc_err(err, ENVCRYPT_E_LIMIT_LENGTH,
                       "the plaintext has %" PRIu64 " bytes and %" PRIu64
                       " were announced; correct the announcement",
                       length, config->length_bound);
    if (evc_body_size(frame_length, length) == UINT64_MAX)
        return evc_err(err, ENVCRYPT_E_LIMIT_LENGTH,
                       "%" PRIu64
                       " bytes of plaintext need more than 2^32 - 1 frames of "
                       "%" PRIu32 " bytes; choose a larger frame length",
                       length, frame_length);
    return 0;
}

/* Policy and limits once more on what the keyring or a cache returned. */
static int
check_write_materials(const evc_config *config, const evc_write_materials *m,
                      evc_error **err)
{
    int rc = evc_config_check_write(config, err);

    if (rc || m->edk_count <= config->max_edks)
        return rc;
    return evc_err(
        err, ENVCRYPT_E_LIMIT_EDKS,
        "the message would have %zu encrypted data keys and the limit is %zu; "
        "name fewer recipients or raise the limit",
        m->edk_count, config->max_edks);
}

/*
 * The one place that makes a header tag. Its IV is fixed by the format, so a second tag
 * under one content key would give the key of GHASH away: each session draws a message id
 * of its own, once, and the content key follows from it, hence no two tags share one.
 */
static int
seal_header(evc_session *s, const evc_config *config, const evc_kv *stored,
            evc_write_materials *m, evc_error **err)
{
    evc_header *h = &s->header;
    evc_buf unstored;
    evc_view aad[2];
    uint8_t *tag;
    int rc;

    evc_buf_init(&unstored);
    rc = derive(s, &m->key, h->commitment, err);
    if (rc)
        goto out;
    evc_buf_init_lent(&s->header_bytes, s->header_room, sizeof s->header_room);
    evc_header_write(h, stored, evc_buf_view(&m->edks), m->edk_count, &s->header_bytes);
    aad[0] = evc_buf_view(&s->header_bytes);
    tag = evc_buf_extend(&s->header_bytes, EVC_HEADER_TAG);
    rc = evc_buf_check(&s->header_bytes, err);
    if (rc)
        goto out;
    if (h->size > config->max_header) {
        rc =
            evc_err(err, ENVCRYPT_E_LIMIT_HEADER,
                    "the header would have %zu bytes and the limit is %zu; shorten the "
                    "encryption context, name fewer recipients or raise the limit",
                    h->size, config->max_header);
        goto out;
    }
    rc = write_unstored(s, &unstored, err);
    aad[1] = evc_buf_view(&unstored);
    if (!rc)
        rc = evc_gcm_seal(s->gcm, h->iv, aad, 2, evc_view_of(NULL, 0), NULL, tag, err);
out:
    evc_buf_reset(&unstored);
    return rc;
}

/* Data key, message id, header and its tag. */
static int
make_header(evc_session *s, evc_keyring *keyring, const evc_config *config,
            uint64_t length, const evc_kv *whole, const evc_kv *stored, evc_wait *wait,
            evc_error **err)
{
    EVC_UNSET evc_write_materials m;
    evc_loan loan = {.gcm = NULL};
    int rc = evc_gcm_take_idle(s->crypto, &s->gcm, err);

    loan.gcm = s->gcm;
    if (!rc) /* the message id, and for the data key what it takes: one system call */
        rc = evc_loan_draw(&loan, s->crypto, s->header.id, sizeof s->header.id, err);
    if (!rc)
        rc = evc_materials_for_write(keyring, config, s->header.suite, whole, length,
                                     wait, &loan, &m, err);
    evc_loan_end(&loan);
    if (rc)
        return rc;
    rc = check_write_materials(config, &m, err);
    if (!rc)
        rc = seal_header(s, config, stored, &m, err);
    evc_write_materials_reset(&m);
    return rc;
}

int
evc_session_begin_write(evc_session *s, evc_keyring *keyring, const evc_config *config,
                        uint64_t length, evc_wait *wait, evc_error **err)
{
    const evc_kv *whole;
    const evc_kv *stored;
    int rc = evc_config_check_write(config, err);

    if (rc)
        return rc;
    s->crypto = evc_crypto_ref(keyring->crypto);
    s->header.suite = evc_config_suite(config);
    s->header.frame_length = evc_config_frame_length(config);
    rc = check_frame_length(config, s->header.frame_length, err);
    if (!rc)
        rc = check_length(config, s->header.frame_length, length, err);
    if (!rc)
        rc = make_write_context(s, config, &whole, &stored, err);
    if (!rc)
        rc = make_header(s, keyring, config, length, whole, stored, wait, err);
    if (!rc)
        rc = evc_signature_add(&s->signature, evc_buf_view(&s->header_bytes), err);
    evc_body_init(&s->body, &s->header);
    return rc;
}

/* -- reading ---------------------------------------------------------------------- */

/* What the header alone decides, before any key service is asked. */
static int
check_header(const evc_header *h, const evc_config *config, unsigned accept,
             evc_error **err)
{
    bool has_key =
        evc_kv_find(&h->context, evc_view_text(EVC_CONTEXT_PUBLIC_KEY)) != NULL;
    int rc = evc_config_check_read(config, h->suite, err);

    if (rc)
        return rc;
    if (h->suite->is_signed && !(accept & EVC_ACCEPT_SIGNED))
        return evc_err(err, ENVCRYPT_E_POLICY_SIGNED,
                       "the message is signed, and its last bytes decide whether the "
                       "signature holds; allow signed messages, or decrypt it in one "
                       "piece");
    if (h->frame_length == 0 && !(accept & EVC_ACCEPT_UNFRAMED))
        return evc_err(err, ENVCRYPT_E_POLICY_UNFRAMED,
                       "the message is not framed, so no part of it can be read alone; "
                       "decrypt it in one piece");
    if (h->suite->is_signed != has_key)
        return evc_err(err, ENVCRYPT_E_HEADER,
                       "the header has suite %04x and %s public key of a signer; the "
                       "message is damaged",
                       h->suite->id, has_key ? "a" : "no");
    return check_frame_length(config, h->frame_length, err);
}

/* A pair that was given again: equal to the stored one, or authenticated only. */
static int
take_given(evc_session *s, const evc_pair *given, evc_error **err)
{
    const evc_pair *stored = evc_kv_find(&s->header.context, given->name);
    char shown[EVC_SHOWN];

    if (!stored)
        return evc_kv_add(&s->unstored, given->name, given->value, err);
    if (evc_view_equal(stored->value, given->value))
        return 0;
    evc_encode_shown(given->name, shown);
    return evc_err(
        err, ENVCRYPT_E_CONTEXT_MISMATCH,
        "the pair \"%s\" that was given has another value in the message; it "
        "is another message, or the value is wrong",
        shown);
}

static int
make_read_context(evc_session *s, const evc_config *config, evc_error **err)
{
    char shown[EVC_SHOWN];
    int rc = 0;

    for (size_t i = 0; i < config->required.count; i++) {
        evc_view name = config->required.pairs[i].name;

        if (evc_kv_find(&config->context, name))
            continue;
        evc_encode_shown(name, shown);
        return evc_err(err, ENVCRYPT_E_CONTEXT_MISSING,
                       "the pair \"%s\" must be given to read the message and was not; "
                       "add it to the encryption context",
                       shown);
    }
    for (size_t i = 0; !rc && i < config->context.count; i++)
        rc = take_given(s, &config->context.pairs[i], err);
    if (!rc && s->unstored.count)
        rc = evc_kv_copy(&s->context, &s->header.context, err);
    for (size_t i = 0; !rc && i < s->unstored.count; i++)
        rc = evc_kv_add(&s->context, s->unstored.pairs[i].name,
                        s->unstored.pairs[i].value, err);
    return rc ? rc : check_context_size(config, evc_session_context(s), err);
}

const evc_kv *
evc_session_context(const evc_session *s)
{
    return s->unstored.count ? &s->context : &s->header.context;
}

/* Ends a message with what a person may have done wrong. */
static const char *
hint(const evc_session *s)
{
    return s->unstored.count ? "; pairs of the encryption context were given that the "
                               "message does not store: check them first"
                             : "";
}

static int
check_commitment(const evc_session *s, const uint8_t commitment[EVC_COMMITMENT],
                 evc_error **err)
{
    if (!s->header.suite->commits ||
        evc_mem_equal_secret(commitment, s->header.commitment, EVC_COMMITMENT))
        return 0;
    return evc_err(
        err, ENVCRYPT_E_COMMITMENT,
        "the data key is not the one that the message commits to; the message "
        "was changed, or a key service returned a wrong key");
}

static int
check_tag(evc_session *s, evc_view header, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(header);
    evc_buf unstored;
    evc_view aad[2];
    int rc;

    evc_buf_init(&unstored);
    rc = write_unstored(s, &unstored, err);
    aad[0] = evc_cursor_bytes(&c, s->header.body_size);
    aad[1] = evc_buf_view(&unstored);
    if (!rc)
        rc = evc_gcm_open(s->gcm, s->header.iv, aad, 2, evc_view_of(NULL, 0), NULL,
                          s->header.tag, err);
    if (rc == EVC_NOT_AUTHENTIC)
        rc = evc_err(err, ENVCRYPT_E_HEADER_AUTH,
                     "the header is not authentic: it was changed, or the encryption "
                     "context differs%s",
                     hint(s));
    evc_buf_reset(&unstored);
    return rc;
}

static int
authenticate(evc_session *s, evc_keyring *keyring, const evc_config *config,
             evc_view header, evc_wait *wait, evc_error **err)
{
    uint8_t commitment[EVC_COMMITMENT];
    evc_loan loan = {.gcm = NULL};
    evc_secret key = {0};
    int rc = evc_gcm_take_idle(s->crypto, &s->gcm, err);

    if (rc)
        return rc;
    loan.gcm = s->gcm;
    rc = evc_materials_for_read(keyring, config, &s->header, evc_session_context(s),
                                wait, &loan, &key, err);
    if (rc == ENVCRYPT_E_NO_KEY && s->unstored.count)
        return evc_err_wrap(err, rc, "none of the given keys opens this message%s",
                            hint(s));
    if (!rc) /* once more: the key may come from a cache */
        rc = evc_config_check_read(config, s->header.suite, err);
    if (!rc)
        rc = derive(s, &key, commitment, err);
    evc_secret_free(&key);
    if (!rc)
        rc = check_commitment(s, commitment, err);
    if (!rc)
        rc = check_tag(s, header, err);
    return rc;
}

int
evc_session_begin_read(evc_session *s, evc_keyring *keyring, const evc_config *config,
                       unsigned accept, evc_view bytes, evc_wait *wait, bool *more,
                       evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(bytes);
    evc_view header;
    int rc = evc_header_read(bytes, config, &s->header, more, err);

    if (rc || *more)
        return rc;
    header = evc_cursor_bytes(&c, s->header.size);
    s->crypto =
        evc_crypto_ref(config->data_key ? config->data_key->crypto : keyring->crypto);
    evc_body_init(&s->body, &s->header);
    rc = check_header(&s->header, config, accept, err);
    if (!rc)
        rc = make_read_context(s, config, err);
    if (!rc)
        rc = authenticate(s, keyring, config, header, wait, err);
    if (!rc)
        rc = evc_signature_begin_read(&s->signature, s->crypto, s->header.suite,
                                      &s->header.context, err);
    if (!rc)
        rc = evc_signature_add(&s->signature, header, err);
    return rc;
}
