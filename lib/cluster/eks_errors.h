/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of Amazon EKS (botocore, data/eks/2017-11-01/service-2.json; texts as users have
 * published them, cluster-apis 3.3). Two types stand for many things, which only their text
 * tells apart; it is looked at, and never shown.
 *
 *   ENVCRYPT_E_CLUSTER_NOT_FOUND  no such cluster, or no such update of it
 *   ENVCRYPT_E_CLUSTER_BUSY       another change is under way
 *   ENVCRYPT_E_SERVICE_CONFLICT   encryption is on already; a cluster of that name exists
 *   ENVCRYPT_E_DENIED             EKS may make no grant on the key in the caller's name
 *   ENVCRYPT_E_REQUEST_REFUSED    anything else that is wrong with a request
 */
#ifndef EVC_CLUSTER_EKS_ERRORS_H
#define EVC_CLUSTER_EKS_ERRORS_H

#include "net/peer.h"

/* For evc_aws_peer_open. */
void evc_eks_classify(const evc_exchange *x, evc_fault *fault);

#endif
