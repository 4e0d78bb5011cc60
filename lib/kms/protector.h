/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One protector of a key store, as the file has it, and what a type of protectors is:
 * one table in one file. protector_types.h has the array of the types.
 */
#ifndef EVC_KMS_PROTECTOR_H
#define EVC_KMS_PROTECTOR_H

#include "base/buf.h"
#include "base/wait.h"
#include "codec/json.h"
#include "codec/jwrite.h"
#include "kms/protectors.h"

#define EVC_STORE_ID 16
#define EVC_STORE_KEY 32 /* the store key, which protectors wrap */
#define EVC_PROTECTOR_ID 8
#define EVC_PROTECTOR_SALT 16
#define EVC_PROTECTOR_NONCE 24

typedef struct evc_protector {
    int32_t type;
    uint8_t id[EVC_PROTECTOR_ID];
    char id_text[2 * EVC_PROTECTOR_ID + 1];
    int64_t created_ms;
    evc_buf wrapped; /* the store key */

    /* Passphrase, key file, raw key. */
    uint8_t salt[EVC_PROTECTOR_SALT];
    uint8_t nonce[EVC_PROTECTOR_NONCE];
    /* Passphrase. */
    uint32_t passes;
    uint32_t memory_kib;
    /* RSA. */
    evc_buf public_pem;
    uint8_t public_fingerprint[32]; /* SHA-256 of SubjectPublicKeyInfo in DER */
    /* Key service: of an encrypted data key, whose ciphertext is wrapped. */
    char *provider;
    char *key_id; /* that info names */
    evc_buf info;
} evc_protector;

void evc_protector_init(evc_protector *protector, int32_t type);
void evc_protector_reset(evc_protector *protector);
void evc_protector_set_id(evc_protector *protector, const uint8_t id[EVC_PROTECTOR_ID]);
/* Whether both wrap the store key by the same bytes: then it is the same store key. */
bool evc_protector_equal(const evc_protector *a, const evc_protector *b);

/* Which store a protector belongs to, and how long a key service is waited for;
 * borrowed. */
typedef struct evc_protector_scope {
    evc_crypto *crypto;
    const uint8_t *store_id; /* EVC_STORE_ID bytes */
    evc_wait *wait;          /* may be NULL */
} evc_protector_scope;

typedef struct evc_protector_type {
    int32_t type;       /* ENVCRYPT_PROTECTOR_…; also the byte in the AAD */
    const char *name;   /* in the file */
    bool proves_origin; /* only who knows the secret could have made it */
    bool slow;          /* to try */
    bool public_half;   /* the file has what it takes to wrap for it anew */
    bool remote;        /* a service may be away; then others are tried */

    /* The members of its own; the list for evc_json_only names all. ENVCRYPT_E_JSON. */
    const char *const *members;
    int (*read)(const evc_json *from, evc_protector *to, evc_error **err);
    void (*write)(const evc_protector *from, evc_jwrite *to);

    /*
     * Sets what a new protector takes from what was presented, and from the list with
     * it. ENVCRYPT_E_ARGUMENT when this cannot protect.
     */
    int (*begin)(const evc_protectors *list, const evc_presented *with,
                 evc_protector *to, evc_error **err);
    /* Wraps the store key s, under a new salt and nonce. With public_half no with
     * is needed. */
    int (*wrap)(const evc_protector_scope *scope, const evc_presented *with, evc_view s,
                evc_protector *to, evc_error **err);
    /* Unwraps to s, EVC_STORE_KEY bytes. EVC_NOT_AUTHENTIC when with does not open it.
     */
    int (*open)(const evc_protector_scope *scope, const evc_presented *with,
                const evc_protector *from, uint8_t *s, evc_error **err);

    /* Whether with is what of was made by, as of says; NULL = only trying tells. */
    bool (*claims)(const evc_presented *with, const evc_protector *of);
    /* Wraps the same store key anew, under the current version of with. NULL = it has
     * no versions. */
    int (*rewrap)(const evc_protector_scope *scope, const evc_presented *with,
                  evc_view s, evc_protector *to, evc_error **err);
} evc_protector_type;

/* The types. */
extern const evc_protector_type evc_protector_passphrase;
extern const evc_protector_type evc_protector_key_file;
extern const evc_protector_type evc_protector_raw_key;
extern const evc_protector_type evc_protector_kms;
extern const evc_protector_type evc_protector_rsa;

#endif
