/* SPDX-License-Identifier: Apache-2.0 */
/* An open key store: a public envcrypt_keystore. One thread at a time. */
#ifndef EVC_KMS_KEYSTORE_H
#define EVC_KMS_KEYSTORE_H

#include "kms/store_file.h"

#define EVC_STORE_FINGERPRINT_TEXT (2 * EVC_STORE_FINGERPRINT + 1)

typedef struct envcrypt_keystore {
    uint64_t generation;
    evc_crypto *crypto; /* a reference is held */
    char *path;
    evc_store_access *access; /* NULL: opened without protectors, not verified */
    evc_store_data *data;
    bool authenticated;
    bool opened; /* by the protector of this id; else it was made here */
    uint8_t opened_by[EVC_PROTECTOR_ID];
    char fingerprint[EVC_STORE_FINGERPRINT_TEXT]; /* "" when not verified */
} evc_keystore;

int evc_keystore_create(evc_crypto *crypto, const char *path, const char *store_name,
                        const evc_protectors *protectors, evc_wait *wait,
                        evc_keystore **out, evc_error **err) EVC_MUST_CHECK;

/* What opens a store. */
typedef struct evc_keystore_key {
    const evc_protectors *protectors; /* NULL: open unverified */
    int32_t type;                     /* only protectors of this type; 0 = any */
    const char *fingerprint;          /* 32 hex digits that pin the store, or NULL */
} evc_keystore_key;
int evc_keystore_open(evc_crypto *crypto, const char *path, const evc_keystore_key *by,
                      evc_wait *wait, evc_keystore **out,
                      evc_error **err) EVC_MUST_CHECK;
void evc_keystore_close(evc_keystore *store); /* NULL is fine */

/* Puts a new store key in the place of the old one; the reference moves. */
void evc_keystore_set_access(evc_keystore *store, evc_store_access *access);

/* 0 or ENVCRYPT_E_STORE_UNVERIFIED. */
int evc_keystore_check_verified(const evc_keystore *store,
                                evc_error **err) EVC_MUST_CHECK;
/* A fingerprint of 32 hex digits. ENVCRYPT_E_ARGUMENT. */
int evc_keystore_parse_pin(const char *fingerprint, uint8_t out[EVC_STORE_FINGERPRINT],
                           evc_error **err) EVC_MUST_CHECK;
/* ENVCRYPT_E_STORE_FINGERPRINT when F is not the pinned one. */
int evc_keystore_check_pin(const evc_store_keys *keys, const char *path,
                           const uint8_t pin[EVC_STORE_FINGERPRINT],
                           evc_error **err) EVC_MUST_CHECK;

#endif
