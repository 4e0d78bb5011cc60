/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before and behind each call to a key service, whoever drives it: a call of
 * an operation that the key has, with inputs that may reach its back end, and results
 * that are checked before anybody uses them.
 */
#ifndef EVC_KMS_ASK_H
#define EVC_KMS_ASK_H

#include "kms/call.h"

/* The largest key that is wrapped; data keys have 16, 24 or 32 bytes. */
#define EVC_KMS_MAX_KEY 64u

/* What an unwrap tells beside the key. */
typedef struct evc_unwrapped {
    evc_buf version; /* of the key that was used; empty = the service does not tell */
    bool stale;      /* it is not the current one; false may be "unknown" */
    evc_edk_out
        replacement; /* the same key wrapped anew; empty: the service gave none */
} evc_unwrapped;
void evc_unwrapped_reset(evc_unwrapped *about);

/*
 * near: memory for the call, which is used where the back end lets it; NULL = a call that
 * is counted. *out is the caller's to unref, NULL after a failure. FORKED, KEY_READ_ONLY,
 * UNSUPPORTED, NOMEM.
 */
int evc_ask(evc_kms *kms, uint32_t operation, evc_call *near, evc_call **out,
            evc_error **err) EVC_MUST_CHECK;
/* The same of one operation with its inputs, which are borrowed. KEY_SIZE too. */
int evc_ask_wrap(evc_kms *kms, evc_view key, const evc_kv *context, evc_call *near,
                 evc_call **out, evc_error **err) EVC_MUST_CHECK;
/* UNWRAP or REWRAP. ENVCRYPT_E_UNWRAP too: the key does not claim the EDK. */
int evc_ask_edk(evc_kms *kms, uint32_t operation, const evc_edk *edk,
                const evc_kv *context, evc_call *near, evc_call **out,
                evc_error **err) EVC_MUST_CHECK;

/* Of a call that was finished with 0: the key that was used is the expected one.
 * KEY_MISMATCH. */
int evc_ask_check_id(const evc_call *call, evc_error **err) EVC_MUST_CHECK;
/* Same, and moves what it brought. BAD_DEK; INTERNAL for an answer without it. */
int evc_ask_take_wrapped(evc_call *call, evc_edk_out *out,
                         evc_error **err) EVC_MUST_CHECK;
/* Of UNWRAP. *about holds nothing before. */
int evc_ask_take_key(evc_call *call, evc_secret *out, evc_unwrapped *about,
                     evc_error **err) EVC_MUST_CHECK;
/* Both, of GENERATE; BAD_DEK also for a data key that the service gave before. */
int evc_ask_take_both(evc_call *call, evc_secret *key, evc_edk_out *out,
                      evc_error **err) EVC_MUST_CHECK;

#endif
