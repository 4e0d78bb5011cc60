/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to Container Service for Kubernetes (a method, a path, JSON), or to ActionTrail,
 * RAM or STS (an action; everything in the query, as Alibaba's own clients have it). No
 * secret is in them.
 */
#ifndef EVC_CLUSTER_ACK_CALL_H
#define EVC_CLUSTER_ACK_CALL_H

#include "cloud/alibaba_ask.h"

typedef struct evc_ack_call {
    const char *method;                 /* NULL = POST to /: an action */
    const char *path;                   /* not encoded; NULL = / */
    const evc_alibaba_parameter *query; /* up to one without a name; NULL = none */
    const evc_buf *body;                /* JSON; NULL = none */
    bool any_answer; /* what a 2xx reply says does not matter: nothing, or no JSON */

    /* Out. */
    evc_json_doc *doc; /* NULL: no answer, or any_answer and it is no JSON */
    char request_id[EVC_FAULT_TEXT];
    char provider_code[EVC_FAULT_TEXT]; /* of the fault; "" = none */
    int status; /* of the reply that refused; 0 = there was none, or nobody knows */
} evc_ack_call;

/* The two functions of a kind whose user is an evc_ack_call. Pure. */
int evc_ack_call_build(const evc_operation *op, evc_exchange *x,
                       evc_error **err) EVC_MUST_CHECK;
int evc_ack_call_read(evc_operation *op, evc_exchange *x,
                      evc_error **err) EVC_MUST_CHECK;
#define EVC_ACK_CALLS(action)                                                    \
    {                                                                            \
        .name = (action), .build = evc_ack_call_build, .read = evc_ack_call_read \
    }
/* One that is not sent again when it may have been done. */
#define EVC_ACK_CALLS_ONCE(action)                                                \
    {                                                                             \
        .name = (action), .build = evc_ack_call_build, .read = evc_ack_call_read, \
        .once = true                                                              \
    }

/* Runs it; call->doc is the caller's to free, and NULL after a failure. subject: what it
 * is about, for errors; or NULL. */
int evc_ack_call_run(evc_peer *peer, const evc_operation_kind *kind,
                     const char *subject, evc_ack_call *call, evc_wait *wait,
                     evc_error **err) EVC_MUST_CHECK;
/* What reading an answer gave: ENVCRYPT_E_JSON becomes PROTOCOL, with it as the cause. */
int evc_ack_call_result(const evc_operation_kind *kind, int code,
                        evc_error **err) EVC_MUST_CHECK;

#endif
