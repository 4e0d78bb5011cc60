/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recipients: wrapping a data key for all of them, unwrapping with any. Immutable
 * after open; any number of threads.
 */
#ifndef EVC_ENVELOPE_KEYRING_H
#define EVC_ENVELOPE_KEYRING_H

#include "envcrypt/envelope.h"
#include "kms/kms.h"

typedef struct envcrypt_keyring evc_keyring;

struct envcrypt_keyring_config {
    evc_kms *generator; /* references are held */
    evc_kms **recipients;
    size_t count;
    evc_kv required; /* "provider id NUL key id" → "" */
    bool discovery;
};

struct envcrypt_keyring {
    atomic_size_t refs;
    uint64_t generation;
    evc_crypto *crypto;
    evc_kms **keys; /* the generator first, when there is one */
    size_t count;
    bool has_generator;
    uint8_t instance[16];      /* random; in the ids of cache entries */
    uint8_t recipients_id[32]; /* SHA-256 over provider and key ids, in order */
};

/* ARGUMENT, DISCOVERY, KEY_READ_ONLY, POLICY_RECIPIENT, NOMEM. */
int evc_keyring_open(evc_crypto *crypto, const struct envcrypt_keyring_config *config,
                     evc_keyring **out, evc_error **err) EVC_MUST_CHECK;
evc_keyring *evc_keyring_ref(evc_keyring *keyring);
void evc_keyring_unref(evc_keyring *keyring); /* NULL is fine */

/* Writers among the keys: the generator and the recipients that can wrap. */
size_t evc_keyring_writers(const evc_keyring *keyring);
/* Whether it writes: NO_GENERATOR, LIMIT_EDKS (more writers than max_edks). */
int evc_keyring_check_writers(const evc_keyring *keyring, size_t max_edks,
                              evc_error **err) EVC_MUST_CHECK;
/* Appends an EDK in wire form, and resets edk. */
void evc_keyring_append(evc_buf *out, evc_edk_out *edk);

/*
 * Makes a data key of key_size bytes and wraps it for every writer: EDKs appended to
 * out in wire form, without the count, which is evc_keyring_writers(). Any failure fails the whole.
 * NO_GENERATOR, LIMIT_EDKS. loan may be NULL, here and below.
 */
int evc_keyring_generate(evc_keyring *keyring, size_t key_size, size_t max_edks,
                         const evc_kv *context, evc_wait *wait, evc_loan *loan,
                         evc_secret *key, evc_buf *out, evc_error **err) EVC_MUST_CHECK;
/* Same for a data key that exists. */
int evc_keyring_wrap(evc_keyring *keyring, evc_view key, size_t max_edks,
                     const evc_kv *context, evc_wait *wait, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;
/* Same, anew: by the service's own rewrap of an EDK of edks where the writer has one of
 * its own there and may, else by wrapping. */
int evc_keyring_rewrap(evc_keyring *keyring, const evc_edk *edks, size_t count,
                       evc_view key, size_t max_edks, const evc_kv *context,
                       evc_wait *wait, evc_buf *out, evc_error **err) EVC_MUST_CHECK;
/*
 * Tries each key in order, the generator first, with each EDK that it claims. When none
 * opens: a cause for each failure, and the code of the first that tells more than "the
 * wrong key" (a service that is away, a disabled version, KEY_MISMATCH), else NO_KEY.
 * CANCELED, FORKED and memory that is out end the search; TIMEOUT does not, since a key
 * that needs no wait may come next.
 */
int evc_keyring_unwrap(evc_keyring *keyring, const evc_edk *edks, size_t count,
                       size_t key_size, const evc_kv *context, evc_wait *wait,
                       evc_loan *loan, evc_secret *key, evc_error **err) EVC_MUST_CHECK;

/* Which EDK opened, and what was told with it. */
typedef struct evc_keyring_opened {
    size_t edk;
    evc_unwrapped about;
} evc_keyring_opened;
/* evc_keyring_unwrap that tells. opened is always written; evc_unwrapped_reset. */
int evc_keyring_unwrap_about(evc_keyring *keyring, const evc_edk *edks, size_t count,
                             size_t key_size, const evc_kv *context, evc_wait *wait,
                             evc_secret *key, evc_keyring_opened *opened,
                             evc_error **err) EVC_MUST_CHECK;

/*
 * Whether an EDK, of count in wire form, is known to be under another version of its key
 * than the one that wraps now. Without I/O to clouds.
 */
bool evc_keyring_is_outdated(const evc_keyring *keyring, evc_view edks, size_t count);

/* The first key that claims the EDK, or NULL. */
const evc_kms *evc_keyring_find(const evc_keyring *keyring, const evc_edk *edk);

#endif
