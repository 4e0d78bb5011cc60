/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key service is to the library: one table in one file. lib/api keeps the array
 * of those that a URI opens, and passes it down at open. And the object that a back end
 * fills in: one key, shared and counted, immutable after open, any number of threads.
 */
#ifndef EVC_KMS_BACKEND_H
#define EVC_KMS_BACKEND_H

#include "base/wait.h"
#include "crypto/crypto.h"
#include "envcrypt/envelope.h"
#include "kms/edk.h"
#include "kms/repeats.h"
#include "kms/uri.h"

typedef struct envcrypt_call
    evc_call; /* a call knows its key, so a key not its calls */
typedef struct envcrypt_kms evc_kms;

struct envcrypt_kms_config {
    evc_kv options;
    const struct envcrypt_protectors *protectors;
    struct envcrypt_credentials *credentials; /* a reference is held; NULL = the chain
                                                 of the provider */
};

typedef struct evc_backend {
    const char *scheme;         /* of its URIs; NULL when it has none */
    const char *const *options; /* names it knows, NULL-ended; NULL = none */

    /*
     * Opens what a URI names: fills in kms->state, provider, key_id (both by
     * evc_mem_strdup), operations, and what differs from the defaults. When it fails,
     * what was filled in is freed, and close is called if there is a state.
     */
    int (*open)(evc_kms *kms, const evc_uri *uri,
                const struct envcrypt_kms_config *config, evc_wait *wait,
                evc_error **err);
    /* In a child of fork: frees memory only, no locks, no sockets, no callbacks. */
    void (*close)(void *state);

    /*
     * Whether this key may open the EDK: its provider id and key id are the ones that
     * were configured. Cheap and without I/O. Discovery keys accept every EDK of their
     * provider.
     */
    bool (*claims)(const evc_kms *kms, const evc_edk *edk);

    /*
     * Takes the call's reference and finishes the call, now or later. Only for
     * operations that the key has; UNWRAP and REWRAP only for EDKs that it claims.
     */
    void (*start)(evc_kms *kms, evc_call *call);
    /* start finishes every call before it returns, on the same thread; what takes long
     * is done under call->wait. */
    bool at_once;
    /*
     * Starts many, at most width at a time, and returns when each is finished; those
     * that the wait cut off, with its error. Not for placed calls. NULL = one by one.
     */
    void (*start_many)(evc_kms *kms, evc_call *const *calls, size_t count, size_t width,
                       evc_wait *wait);

    /* ENVCRYPT_YES, _NO or _UNKNOWN: is the EDK under the key's current version? No I/O
     * to clouds. NULL = never known. */
    int32_t (*is_current)(const evc_kms *kms, const evc_edk *edk);
    /* What the service calls the right to an operation, for messages; static text. May
     * be NULL, and give NULL. */
    const char *(*permission)(uint32_t operation);
    /* What to do instead of an operation that a key does not have: the end of a sentence,
     * static text. May be NULL, and give NULL. */
    const char *(*instead)(uint32_t operation);
    /* Appends as whom the key is used, a text for people. NULL = nobody can be named. */
    int (*identity)(const evc_kms *kms, evc_wait *wait, evc_buf *out, evc_error **err);
    /* When that version was made, or the EDK wrapped; -1 = unknown. May be NULL. */
    int64_t (*age_from_ms)(const evc_kms *kms, const evc_edk *edk);
} evc_backend;

struct envcrypt_kms {
    atomic_size_t refs;
    uint64_t generation;
    evc_crypto *crypto;  /* a reference is held */
    struct evc_net *net; /* of the client, within open only: cloud back ends take a
                            reference of their own. NULL where there is no network */
    const evc_backend *backend;
    void *state;
    char *provider; /* provider id of what it writes and opens */
    char *key_id;   /* "" for discovery */
    uint32_t operations;
    bool discovery;       /* default: no */
    bool authenticated;   /* default: yes */
    size_t max_plaintext; /* bytes it can wrap; 0 = any data key */
    evc_repeats *repeats; /* of keys whose service generates; else NULL */
};

/*
 * For back ends without a URI. state moves to the key, which closes it; when this fails
 * the state stays the caller's. NOMEM.
 */
int evc_kms_new(evc_crypto *crypto, const evc_backend *backend, void *state,
                const char *provider, const char *key_id, uint32_t operations,
                evc_kms **out, evc_error **err) EVC_MUST_CHECK;
/* By URI, through backend->open. */
int evc_kms_new_by_uri(evc_crypto *crypto, struct evc_net *net,
                       const evc_backend *backend, const evc_uri *uri,
                       const struct envcrypt_kms_config *config, evc_wait *wait,
                       evc_kms **out, evc_error **err) EVC_MUST_CHECK;
evc_kms *evc_kms_ref(evc_kms *kms); /* NULL is fine */
void evc_kms_unref(evc_kms *kms);   /* NULL is fine; legal in a child of fork */

/* The option of this name in URI or config, or NULL. kms.c saw to it that they do not
 * contradict each other. */
const char *evc_backend_option(const evc_uri *uri,
                               const struct envcrypt_kms_config *config,
                               const char *name);

#endif
