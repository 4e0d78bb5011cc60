/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wrapped-key record: how a caller stores a data key (design 6.2).
 *
 *   45 4B 01 | u8 purpose | u16 context length | context | u16 EDK count | EDKs
 *   | HMAC-SHA256 over all before it
 *
 * with the MAC's key = HKDF-SHA512(data key, no salt, "envcrypt-wrapped-key-1 mac"), 32
 * bytes. An HMAC and not a GCM tag, so one data key may have many records.
 */
#ifndef EVC_ENVELOPE_RECORD_H
#define EVC_ENVELOPE_RECORD_H

#include "envelope/config.h"
#include "envelope/keyring.h"

typedef enum evc_record_purpose {
    EVC_RECORD_ANY = 0, /* of a caller that takes each */
    EVC_RECORD_KEY = ENVCRYPT_PURPOSE_KEY,
    EVC_RECORD_VALUES = ENVCRYPT_PURPOSE_VALUES
} evc_record_purpose;

/* As read: views point into the record's bytes. */
typedef struct evc_record {
    uint8_t purpose;
    evc_kv context;
    evc_edk *edks;
    size_t edk_count;
    evc_view covered; /* by the MAC */
    evc_view mac;
} evc_record;

bool evc_record_is_one(evc_view bytes); /* by its first three bytes */
/* ENVCRYPT_E_RECORD, LIMIT_EDKS, LIMIT_CONTEXT, NOMEM. Authenticates nothing. */
int evc_record_read(evc_view bytes, const evc_config *limits, evc_record *out,
                    evc_error **err) EVC_MUST_CHECK;
void evc_record_reset(evc_record *record);

/* The steps of evc_record_wrap and _unwrap, for who has the EDKs wrapped and unwrapped. */

/* LIMIT_CONTEXT. */
int evc_record_check_context(const evc_kv *context, evc_error **err) EVC_MUST_CHECK;
/* A whole record into an empty buffer. edks: count in wire form. */
int evc_record_write(evc_crypto *crypto, evc_view key, evc_record_purpose purpose,
                     const evc_kv *context, evc_view edks, size_t count, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;
/* evc_record_read by the default limits, and what is known without the key:
 * RECORD_PURPOSE, CONTEXT_MISSING, CONTEXT_MISMATCH. After a failure it is empty. */
int evc_record_read_expected(evc_view bytes, evc_record_purpose purpose,
                             const evc_kv *expected, evc_record *record,
                             evc_error **err) EVC_MUST_CHECK;
/* RECORD_MAC: the record is not the one that was made with this key. */
int evc_record_prove(evc_crypto *crypto, const evc_record *record, evc_view key,
                     evc_error **err) EVC_MUST_CHECK;

/* The record anew, with the replacement that opened has in the place of the EDK that
 * opened; into an empty buffer. */
int evc_record_write_renewed(evc_crypto *crypto, const evc_record *record, evc_view key,
                             const evc_keyring_opened *opened, evc_buf *out,
                             evc_error **err) EVC_MUST_CHECK;

/*
 * Into an empty buffer. LIMIT_CONTEXT, LIMIT_EDKS (the limits of messages by default),
 * and those of evc_keyring_wrap.
 */
int evc_record_wrap(evc_keyring *keyring, evc_view key, evc_record_purpose purpose,
                    const evc_kv *context, evc_wait *wait, evc_buf *out,
                    evc_error **err) EVC_MUST_CHECK;
/*
 * The key of a record, whose MAC held. expected: pairs that its context must have; NULL
 * = none. cache: NULL = none. ENVCRYPT_E_RECORD_PURPOSE, RECORD_MAC, CONTEXT_MISSING,
 * CONTEXT_MISMATCH, and those of evc_record_read and evc_keyring_unwrap.
 */
int evc_record_unwrap(evc_keyring *keyring, evc_view bytes, evc_record_purpose purpose,
                      const evc_kv *expected, evc_dek_cache *cache, evc_wait *wait,
                      evc_secret *key, evc_error **err) EVC_MUST_CHECK;
/*
 * Same, without a cache. replacement, an empty buffer, gets the record with the wrapped
 * key that the key service handed back in place of the old one; it stays empty when the
 * service gave none.
 */
int evc_record_unwrap_renewed(evc_keyring *keyring, evc_view bytes,
                              evc_record_purpose purpose, const evc_kv *expected,
                              evc_wait *wait, evc_secret *key, evc_buf *replacement,
                              evc_error **err) EVC_MUST_CHECK;
/* Same key, context and purpose for other recipients; proven by opening the result. */
int evc_record_rewrap(evc_keyring *from, evc_keyring *to, evc_view bytes,
                      evc_wait *wait, evc_buf *out, evc_error **err) EVC_MUST_CHECK;

#endif
