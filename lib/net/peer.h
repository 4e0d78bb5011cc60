/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom operations talk to: an endpoint, how requests to it are signed, and how its
 * errors are read. The driver (net/operation.h) knows signatures, credentials and
 * provider codes only through this table. Counted; any number of threads.
 */
#ifndef EVC_NET_PEER_H
#define EVC_NET_PEER_H

#include <stdatomic.h>

#include "net/net.h"
#include "net/retry.h"

/* What to do about a reply that is no success. */
typedef enum evc_verdict {
    EVC_VERDICT_FAIL,      /* for good */
    EVC_VERDICT_AGAIN,     /* passing trouble of the service */
    EVC_VERDICT_THROTTLED, /* again, slower */
    EVC_VERDICT_EXPIRED,   /* once more with new credentials, if there can be any */
    EVC_VERDICT_SKEWED     /* once more with the service's own time */
} evc_verdict;

#define EVC_FAULT_TEXT 128u

/* What a reply says went wrong. No text of the reply but its code and request id gets in. */
typedef struct evc_fault {
    evc_verdict verdict;
    int code;                           /* ENVCRYPT_E_… */
    char provider_code[EVC_FAULT_TEXT]; /* [A-Za-z0-9._-]; "" = none */
    char request_id[EVC_FAULT_TEXT];    /* same and : / ; "" = none */
    const char *key_state;              /* the service's word; static text or NULL */
    const char *advice;     /* what a person should do; static text or NULL */
    int64_t retry_after_ms; /* by the provider's own headers or body; -1 = none */
} evc_fault;

/* Writes text of a reply to a fault's field, dropping what is not in its alphabet. */
void evc_fault_set_code(evc_fault *fault, evc_view text);
void evc_fault_set_request_id(evc_fault *fault, evc_view text);

typedef struct evc_protocol {
    const char *provider; /* of errors and the meter: "aws-kms", "aws-sts", "ibm-iam" */
    /*
     * Adds what the service wants of every request (date, credentials, signature) to a
     * built one; now_ms is wall time as the host counts. May fetch credentials under the
     * wait. NULL = nothing is signed.
     */
    int (*sign)(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait,
                evc_error **err);
    /*
     * The service did not accept the credentials that signed x: forget them if they are
     * still the current ones. Whether other ones may be had. NULL = never.
     */
    bool (*refused)(void *state, const evc_exchange *x);
    /* Reads a whole reply whose status is not 2xx. fault is zeroed but for
     * retry_after_ms. Pure. */
    void (*classify)(const evc_exchange *x, evc_fault *fault);
    void (*close)(void *state); /* in a child of fork: memory only */
} evc_protocol;

/*
 * Of a whole reply: code 0 when it is 2xx; a redirect is always a fault, and so is what
 * is no status of a reply, or what the protocol finds no code for.
 */
void evc_fault_read(const evc_protocol *protocol, const evc_exchange *x,
                    evc_fault *fault);

typedef struct evc_peer {
    atomic_size_t refs;
    evc_net *net; /* references are held */
    evc_endpoint *endpoint;
    const evc_protocol *protocol;
    void *state;
    evc_bucket bucket; /* retries that the peer can still pay */
    evc_retry retry;
} evc_peer;

/* state moves to the peer, which closes it; when this fails it stays the caller's. retry
 * NULL = the defaults with the client's max_attempts. NOMEM. */
int evc_peer_open(evc_net *net, evc_endpoint *endpoint, const evc_protocol *protocol,
                  void *state, const evc_retry *retry, evc_peer **out,
                  evc_error **err) EVC_MUST_CHECK;
evc_peer *evc_peer_ref(evc_peer *peer);
void evc_peer_unref(evc_peer *peer); /* NULL is fine; legal in a child of fork */

#endif
