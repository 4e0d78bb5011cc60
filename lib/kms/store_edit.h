/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of the keys of a store, in memory: what a transaction does between reading
 * and writing. Errors as the public functions of the same names; after one the data is
 * only fit to be dropped.
 */
#ifndef EVC_KMS_STORE_EDIT_H
#define EVC_KMS_STORE_EDIT_H

#include "kms/store_keys.h"

int evc_store_add_key(const evc_store_keys *keys, evc_store_data *data,
                      const char *name, int32_t kind, evc_error **err) EVC_MUST_CHECK;

typedef struct evc_store_import {
    const char *name;
    const char *name_space;
    const char *key_name;
    evc_view material;
    bool writes;
} evc_store_import;
int evc_store_import_key(const evc_store_keys *keys, evc_store_data *data,
                         const evc_store_import *import,
                         evc_error **err) EVC_MUST_CHECK;

/* *version gets the number of the new version. */
int evc_store_rotate_key(const evc_store_keys *keys, evc_store_data *data,
                         const char *name, uint32_t *version,
                         evc_error **err) EVC_MUST_CHECK;
int evc_store_set_enabled(evc_store_data *data, const char *name, uint32_t version,
                          bool enabled, evc_error **err) EVC_MUST_CHECK;
int evc_store_destroy_version(evc_store_data *data, const char *name, uint32_t version,
                              evc_error **err) EVC_MUST_CHECK;

/* The wall time as the file keeps it: whole seconds. */
int64_t evc_store_now_ms(const evc_crypto *crypto);

#endif
