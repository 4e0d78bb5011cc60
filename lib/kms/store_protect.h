/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of the protectors of a store, in memory, and re-keying. After an error the
 * data is only fit to be dropped.
 */
#ifndef EVC_KMS_STORE_PROTECT_H
#define EVC_KMS_STORE_PROTECT_H

#include "base/wait.h"
#include "kms/store_keys.h"

/*
 * Adds a protector for each thing in the list, which wraps the store key of keys.
 * ENVCRYPT_E_ARGUMENT: a private RSA key, or more protectors than a store has.
 */
int evc_store_add_protectors(const evc_store_keys *keys, evc_store_data *data,
                             const evc_protectors *list, evc_wait *wait,
                             evc_error **err) EVC_MUST_CHECK;

/*
 * Removes protectors by their ids: 16 hex digits each, separated by commas; "" or NULL
 * removes none. KEY_NOT_FOUND, ARGUMENT. None may be left afterwards.
 */
int evc_store_drop_protectors(evc_store_data *data, const char *ids,
                              evc_error **err) EVC_MUST_CHECK;

/*
 * Makes a new store key: wraps it anew for every protector of data, and every version
 * under it. present must open the protectors that are not RSA ones (STORE_PROTECTOR).
 * next gets the new keys.
 */
int evc_store_rekey(const evc_store_keys *keys, evc_store_data *data,
                    const evc_protectors *present, evc_wait *wait, evc_store_keys *next,
                    evc_error **err) EVC_MUST_CHECK;

/*
 * Wraps the same store key anew for protectors of key services: by ids, separated by
 * commas, or "" for all that present has the key of. By the service's own rewrap where
 * it has one. *count tells how many. ENVCRYPT_E_ARGUMENT (no id, or not of a key
 * service), KEY_NOT_FOUND, STORE_PROTECTOR (its key was not presented), BAD_DEK, and what
 * the key says.
 */
int evc_store_rewrap_protectors(const evc_store_keys *keys, evc_store_data *data,
                                const char *ids, const evc_protectors *present,
                                evc_wait *wait, size_t *count,
                                evc_error **err) EVC_MUST_CHECK;

#endif
