/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing of a key store whose store key is known, and transactions: lock
 * "<path>.lock", read anew, verify, change, replace the file.
 */
#ifndef EVC_KMS_STORE_FILE_H
#define EVC_KMS_STORE_FILE_H

#include "base/file.h"
#include "kms/store_keys.h"

/* A file and its store key. Immutable, shared and counted; any number of threads. */
typedef struct evc_store_access {
    atomic_size_t refs;
    evc_crypto *crypto; /* a reference is held */
    char *path;
    evc_store_keys keys;
} evc_store_access;

/* keys move to the access, and are freed when this fails. */
int evc_store_access_new(evc_crypto *crypto, const char *path, evc_store_keys *keys,
                         evc_store_access **out, evc_error **err) EVC_MUST_CHECK;
evc_store_access *evc_store_access_ref(evc_store_access *access);
void evc_store_access_unref(evc_store_access *access); /* NULL is fine */

/* The bytes of a store's file, mode 0600, at most 16 MiB. ENVCRYPT_E_FILE_…, IO. */
int evc_store_file_read(const char *path, evc_buf *out, evc_error **err) EVC_MUST_CHECK;

/*
 * Reads the file and verifies it. known is an earlier state of it, which tells a
 * re-keyed store from a changed one. ENVCRYPT_E_STORE_CHANGED, STORE_MAC and those of
 * evc_store_file_read and store_reader.h.
 */
int evc_store_load(const evc_store_access *access, const evc_store_data *known,
                   evc_store_data **out, evc_error **err) EVC_MUST_CHECK;

/* Writes data with the MAC of keys. exclusive: the file must not exist yet. */
int evc_store_save(const evc_store_keys *keys, const evc_store_data *data,
                   const char *path, bool exclusive, evc_error **err) EVC_MUST_CHECK;

typedef struct evc_store_txn {
    const evc_store_access *access;
    evc_file_lock lock;
    evc_store_data *data; /* as the file has it now; to be changed */
} evc_store_txn;

/* wait may be NULL. After a failure nothing is held. */
int evc_store_txn_begin(evc_store_txn *txn, const evc_store_access *access,
                        const evc_store_data *known, evc_wait *wait,
                        evc_error **err) EVC_MUST_CHECK;
/*
 * Writes txn->data under keys (NULL: those of the access), ends the transaction and
 * gives what was written to *data, in place of what that held.
 */
int evc_store_txn_commit(evc_store_txn *txn, const evc_store_keys *keys,
                         evc_store_data **data, evc_error **err) EVC_MUST_CHECK;
/* Ends it without a change; fine after a commit. */
void evc_store_txn_abort(evc_store_txn *txn);

#endif
