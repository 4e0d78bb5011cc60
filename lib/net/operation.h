/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one driver of requests: build, sign, send, classify, wait, again. Whoever needs
 * something of a service fills in an operation whose two functions are pure; everything
 * that lasts or fails on the way stands here.
 */
#ifndef EVC_NET_OPERATION_H
#define EVC_NET_OPERATION_H

#include "net/peer.h"

typedef struct evc_operation evc_operation;

typedef struct evc_operation_kind {
    const char *name; /* "Decrypt"; of errors and the meter */
    /*
     * Writes method, path, query, headers and body. Called anew for each attempt. Pure;
     * its errors end the operation.
     */
    int (*build)(const evc_operation *op, evc_exchange *x, evc_error **err);
    /*
     * Reads a 2xx reply into the operation's user; may take secrets out of it. Its errors
     * end the operation: ENVCRYPT_E_PROTOCOL for what the service must not answer. Pure.
     */
    int (*read)(evc_operation *op, evc_exchange *x, evc_error **err);
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
        int phase;
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

void evc_operation_init(evc_operation *op, const evc_operation_kind *kind,
                        evc_peer *peer, void *user);
void evc_operation_reset(evc_operation *op); /* frees the error too; NULL is fine */

/*
 * Runs one on the caller's thread, and gives its code and error. wait NULL = the
 * client's default deadline. Beside what build, sign and read give: ENVCRYPT_E_CANCELED,
 * TIMEOUT, FORKED, NET_DNS, NET_CONNECT, NET_BROKEN, PROXY, TLS, REDIRECT, PROTOCOL,
 * CALL_BUDGET, NOMEM, and the code of the fault.
 */
int evc_operation_run(evc_operation *op, evc_wait *wait,
                      evc_error **err) EVC_MUST_CHECK;
/*
 * Runs many, at most width at a time, over one lane; every one is finished when this
 * returns, those that a deadline or cancel cut off with its error. All of one client.
 */
void evc_operation_run_many(evc_operation *const *ops, size_t count, size_t width,
                            evc_wait *wait);

/*
 * A run whose operations come one by one, so that their number has no bound. All on the
 * thread that runs.
 */
typedef struct evc_feed {
    /*
     * The next operation to begin, set up by evc_operation_init; NULL = none now. Asked
     * while there is a place, at the beginning and after each end. The run is over when
     * there is none, and nothing is in flight or waits for its next attempt.
     */
    evc_operation *(*next)(void *user);
    size_t (*width)(void *user);       /* most in flight now; 1 or more */
    int64_t (*not_before)(void *user); /* monotonic ms before which next is not asked;
                                          0 = now. NULL = always now */
    void *user;
} evc_feed;
/*
 * Every operation that next gave is finished when this returns. The errors of the run
 * itself, after which next is not asked again: CANCELED, TIMEOUT, FORKED, NOMEM, IO; those
 * of operations stand in them. wait NULL = without deadline.
 */
int evc_operation_run_feed(evc_net *net, const evc_feed *feed, evc_wait *wait,
                           evc_error **err) EVC_MUST_CHECK;

#endif
