/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is proven of a cluster: what its provider shows, and what its API server or etcd shows
 * of Secrets; and storing Secrets anew before.
 */
#ifndef EVC_CLUSTER_PROOF_H
#define EVC_CLUSTER_PROOF_H

#include "cluster/scene.h"
#include "k8s/etcd.h"

/* Stores Secrets anew, with the journal beside the state file and the time of the change of
 * the record. The errors of access and of evc_reencrypt_run(). */
int evc_proof_rewrite(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* Whether the options of the change leave some of the Secrets out, or are of other objects:
 * nothing that is seen then proves the cluster. */
bool evc_proof_is_partial(const evc_scene *scene);
/* Asks of Secrets without storing them anew by force; etcd may be NULL. Same. */
int evc_proof_verify(evc_scene *scene, evc_etcd *etcd, evc_error **err) EVC_MUST_CHECK;
/*
 * Gathers the provider's evidence, takes that of Secrets in the report with it, and
 * concludes. looked: stored values were read, from etcd.
 */
int evc_proof_conclude(evc_scene *scene, bool looked, evc_error **err) EVC_MUST_CHECK;

#endif
