/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store key and what comes from it (design 6.1):
 *
 *   W, M, F = HKDF-SHA512(S, salt = store id, info = "envcrypt-keystore-1 wrap",
 *             "envcrypt-keystore-1 mac", "envcrypt-keystore-1 fingerprint"; 32, 32, 16)
 *
 * W wraps the key versions, M authenticates the file, F is told to people. Immutable;
 * any number of threads.
 */
#ifndef EVC_KMS_STORE_KEYS_H
#define EVC_KMS_STORE_KEYS_H

#include "kms/store_data.h"
#include "kms/store_format.h"

#define EVC_STORE_FINGERPRINT 16

typedef struct evc_store_keys {
    evc_crypto *crypto; /* borrowed */
    evc_secret secret;  /* S, W, M */
    uint8_t store_id[EVC_STORE_ID];
    uint8_t fingerprint[EVC_STORE_FINGERPRINT]; /* F */
} evc_store_keys;

/* s: EVC_STORE_KEY bytes. */
int evc_store_keys_derive(evc_crypto *crypto, const uint8_t store_id[EVC_STORE_ID],
                          evc_view s, evc_store_keys *out,
                          evc_error **err) EVC_MUST_CHECK;
/* The same from a new random S. */
int evc_store_keys_generate(evc_crypto *crypto, const uint8_t store_id[EVC_STORE_ID],
                            evc_store_keys *out, evc_error **err) EVC_MUST_CHECK;
void evc_store_keys_reset(evc_store_keys *keys); /* fine on what is all zero */

evc_view evc_store_keys_s(const evc_store_keys *keys);

int evc_store_keys_mac(const evc_store_keys *keys, evc_view covered,
                       uint8_t out[EVC_STORE_MAC], evc_error **err) EVC_MUST_CHECK;
/* EVC_NOT_AUTHENTIC. */
int evc_store_keys_verify(const evc_store_keys *keys, evc_view covered,
                          const uint8_t mac[EVC_STORE_MAC],
                          evc_error **err) EVC_MUST_CHECK;

/*
 * Wraps a key version by XAES-256-GCM under W and a new nonce, AAD =
 * "envcrypt-keystore-1 key" | 00 | store id | namespace and name with u16 lengths |
 * version u32 | kind u8. Namespace and name are the store's and the key's, or the
 * foreign ones of an imported key.
 */
int evc_store_keys_wrap(const evc_store_keys *keys, const evc_store_data *store,
                        const evc_store_key *key, evc_view material,
                        evc_store_version *to, evc_error **err) EVC_MUST_CHECK;
/* A new secret. EVC_NOT_AUTHENTIC. The version must not be destroyed. */
int evc_store_keys_unwrap(const evc_store_keys *keys, const evc_store_data *store,
                          const evc_store_key *key, const evc_store_version *from,
                          evc_secret *out, evc_error **err) EVC_MUST_CHECK;

#endif
