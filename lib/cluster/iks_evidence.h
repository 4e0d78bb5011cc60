/* SPDX-License-Identifier: Apache-2.0 */
/* What speaks for the Secrets of an IKS cluster being encrypted under a root key (driver.h:
 * evidence; cluster-apis 4.7): cluster, master, key and the key's registration of the cluster. */
#ifndef EVC_CLUSTER_IKS_EVIDENCE_H
#define EVC_CLUSTER_IKS_EVIDENCE_H

#include "cluster/iks_keys.h"
#include "cluster/iks_status.h"

int evc_iks_evidence(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                     evc_evidence *out, evc_error **err);

/* Facts of the cluster alone, and of key and registration (use NULL = could not be read;
 * why says that). Pure. */
int evc_iks_facts_of_cluster(const evc_iks_status *status, evc_evidence *out,
                             evc_error **err) EVC_MUST_CHECK;
int evc_iks_facts_of_key(const evc_cluster_key *key, const evc_iks_use *use,
                         const char *why, evc_evidence *out,
                         evc_error **err) EVC_MUST_CHECK;

#endif
