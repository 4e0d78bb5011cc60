/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to an API server that is no list, patch or reading of metadata: JSON or nothing
 * is sent, and of the reply a few members are told (k8s/fields.h).
 */
#ifndef EVC_K8S_CALL_H
#define EVC_K8S_CALL_H

#include "k8s/fields.h"
#include "k8s/kube.h"

#define EVC_KUBE_JSON "application/json"
#define EVC_KUBE_MERGE_PATCH "application/merge-patch+json" /* RFC 7386 */
#define EVC_KUBE_MANAGER "fieldManager=libenvcrypt"         /* of everything we write */

typedef struct evc_kube_call {
    const char *name;    /* of errors and the meter */
    const char *subject; /* what it is about, or NULL */
    bool once;           /* it makes a thing anew each time it is sent */
    const char *method;
    const char *query;   /* encoded, or NULL */
    const char *content; /* type of the body; NULL = there is none */
    evc_buf path;
    evc_buf body;
    evc_kube_fields fields;      /* table, count, take and user are set */
    void (*restart)(void *user); /* of fields: each attempt begins anew; or NULL */

    /* Out. */
    int status;      /* of the last reply; 0 = none came */
    int64_t date_ms; /* wall time of the server at it; -1 = it did not say */
    int64_t at_ms;   /* monotonic, when it came */
} evc_kube_call;

/* Sets method and headers of a request; content NULL = no body. NOMEM. */
int evc_kube_request(evc_exchange *x, const char *method, const char *accept,
                     const char *content, evc_error **err) EVC_MUST_CHECK;
/* Runs it once, with the driver's retries. */
int evc_kube_call_run(evc_kube *kube, evc_kube_call *call, evc_wait *wait,
                      evc_error **err) EVC_MUST_CHECK;
void evc_kube_call_reset(evc_kube_call *call); /* path, body and what was read */

#endif
