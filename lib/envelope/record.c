/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/record.h"

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/digest.h"

#define MAC_SIZE 32
#define MAC_INFO "envcrypt-wrapped-key-1 mac"

static const uint8_t record_magic[3] = {0x45, 0x4B, 0x01};

bool
evc_record_is_one(evc_view bytes)
{
    evc_cursor c = evc_cursor_of_view(bytes);

    return evc_view_equal(evc_cursor_bytes(&c, sizeof(record_magic)),
                          evc_view_of(record_magic, sizeof(record_magic)));
}

static int
read_edks(evc_cursor *c, const evc_config *limits, evc_record *out, evc_error **err)
{
    size_t count = evc_cursor_u16(c);

    if (c->failed || count == 0)
        return evc_err(
            err, ENVCRYPT_E_RECORD,
            "the wrapped-key record ends early or names no encrypted data key");
    if (count > limits->max_edks)
        return evc_err(
            err, ENVCRYPT_E_LIMIT_EDKS,
            "the wrapped-key record has %zu encrypted data keys and the limit "
            "is %zu",
            count, limits->max_edks);
    out->edks = evc_mem_new_array(count, sizeof(*out->edks));
    if (!out->edks)
        return evc_err_nomem(err);
    for (; out->edk_count < count; out->edk_count++) {
        if (!evc_edk_read(c, &out->edks[out->edk_count]))
            return evc_err(
                err, ENVCRYPT_E_RECORD,
                "the wrapped-key record ends inside of its encrypted data keys");
    }
    return 0;
}

static int
read_context(evc_cursor *c, const evc_config *limits, evc_record *out, evc_error **err)
{
    evc_view context = evc_cursor_bytes16(c);
    int rc;

    if (context.size > limits->max_context)
        return evc_err(
            err, ENVCRYPT_E_LIMIT_CONTEXT,
            "the context of the wrapped-key record has %zu bytes and the limit "
            "is %zu",
            context.size, limits->max_context);
    rc = evc_context_read(context, &out->context, err);
    if (rc == ENVCRYPT_E_HEADER)
        rc = evc_err_wrap(err, ENVCRYPT_E_RECORD,
                          "the context of the wrapped-key record is malformed");
    return rc;
}

int
evc_record_read(evc_view bytes, const evc_config *limits, evc_record *out,
                evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(bytes);
    evc_view magic = evc_cursor_bytes(&c, sizeof(record_magic));
    int rc;

    *out = (evc_record){0};
    evc_kv_init(&out->context);
    out->purpose = evc_cursor_u8(&c);
    if (!evc_view_equal(magic, evc_view_of(record_magic, sizeof(record_magic))) ||
        c.failed ||
        (out->purpose != EVC_RECORD_KEY && out->purpose != EVC_RECORD_VALUES))
        return evc_err(err, ENVCRYPT_E_RECORD,
                       "this does not begin like a wrapped-key record");
    rc = read_context(&c, limits, out, err);
    if (rc == 0)
        rc = read_edks(&c, limits, out, err);
    if (rc == 0) {
        out->covered = evc_cursor_since(&c, 0);
        out->mac = evc_cursor_bytes(&c, MAC_SIZE);
        if (!evc_cursor_done(&c))
            rc = evc_err(err, ENVCRYPT_E_RECORD,
                         "the wrapped-key record is cut off, or bytes follow it");
    }
    if (rc)
        evc_record_reset(out);
    return rc;
}

void
evc_record_reset(evc_record *record)
{
    evc_kv_reset(&record->context);
    evc_mem_free(record->edks);
    record->edks = NULL;
    record->edk_count = 0;
}

static int
compute_mac(evc_crypto *crypto, evc_view key, evc_view covered, uint8_t mac[MAC_SIZE],
            evc_error **err)
{
    uint8_t mac_key[32];
    int rc = evc_hkdf(crypto, EVC_SHA512, evc_view_of(NULL, 0), key,
                      evc_view_text(MAC_INFO), mac_key, sizeof(mac_key), err);

    if (rc == 0)
        rc = evc_hmac(crypto, EVC_SHA256, evc_view_of(mac_key, sizeof(mac_key)),
                      &covered, 1, mac, err);
    evc_mem_wipe(mac_key, sizeof(mac_key));
    return rc;
}

/* Everything but the MAC. */
static int
write_covered(evc_record_purpose purpose, const evc_kv *context, evc_view edks,
              size_t count, evc_buf *out, evc_error **err)
{
    size_t context_size = evc_context_size(context);

    (void)evc_buf_reserve(out, sizeof(record_magic) + 1 + 2 + context_size + 2 +
                                   edks.size + MAC_SIZE + 1);
    evc_buf_put(out, record_magic, sizeof(record_magic));
    evc_buf_put_u8(out, (uint8_t)purpose);
    evc_buf_put_u16(out, (uint16_t)context_size);
    evc_context_write(context, out);
    evc_buf_put_u16(out, (uint16_t)count);
    evc_buf_put_view(out, edks);
    return evc_buf_check(out, err);
}

int
evc_record_check_context(const evc_kv *context, evc_error **err)
{
    size_t most = evc_config_or_default(NULL)->max_context;
    size_t size = evc_context_size(context);

    if (size <= most)
        return 0;
    return evc_err(err, ENVCRYPT_E_LIMIT_CONTEXT,
                   "the encryption context has %zu bytes and the limit is %zu; "
                   "shorten it",
                   size, most);
}

int
evc_record_write(evc_crypto *crypto, evc_view key, evc_record_purpose purpose,
                 const evc_kv *context, evc_view edks, size_t count, evc_buf *out,
                 evc_error **err)
{
    uint8_t mac[MAC_SIZE];
    int rc = write_covered(purpose, context, edks, count, out, err);

    if (rc == 0)
        rc = compute_mac(crypto, key, evc_buf_view(out), mac, err);
    if (rc)
        return rc;
    evc_buf_put(out, mac, sizeof(mac));
    return evc_buf_check(out, err);
}

int
evc_record_wrap(evc_keyring *keyring, evc_view key, evc_record_purpose purpose,
                const evc_kv *context, evc_wait *wait, evc_buf *out, evc_error **err)
{
    size_t most = evc_config_or_default(NULL)->max_edks;
    evc_buf edks;
    int rc = evc_record_check_context(context, err);

    if (rc)
        return rc;
    evc_buf_init(&edks);
    rc = evc_keyring_wrap(keyring, key, most, context, wait, &edks, err);
    if (rc == 0)
        rc = evc_record_write(keyring->crypto, key, purpose, context,
                              evc_buf_view(&edks), evc_keyring_writers(keyring), out,
                              err);
    evc_buf_reset(&edks);
    return rc;
}

static int
check_expected(const evc_kv *context, const evc_kv *expected, evc_error **err)
{
    char shown[EVC_SHOWN];

    for (size_t i = 0; expected && i < expected->count; i++) {
        const evc_pair *found = evc_kv_find(context, expected->pairs[i].name);

        evc_encode_shown(expected->pairs[i].name, shown);
        if (!found)
            return evc_err(
                err, ENVCRYPT_E_CONTEXT_MISSING,
                "the wrapped-key record was made without the context pair %s", shown);
        if (!evc_view_equal(found->value, expected->pairs[i].value))
            return evc_err(
                err, ENVCRYPT_E_CONTEXT_MISMATCH,
                "the context pair %s of the wrapped-key record has another value "
                "than the given one",
                shown);
    }
    return 0;
}

int
evc_record_prove(evc_crypto *crypto, const evc_record *record, evc_view key,
                 evc_error **err)
{
    uint8_t mac[MAC_SIZE];
    int rc = compute_mac(crypto, key, record->covered, mac, err);

    if (rc == 0 && !evc_mem_equal_secret(mac, record->mac.data, MAC_SIZE))
        rc = evc_err(
            err, ENVCRYPT_E_RECORD_MAC,
            "the wrapped-key record was changed after it was made; restore a good "
            "copy");
    evc_mem_wipe(mac, sizeof(mac));
    return rc;
}

typedef struct unwrap_request {
    evc_keyring *keyring;
    const evc_record *record;
} unwrap_request;

/* The key, whose MAC held; opened: evc_unwrapped_reset. */
static int
open_record(const unwrap_request *r, evc_wait *wait, evc_secret *key,
            evc_keyring_opened *opened, evc_error **err)
{
    /* A key for values has the size that evc_value_key_open takes. */
    size_t key_size = r->record->purpose == EVC_RECORD_VALUES ? 32 : 0;
    int rc =
        evc_keyring_unwrap_about(r->keyring, r->record->edks, r->record->edk_count,
                                 key_size, &r->record->context, wait, key, opened, err);

    if (rc == 0)
        rc = evc_record_prove(r->keyring->crypto, r->record,
                              evc_view_of(key->bytes, key->size), err);
    if (rc)
        evc_secret_free(key);
    return rc;
}

/* Nothing enters the cache whose MAC did not hold. */
static int
make(void *user, evc_wait *wait, evc_secret *key, evc_buf *note, evc_error **err)
{
    evc_keyring_opened opened;
    int rc = open_record(user, wait, key, &opened, err);

    (void)note;
    evc_unwrapped_reset(&opened.about);
    return rc;
}

/* The cache entry of a record: its bytes as this very keyring opened them (decision
 * 18). */
static int
unwrap_cached(unwrap_request *r, evc_view bytes, evc_dek_cache *cache, evc_wait *wait,
              evc_secret *key, evc_error **err)
{
    evc_view parts[3] = {
        evc_view_text("value"),
        evc_view_of(r->keyring->instance, sizeof(r->keyring->instance)),
        bytes,
    };
    uint8_t id[EVC_DEK_CACHE_ID];
    const evc_dek_use use = {id, 0, 0};
    evc_buf note;
    int rc;

    /* The first two parts have fixed sizes, so no part can run into another. */
    rc = evc_digest(r->keyring->crypto, EVC_SHA256, parts, 3, id, err);
    if (rc)
        return rc;
    evc_buf_init(&note);
    rc = evc_dek_cache_get(cache, &use, make, r, wait, key, &note, err);
    evc_buf_reset(&note);
    return rc;
}

int
evc_record_read_expected(evc_view bytes, evc_record_purpose purpose,
                         const evc_kv *expected, evc_record *record, evc_error **err)
{
    int rc = evc_record_read(bytes, evc_config_or_default(NULL), record, err);

    if (rc)
        return rc;
    if (purpose != EVC_RECORD_ANY && record->purpose != purpose)
        rc = evc_err(err, ENVCRYPT_E_RECORD_PURPOSE,
                     "this wrapped-key record was made for %s; use the call for that",
                     record->purpose == EVC_RECORD_VALUES ? "small values"
                                                          : "a data key");
    if (rc == 0)
        rc = check_expected(&record->context, expected, err);
    if (rc)
        evc_record_reset(record);
    return rc;
}

int
evc_record_unwrap(evc_keyring *keyring, evc_view bytes, evc_record_purpose purpose,
                  const evc_kv *expected, evc_dek_cache *cache, evc_wait *wait,
                  evc_secret *key, evc_error **err)
{
    evc_record record;
    unwrap_request r = {keyring, &record};
    int rc = evc_record_read_expected(bytes, purpose, expected, &record, err);

    *key = (evc_secret){0};
    if (rc)
        return rc;
    rc = cache ? unwrap_cached(&r, bytes, cache, wait, key, err)
               : make(&r, wait, key, NULL, err);
    evc_record_reset(&record);
    return rc;
}

int
evc_record_write_renewed(evc_crypto *crypto, const evc_record *record, evc_view key,
                         const evc_keyring_opened *opened, evc_buf *out,
                         evc_error **err)
{
    evc_edk renewed = evc_edk_view(&opened->about.replacement);
    evc_buf edks;
    int rc;

    evc_buf_init(&edks);
    for (size_t i = 0; i < record->edk_count; i++)
        evc_edk_write(i == opened->edk ? &renewed : &record->edks[i], &edks);
    rc = evc_buf_check(&edks, err);
    if (rc == 0)
        rc = evc_record_write(crypto, key, record->purpose, &record->context,
                              evc_buf_view(&edks), record->edk_count, out, err);
    evc_buf_reset(&edks);
    return rc;
}

int
evc_record_unwrap_renewed(evc_keyring *keyring, evc_view bytes,
                          evc_record_purpose purpose, const evc_kv *expected,
                          evc_wait *wait, evc_secret *key, evc_buf *replacement,
                          evc_error **err)
{
    evc_record record;
    unwrap_request r = {keyring, &record};
    evc_keyring_opened opened;
    int rc = evc_record_read_expected(bytes, purpose, expected, &record, err);

    *key = (evc_secret){0};
    if (rc)
        return rc;
    rc = open_record(&r, wait, key, &opened, err);
    if (rc == 0 && opened.about.replacement.ciphertext.size > 0)
        rc = evc_record_write_renewed(keyring->crypto, &record,
                                      evc_view_of(key->bytes, key->size), &opened,
                                      replacement, err);
    if (rc)
        evc_secret_free(key);
    evc_unwrapped_reset(&opened.about);
    evc_record_reset(&record);
    return rc;
}

/* Opens what was just made, with the keys it was made for, and compares. */
static int
prove(evc_keyring *to, evc_view made, const evc_secret *key, evc_wait *wait,
      evc_error **err)
{
    evc_secret again = {0};
    bool opens = false;
    int rc;

    for (size_t i = 0; i < to->count; i++)
        opens = opens || evc_kms_can(to->keys[i], ENVCRYPT_OP_UNWRAP);
    if (!opens)
        return 0;
    rc = evc_record_unwrap(to, made, EVC_RECORD_ANY, NULL, NULL, wait, &again, err);
    if (rc == 0 && (again.size != key->size ||
                    !evc_mem_equal_secret(again.bytes, key->bytes, key->size)))
        rc = evc_err(
            err, ENVCRYPT_E_INTERNAL,
            "the new wrapped-key record holds another key than the old one; keep "
            "the old one");
    evc_secret_free(&again);
    return rc;
}

int
evc_record_rewrap(evc_keyring *from, evc_keyring *to, evc_view bytes, evc_wait *wait,
                  evc_buf *out, evc_error **err)
{
    const evc_config *limits = evc_config_or_default(NULL);
    evc_secret key = {0};
    evc_record record;
    unwrap_request r = {from, &record};
    evc_buf edks;
    int rc = evc_record_read(bytes, limits, &record, err);

    if (rc)
        return rc;
    evc_buf_init(&edks);
    rc = make(&r, wait, &key, NULL, err);
    if (rc == 0)
        rc = evc_keyring_rewrap(to, record.edks, record.edk_count,
                                evc_view_of(key.bytes, key.size), limits->max_edks,
                                &record.context, wait, &edks, err);
    if (rc == 0)
        rc = evc_record_write(to->crypto, evc_view_of(key.bytes, key.size),
                              record.purpose, &record.context, evc_buf_view(&edks),
                              evc_keyring_writers(to), out, err);
    if (rc == 0)
        rc = prove(to, evc_buf_view(out), &key, wait, err);
    evc_buf_reset(&edks);
    evc_secret_free(&key);
    evc_record_reset(&record);
    return rc;
}
