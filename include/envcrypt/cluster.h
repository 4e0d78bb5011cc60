/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Clusters: Secret encryption on Amazon EKS, IBM Cloud Kubernetes Service and Alibaba ACK.
 *
 * One flow for all of them: read what stands, check what is wanted, say what will be done, change
 * it, wait, have existing Secrets stored anew, prove it.
 *
 * - **A cluster** is opened by its URI: `eks://REGION/NAME`, `iks://NAME-OR-ID`,
 *   `ack://REGION/ID`; all clusters of a place by `eks://REGION`, `iks://`, `ack://REGION`.
 * - **A change** says what is wanted: a key, and how careful to be.
 * - **A report** says what was done, what stands, and what is proven.
 */
#ifndef ENVCRYPT_CLUSTER_H
#define ENVCRYPT_CLUSTER_H

#include "envcrypt/k8s.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A cluster at its provider, or a place with clusters; shared and counted. */
typedef struct envcrypt_cluster envcrypt_cluster;
/** Settings for opening one; copied when it is opened. One thread at a time. */
typedef struct envcrypt_cluster_config envcrypt_cluster_config;
/** What is wanted. One thread at a time. */
typedef struct envcrypt_cluster_change envcrypt_cluster_change;
/** What was done and found. */
typedef struct envcrypt_cluster_report envcrypt_cluster_report;

/** How the Secrets of a cluster are encrypted, as its provider says. */
enum envcrypt_cluster_encryption {
    ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN = 0, /**< it does not say */
    ENVCRYPT_CLUSTER_ENCRYPTION_NONE = 1, /**< not by a key service */
    ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER = 2, /**< under a key that the provider owns */
    ENVCRYPT_CLUSTER_ENCRYPTION_OWN = 3 /**< under a key of the customer */
};

/** How a cluster stands, for scripts. */
enum envcrypt_cluster_standing {
    ENVCRYPT_CLUSTER_AS_WANTED = 0, /**< nothing is left to do */
    ENVCRYPT_CLUSTER_DEFAULT_KEY = 1, /**< under a key that the provider owns */
    ENVCRYPT_CLUSTER_NOT_ENCRYPTED = 2,
    ENVCRYPT_CLUSTER_OTHER_KEY = 3, /**< under another key than the wanted one */
    ENVCRYPT_CLUSTER_CHANGING = 4, /**< a change is under way */
    ENVCRYPT_CLUSTER_DEGRADED = 5, /**< the provider reports trouble with the key */
    ENVCRYPT_CLUSTER_KEY_UNUSABLE = 6, /**< the key is disabled, pending deletion or gone */
    ENVCRYPT_CLUSTER_UNSUPPORTED = 7 /**< a kind of cluster whose encryption cannot be changed */
};

/** How far a change is. */
enum envcrypt_cluster_phase {
    ENVCRYPT_CLUSTER_PHASE_READING = 1, /**< state and keys are read */
    ENVCRYPT_CLUSTER_PHASE_CHECKING = 2, /**< everything that can be known before */
    ENVCRYPT_CLUSTER_PHASE_CHANGING = 3, /**< the request is sent */
    ENVCRYPT_CLUSTER_PHASE_WAITING = 4, /**< the provider works */
    ENVCRYPT_CLUSTER_PHASE_SECRETS = 5, /**< Secrets are stored anew */
    ENVCRYPT_CLUSTER_PHASE_VERIFYING = 6, /**< facts are gathered */
    ENVCRYPT_CLUSTER_PHASE_ENDED = 7 /**< also when it failed */
};

/**
 * Hears how far it is: at each new phase, after each look at a change that is under way, and as
 * often as envcrypt_reencrypt_fn while Secrets are stored anew; on the thread of the call. It may
 * call the getters of the report, and nothing else of it.
 * @param user    as given
 * @param so_far  the report as it is now; not to be kept
 * @return 0; anything else cancels, as envcrypt_wait_cancel() does
 */
typedef int32_t (*envcrypt_cluster_fn)(void *user, const envcrypt_cluster_report *so_far);

#ifdef __cplusplus
}
#endif

#endif
