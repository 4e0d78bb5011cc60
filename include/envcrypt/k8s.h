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
/** Settings for opening one; copied when it is opened. One thread at a time. */
typedef struct envcrypt_kube_config envcrypt_kube_config;

/**
 * Makes settings. Without any option, access is what `kubectl` has: the current context of the
 * kubeconfig.
 * @param client    the client; a reference is taken
 * @param[out] out  the config; freed by envcrypt_kube_config_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kube_config_new(envcrypt_client *client, envcrypt_kube_config **out,
                                          envcrypt_error **err);

/**
 * Frees settings, and wipes the token. What was opened with them is not touched.
 * @param config  a config, or NULL
 */
ENVCRYPT_API void envcrypt_kube_config_free(envcrypt_kube_config *config);

/**
 * Sets an option by name.
 *
 * Where the server is, by one of these three:
 *
 * | option | value |
 * |---|---|
 * | `kubeconfig` | a file, or several with colons between, of which the first that has a name wins; default: the environment's KUBECONFIG, else `~/.kube/config` |
 * | `context` | one of the kubeconfig's; default: its current one |
 * | `cluster` | one of the kubeconfig's, in the place of the context's |
 * | `user` | same |
 * | `in-cluster` | `true`: the service account of the pod that this runs in |
 * | `server` | `https://HOST[:PORT][/PATH]`; `http` to loopback only, and then no credentials are sent |
 *
 * What is known of the server, before what the kubeconfig says:
 *
 * | option | value |
 * |---|---|
 * | `ca-file` | PEM file of the authorities that its certificate may be from |
 * | `ca-pem` | same, the PEM text itself |
 * | `tls-name` | name that its certificate is for |
 * | `proxy` | `http://HOST:PORT` or `socks5://HOST:PORT`; empty for none |
 * | `attempt-timeout-ms` | most time of one request, 1 to 3,600,000; default 60,000 |
 *
 * Who we are there, in the place of the kubeconfig's user (a token is given by
 * envcrypt_kube_config_set_token()):
 *
 * | option | value |
 * |---|---|
 * | `token-file` | file with a bearer token, read again once in a minute |
 * | `client-cert` | PEM file of a client certificate |
 * | `client-key` | PEM file of its key, mode 0600 |
 * | `eks-cluster` | name of a cluster of Amazon EKS: tokens are made from AWS credentials, without the program that a kubeconfig names for it |
 * | `aws-region` | Region of that cluster; default: that of environment and profile |
 * | `aws-profile` | profile of AWS credentials |
 * | `as` | user to impersonate |
 * | `as-groups` | groups to impersonate, separated by commas; with `as` |
 * | `allow-exec` | `true`: the program that the kubeconfig names for credentials may be run |
 *
 * @param config  a config
 * @param name    the option
 * @param value   its value; NULL takes the option back
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_UNKNOWN_OPTION (the message names the nearest), ENVCRYPT_E_ARGUMENT (also:
 *         a value that the option cannot have), ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_kube_config_set(envcrypt_kube_config *config, const char *name,
                                          const char *value, envcrypt_error **err);

/**
 * Gives a bearer token, in the place of the kubeconfig's user. It is used as it is until the
 * server refuses it.
 * @param config  a config
 * @param token   the token, without white space; copied to the arena. NULL takes it back
 * @param size    its bytes, at most 4,096
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_BAD_CREDENTIALS (bytes that no token has, or none), ENVCRYPT_E_ARENA_FULL,
 *         ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kube_config_set_token(envcrypt_kube_config *config, const void *token,
                                                size_t size, envcrypt_error **err);

/**
 * Gives the AWS credentials that tokens of `eks-cluster` are made from, in the place of the chain
 * of environment and profile.
 * @param config       a config
 * @param credentials  credentials of `aws`; a reference is taken. NULL takes them back
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_kube_config_set_credentials(envcrypt_kube_config *config,
                                                      envcrypt_credentials *credentials,
                                                      envcrypt_error **err);

/**
 * Reads kubeconfig, environment and files; nothing is sent and no program is run before the first
 * request. A kubeconfig that turns the check of the server's certificate off, or that has user and
 * password, or a provider that is built into old clients (`auth-provider`), is refused.
 * @param config    a config
 * @param[out] out  the server; given back by envcrypt_kube_unref()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_KUBECONFIG, ENVCRYPT_E_YAML, ENVCRYPT_E_KUBE_EXEC (a program is named for
 *         credentials, and `allow-exec` is not set), ENVCRYPT_E_KUBE_INSECURE,
 *         ENVCRYPT_E_BAD_CREDENTIALS, ENVCRYPT_E_ENDPOINT, ENVCRYPT_E_REGION,
 *         ENVCRYPT_E_FILE_NOT_FOUND, ENVCRYPT_E_FILE_DENIED, ENVCRYPT_E_FILE_TYPE,
 *         ENVCRYPT_E_FILE_TOO_LARGE, ENVCRYPT_E_FILE_TOO_OPEN, ENVCRYPT_E_NOT_BUILT,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT (also: options that contradict one another),
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kube_open(const envcrypt_kube_config *config, envcrypt_kube **out,
                                    envcrypt_error **err);

/**
 * Takes one more reference.
 * @param kube  a server, or NULL
 * @return the same server
 */
ENVCRYPT_API envcrypt_kube *envcrypt_kube_ref(envcrypt_kube *kube);

/**
 * Gives a reference back; the last one wipes the secrets. Legal in a child of fork.
 * @param kube  a server, or NULL
 */
ENVCRYPT_API void envcrypt_kube_unref(envcrypt_kube *kube);

/**
 * @param kube  a server
 * @return its URL; lives as long as the server. NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_kube_server(const envcrypt_kube *kube);

/**
 * @param kube  a server
 * @return where the access comes from, for people: `context prod of /home/me/.kube/config`, `this
 *         pod`, `the options given`; lives as long as the server. NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_kube_origin(const envcrypt_kube *kube);

/**
 * Tries the access, a row for each step: `check`, `result` (`ok`, `failed`, `skipped`, `unknown`: the
 * server does not tell, which is no failure), `detail` (what was found, or why it failed), `error`
 * (the name of a failure, `ENVCRYPT_E_…`). Steps: `reach` (the server answers, over TLS that was
 * checked), `version` (its release), `identity` (who it takes us for), `cluster` (the uid of the
 * namespace kube-system, which tells clusters apart). What cannot be tried after a failure is skipped.
 * @param kube      a server
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the answer, also when steps failed; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return 0 when all was tried, with whatever result; ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT (of
 *         wait), ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kube_check(envcrypt_kube *kube, envcrypt_wait *wait, envcrypt_table **out,
                                     envcrypt_error **err);

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
