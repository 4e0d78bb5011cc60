/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what with a cluster and its root key: roles by IAM's policies, of the caller and
 * of the access groups that he is in ("IAM Policy Management", "IAM Access Groups"; row I25,
 * R34). IAM gives an empty list to who may not read policies, so a role that is not seen is
 * lacking only when some policy was.
 */
#ifndef EVC_CLUSTER_IKS_ROLES_H
#define EVC_CLUSTER_IKS_ROLES_H

#include "cluster/iks_link.h"

enum evc_iks_role {
    EVC_IKS_ADMINISTRATOR = 1,   /* platform role on the cluster: changes its key */
    EVC_IKS_CLUSTER_MANAGER = 2, /* service role on the cluster */
    EVC_IKS_KEY_READER = 4,      /* service role on the key service instance: looks */
    EVC_IKS_KEY_WRITER = 8,      /* same: rotates */
    EVC_IKS_KEY_MANAGER = 16     /* same: disables and enables */
};

typedef struct evc_iks_roles {
    uint32_t held; /* EVC_IKS_… */
    uint32_t
        maybe; /* same: by policies of which it is not known whether they cover it */
    bool complete;    /* what is neither of both is lacking; else nobody knows */
    char person[128]; /* IAM id of the caller; "" = the token does not tell */
    char why[256];    /* why it is not complete; "" */
} evc_iks_roles;

/* Where roles count: texts are borrowed; NULL or "" = not known, and a policy that names one
 * may cover it. */
typedef struct evc_iks_site {
    const char *account;
    const char *cluster;
    const char *group;
    const char *region;
    const char *instance;   /* of the key service */
    const char *key_region; /* of it */
    bool hpcs;
} evc_iks_site;

/* Of a job, as far as its state and key tell; borrowed from them. */
evc_iks_site evc_iks_site_of(const evc_cluster *cluster, const evc_cluster_job *job);

/* What cannot be read makes it incomplete. CANCELED, TIMEOUT, NOMEM and what ends a chain. */
int evc_iks_roles_read(const evc_cluster *cluster, const evc_iks_site *site,
                       evc_wait *wait, evc_iks_roles *out,
                       evc_error **err) EVC_MUST_CHECK;

/* One policy of a reply, for its part: adds what it gives, or may give, at the site. Pure. */
void evc_iks_roles_add(const evc_json *policy, const evc_iks_site *site,
                       evc_iks_roles *out);
/* "yes", "no" or "unknown". */
const char *evc_iks_roles_has(const evc_iks_roles *roles, uint32_t role);
/* Why it is unknown. */
const char *evc_iks_roles_why(const evc_iks_roles *roles);

/* "the platform role Administrator on the cluster" */
const char *evc_iks_role_text(enum evc_iks_role role);
/* Those that a job takes. */
uint32_t evc_iks_roles_needed(const evc_cluster_job *job);

/* driver.h: permissions. */
int evc_iks_permissions(evc_cluster *cluster, const evc_cluster_job *job,
                        evc_wait *wait, evc_table *out, evc_error **err);

#endif
