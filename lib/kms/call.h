/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to a key service. Whoever needs it makes a call, the back end starts it
 * and finishes it once, at once or later from any thread; whoever waits sleeps under an
 * evc_wait. A call that was given up lives on until its finish.
 *
 * Counted: one reference for the maker, one for the back end from start to finish.
 */
#ifndef EVC_KMS_CALL_H
#define EVC_KMS_CALL_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/wait.h"
#include "kms/context.h"
#include "kms/edk.h"

typedef struct envcrypt_call evc_call;
typedef struct envcrypt_kms evc_kms;
typedef struct envcrypt_key_info evc_key_info;

struct envcrypt_call {
    atomic_size_t refs;
    atomic_int phase; /* see call.c: open, finished, abandoned */
    int32_t operation;
    evc_kms *kms; /* a reference is held */

    /* In: borrowed from the maker, until evc_call_own copied it. */
    const evc_kv *context;
    evc_view input;       /* WRAP: the data key, in the arena */
    evc_edk edk;          /* UNWRAP, REWRAP */
    evc_view key_version; /* BRANCH_KEY */
    size_t key_size;      /* wanted size of the data key; 0 = any */

    /* Out. */
    evc_edk_out wrapped;
    evc_secret key;
    evc_buf key_id; /* "" = the expected one */
    evc_buf version;
    bool stale;
    evc_edk_out replacement;
    bool has_replacement;
    evc_key_info *info;
    int code;
    evc_error *error;

    /* Who is woken by the finish; guarded by phase. */
    evc_wait *waiter;
    void *owned; /* what evc_call_own made */
};

int evc_call_new(evc_kms *kms, int32_t operation, evc_call **out,
                 evc_error **err) EVC_MUST_CHECK;
evc_call *evc_call_ref(evc_call *call);
void evc_call_unref(evc_call *call);

/* Copies the inputs, so that they outlive a maker that gives up. */
int evc_call_own(evc_call *call, evc_error **err) EVC_MUST_CHECK;

/* Once, by the back end. error may be NULL when code is 0; ownership moves. */
void evc_call_finish(evc_call *call, int code, evc_error *error);
bool evc_call_is_abandoned(const evc_call *call);

/*
 * Starts the call at its key service and waits for its finish. On ENVCRYPT_E_CANCELED
 * and ENVCRYPT_E_TIMEOUT the call is abandoned: only evc_call_unref is legal then.
 */
int evc_call_run(evc_call *call, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

struct envcrypt_key_info {
    evc_buf id;
    int32_t state;
    size_t count;
    struct evc_key_version {
        char *id;
        int32_t state;
        int64_t created_ms;
    } * versions;
    size_t current; /* SIZE_MAX = unknown */
};
int evc_key_info_new(evc_view id, evc_key_info **out, evc_error **err) EVC_MUST_CHECK;
int evc_key_info_add(evc_key_info *info, const char *version, int32_t state,
                     int64_t created_ms, evc_error **err) EVC_MUST_CHECK;
void evc_key_info_free(evc_key_info *info);

#endif
