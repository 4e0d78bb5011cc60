/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key service is to the library: one table in one file. lib/api keeps the array
 * of those that a URI opens, and passes it down at open.
 */
#ifndef EVC_KMS_BACKEND_H
#define EVC_KMS_BACKEND_H

#include "crypto/crypto.h"
#include "kms/call.h"
#include "kms/edk.h"
#include "kms/uri.h"

struct envcrypt_kms_config {
    evc_kv options;
    const struct envcrypt_protectors *protectors;
};

typedef struct evc_backend {
    const char *scheme;         /* of its URIs; NULL when it has none */
    const char *const *options; /* names it knows, NULL-ended */

    /* Opens what a URI names: fills in kms->state, id, provider, operations. */
    int (*open)(evc_kms *kms, const evc_uri *uri,
                const struct envcrypt_kms_config *config, evc_wait *wait,
                evc_error **err);
    /* In a child of fork: frees memory only, no locks, no sockets. */
    void (*close)(void *state);

    /*
     * Whether this key may open the EDK: its provider id and key id are the ones that
     * were configured. Cheap and without I/O. Discovery keys accept every EDK of their
     * provider.
     */
    bool (*claims)(const evc_kms *kms, const evc_edk *edk);

    /* Takes the call's reference and finishes the call, now or later. */
    void (*start)(evc_kms *kms, evc_call *call);

    /* ENVCRYPT_YES, _NO or _UNKNOWN: is the EDK under the key's current version? No I/O
     * to clouds. */
    int32_t (*is_current)(const evc_kms *kms, const evc_edk *edk);
    /* When that version was made, or the EDK wrapped; -1 = unknown. May be NULL. */
    int64_t (*age_from_ms)(const evc_kms *kms, const evc_edk *edk);
} evc_backend;

struct envcrypt_kms {
    atomic_size_t refs;
    uint64_t generation;
    evc_crypto *crypto; /* a reference is held */
    const evc_backend *backend;
    void *state;
    char *provider; /* provider id of what it writes and opens */
    char *key_id;   /* "" for discovery */
    uint32_t operations;
    bool discovery;
    bool authenticated;
    size_t max_plaintext; /* bytes it can wrap; 0 = any data key */
};

#endif
