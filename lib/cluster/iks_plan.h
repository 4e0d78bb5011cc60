/* SPDX-License-Identifier: Apache-2.0 */
/* What a change of an IKS cluster's root key would send (driver.h: plan; rows I10, I12, I17). */
#ifndef EVC_CLUSTER_IKS_PLAN_H
#define EVC_CLUSTER_IKS_PLAN_H

#include "cluster/cluster.h"

int evc_iks_plan(const evc_cluster *cluster, const evc_cluster_job *job,
                 evc_table *steps, evc_error **err);

#endif
