/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors of operations, all made here: "aws-kms Decrypt for "arn:…" at kms.… failed
 * after 3 attempts (HTTP 400, ThrottlingException): what happened; what to do next".
 * How often it was tried stands in the message.
 */
#ifndef EVC_NET_FAILURE_H
#define EVC_NET_FAILURE_H

#include "net/peer.h"

/* What failed. Texts are borrowed. */
typedef struct evc_failed {
    const char *provider;
    const char *operation;
    const char *subject; /* or NULL */
    const char *host;
    uint32_t attempts; /* requests that were sent */
    int status;        /* of the last reply; 0 = none came */
} evc_failed;

/* By the service's word. retry_after_ms: when to ask again; -1 = it does not say. */
int evc_failure_of_service(const evc_failed *what, const evc_fault *fault,
                           int64_t retry_after_ms, evc_error **err);
/*
 * For a reason that *err tells already, with code: its message is quoted. fault: what
 * the service said at the last reply that was no success; code 0 = nothing.
 */
int evc_failure_of_ours(const evc_failed *what, const evc_fault *fault, int code,
                        evc_error **err);

#endif
