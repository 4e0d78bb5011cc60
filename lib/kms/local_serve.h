/* SPDX-License-Identifier: Apache-2.0 */
/* What a key of a local key store does with a call. */
#ifndef EVC_KMS_LOCAL_SERVE_H
#define EVC_KMS_LOCAL_SERVE_H

#include "kms/backend.h"
#include "kms/local_file.h"
#include "kms/local_keys.h"
#include "kms/local_match.h"

/* The state of such a key. */
typedef struct evc_local {
    evc_local_file *file;
    evc_local_keys *keys;
    char *name; /* NULL: any key of the store */
} evc_local;

/* Whether the EDK is of this key in this state of the file, or of any key. */
bool evc_local_owns(const evc_local *local, const evc_store_data *data,
                    const evc_edk *edk, evc_local_match *out);

/*
 * WRAP, UNWRAP, DESCRIBE, ROTATE, PROBE; kms->state is an evc_local. ENVCRYPT_E_KEY_…,
 * STORE_…, UNWRAP, ARENA_…, NOMEM.
 */
int evc_local_serve(evc_kms *kms, evc_call *call, evc_error **err) EVC_MUST_CHECK;

#endif
