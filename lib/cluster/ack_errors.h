/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors of Container Service for Kubernetes (cluster-apis 5.3; the notes of
 * "UpdateKMSEncryption", API 2015-12-15), and of ActionTrail, RAM and STS beside it.
 */
#ifndef EVC_CLUSTER_ACK_ERRORS_H
#define EVC_CLUSTER_ACK_ERRORS_H

#include "net/peer.h"

/* Of a peer. Pure. */
void evc_ack_errors_classify(const evc_exchange *x, evc_fault *fault);

#endif
