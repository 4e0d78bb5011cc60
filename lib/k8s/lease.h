/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Lease (coordination.k8s.io/v1) that says that a re-encryption is under way, so that a second
 * one waits or goes away. Without it nothing is harmed: it spares work (security.md 5.5, row 58).
 */
#ifndef EVC_K8S_LEASE_H
#define EVC_K8S_LEASE_H

#include "k8s/kube.h"

#define EVC_KUBE_LEASE_SECONDS 60u
#define EVC_KUBE_HOLDER_MAX 128u /* bytes of a holder's name */

typedef struct evc_kube_lease evc_kube_lease;

/*
 * Takes "libenvcrypt-reencrypt-<plural>" in a namespace: made, taken over when its holder's
 * time is over, by the server's clock (Date of its replies), so that a clock of ours that is
 * wrong harms nobody. holder is for people to read; something random is added to it, so that
 * two runs never take themselves for each other. Rights: get, create and patch of leases.
 * LEASE_HELD: somebody else holds it; the message names holder and until when. DENIED,
 * KUBE_NOT_FOUND: there is none to be had; who calls goes on and says so.
 */
int evc_kube_lease_take(evc_kube *kube, const char *ns, const char *name,
                        const char *holder, evc_wait *wait, evc_kube_lease **out,
                        evc_error **err) EVC_MUST_CHECK;
/*
 * Same, and from a holder whose name begins with dead (1 to 64 bytes; NULL = nobody) it is taken
 * over at once: the caller knows that this process is no more.
 */
int evc_kube_lease_inherit(evc_kube *kube, const char *ns, const char *name,
                           const char *holder, const char *dead, evc_wait *wait,
                           evc_kube_lease **out, evc_error **err) EVC_MUST_CHECK;
/* Monotonic ms when it must be renewed; and the renewal, LEASE_HELD when it was lost. */
int64_t evc_kube_lease_due_ms(const evc_kube_lease *lease);
int evc_kube_lease_renew(evc_kube_lease *lease, evc_wait *wait,
                         evc_error **err) EVC_MUST_CHECK;
/* Gives it back at the server, under a short wait of its own, and frees; NULL is fine. */
void evc_kube_lease_drop(evc_kube_lease *lease);

#endif
