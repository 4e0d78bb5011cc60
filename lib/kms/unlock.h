/* SPDX-License-Identifier: Apache-2.0 */
/* Opening of a key store by what is presented. */
#ifndef EVC_KMS_UNLOCK_H
#define EVC_KMS_UNLOCK_H

#include "base/wait.h"
#include "kms/store_keys.h"
#include "kms/store_reader.h"

/*
 * Tries all that is presented at one protector. s gets the store key, a new secret;
 * *with, which may be NULL, what opened. EVC_NOT_AUTHENTIC when nothing does. CANCELED,
 * TIMEOUT after a try that took long and failed; NOMEM, ARENA_…; of a key service that
 * failed what it says.
 */
int evc_unlock_protector(const evc_protector_scope *scope, const evc_protector *of,
                         const evc_protectors *presented, evc_secret *s,
                         const evc_presented **with, evc_error **err) EVC_MUST_CHECK;
/* Whether after this failure of a protector of the type others are tried: a key service
 * may be away, as long as somebody waits. */
bool evc_unlock_goes_on(const evc_protector_type *type, int rc, evc_wait *wait);

/* The same, and derives the keys and checks the MAC. *damaged: something opened, and
 * the MAC does not hold; that is EVC_NOT_AUTHENTIC. */
int evc_unlock_verified(evc_crypto *crypto, const evc_store_text *text,
                        const evc_store_data *head, size_t protector,
                        const evc_protectors *presented, evc_wait *wait,
                        evc_store_keys *keys, bool *damaged,
                        evc_error **err) EVC_MUST_CHECK;

/*
 * Tries all protectors of a type (0: of every type; those that prove the origin come
 * first). *protector gets the index of the one that opened. ENVCRYPT_E_STORE_LOCKED;
 * STORE_MAC when something opened but the MAC does not hold; else the first failure of a
 * key service, with it as cause.
 */
int evc_unlock(evc_crypto *crypto, const evc_store_text *text,
               const evc_store_data *head, const evc_protectors *presented,
               int32_t type, evc_wait *wait, evc_store_keys *keys, size_t *protector,
               evc_error **err) EVC_MUST_CHECK;
/* The error when *damaged was set somewhere: STORE_MAC. */
int evc_unlock_damaged(const char *path, evc_error **err);

#endif
