/* SPDX-License-Identifier: Apache-2.0 */
/* What an API server tells of itself and of us. Under the wait, with the driver's retries. */
#ifndef EVC_K8S_KUBE_ASK_H
#define EVC_K8S_KUBE_ASK_H

#include "base/buf.h"
#include "net/peer.h"

#define EVC_KUBE_ANSWER_MAX 1024u /* bytes of each of these; longer ones are cut */

/* "v1.37.2": gitVersion of /version. Appended. PROTOCOL: it says none. */
int evc_kube_ask_version(evc_peer *peer, evc_wait *wait, evc_buf *out,
                         evc_error **err) EVC_MUST_CHECK;
/* The uid of the namespace kube-system; metadata only. Appended. PROTOCOL. */
int evc_kube_ask_uid(evc_peer *peer, evc_wait *wait, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;
/*
 * Whom the server takes us for: SelfSubjectReview, authentication.k8s.io/v1 (served since
 * Kubernetes 1.28). "NAME, groups A, B". Appended, printable. KUBE_NOT_FOUND: it is not
 * served; PROTOCOL.
 */
int evc_kube_ask_identity(evc_peer *peer, evc_wait *wait, evc_buf *out,
                          evc_error **err) EVC_MUST_CHECK;

#endif
