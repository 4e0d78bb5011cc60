/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to a key service. Whoever needs it makes a call, the back end starts it
 * and finishes it once, at once or later from any thread; whoever waits sleeps under an
 * evc_wait, or leaves word what to do next (then). A call that was given up lives on
 * until its finish.
 *
 * Counted: one reference for the maker, one for the back end from start to finish.
 * From start to finish its fields are the back end's, after that the maker's.
 */
#ifndef EVC_KMS_CALL_H
#define EVC_KMS_CALL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/wait.h"
#include "crypto/loan.h"
#include "kms/backend.h"
#include "kms/context.h"
#include "kms/edk.h"
#include "kms/key_info.h"

struct envcrypt_call {
    atomic_size_t refs;
    bool placed; /* in the maker's memory: no references, no lock, none of kms either */
    int32_t operation;
    evc_kms *kms; /* a reference is held */

    /* In: borrowed from the maker, until evc_call_own copied it. */
    const evc_kv *context; /* NULL = none */
    evc_view input;        /* WRAP: the data key, in the arena */
    evc_edk edk;           /* UNWRAP, REWRAP */
    evc_view key_version;  /* what the EDK names; BRANCH_KEY: the one that is wanted */
    size_t key_size;       /* wanted size of the data key; 0 = any */
    evc_wait *wait;        /* of the maker, within start only; NULL = endless */
    evc_loan *loan;        /* same, for work that is done by the end of start; or NULL.
                              The maker sets it, the run takes it back */
    struct {
        evc_context context;
        evc_secret input;
        evc_buf bytes; /* EDK and key version, each with a NUL behind it */
    } own;

    /* Out. */
    evc_edk_out wrapped; /* WRAP, GENERATE, REWRAP */
    evc_secret key;      /* UNWRAP, GENERATE, BRANCH_KEY */
    evc_buf key_id;      /* "" = the expected one */
    evc_buf version;
    bool stale;
    evc_edk_out replacement; /* UNWRAP: the same key wrapped anew; may be empty */
    evc_key_info *info;      /* DESCRIBE */
    int code;
    evc_error *error;

    /*
     * What goes on when this call is finished, on the thread that finishes it: the back
     * end of another call that needed this one. parent is held until this call is freed.
     */
    void (*then)(evc_call *call, evc_call *parent);
    evc_call *parent;

    atomic_bool served;    /* serve.c: a caller's function finished it */
    atomic_int phase;      /* see call.c; written with the lock held */
    pthread_mutex_t mutex; /* between finish and whoever waits or gives up */
    evc_wait *waiter;
};

int evc_call_new(evc_kms *kms, int32_t operation, evc_call **out,
                 evc_error **err) EVC_MUST_CHECK;
/*
 * The same in memory of the maker, who alone waits for it: for keys whose back end is done
 * with a call at once (evc_backend.at_once). evc_call_unref ends it.
 */
void evc_call_place(evc_call *call, evc_kms *kms, int32_t operation);
evc_call *evc_call_ref(evc_call *call);
void evc_call_unref(evc_call *call); /* NULL is fine */

const char *evc_call_name(const evc_call *call); /* of its operation: "WRAP", … */

/* Copies the inputs, so that they outlive a maker that gives up. Once. */
int evc_call_own(evc_call *call, evc_error **err) EVC_MUST_CHECK;

/*
 * Once, by the back end, which gives its reference. error may be NULL when code is 0;
 * ownership moves. In a child of fork it does nothing: the call is the parent's.
 */
void evc_call_finish(evc_call *call, int code, evc_error *error);
/* Whether nobody waits for the call, or for the one that needs it, any more. */
bool evc_call_is_abandoned(const evc_call *call);

/*
 * Starts the call at its key service and waits for its finish; NULL waits for ever. A
 * call that is finished within the start succeeds under any deadline. Returns what the
 * call was finished with, or the errors of evc_wait_sleep: then the call is abandoned,
 * and only evc_call_unref is legal.
 */
int evc_call_run(evc_call *call, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

/* The steps of evc_call_run, for who drives many calls; none that is placed. */

/* Starts it. true: it is finished; else its finish will wake the wait, which is armed and
 * must live until evc_call_settle. */
bool evc_call_begin(evc_call *call, evc_wait *wait) EVC_MUST_CHECK;
bool evc_call_is_finished(const evc_call *call);
/* Nobody waits for it any more. true: it is finished; else it is abandoned now. */
bool evc_call_settle(evc_call *call);
/* What a finished call was finished with, moved out of it; cut: another reason, which is
 * told already, for the call is abandoned. Writes the line of the log. */
int evc_call_end(evc_call *call, int cut, evc_error **err);

#endif
