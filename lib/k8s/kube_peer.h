/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The peer of an API server: requests bear a token, go out under a client certificate, or
 * both, as the chain gives them; with the headers of impersonation; refused credentials are
 * renewed once, and errors are read by k8s/status.h.
 */
#ifndef EVC_K8S_KUBE_PEER_H
#define EVC_K8S_KUBE_PEER_H

#include "auth/chain.h"
#include "net/headers.h"
#include "net/peer.h"

/*
 * url and link: of the endpoint; they are copied, since a certificate that the chain gives
 * takes an endpoint of its own. chain: a reference is taken; NULL = nothing proves who we
 * are but what link has. ENDPOINT, ARGUMENT, NOMEM and those of the endpoint.
 */
int evc_kube_peer_open(evc_net *net, const char *url, const evc_link *link,
                       evc_chain *chain, const evc_headers *as, evc_peer **out,
                       evc_error **err) EVC_MUST_CHECK;

#endif
