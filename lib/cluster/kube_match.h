/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an API server that the caller named is that of a cluster (R31). Its certificate
 * authority tells, where both sides are known: a cluster has one of its own, and what TLS
 * verifies by it is that cluster, by whatever address: a proxy, a tunnel, a private endpoint.
 * One in which there is none of the cluster's authorities is another cluster, or a proxy that
 * ends TLS, which nobody can see through. Where one side is not known, or the caller trusts
 * others beside, host and port tell; of a tunnel the name that its certificate must have.
 */
#ifndef EVC_CLUSTER_KUBE_MATCH_H
#define EVC_CLUSTER_KUBE_MATCH_H

#include "k8s/kube.h"

typedef enum evc_kube_match {
    EVC_KUBE_MATCH_AUTHORITY, /* its authority is the cluster's */
    EVC_KUBE_MATCH_ADDRESS,   /* its address, or the name that it is verified by, is */
    EVC_KUBE_MATCH_OPEN, /* the provider tells neither: it is the caller's to know */
    EVC_KUBE_MATCH_OTHER_AUTHORITY,
    EVC_KUBE_MATCH_OTHER_ADDRESS
} evc_kube_match;

/* PEM that the server is verified by, appended, with a NUL; nothing where it is what the
 * system or the client trusts, or a file that cannot be read. NOMEM. */
int evc_kube_match_authority(const evc_kube *kube, evc_buf *out,
                             evc_error **err) EVC_MUST_CHECK;
/* server, ca: of the cluster, a URL and PEM; "" = not known. NOMEM. */
int evc_kube_match_of(const evc_kube *kube, const char *server, const char *ca,
                      evc_kube_match *out, evc_error **err) EVC_MUST_CHECK;

#endif
