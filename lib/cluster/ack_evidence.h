/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the cloud says for and against "the Secrets of this cluster are encrypted under this
 * key": Capabilities as wanted, running, and a use of the key by the service role since the
 * change was over, for this cluster: the event names it, or no other one can have made it.
 * Without such an event it is not proven, and never contradicted. A function of the driver.
 */
#ifndef EVC_CLUSTER_ACK_EVIDENCE_H
#define EVC_CLUSTER_ACK_EVIDENCE_H

#include "cluster/cluster.h"

int evc_ack_evidence(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                     evc_evidence *out, evc_error **err) EVC_MUST_CHECK;

#endif
