/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation, attempt by attempt: what it is, how an attempt begins, what came of it, and
 * whether there is another one. How many run at a time, and when, is the driver's
 * (net/operation.h), which alone calls the functions here.
 */
#ifndef EVC_NET_ATTEMPT_H
#define EVC_NET_ATTEMPT_H

#include "net/peer.h"

typedef struct evc_operation evc_operation;

typedef struct evc_operation_kind {
    const char *name; /* "Decrypt"; of errors and the meter */
    /*
     * Writes method, path, query, headers and body; may set cap, and a sink, whose reader
     * it makes ready for a body from its first byte. Called anew for each attempt, of
     * which the one before may have broken off in mid-body. Pure; its errors end the
     * operation.
     */
    int (*build)(const evc_operation *op, evc_exchange *x, evc_error **err);
    /*
     * Reads a 2xx reply into the operation's user; may take secrets out of it. Its errors
     * end the operation: ENVCRYPT_E_PROTOCOL for what the service must not answer. Pure.
     */
    int (*read)(evc_operation *op, evc_exchange *x, evc_error **err);
    /*
     * Hears of a reply that ends the operation as a fault (op->fault), before it is wiped.
     * May say better what to do about it; with 0 as the fault's code the reply was an
     * answer after all, and the operation succeeded. Its errors end the operation. NULL =
     * not wanted. Pure.
     */
    int (*settle)(evc_operation *op, const evc_exchange *x, evc_error **err);
    bool secret; /* request or reply bears a data key, or the reply a credential */
    bool once;   /* may not be sent again once the service may have done it: only after
                    failing to connect, and after throttling, expiry and skew */
    size_t cap;  /* 0 = EVC_REPLY_KEY_MAX when secret, else EVC_REPLY_MAX */
} evc_operation_kind;

struct evc_operation {
    const evc_operation_kind *kind;
    evc_peer *peer; /* borrowed, as is user, until it is finished */
    void *user;
    const char *subject; /* what it is about, for errors: a key id; or NULL. Borrowed */

    /* Out: set before finished is called. */
    int code;
    evc_error *error; /* the caller's to free */
    evc_fault fault;  /* of the last reply that was no success; code 0 = none */
    uint32_t attempts;

    /* Called once when it is finished, on the thread that drives. May be NULL. */
    void (*finished)(evc_operation *op);

    /* Of the driver. */
    evc_exchange exchange;
    struct evc_attempt_state {
        struct evc_operation *next;
        int64_t again_ms;
        int64_t began_ms;
        int64_t skew_ms; /* of the host, when it was signed */
        int status;      /* of the last reply */
        uint32_t throttles;
        int32_t paid;
        uint64_t bytes_out;
        uint64_t bytes_in;
        bool began;
        bool renewed;    /* credentials, once */
        bool corrected;  /* the clock, once */
        bool unresolved; /* the name, once */
    } run;
};

/* What the attempts of one run have in common. */
typedef struct evc_run {
    evc_net *net;
    const evc_env *env;
    evc_wait *wait; /* never NULL */
} evc_run;

/* Forgets what an earlier run of op left in it. */
void evc_attempt_forget(evc_operation *op);
/*
 * Builds, signs and pays for an attempt, which the transport may start then. False: it
 * cannot be, and the operation is finished; its owner may have freed it by now.
 */
bool evc_attempt_begin(const evc_run *run, evc_operation *op);
/*
 * What came of an attempt whose exchange is done. True: there is another one, at
 * op->run.again_ms; false: as above.
 */
bool evc_attempt_settle(const evc_run *run, evc_operation *op);
/* Finishes an operation that nothing of is in flight, with code and text of the run's. */
void evc_attempt_give_up(const evc_run *run, evc_operation *op, int code,
                         const evc_error *reason);

#endif
