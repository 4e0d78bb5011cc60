/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What replies of IBM Cloud Kubernetes Service that are no success mean, and those of IAM to
 * questions about policies (cluster-apis 4.2). Few codes are public: G0004, A0006, A0002,
 * G3917 and E09c0 were seen in reports of Terraform's provider; else the HTTP status tells.
 * Tried again is what bluemix-go tries again, but for 403.
 */
#ifndef EVC_CLUSTER_IKS_ERRORS_H
#define EVC_CLUSTER_IKS_ERRORS_H

#include "net/peer.h"

/* For evc_protocol.classify. Pure. */
void evc_iks_classify(const evc_exchange *x, evc_fault *fault);
/*
 * Whether a refusal of a root key says that the cluster used it before (R17). Nothing public
 * tells its code, so its words are looked at, and not shown.
 */
bool evc_iks_says_former(evc_view reply);

#endif
