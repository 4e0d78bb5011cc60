/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writing calls of an open key store: each is one transaction on its file. Errors
 * as the public functions of the same names; after one the file is as it was.
 */
#ifndef EVC_KMS_KEYSTORE_OPS_H
#define EVC_KMS_KEYSTORE_OPS_H

#include "kms/keystore.h"
#include "kms/store_edit.h"

int evc_keystore_add_key(evc_keystore *store, const char *name, int32_t kind,
                         evc_wait *wait, evc_error **err) EVC_MUST_CHECK;
int evc_keystore_import(evc_keystore *store, const evc_store_import *import,
                        evc_wait *wait, evc_error **err) EVC_MUST_CHECK;
int evc_keystore_rotate(evc_keystore *store, const char *name, uint32_t *version,
                        evc_wait *wait, evc_error **err) EVC_MUST_CHECK;
int evc_keystore_set_enabled(evc_keystore *store, const char *name, uint32_t version,
                             bool enabled, evc_wait *wait,
                             evc_error **err) EVC_MUST_CHECK;
int evc_keystore_destroy_version(evc_keystore *store, const char *name,
                                 uint32_t version, const char *confirm, evc_wait *wait,
                                 evc_error **err) EVC_MUST_CHECK;

int evc_keystore_protect(evc_keystore *store, const evc_protectors *add, evc_wait *wait,
                         evc_error **err) EVC_MUST_CHECK;

/* count may be NULL. */
int evc_keystore_rewrap(evc_keystore *store, const char *ids,
                        const evc_protectors *present, evc_wait *wait, size_t *count,
                        evc_error **err) EVC_MUST_CHECK;

typedef struct evc_keystore_unprotect_args {
    const char *drop;              /* ids; "" = none */
    const evc_protectors *present; /* what stays; may be NULL */
    const evc_protectors *replace; /* what comes new; may be NULL */
    bool keep_store_key;
} evc_keystore_unprotect_args;
int evc_keystore_unprotect(evc_keystore *store, const evc_keystore_unprotect_args *args,
                           evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

typedef struct evc_keystore_recover_args {
    const evc_protectors *recovery;
    const char *fingerprint; /* or NULL, */
    const char *confirm;     /* and then the store's name */
    const evc_protectors *replace;
} evc_keystore_recover_args;
int evc_keystore_recover(evc_crypto *crypto, const char *path,
                         const evc_keystore_recover_args *args, evc_wait *wait,
                         evc_keystore **out, evc_error **err) EVC_MUST_CHECK;

#endif
