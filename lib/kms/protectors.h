/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of what a caller presents: secrets and keys that open a key store or will
 * protect one. A public envcrypt_protectors. One thread at a time changes it; once
 * nobody does, any number may read.
 */
#ifndef EVC_KMS_PROTECTORS_H
#define EVC_KMS_PROTECTORS_H

#include "base/arena.h"
#include "crypto/crypto.h"
#include "crypto/rsa.h"
#include "envcrypt/kms.h"

#define EVC_PASSPHRASE_MAX 4096u
#define EVC_PROTECTOR_KEY 32u /* bytes of a key file and of a raw key */
#define EVC_PROTECTOR_RSA_BITS 3072u

#define EVC_ARGON2_PASSES 3u
#define EVC_ARGON2_KIB (256u * 1024u)

/* One thing that was presented. */
typedef struct evc_presented {
    int32_t type;             /* ENVCRYPT_PROTECTOR_… */
    evc_secret secret;        /* passphrase or key */
    evc_rsa *rsa;             /* public half or private key */
    struct envcrypt_kms *kms; /* key of a key service; a reference is held */
} evc_presented;

typedef struct envcrypt_protectors {
    uint64_t generation;
    evc_crypto *crypto; /* a reference is held */
    evc_presented *items;
    size_t count;
    uint32_t passes; /* cost of Argon2id where a passphrase of the list protects */
    uint32_t memory_kib;
} evc_protectors;

int evc_protectors_new(evc_crypto *crypto, evc_protectors **out,
                       evc_error **err) EVC_MUST_CHECK;
void evc_protectors_free(evc_protectors *list); /* NULL is fine */

/*
 * Before the secrets of a list are used: ENVCRYPT_E_FORKED in a child, where they would
 * all be zeros.
 */
int evc_protectors_check(const evc_protectors *list, evc_error **err) EVC_MUST_CHECK;

/* Errors as the public functions of the same names. After one the list is as it was. */
int evc_protectors_add_passphrase(evc_protectors *list, evc_view passphrase,
                                  evc_error **err) EVC_MUST_CHECK;
int evc_protectors_add_key_file(evc_protectors *list, const char *path,
                                evc_error **err) EVC_MUST_CHECK;
int evc_protectors_add_raw_key(evc_protectors *list, evc_view key,
                               evc_error **err) EVC_MUST_CHECK;
int evc_protectors_add_rsa_public(evc_protectors *list, const char *pem,
                                  evc_error **err) EVC_MUST_CHECK;
int evc_protectors_add_rsa_private(evc_protectors *list, const char *pem,
                                   const char *passphrase,
                                   evc_error **err) EVC_MUST_CHECK;
int evc_protectors_add_kms(evc_protectors *list, struct envcrypt_kms *kms,
                           evc_error **err) EVC_MUST_CHECK;
int evc_protectors_set_argon2(evc_protectors *list, uint32_t passes,
                              uint32_t memory_kib, evc_error **err) EVC_MUST_CHECK;

#endif
