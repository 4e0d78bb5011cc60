/* SPDX-License-Identifier: Apache-2.0 */
/* One cluster of IBM Cloud Kubernetes Service as it is now, and the root key that it uses or
 * that a change wants (driver.h: read, find_key). */
#ifndef EVC_CLUSTER_IKS_READ_H
#define EVC_CLUSTER_IKS_READ_H

#include "cluster/iks_keys.h"
#include "cluster/iks_status.h"

/* GET /v2/getCluster, by the cluster's name as it was opened, or an id. status borrows from *doc, which the caller frees. */
int evc_iks_fetch(const evc_cluster *cluster, const char *name, evc_wait *wait,
                  evc_json_doc **doc, evc_iks_status *status,
                  evc_error **err) EVC_MUST_CHECK;

/* The issue of a cluster whose root key cannot be known, as several name it. */
#define EVC_IKS_SEVERAL_KEYS "several-root-keys"
bool evc_iks_has_several_keys(const evc_cluster_state *state); /* NULL: false */

/* The key is the one whose registrations name the cluster, if there is one such key. */
int evc_iks_read(evc_cluster *cluster, evc_wait *wait, evc_cluster_state *out,
                 evc_error **err);
int evc_iks_find_key(evc_cluster *cluster, const evc_cluster_change *change,
                     const evc_cluster_state *state, evc_wait *wait,
                     evc_cluster_key *out, evc_error **err);

/* The service that has a key whose CRN is known. */
int evc_iks_open_key(const evc_cluster *cluster, const evc_cluster_key *key,
                     evc_wait *wait, evc_service **out, evc_error **err) EVC_MUST_CHECK;

/* Calls each with id, name and kind of all clusters that there are, in a resource group
 * (NULL = in all). Errors of lists are kept in *partial, the last of them; it is NULL before,
 * and the caller frees it. */
typedef int (*evc_iks_cluster_fn)(void *user, const char *id, const char *name,
                                  evc_error **err);
int evc_iks_clusters(const evc_cluster *place, const char *group,
                     evc_iks_cluster_fn each, void *user, evc_wait *wait,
                     evc_error **partial, evc_error **err) EVC_MUST_CHECK;

#endif
