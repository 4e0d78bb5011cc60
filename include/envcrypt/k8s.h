/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Kubernetes: re-encryption of Secrets, and what etcd holds.
 *
 * - **Access**: an envcrypt_kube is an API server and who we are there: by kubeconfig, from inside
 *   of a pod, or with tokens of Amazon EKS.
 * - **Re-encryption**: envcrypt_reencrypt_run() has every Secret stored anew under the current key, and
 *   envcrypt_reencrypt_verify() says what is proven of it.
 * - **Stored values**: what protects a value as kube-apiserver stores it, without any key; opening and
 *   sealing it with them.
 * - **EncryptionConfiguration**: read, explained, judged, generated.
 * - **etcd**: values of a live etcd, a dump or a snapshot; the census of what protects them.
 */
#ifndef ENVCRYPT_K8S_H
#define ENVCRYPT_K8S_H

#include "envcrypt/kms.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------- */
/* Access to an API server                                                                     */
/* ------------------------------------------------------------------------------------------- */

/** An API server of Kubernetes and who we are there; shared and counted. */
typedef struct envcrypt_kube envcrypt_kube;

/* ------------------------------------------------------------------------------------------- */
/* Re-encryption                                                                               */
/* ------------------------------------------------------------------------------------------- */

/** What a re-encryption or a verification did and found. */
typedef struct envcrypt_reencrypt_report envcrypt_reencrypt_report;

/** How stored objects are made to be written anew. */
enum envcrypt_reencrypt_mode {
    ENVCRYPT_REENCRYPT_AUTO = 1, /**< by a test of one object, see envcrypt_reencrypt_run() */
    ENVCRYPT_REENCRYPT_REWRITE = 2, /**< empty patches: the server rewrites what is stale */
    ENVCRYPT_REENCRYPT_ANNOTATE = 3, /**< an annotation with the time changes every object */
    ENVCRYPT_REENCRYPT_MIGRATE = 4 /**< the cluster's own StorageVersionMigration */
};

/** What is proven. */
enum envcrypt_reencrypt_outcome {
    ENVCRYPT_OUTCOME_PROVEN = 1, /**< every object is stored under the current key */
    ENVCRYPT_OUTCOME_NOT_PROVEN = 2, /**< nothing speaks against it, and it cannot be shown */
    ENVCRYPT_OUTCOME_CONTRADICTED = 3 /**< an object is not stored under the current key */
};

/* ------------------------------------------------------------------------------------------- */
/* Stored values                                                                               */
/* ------------------------------------------------------------------------------------------- */

/** A value as kube-apiserver stores it in etcd. */
typedef struct envcrypt_stored envcrypt_stored;

/* ------------------------------------------------------------------------------------------- */
/* EncryptionConfiguration                                                                     */
/* ------------------------------------------------------------------------------------------- */

/* ------------------------------------------------------------------------------------------- */
/* etcd and the census                                                                         */
/* ------------------------------------------------------------------------------------------- */

/** Where stored values come from: a live etcd, a dump, a snapshot. */
typedef struct envcrypt_etcd envcrypt_etcd;

/** Counts what stored values are protected by. */
typedef struct envcrypt_census envcrypt_census;

#ifdef __cplusplus
}
#endif

#endif
