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
 * | `proxy` | `http://HOST:PORT` or `socks5://HOST:PORT`; empty for none. Default: the kubeconfig's `proxy-url`; the client's; of a kubeconfig's server that of the environment, as kubectl takes it (HTTPS_PROXY, unless NO_PROXY lists the server) |
 * | `attempt-timeout-ms` | most time of one request, 1 to 3,600,000; default 60,000 |
 *
 * Who we are there, in the place of the kubeconfig's user (a token is given by
 * envcrypt_kube_config_set_token()):
 *
 * | option | value |
 * |---|---|
 * | `token-file` | file with a bearer token, read again once in a minute |
 * | `client-cert` | PEM file of a client certificate |
 * | `client-key` | PEM file of its key, mode 0600, or a link to one |
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
 * @param size    its bytes, at most 16,384
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
 * @return where the access comes from, for people: `context prod of /etc/kube/config`, `this
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

/** What envcrypt_etcd is; see the last section. */
struct envcrypt_etcd;

/** Settings of a re-encryption. */
typedef struct envcrypt_reencrypt_config envcrypt_reencrypt_config;

/** What a re-encryption or a verification did and found. */
typedef struct envcrypt_reencrypt_report envcrypt_reencrypt_report;

/** How stored objects are made to be written anew. */
enum envcrypt_reencrypt_mode {
    ENVCRYPT_REENCRYPT_AUTO = 1, /**< by a test of some objects, see envcrypt_reencrypt_run() */
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

/** How far it is. */
enum envcrypt_reencrypt_phase {
    ENVCRYPT_REENCRYPT_PHASE_PREFLIGHT = 1, /**< asks for rights and counts, writes nothing */
    ENVCRYPT_REENCRYPT_PHASE_CHOOSING = 2, /**< some objects are tested for the mode */
    ENVCRYPT_REENCRYPT_PHASE_WRITING = 3, /**< the first pass */
    ENVCRYPT_REENCRYPT_PHASE_CHECKING = 4, /**< a further pass */
    ENVCRYPT_REENCRYPT_PHASE_MIGRATING = 5, /**< the cluster's own engine is at work */
    ENVCRYPT_REENCRYPT_PHASE_READING = 6, /**< stored values are read from etcd */
    ENVCRYPT_REENCRYPT_PHASE_ENDED = 7 /**< also when it failed */
};

/** Figures of a report. Those of objects count each one once, in the first pass, unless said. */
enum envcrypt_reencrypt_figure {
    ENVCRYPT_REENCRYPT_FIGURE_TOTAL = 1, /**< objects of the phase; -1 = not counted */
    ENVCRYPT_REENCRYPT_FIGURE_DONE = 2, /**< of these, settled in this phase */
    ENVCRYPT_REENCRYPT_FIGURE_LISTED = 3, /**< objects that the server named */
    ENVCRYPT_REENCRYPT_FIGURE_REWRITTEN = 4, /**< stored anew by us, in all passes */
    ENVCRYPT_REENCRYPT_FIGURE_CURRENT = 5, /**< left alone by the server */
    ENVCRYPT_REENCRYPT_FIGURE_GONE = 6, /**< deleted by somebody meanwhile */
    ENVCRYPT_REENCRYPT_FIGURE_SETTLED = 7, /**< written by somebody else meanwhile */
    ENVCRYPT_REENCRYPT_FIGURE_SKIPPED = 8, /**< stored since the run began, or marked by it */
    ENVCRYPT_REENCRYPT_FIGURE_FAILED = 9, /**< failures that remain after the latest pass */
    ENVCRYPT_REENCRYPT_FIGURE_RETRIED = 10, /**< requests that were sent again, in all passes */
    ENVCRYPT_REENCRYPT_FIGURE_IN_FLIGHT = 11, /**< most patches in flight, as the server bears */
    ENVCRYPT_REENCRYPT_FIGURE_RATE = 12, /**< objects settled in a second, over the last seconds */
    ENVCRYPT_REENCRYPT_FIGURE_PASS = 13, /**< 1 = the first; 0 = none yet */
    ENVCRYPT_REENCRYPT_FIGURE_CHECKED = 14, /**< objects of the latest further pass */
    ENVCRYPT_REENCRYPT_FIGURE_STORED = 15 /**< values that were read from etcd */
};

/**
 * Makes settings with their defaults.
 * @param[out] out  the config; freed by envcrypt_reencrypt_config_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_reencrypt_config_new(envcrypt_reencrypt_config **out,
                                               envcrypt_error **err);

/**
 * Frees settings.
 * @param config  a config, or NULL
 */
ENVCRYPT_API void envcrypt_reencrypt_config_free(envcrypt_reencrypt_config *config);

/**
 * Sets an option.
 *
 * | name | value | default |
 * |---|---|---|
 * | `resource` | `secrets`, `configmaps`, `PLURAL.GROUP` or `PLURAL.VERSION.GROUP` | `secrets` |
 * | `mode` | `auto`, `rewrite`, `annotate`, `migrate` | `auto` |
 * | `annotation` | the annotation of `annotate`; the guide of EKS uses the default, eksctl `eksctl.io/kms-encryption-timestamp`; not one of Kubernetes' own (`kubernetes.io/`, `k8s.io/`) | `kms-encryption-timestamp` |
 * | `namespaces` | names with commas between | all |
 * | `selector` | a label selector of Kubernetes | none |
 * | `names-file` | a file with a line `NAMESPACE/NAME` for each object | none |
 * | `journal` | a file that an interrupted run goes on from, and that keeps what finished runs showed | none |
 * | `journal-folder` | where the journal is, without `journal`: its name there is of cluster, resource and selection | none |
 * | `lease` | the namespace of the Lease that keeps a second run away; empty = no lease | `kube-system` |
 * | `since` | when the change of key was over, on all API servers: `2026-01-31T12:00:00Z` | not told |
 * | `restarted` | when all API servers had been restarted after that change: `2026-01-31T12:30:00Z`; not without `since` | not told |
 * | `in-flight` | patches at most in flight, 1 to 256 | 8 |
 * | `rate` | patches at most in a second, to 1,000,000; 0 = as many as the server takes | 0 |
 * | `page` | objects asked for at once, 1 to 500 | 500 |
 * | `second-pass` | `yes`, or `no`: only failures and what the server left alone are asked about again, and nothing can be proven | `yes` |
 * | `dry-run` | `yes` or `no`; `yes` counts and writes nothing at all | `no` |
 * | `etcd-prefix` | what keys of etcd begin with, for envcrypt_reencrypt_verify() | `/registry` |
 *
 * @param config    a config
 * @param name      of the option
 * @param value     its value; NULL = the default again
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_UNKNOWN_OPTION (the message names the nearest), ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_ARGUMENT (a value that cannot be), ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_reencrypt_config_set(envcrypt_reencrypt_config *config, const char *name,
                                               const char *value, envcrypt_error **err);

/**
 * Hears how far it is: at most ten times a second and at each new phase, on the thread of the call.
 * It may call the getters of the report, and nothing else of it.
 * @param user    as given
 * @param so_far  the report as it is now; not to be kept
 * @return 0; anything else cancels, as envcrypt_wait_cancel() does
 */
typedef int32_t (*envcrypt_reencrypt_fn)(void *user, const envcrypt_reencrypt_report *so_far);

/**
 * Has every selected object stored anew under the current key. Of the objects nothing but their
 * metadata comes here, and of that only names and times are kept.
 *
 * Before the first write: the server is reached, the rights to list and patch are asked for,
 * objects are counted, a Lease is taken where that is allowed. Mode `auto` then sends empty
 * patches to a few of the oldest objects. If one of them is stored anew, this server knows what is
 * stale, and the mode is `rewrite`; unless another one is left alone that is older, or not written
 * since the change: then it does not know all, and the mode is `annotate`. If none is stored anew,
 * the plugin may keep its key id when the key is rotated, and the mode is `annotate`; unless the
 * journal tells that this server did store something anew, after the change if that is told: then
 * it is `rewrite`. Where patches are not
 * allowed and migrations of storage are, it is `migrate`. The report has the choice and its reason.
 *
 * Objects that fail end in the report, and the run goes on. Killed or cancelled at any point, a
 * second run with the same journal goes on where it was. Two runs at once do no harm.
 *
 * @param kube      the API server
 * @param config    settings; NULL = the defaults
 * @param progress  hears how far it is; NULL = nobody
 * @param user      given to progress; moves to the library with this call, also when it fails
 * @param destroy   ends user's life, within this call; may be NULL
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, of a failed run too once it was past its arguments; freed by
 *                  envcrypt_reencrypt_report_free()
 * @param[out] err  the error, or NULL
 * @return 0, also when objects failed; ENVCRYPT_E_KUBE_PREFLIGHT (a right is missing; nothing was
 *         written), ENVCRYPT_E_LEASE_HELD, ENVCRYPT_E_JOURNAL, ENVCRYPT_E_JOURNAL_OTHER,
 *         ENVCRYPT_E_MIGRATION, ENVCRYPT_E_KUBE_NOT_FOUND (no such resource, or objects were selected
 *         and none of them was found),
 *         ENVCRYPT_E_KUBE_UNREADABLE (nothing can be listed), ENVCRYPT_E_DENIED,
 *         ENVCRYPT_E_REQUEST_REFUSED, ENVCRYPT_E_NO_SPACE, ENVCRYPT_E_FILE_BUSY (another run has the
 *         journal), ENVCRYPT_E_FILE_NOT_FOUND, ENVCRYPT_E_FILE_DENIED, ENVCRYPT_E_FILE_TYPE,
 *         ENVCRYPT_E_FILE_TOO_OPEN, ENVCRYPT_E_FILE_TOO_LARGE, ENVCRYPT_E_FILE_CHANGED,
 *         ENVCRYPT_E_IO, the errors of the network, ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT,
 *         ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_reencrypt_run(envcrypt_kube *kube,
                                        const envcrypt_reencrypt_config *config,
                                        envcrypt_reencrypt_fn progress, void *user,
                                        envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                                        envcrypt_reencrypt_report **out, envcrypt_error **err);

/**
 * Says what is proven of a re-encryption.
 *
 * With etcd: every stored value is read, and each must be encrypted under the provider and key id
 * of the newest write, with a data key that is newer than the change: by KMS v2 that takes another
 * key id than before, or restarted API servers (`restarted`). What was read is kept in the journal,
 * for later verifications: a data key that was in use before the change contradicts. Without: every object gets an
 * empty patch once more; proven needs that the server stores none of them anew, that it did show
 * that it sees this change (by the journal), and that each object was written after it (`since`).
 * What was annotated is at most not proven then. A stale object that this finds is stored anew by
 * it, which contradicts once, and which the journal keeps, so that the next call may find it proven.
 *
 * @param kube      the API server
 * @param config    settings as of the run; NULL = the defaults. `journal`, `since` and
 *                  `restarted` decide what can be proven
 * @param etcd      where stored values are read; NULL = they cannot be
 * @param progress  hears how far it is; NULL = nobody
 * @param user      given to progress; moves to the library with this call, also when it fails
 * @param destroy   ends user's life, within this call; may be NULL
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, as of envcrypt_reencrypt_run()
 * @param[out] err  the error, or NULL
 * @return 0 whatever the outcome; ENVCRYPT_E_ETCD_DUMP, ENVCRYPT_E_STORED, and as
 *         envcrypt_reencrypt_run()
 */
ENVCRYPT_API int envcrypt_reencrypt_verify(envcrypt_kube *kube,
                                           const envcrypt_reencrypt_config *config,
                                           struct envcrypt_etcd *etcd,
                                           envcrypt_reencrypt_fn progress, void *user,
                                           envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                                           envcrypt_reencrypt_report **out, envcrypt_error **err);

/**
 * Frees a report.
 * @param report  a report, or NULL
 */
ENVCRYPT_API void envcrypt_reencrypt_report_free(envcrypt_reencrypt_report *report);

/**
 * How objects were made to be written anew.
 * @param report  a report, or NULL
 * @return one of `ENVCRYPT_REENCRYPT_…`, AUTO until it is chosen; 0 for NULL
 */
ENVCRYPT_API int32_t envcrypt_reencrypt_report_mode(const envcrypt_reencrypt_report *report);

/**
 * Why that way.
 * @param report  a report, or NULL
 * @return a sentence that lives as long as the report; empty for NULL and until it is chosen
 */
ENVCRYPT_API const char *envcrypt_reencrypt_report_mode_reason(
    const envcrypt_reencrypt_report *report);

/**
 * What is proven.
 * @param report  a report, or NULL
 * @return one of `ENVCRYPT_OUTCOME_…`; 0 for NULL
 */
ENVCRYPT_API int32_t envcrypt_reencrypt_report_outcome(const envcrypt_reencrypt_report *report);

/**
 * By what it is proven, or what is missing; which object speaks against it.
 * @param report  a report, or NULL
 * @return a sentence that lives as long as the report; empty for NULL and before the end
 */
ENVCRYPT_API const char *envcrypt_reencrypt_report_outcome_reason(
    const envcrypt_reencrypt_report *report);

/**
 * How far it is.
 * @param report  a report, or NULL
 * @return one of `ENVCRYPT_REENCRYPT_PHASE_…`; 0 for NULL
 */
ENVCRYPT_API int32_t envcrypt_reencrypt_report_phase(const envcrypt_reencrypt_report *report);

/**
 * A figure.
 * @param report  a report, or NULL
 * @param figure  one of `ENVCRYPT_REENCRYPT_FIGURE_…`
 * @return the figure; -1 when it is not known, is none of these, or for NULL
 */
ENVCRYPT_API int64_t envcrypt_reencrypt_report_figure(const envcrypt_reencrypt_report *report,
                                                      int32_t figure);

/**
 * When the run began; of a resumed one, its first part.
 * @param report  a report, or NULL
 * @return milliseconds since 1970, UTC; -1 for NULL and before
 */
ENVCRYPT_API int64_t envcrypt_reencrypt_report_began_ms(const envcrypt_reencrypt_report *report);

/**
 * When it ended.
 * @param report  a report, or NULL
 * @return milliseconds since 1970, UTC; -1 for NULL and before
 */
ENVCRYPT_API int64_t envcrypt_reencrypt_report_ended_ms(const envcrypt_reencrypt_report *report);

/**
 * Whether a journal let it go on with an interrupted run.
 * @param report  a report, or NULL
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_reencrypt_report_is_resumed(const envcrypt_reencrypt_report *report);

/**
 * The file that it goes on from when it is interrupted.
 * @param report  a report, or NULL
 * @return its path, which lives as long as the report; NULL without `journal` and
 *         `journal-folder`, of a dry run, and before the API server was reached
 */
ENVCRYPT_API const char *envcrypt_reencrypt_report_journal(const envcrypt_reencrypt_report *report);

/**
 * What somebody should know of: that there was no Lease to be had, or nobody to ask for rights.
 * @param report  a report, or NULL
 * @param index   0 and up
 * @return a sentence that lives as long as the report; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_reencrypt_report_note(const envcrypt_reencrypt_report *report,
                                                        size_t index);

/**
 * The objects that failed, and what could not be listed: columns `namespace`, `name` (empty of
 * what could not be listed), `code` (as envcrypt_error_name() gives), `message`. At most 10,000;
 * ENVCRYPT_REENCRYPT_FIGURE_FAILED counts all.
 * @param report    a report
 * @param[out] out  the table; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_reencrypt_report_failures(const envcrypt_reencrypt_report *report,
                                                    envcrypt_table **out, envcrypt_error **err);

/**
 * The whole report as one JSON object, or in mid run its state so far: `phase`, `mode`,
 * `mode_reason`, `outcome`, `outcome_reason`, `began`, `ended`, `resumed`, `dry_run`, `figures` (an
 * object), `notes` (texts) and, after the end, `failures` (objects as of
 * envcrypt_reencrypt_report_failures()). Names of constants are their lower-case endings.
 * @param report    a report
 * @param[out] out  the text; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_reencrypt_report_to_json(const envcrypt_reencrypt_report *report,
                                                   envcrypt_buffer **out, envcrypt_error **err);

/* ------------------------------------------------------------------------------------------- */
/* Stored values                                                                               */
/* ------------------------------------------------------------------------------------------- */

/** @name Stored values
 * Values as kube-apiserver stores them in etcd, under any provider of its EncryptionConfiguration.
 * What protects a value is told without any key. With keys it is opened without an API server, for
 * disaster recovery, and made, for restores and tests.
 *
 * What is opened may be a Secret: it comes in a buffer that is wiped when it is freed. Values under
 * `aesgcm` and `kms` are authenticated together with their key in etcd, those under `secretbox` on
 * their own, and those under `aescbc` **not at all**: who can write to etcd can change them, and a wrong
 * key is noticed only by chance.
 * @{ */

/** A value as kube-apiserver stores it in etcd. */
typedef struct envcrypt_stored envcrypt_stored;
/**
 * Keys that stored values are opened and made with. One thread at a time while keys are added; then
 * any number of threads. It keeps data keys and seeds that a key service unwrapped, so that a whole
 * cluster costs one call for each.
 */
typedef struct envcrypt_stored_keys envcrypt_stored_keys;

/** What protects a stored value. */
enum envcrypt_stored_provider {
    ENVCRYPT_STORED_IDENTITY = 1, /**< nothing: it stands there in the clear */
    ENVCRYPT_STORED_AESCBC = 2, /**< AES-CBC under a key of the file; not authenticated */
    ENVCRYPT_STORED_AESGCM = 3, /**< AES-GCM under a key of the file */
    ENVCRYPT_STORED_SECRETBOX = 4, /**< XSalsa20-Poly1305 under a key of the file */
    ENVCRYPT_STORED_KMS_V1 = 5, /**< a data key of its own, wrapped by a KMS plugin */
    ENVCRYPT_STORED_KMS_V2 = 6, /**< a data key or seed of many values, wrapped by a plugin */
    ENVCRYPT_STORED_UNKNOWN = 7 /**< encrypted by a provider that is not known here */
};

/** What the wrapped key beside a value of kms v2 is. */
enum envcrypt_stored_dek {
    ENVCRYPT_STORED_DEK_NONE = 0, /**< there is none, or it is of kms v1: the key itself */
    ENVCRYPT_STORED_DEK_KEY = 1, /**< the key itself, as before Kubernetes 1.29 */
    ENVCRYPT_STORED_DEK_SEED = 2 /**< a seed, from which each value has a key of its own */
};

/**
 * Reads what protects a value, without any key. What is no encrypted value is ENVCRYPT_STORED_IDENTITY.
 * @param client    the client
 * @param value     the value of a key in etcd; copied
 * @param size      its bytes; at most 3 MiB and 128 KiB
 * @param[out] out  what it is; freed by envcrypt_stored_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_STORED, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_stored_inspect(envcrypt_client *client, const void *value, size_t size,
                                         envcrypt_stored **out, envcrypt_error **err);

/**
 * Frees and wipes what was inspected.
 * @param stored  a value, or NULL
 */
ENVCRYPT_API void envcrypt_stored_free(envcrypt_stored *stored);

/**
 * What protects it.
 * @param stored  a value
 * @return one of `ENVCRYPT_STORED_…`; 0 for NULL
 */
ENVCRYPT_API int32_t envcrypt_stored_provider(const envcrypt_stored *stored);

/**
 * The same as a text.
 * @param stored  a value
 * @return `identity`, `aescbc`, `aesgcm`, `secretbox`, `kms v1`, `kms v2` or `unknown`; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_stored_provider_name(const envcrypt_stored *stored);

/**
 * The name in the EncryptionConfiguration: of the key, or of the KMS plugin. Names may hold colons,
 * except those of kms v2, so there may be several places where one ends: the shortest is given that
 * the rest is well formed with.
 * @param stored  a value
 * @return the name, with `?` for control characters; empty without one; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_stored_name(const envcrypt_stored *stored);

/**
 * The key id that the KMS plugin gave, of kms v2.
 * @param stored  a value
 * @return the id, with `?` for control characters; empty for other providers; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_stored_key_id(const envcrypt_stored *stored);

/**
 * The wrapped data key or seed, as the KMS plugin gave it.
 * @param stored     a value
 * @param[out] size  its bytes, 0 without one; or NULL
 * @return the bytes; NULL for NULL and without one
 */
ENVCRYPT_API const void *envcrypt_stored_dek_source(const envcrypt_stored *stored, size_t *size);

/**
 * A digest of the wrapped key: values that share one have the same.
 * @param stored  a value
 * @return SHA-256 as 64 lower hex digits; empty without a wrapped key; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_stored_dek_digest(const envcrypt_stored *stored);

/**
 * What the wrapped key is.
 * @param stored  a value
 * @return one of `ENVCRYPT_STORED_DEK_…`
 */
ENVCRYPT_API int32_t envcrypt_stored_dek_type(const envcrypt_stored *stored);

/**
 * How many annotations the KMS plugin gave, of kms v2.
 * @param stored  a value
 * @return their number
 */
ENVCRYPT_API size_t envcrypt_stored_annotations(const envcrypt_stored *stored);

/**
 * The name of an annotation.
 * @param stored      a value
 * @param annotation  from 0
 * @return the name, with `?` for control characters; NULL past the end and for NULL
 */
ENVCRYPT_API const char *envcrypt_stored_annotation_name(const envcrypt_stored *stored,
                                                         size_t annotation);

/**
 * The value of an annotation, any bytes.
 * @param stored      a value
 * @param annotation  from 0
 * @param[out] size   its bytes; or NULL
 * @return the bytes, with a NUL behind them; NULL past the end and for NULL
 */
ENVCRYPT_API const void *envcrypt_stored_annotation_value(const envcrypt_stored *stored,
                                                          size_t annotation, size_t *size);

/**
 * Whether a value in the clear is in Kubernetes' binary form; else it is JSON, or unknown.
 * @param stored  a value
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_stored_is_protobuf(const envcrypt_stored *stored);

/**
 * The size of what is stored.
 * @param stored  a value
 * @return bytes
 */
ENVCRYPT_API size_t envcrypt_stored_size(const envcrypt_stored *stored);

/**
 * Makes an empty set of keys.
 * @param client    the client
 * @param[out] out  the set; freed by envcrypt_stored_keys_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_stored_keys_new(envcrypt_client *client, envcrypt_stored_keys **out,
                                          envcrypt_error **err);

/**
 * Frees a set and wipes its keys. Legal in a child of fork.
 * @param keys  a set, or NULL
 */
ENVCRYPT_API void envcrypt_stored_keys_free(envcrypt_stored_keys *keys);

/**
 * Adds a key of the file. Several may have one name: each is tried, in order.
 * @param keys      a set
 * @param provider  ENVCRYPT_STORED_AESCBC, _AESGCM or _SECRETBOX
 * @param name      its name in the EncryptionConfiguration; 1 to 1,024 bytes of UTF-8
 * @param bytes     the key itself, no base64; copied to the arena
 * @param size      16, 24 or 32; of secretbox 32
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_SIZE, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_ARENA_FULL,
 *         ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_stored_keys_add_key(envcrypt_stored_keys *keys, int32_t provider,
                                              const char *name, const void *bytes, size_t size,
                                              envcrypt_error **err);

/**
 * Adds a key of a key service, in the place of the KMS plugin that used it; for kms v1 and v2.
 *
 * The form says what the plugin returns as ciphertext: `aws`, that of aws-encryption-provider (a
 * byte `1`, then the CiphertextBlob of AWS KMS; also without the byte); `alibaba`, that of
 * ack-kms-plugin (a CiphertextBlob of Alibaba Cloud KMS as base64); `edk`, a whole encrypted data key
 * as the plugin of this library writes it (doc/format.md); `raw`, what the key service itself gave.
 * @param keys           a set
 * @param provider_name  the plugin's name in the EncryptionConfiguration; NULL = opens the values of
 *                       whatever plugin
 * @param form           `aws`, `alibaba`, `edk` or `raw`
 * @param kms            the key, of the same client; a reference is taken
 * @param context        pairs that the plugin gives its key service; copied. NULL = none
 * @param[out] err       the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT (also a form that is none of this key's service),
 *         ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_stored_keys_add_kms(envcrypt_stored_keys *keys, const char *provider_name,
                                              const char *form, envcrypt_kms *kms,
                                              const envcrypt_context *context,
                                              envcrypt_error **err);

/**
 * Adds all keys that stand in an EncryptionConfiguration, in their order; of `kms` nothing stands
 * there. After a failure none of them was added.
 * @param keys      a set
 * @param text      the file, YAML or JSON
 * @param size      its bytes
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_YAML, ENVCRYPT_E_ENCRYPTION_CONFIG, ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_stored_keys_add_config(envcrypt_stored_keys *keys, const void *text,
                                                 size_t size, envcrypt_error **err);

/**
 * Opens a value. As kube-apiserver does, each key is tried that has the value's provider and name.
 * @param keys      a set
 * @param etcd_key  where the value stands in etcd, whole: `/registry/secrets/NAMESPACE/NAME`. NULL
 *                  will do for what is not bound to it: identity, aescbc, secretbox
 * @param value     the value
 * @param size      its bytes
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the text, which may be secret; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_STORED, ENVCRYPT_E_STORED_NO_KEY (none of this provider and name),
 *         ENVCRYPT_E_STORED_AUTH (none opens it), the errors of key services (envcrypt_dek_unwrap()),
 *         ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_stored_decrypt(envcrypt_stored_keys *keys, const char *etcd_key,
                                         const void *value, size_t size, envcrypt_wait *wait,
                                         envcrypt_buffer **out, envcrypt_error **err);

/**
 * Makes a value as kube-apiserver would store it. One of kms v2 has a seed that is made once for the
 * set, the id of the service's key as its key id, and no annotations.
 * @param keys      a set
 * @param provider  one of `ENVCRYPT_STORED_…`, except UNKNOWN
 * @param name      of the key or plugin; NULL = of the first key of the provider
 * @param etcd_key  where the value will stand in etcd, as in envcrypt_stored_decrypt()
 * @param plain     what is stored
 * @param size      its bytes, at most 3 MiB
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the value; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_STORED_NO_KEY, the errors of key services (envcrypt_dek_wrap()),
 *         ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_stored_encrypt(envcrypt_stored_keys *keys, int32_t provider,
                                         const char *name, const char *etcd_key, const void *plain,
                                         size_t size, envcrypt_wait *wait, envcrypt_buffer **out,
                                         envcrypt_error **err);
/** @} */

/* ------------------------------------------------------------------------------------------- */
/* EncryptionConfiguration                                                                     */
/* ------------------------------------------------------------------------------------------- */

/** @name EncryptionConfiguration
 * The file that tells kube-apiserver how to store what (`--encryption-provider-config`), read as
 * strictly as it reads it. Keys that stand in the file are wiped, and no message shows them.
 * @{ */

/** Options of a file that is made. */
typedef struct envcrypt_encryption_options envcrypt_encryption_options;

/**
 * Explains what a file does: a row for each provider of each resource.
 *
 * Columns: `resource` (`secrets`, `*.apps`), `order` (from 1), `provider` (`kms v2`), `name` (of the key or
 * plugin; empty for identity), `role` (`writes`: the first, which also reads; `reads`), `note`
 * (for people).
 * @param client    the client
 * @param text      the file, YAML or JSON
 * @param size      its bytes
 * @param[out] out  the table; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_YAML (no YAML, or a member of another type), ENVCRYPT_E_ENCRYPTION_CONFIG
 *         (another kind of file, unknown members), ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_encryption_config_explain(envcrypt_client *client, const void *text,
                                                    size_t size, envcrypt_table **out,
                                                    envcrypt_error **err);

/**
 * Checks a file before it is rolled out: by the rules of kube-apiserver, and for what it accepts
 * but nobody should use.
 *
 * Columns: `severity` (`error`: kube-apiserver would not start with it, or not reload it; `warning`;
 * `hint`), `line`, `place` (`resources[0].providers[1].kms.timeout`), `finding`, `advice`. The last
 * row is always a hint: that all API servers must read what each of them writes.
 * @param client        the client
 * @param text          the file, YAML or JSON
 * @param size          its bytes
 * @param kube_version  the cluster's version, `1.31` or `v1.31.4`, for the rules that depend on it;
 *                      NULL = unknown
 * @param[out] out      the table; freed by envcrypt_table_free()
 * @param[out] err      the error, or NULL
 * @return 0; ENVCRYPT_E_YAML, ENVCRYPT_E_ENCRYPTION_CONFIG (what cannot be read has no rows),
 *         ENVCRYPT_E_ARGUMENT (also a version that is none), ENVCRYPT_E_NOT_BUILT,
 *         ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_encryption_config_check(envcrypt_client *client, const void *text,
                                                  size_t size, const char *kube_version,
                                                  envcrypt_table **out, envcrypt_error **err);

/**
 * Makes empty options.
 * @param[out] out  the options; freed by envcrypt_encryption_options_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_encryption_options_new(envcrypt_encryption_options **out,
                                                 envcrypt_error **err);

/**
 * Frees options.
 * @param options  options, or NULL
 */
ENVCRYPT_API void envcrypt_encryption_options_free(envcrypt_encryption_options *options);

/**
 * Sets an option:
 *
 * | name | value |
 * |---|---|
 * | `name` | of the KMS plugin; must be given. Never changed later: it stands in every value |
 * | `endpoint` | its socket, `unix:///path`; must be given |
 * | `resources` | with commas; default `secrets` |
 * | `timeout` | of a call, `3s`; default that |
 * | `order` | `rollout` (the plugin reads, for the first step on several servers), `steady` (it writes; default), `disable` (values are written in the clear again, and the plugin reads) |
 * | `previous-name`, `previous-endpoint` | a plugin that is left: it reads on, behind the new one |
 *
 * @param options   options
 * @param name      one of these names
 * @param value     the value; NULL = the default again
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_UNKNOWN_OPTION (which names the nearest), ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_encryption_options_set(envcrypt_encryption_options *options,
                                                 const char *name, const char *value,
                                                 envcrypt_error **err);

/**
 * Makes a file for KMS v2, with comments that say what it is for. What is made passes
 * envcrypt_encryption_config_check() without errors.
 * @param options   options
 * @param[out] out  the text; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ENCRYPTION_CONFIG (kube-apiserver would not take such values),
 *         ENVCRYPT_E_ARGUMENT (an option that must be given is missing), ENVCRYPT_E_NOT_BUILT,
 *         ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_encryption_config_generate(const envcrypt_encryption_options *options,
                                                     envcrypt_buffer **out, envcrypt_error **err);
/** @} */

/* ------------------------------------------------------------------------------------------- */
/* etcd and the census                                                                         */
/* ------------------------------------------------------------------------------------------- */

/**
 * Where stored values come from: a live etcd, a dump, a snapshot. One thread at a time.
 *
 * - **A live etcd** is asked over its JSON gateway (`POST /v3/kv/range`), which etcd 3.4 and
 *   later serve at the client URL unless `--enable-grpc-gateway=false` was given. It is asked in
 *   pages whose size follows that of the values, all at the revision of the first one.
 * - **A dump** is what `etcdctl get --prefix / -w json` prints; also several of them one after
 *   the other, or replies of the gateway: the pages of one range in the order of their keys,
 *   ranges in any order. Where two of them overlap, who reads all of it is refused, since values
 *   would be given twice; of a single key the newest value is given. It may come over a pipe.
 * - **A snapshot** is what `etcdctl snapshot save` writes, or the file `member/snap/db` of an
 *   etcd that does not run. Its checksum and all of its pages are checked before the first value
 *   is given.
 *
 * The memory that reading takes is that of the largest value; of a snapshot it is that of the
 * largest page, which holds at least two values, and 40 to 90 bytes for each key besides.
 */
typedef struct envcrypt_etcd envcrypt_etcd;
/** Settings for a live etcd; copied when it is opened. */
typedef struct envcrypt_etcd_config envcrypt_etcd_config;

/** Counts what stored values are protected by. One thread at a time. */
typedef struct envcrypt_census envcrypt_census;

/** Limits of what is read from etcd. */
enum envcrypt_etcd_limit {
    ENVCRYPT_ETCD_VALUE_MAX = 16777216, /**< bytes of a value; etcd: 1.5 MiB by default */
    ENVCRYPT_ETCD_SNAPSHOT_KEYS_MAX = 8388608 /**< different keys of a reading */
};

/**
 * Takes one key and its value. Called on the thread of envcrypt_etcd_read(), with no lock held; any
 * function of the library but closing that etcd or reading from it may be called from it. Key and
 * value live for the call; the value's memory is wiped after it, since what is stored without
 * encryption is the Secret itself.
 * @param user        as given to envcrypt_etcd_read()
 * @param key         any bytes; Kubernetes has `/registry/secrets/NAMESPACE/NAME`
 * @param key_size    bytes
 * @param value       any bytes; not NULL
 * @param value_size  bytes; 0 is possible
 * @param create_revision  when the key was made; 0 where the source does not tell
 * @param mod_revision     when the value was written
 * @return 0 = go on; above 0 = enough, the reading ends well; below 0 = the reading fails with
 *         ENVCRYPT_E_CALLBACK
 */
typedef int32_t (*envcrypt_etcd_fn)(void *user, const void *key, size_t key_size, const void *value,
                                    size_t value_size, int64_t create_revision,
                                    int64_t mod_revision);

/**
 * Makes settings for a live etcd.
 * @param[out] out  the config; freed by envcrypt_etcd_config_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_etcd_config_new(envcrypt_etcd_config **out, envcrypt_error **err);

/**
 * Frees settings.
 * @param config  a config, or NULL
 */
ENVCRYPT_API void envcrypt_etcd_config_free(envcrypt_etcd_config *config);

/**
 * Sets an option by name:
 * - `endpoint`: its client URL, `https://HOST:2379`; http only to this machine itself;
 * - `ca-file`: PEM file of the authority that its certificate is from; default: the system's;
 * - `client-cert`, `client-key`: PEM files of who we are there, both or none; the key's mode is
 *   0600;
 * - `tls-name`: the name that its certificate is for, where that is not the endpoint's host.
 * @param config  a config
 * @param name    the option
 * @param value   its value; NULL takes the option back
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_UNKNOWN_OPTION, ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_etcd_config_set(envcrypt_etcd_config *config, const char *name,
                                          const char *value, envcrypt_error **err);

/**
 * Opens a live etcd. Nothing is sent yet.
 * @param client    the client
 * @param config    with an `endpoint`; stays the caller's
 * @param[out] out  the etcd; closed by envcrypt_etcd_close()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ENDPOINT, ENVCRYPT_E_ARGUMENT (too when the endpoint is missing, or one of
 *         certificate and key), ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_etcd_open(envcrypt_client *client, const envcrypt_etcd_config *config,
                                    envcrypt_etcd **out, envcrypt_error **err);

/**
 * Opens a dump or a snapshot; which of them it is shows in its first bytes. What a pipe gives
 * can be read once.
 * @param client    the client
 * @param path      a file, a pipe, or `-` for the standard input
 * @param[out] out  the etcd; closed by envcrypt_etcd_close()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ETCD_DUMP (neither, or damaged), ENVCRYPT_E_FILE_NOT_FOUND,
 *         ENVCRYPT_E_FILE_DENIED, ENVCRYPT_E_FILE_TYPE, ENVCRYPT_E_FILE_CHANGED, ENVCRYPT_E_IO,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_etcd_open_file(envcrypt_client *client, const char *path,
                                         envcrypt_etcd **out, envcrypt_error **err);

/**
 * Closes what was opened.
 * @param etcd  an etcd, or NULL
 */
ENVCRYPT_API void envcrypt_etcd_close(envcrypt_etcd *etcd);

/**
 * Gives every key that begins with a prefix, with its newest value, one at a time. A live etcd
 * gives them in the order of the keys, a dump as they stand in it, a snapshot in the order of
 * their last writes. When it fails, some may have been given.
 * @param etcd     an etcd
 * @param prefix   `/registry/secrets/`, say; "" = every key
 * @param fn       takes each
 * @param user     handed to fn
 * @param destroy  frees user when the reading is over, whether or not it failed; or NULL
 * @param wait     deadline and cancel; NULL = no deadline
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_CALLBACK, ENVCRYPT_E_ETCD_DUMP, ENVCRYPT_E_KUBE_EXPIRED (a live etcd
 *         gave the revision up while it was read: read again, or read a snapshot),
 *         ENVCRYPT_E_STATE (the pipe was read already), ENVCRYPT_E_DENIED,
 *         ENVCRYPT_E_REQUEST_REFUSED, ENVCRYPT_E_THROTTLED, the errors of the network (see
 *         kms.h), ENVCRYPT_E_FILE_CHANGED, ENVCRYPT_E_IO, ENVCRYPT_E_CANCELED,
 *         ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_FORKED,
 *         ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_etcd_read(envcrypt_etcd *etcd, const char *prefix, envcrypt_etcd_fn fn,
                                    void *user, envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                                    envcrypt_error **err);

/**
 * Gives the newest value of one key.
 * @param etcd     an etcd
 * @param key      the whole key
 * @param wait     deadline and cancel; NULL = no deadline
 * @param[out] value         the value; freed, and wiped then, by envcrypt_buffer_free()
 * @param[out] mod_revision  when it was written; may be NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_KUBE_NOT_FOUND (there is no such key), the errors of
 *         envcrypt_etcd_read() but ENVCRYPT_E_CALLBACK
 */
ENVCRYPT_API int envcrypt_etcd_get(envcrypt_etcd *etcd, const char *key, envcrypt_wait *wait,
                                   envcrypt_buffer **value, int64_t *mod_revision,
                                   envcrypt_error **err);

/**
 * Begins a census with nothing counted.
 * @param client    the client
 * @param[out] out  the census; freed by envcrypt_census_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_census_new(envcrypt_client *client, envcrypt_census **out,
                                     envcrypt_error **err);

/**
 * Frees a census.
 * @param census  a census, or NULL
 */
ENVCRYPT_API void envcrypt_census_free(envcrypt_census *census);

/**
 * Counts one stored value. One that is damaged is counted as such. Nothing of a value is kept
 * but the names of what protects it.
 * @param census        a census
 * @param key           its key in etcd
 * @param key_size      bytes
 * @param value         the value; may be NULL when value_size is 0
 * @param value_size    bytes
 * @param mod_revision  when it was written; 0 = unknown
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_census_add(envcrypt_census *census, const void *key, size_t key_size,
                                     const void *value, size_t value_size, int64_t mod_revision,
                                     envcrypt_error **err);

/**
 * What was counted, by resource and by what protects it, most objects first. After a failure to
 * add a value that value may be missing. The columns are:
 * - `resource`: `secrets`, `configmaps`, `widgets.example.com`;
 * - `provider`: `identity` (plaintext), `aescbc`, `aesgcm`, `secretbox`, `kms v1`, `kms v2`,
 *   `unknown`, or `damaged`: it has the prefix of a provider, and what follows cannot be;
 * - `name`: of the plugin (kms) or of the key (the others); none for identity;
 * - `key_id`: of kms v2, as the plugin named its key;
 * - `deks`: how many different data keys or seeds; of kms only. `more_deks` is `true` where that
 *   is at least so many, the further ones were not told apart;
 * - `objects`: how many;
 * - `oldest`: the key of the one that was written first, with its `oldest_revision`; and
 *   `newest_revision`.
 *
 * Past 10,000 rows the further ones are counted in one whose resource and provider are `others`.
 * @param census    a census; may be added to afterwards
 * @param[out] out  the rows; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_census_table(const envcrypt_census *census, envcrypt_table **out,
                                       envcrypt_error **err);

/**
 * What would be lost if a key went: a row for each key, with the objects of all resources that
 * nothing else opens, most objects first. The columns are those of envcrypt_census_table()
 * without `resource`; identity, which needs no key, and what is damaged, which no key opens,
 * have no rows. A plugin of kms v1 does not say under which key it wrapped, so all of its
 * objects stand in one row.
 * @param census    a census; may be added to afterwards
 * @param[out] out  the rows; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_census_keys(const envcrypt_census *census, envcrypt_table **out,
                                      envcrypt_error **err);

#ifdef __cplusplus
}
#endif

#endif
