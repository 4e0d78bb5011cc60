/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one driver of requests: build, sign, send, classify, wait, again. Whoever needs
 * something of a service fills in an operation (net/attempt.h) whose two functions are
 * pure; everything that lasts or fails on the way stands there and here.
 */
#ifndef EVC_NET_OPERATION_H
#define EVC_NET_OPERATION_H

#include "net/attempt.h"

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
 * thread that runs. An operation is its owner's again when its finished is called, and may
 * be freed or set up anew in it. What the functions do holds up all that is in flight;
 * they may run other operations, which takes another lane.
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
