/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters and root keys of an account of IBM Cloud in rows, and what may be done with a key
 * behind the guard (driver.h: list, keys, key_action). */
#ifndef EVC_CLUSTER_IKS_LIST_H
#define EVC_CLUSTER_IKS_LIST_H

#include "cluster/cluster.h"

int evc_iks_list(evc_cluster *place, const char *uses_key, evc_wait *wait,
                 evc_table *out, bool *partial, evc_error **err);
int evc_iks_keys(evc_cluster *place, const evc_cluster_change *change, evc_wait *wait,
                 evc_table *out, evc_error **err);
int evc_iks_key_action(evc_cluster *place, const char *action,
                       const evc_cluster_key *key, const evc_cluster_change *change,
                       evc_wait *wait, evc_table **out, evc_error **err);

#endif
