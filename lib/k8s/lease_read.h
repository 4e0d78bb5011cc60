/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reply tells of a Lease (k8s.io/api, coordination/v1, types.go): who holds it, since
 * when and for how long. It must be about the Lease that was asked for. One thread.
 */
#ifndef EVC_K8S_LEASE_READ_H
#define EVC_K8S_LEASE_READ_H

#include "k8s/fields.h"
#include "k8s/resource.h"

#define EVC_LEASE_SHOWN 64u /* bytes that are kept of a foreign holder's identity */

typedef struct evc_lease_state {
    char uid[EVC_KUBE_UID_MAX + 1];
    char version[EVC_KUBE_VERSION_MAX + 1];
    char shown[EVC_LEASE_SHOWN + 1]; /* the beginning of the holder's identity */
    size_t holder_size;              /* 0 = nobody holds it */
    bool ours;                       /* so far each part of it is of our own identity */
    int64_t seconds;     /* how long it holds; 0 = not told, or no such number */
    int64_t renewed_ms;  /* -1 = never */
    int64_t transitions; /* as seconds */
} evc_lease_state;

typedef struct evc_lease_read {
    /* Set by who reads, and borrowed. */
    const char *ns;
    const char *name;
    const char *holder; /* our identity */
    /* Told. */
    evc_lease_state state;
    bool wrong; /* it is about another lease */
} evc_lease_read;

/* Before each attempt; user is an evc_lease_read. */
void evc_lease_read_restart(void *user);
/* Says what is wanted of the reply; PROTOCOL of theirs: it is about another lease. */
void evc_lease_read_attach(evc_lease_read *r, evc_kube_fields *fields);
/* Behind a reply. PROTOCOL: no uid, or no resourceVersion. */
int evc_lease_read_check(const evc_lease_read *r, evc_error **err) EVC_MUST_CHECK;
bool evc_lease_read_is_ours(const evc_lease_state *state, const char *holder);

#endif
