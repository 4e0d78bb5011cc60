/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters of EKS in the Regions of a place, with the keys that they use; and keys of KMS
 * there, with why EKS cannot use some of them. */
#ifndef EVC_CLUSTER_EKS_LIST_H
#define EVC_CLUSTER_EKS_LIST_H

#include "cluster/eks_place.h"

/* For the table of the driver. */
int evc_eks_list_all(evc_cluster *place, const char *uses_key, evc_wait *wait,
                     evc_table *out, bool *partial, evc_error **err) EVC_MUST_CHECK;
int evc_eks_keys(evc_cluster *place, const evc_cluster_change *change, evc_wait *wait,
                 evc_table *out, evc_error **err) EVC_MUST_CHECK;

/* The names of the first few clusters of a Region, "a, b, c and more"; best effort: empty when
 * they may not be listed. */
void evc_eks_list_some(const evc_eks_region *region, evc_wait *wait, evc_buf *out);

#endif
