/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the API server of a cluster can read its Secrets (rows I28, I31), for who disables the
 * key to see that it cannot. No data of an object leaves the server. One thread.
 *
 * A list without a resourceVersion is of the latest state, and yet servers of today answer it from
 * their memory, with a limit too (apiserver: pkg/storage/cacher/delegator, ShouldDelegateList; gate
 * ConsistentListFromCache, on since Kubernetes 1.31). So one Secret is read alone as well: that is
 * of etcd when no resourceVersion is given (pkg/storage/cacher, CacheDelegator.Get), and has to be
 * decrypted.
 */
#ifndef EVC_CLUSTER_WITNESS_H
#define EVC_CLUSTER_WITNESS_H

#include "cluster/cluster.h"

typedef enum evc_sight {
    EVC_SIGHT_READABLE,
    EVC_SIGHT_UNREADABLE, /* the server answers, and cannot read Secrets */
    EVC_SIGHT_SILENT, /* it answers nothing, which may be the network's fault alone */
    EVC_SIGHT_UNKNOWN /* it did not say: we may not ask, or no more */
} evc_sight;

typedef struct evc_witness {
    evc_cluster *cluster; /* borrowed */
    evc_kube *kube;       /* NULL = it is done without one */
} evc_witness;

/*
 * Secrets can be listed, and something that needs no key can be asked for, too. CLUSTER_ACCESS:
 * there is no way to the API server (R32), or it does not let us list Secrets (R33), or cannot;
 * CLUSTER_OTHER (R31); CANCELED, TIMEOUT of the call's own wait, NOMEM. Asks nothing where the
 * option encrypt-existing-secrets says that Secrets are left alone.
 */
int evc_witness_open(evc_cluster *cluster, const evc_cluster_change *change,
                     const evc_cluster_state *state, evc_wait *wait, evc_witness *out,
                     evc_error **err) EVC_MUST_CHECK;
/* Takes at most some minutes. *why (may be NULL): what kept Secrets from being read. state:
 * as the provider told it just now. */
evc_sight evc_witness_look(evc_witness *witness, const evc_cluster_state *state,
                           evc_wait *wait, evc_error **why);
/* Whether the provider itself cannot get at the cluster to make its kubeconfig: it answered, and
 * by an error of its own. *why: what it said. */
bool evc_witness_is_cut_off(const evc_witness *witness, const evc_cluster_state *state,
                            evc_wait *wait, evc_error **why);
void evc_witness_close(evc_witness *witness); /* fine on zeros */

#endif
