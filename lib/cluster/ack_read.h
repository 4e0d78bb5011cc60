/* SPDX-License-Identifier: Apache-2.0 */
/* A cluster of ACK as it is now, with its key; and all of them as rows. Functions of the
 * driver. */
#ifndef EVC_CLUSTER_ACK_READ_H
#define EVC_CLUSTER_ACK_READ_H

#include "cluster/cluster.h"

int evc_ack_read(evc_cluster *cluster, evc_wait *wait, evc_cluster_state *out,
                 evc_error **err) EVC_MUST_CHECK;
int evc_ack_list(evc_cluster *place, const char *uses_key, evc_wait *wait,
                 evc_table *out, bool *partial, evc_error **err) EVC_MUST_CHECK;

#endif
