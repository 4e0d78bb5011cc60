/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root keys of Key Protect and Hyper Protect Crypto Services as clusters know them: what an
 * option names, what the key service says of it, and which clusters registered with it
 * (cluster-apis 4.4). One thread at a time.
 */
#ifndef EVC_CLUSTER_IKS_KEYS_H
#define EVC_CLUSTER_IKS_KEYS_H

#include "cluster/iks_link.h"

#define EVC_IKS_URI 1024u
#define EVC_IKS_HPCS_ENDS "2027-03-28" /* Hyper Protect Crypto Services (R20) */

/* A key that was named: where its instance is, and which key there. */
typedef struct evc_iks_named {
    char uri[EVC_IKS_URI]; /* of the instance, for evc_iks_open_keys */
    char instance[256];
    char key[256]; /* id or alias */
} evc_iks_named;

/*
 * By the options of a change: key (ibm-kp:// or a CRN), or instance-id with crk, as ibmcloud
 * has them; then the Region of the instance is asked for. ARGUMENT: neither, both, or a text
 * that names no key; KEY_NOT_FOUND: there is no such instance.
 */
int evc_iks_name_key(evc_cluster *cluster, const evc_cluster_change *change,
                     evc_wait *wait, evc_iks_named *out,
                     evc_error **err) EVC_MUST_CHECK;
/* Of a key's CRN; pure. ARGUMENT. */
int evc_iks_name_crn(const char *crn, evc_iks_named *out,
                     evc_error **err) EVC_MUST_CHECK;

/* What is told of a key beside what all providers tell. */
typedef struct evc_iks_traits {
    bool extractable; /* a standard key */
    bool imported;
    int64_t rotated_ms; /* -1 = not told; so the next */
    int64_t expires_ms;
    bool dual_auth;
} evc_iks_traits;

/* Asks the key service. out was initialised; traits may be NULL. Errors of an operation. */
int evc_iks_describe(const evc_service *service, const char *key, evc_wait *wait,
                     evc_cluster_key *out, evc_iks_traits *traits,
                     evc_error **err) EVC_MUST_CHECK;

/*
 * Whether a resource name of a registration is that of a cluster. Its exact form is not
 * public: the segment containers-kubernetes and the cluster's id in one after it tell.
 * id NULL = of any cluster; then *out, if it is wanted, gets the id. Pure.
 */
bool evc_iks_is_cluster(const char *resource, const char *id, char out[64]);

/* A registration of a key. Borrowed. */
typedef struct evc_iks_registration {
    const char *key;
    const char *resource; /* CRN */
    const char *cluster;  /* its id; "" = the resource is no cluster */
    const char *version;  /* of the key; "" = not told */
    int64_t updated_ms;   /* -1 = not told */
} evc_iks_registration;
typedef int (*evc_iks_each_fn)(void *user, const evc_iks_registration *registration,
                               evc_error **err);
/* All registrations of a key, or (key NULL) of all keys of the instance. */
int evc_iks_registrations(const evc_service *service, const char *key,
                          evc_iks_each_fn each, void *user, evc_wait *wait,
                          evc_error **err) EVC_MUST_CHECK;

/* What registrations say of one cluster and one key. */
typedef struct evc_iks_use {
    bool found;
    bool newest;       /* with this version */
    char version[128]; /* that the cluster registered */
    char other[256];   /* another key of the instance that names the cluster; "" */
    size_t neighbours; /* other resources that registered with the key */
} evc_iks_use;
/* newest: id of the key's newest version; "" = not known, and nothing is newest. */
int evc_iks_look_for(const evc_service *service, const char *key, const char *newest,
                     const char *cluster, evc_wait *wait, evc_iks_use *out,
                     evc_error **err) EVC_MUST_CHECK;

/* The URI of an instance that evc_iks_instances tells of, for evc_iks_open_keys; "" when its
 * Region cannot be one. Pure. */
void evc_iks_instance_uri(const char *id, const char *region, const char *service,
                          char out[EVC_IKS_URI]);

/* Whether a service is Hyper Protect Crypto Services, as the clusters' API names it. */
bool evc_iks_is_hpcs(const char *service);

/* An instance of the account, as the clusters' API lists them. */
typedef int (*evc_iks_instance_fn)(void *user, const char *id, const char *name,
                                   const char *region, const char *service,
                                   evc_error **err);
int evc_iks_instances(const evc_cluster *cluster, evc_iks_instance_fn each, void *user,
                      evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
