/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the kms layer as operations of the net layer: what all cloud back ends have
 * in common. The state of each begins with an evc_cloud.
 */
#ifndef EVC_CLOUD_SERVE_H
#define EVC_CLOUD_SERVE_H

#include "kms/call.h"
#include "net/operation.h"

typedef struct evc_cloud {
    evc_peer *peer; /* a reference is held */
    /*
     * The one request that serves a call: its build and read get the call as op->user.
     * NULL: the call takes more than one request, and run serves it.
     */
    const evc_operation_kind *(*kind_of)(const evc_call *call);
    /* Serves a call to its end under the wait, and sets its results. May be NULL. */
    int (*run)(evc_kms *kms, evc_call *call, evc_wait *wait, evc_error **err);
} evc_cloud;

/* For the table of a back end, which is at_once. */
void evc_cloud_start(evc_kms *kms, evc_call *call);
void evc_cloud_start_many(evc_kms *kms, evc_call *const *calls, size_t count,
                          size_t width, evc_wait *wait);

#endif
