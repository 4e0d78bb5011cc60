/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How Amazon EKS is spoken to: REST and JSON (botocore, data/eks/2017-11-01/
 * service-2.json; cluster-apis 3.3). Requests and readers are pure.
 */
#ifndef EVC_CLUSTER_EKS_WIRE_H
#define EVC_CLUSTER_EKS_WIRE_H

#include "codec/json.h"
#include "codec/jwrite.h"
#include "net/operation.h"

#define EVC_EKS_PAGES 1000u     /* of one list: 100,000 names */
#define EVC_EKS_NAME_MAX 100u   /* characters of a cluster's name */
#define EVC_EKS_TOKEN_MAX 4096u /* of a page */

/* "^[0-9A-Za-z][A-Za-z0-9_-]*$", at most EVC_EKS_NAME_MAX (R15). */
bool evc_eks_is_name(evc_view text);

/* One request, and its answer. Texts are borrowed. */
typedef struct evc_eks_ask {
    const char *method;  /* "GET", "POST" */
    const char *cluster; /* of the path; NULL = /clusters itself */
    const char *tail;    /* behind the cluster: "updates"; NULL = none */
    const char *id;      /* behind the tail: an update's; NULL = none */
    /* Writes the members of the body. NULL = no body. Pure. */
    int (*write)(const void *what, evc_jwrite *w, evc_error **err);
    const void *what;
    bool paged;      /* of a list */
    evc_buf *marker; /* of the next page, with a NUL; empty = from the start */

    /* Out: the answer, and the ids of its request: "" = not told. */
    evc_json_doc *doc;
    char request_id[EVC_FAULT_TEXT];
} evc_eks_ask;

/* The operations; user is an evc_eks_ask. Those that change something are known by a token
 * as the same, so each may be sent again. */
extern const evc_operation_kind evc_eks_associate_encryption_config;
extern const evc_operation_kind evc_eks_create_cluster;
extern const evc_operation_kind evc_eks_describe_cluster;
extern const evc_operation_kind evc_eks_describe_update;
extern const evc_operation_kind evc_eks_list_clusters;
extern const evc_operation_kind evc_eks_list_updates;

/* Runs one; doc is the caller's to free, and NULL after a failure. */
int evc_eks_ask_run(evc_peer *peer, const evc_operation_kind *kind, evc_eks_ask *ask,
                    evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

/*
 * Each text of a list of names, page by page, until fn gives what is not 0, which this gives
 * then. PROTOCOL: pages that do not end.
 */
int evc_eks_list(evc_peer *peer, const evc_operation_kind *kind, const char *cluster,
                 int (*fn)(void *user, const char *name, evc_error **err), void *user,
                 evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

/* An answer without what it must have: PROTOCOL. */
int evc_eks_result(const evc_operation_kind *kind, int code,
                   evc_error **err) EVC_MUST_CHECK;

/* Member encryptionConfig of both requests that have one. */
void evc_eks_write_config(evc_jwrite *w, const char *key_arn);

#endif
