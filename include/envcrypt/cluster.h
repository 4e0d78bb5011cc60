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
    ENVCRYPT_CLUSTER_PHASE_ENDED = 7, /**< also when it failed */
    ENVCRYPT_CLUSTER_PHASE_KEY_DISABLED = 8 /**< a destructive proof disables the key: nothing is
                                                 heard of it until that is enabled again */
};

/**
 * Hears how far it is: at each new phase, after each look at a change that is under way, and as
 * often as envcrypt_reencrypt_fn while Secrets are stored anew; on the thread of the call. It may
 * call the getters of the report, and nothing else of it. It holds the work up until it returns.
 * While a destructive proof has the key disabled it is not called, so that nothing that it does
 * keeps the key from being enabled in time: ENVCRYPT_CLUSTER_PHASE_KEY_DISABLED is the last that
 * it hears before. The log function of the client may be called then, and must not block.
 * @param user    as given
 * @param so_far  the report as it is now; not to be kept
 * @return 0; anything else cancels, as envcrypt_wait_cancel() does
 */
typedef int32_t (*envcrypt_cluster_fn)(void *user, const envcrypt_cluster_report *so_far);

/** What is done to a cluster. */
enum envcrypt_cluster_verb {
    ENVCRYPT_CLUSTER_VERB_CREATE = 1, /**< a new cluster with encryption from the start */
    ENVCRYPT_CLUSTER_VERB_ENABLE = 2, /**< encryption under a key is switched on */
    ENVCRYPT_CLUSTER_VERB_ROTATE = 3, /**< to the key of the change; without one, in place */
    ENVCRYPT_CLUSTER_VERB_DISABLE = 4, /**< encryption is switched off, where that can be */
    ENVCRYPT_CLUSTER_VERB_REENCRYPT = 5, /**< Secrets are stored anew */
    ENVCRYPT_CLUSTER_VERB_VERIFY = 6 /**< what is proven is gathered */
};

/* ------------------------------------------------------------------------------------------- */
/* How a cluster is reached                                                                    */
/* ------------------------------------------------------------------------------------------- */

/**
 * Makes settings. Without any option, credentials are those of the provider's chain, and the API
 * server is the one that the cloud leads to.
 * @param[out] out  the config; freed by envcrypt_cluster_config_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_config_new(envcrypt_cluster_config **out, envcrypt_error **err);

/**
 * Frees settings. What was opened with them is not touched.
 * @param config  a config, or NULL
 */
ENVCRYPT_API void envcrypt_cluster_config_free(envcrypt_cluster_config *config);

/**
 * Sets an option by name. All providers have these:
 *
 * | option | value |
 * |---|---|
 * | `region`, `regions` | where the URI leaves it open: one Region; several with commas between, for lists (EKS, ACK) |
 * | `endpoint-url` | the provider's cluster service, in the place of the one of the Region |
 * | `kms-endpoint` | its key service, same |
 * | `kubeconfig`, `context` | the API server, in the place of the one that the cloud leads to; refused when it is another cluster's |
 * | `allow-exec` | `true`: the program that the kubeconfig names for credentials may be run |
 * | `state-dir` | folder for what a change that is under way needs so that another process goes on with it, for the journal and the report (format.md); it is made when it is missing. Without it nothing is kept |
 * | `rescue-dir` | folder for the record of a key that a destructive proof disables, in the place of `state-dir`: the one that envcrypt_cluster_recover() is asked for first of all |
 *
 * And some have those of their credentials and connections, as envcrypt_kms_config_set() names
 * them: `profile`, `fips`, `dual-stack`, `vpc`, `private`, `iam-url`, `resource-controller`,
 * `profile-id`, `ca-file`, `proxy`, `connect-timeout-ms` …; `key-region` (EKS: the Region where
 * neither URI, options, environment nor profile name one), `resource-group` (IBM),
 * `sts-endpoint`, `iam-endpoint`, `ram-endpoint`, `actiontrail-endpoint`. One that the provider
 * does not take is refused when the cluster is opened.
 *
 * @param config  a config
 * @param name    the option
 * @param value   its value; NULL takes the option back
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_UNKNOWN_OPTION (the message names the nearest), ENVCRYPT_E_ARGUMENT (also:
 *         a value that the option cannot have), ENVCRYPT_E_NOMEM, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_config_set(envcrypt_cluster_config *config, const char *name,
                                             const char *value, envcrypt_error **err);

/**
 * Gives credentials, in the place of the provider's chain.
 * @param config       a config
 * @param credentials  of the provider; a reference is taken. NULL takes them back
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_config_set_credentials(envcrypt_cluster_config *config,
                                                         envcrypt_credentials *credentials,
                                                         envcrypt_error **err);

/**
 * Gives the API server, in the place of the one that the cloud leads to.
 * @param config    a config
 * @param kube      the server; a reference is taken. NULL takes it back
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_config_set_kube(envcrypt_cluster_config *config,
                                                  envcrypt_kube *kube, envcrypt_error **err);

/**
 * Opens a cluster, or a place with clusters. Reads environment and files; asks nobody but for
 * what the Region of instance metadata takes.
 * @param client    the client; it may be closed before the cluster
 * @param uri       `eks://REGION/NAME`, `iks://NAME-OR-ID`, `ack://REGION/ID`; without the name for
 *                  all clusters of a place, with `eks://REGION,REGION` for those of several; `eks://`
 *                  and `eks:///NAME` take the Region of options, environment and profile
 * @param config    settings; NULL = the defaults
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the cluster; given back by envcrypt_cluster_unref()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_URI, ENVCRYPT_E_ARGUMENT (also: an option that the provider does not
 *         take), ENVCRYPT_E_REGION, ENVCRYPT_E_ENDPOINT, ENVCRYPT_E_NO_CREDENTIALS,
 *         ENVCRYPT_E_BAD_CREDENTIALS, ENVCRYPT_E_KUBECONFIG, ENVCRYPT_E_YAML, ENVCRYPT_E_KUBE_EXEC,
 *         ENVCRYPT_E_KUBE_INSECURE, ENVCRYPT_E_FILE_NOT_FOUND, ENVCRYPT_E_FILE_DENIED,
 *         ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_open(envcrypt_client *client, const char *uri,
                                       const envcrypt_cluster_config *config, envcrypt_wait *wait,
                                       envcrypt_cluster **out, envcrypt_error **err);

/**
 * Takes a reference.
 * @param cluster  a cluster, or NULL
 * @return the same
 */
ENVCRYPT_API envcrypt_cluster *envcrypt_cluster_ref(envcrypt_cluster *cluster);

/**
 * Gives a reference back; the last one closes.
 * @param cluster  a cluster, or NULL
 */
ENVCRYPT_API void envcrypt_cluster_unref(envcrypt_cluster *cluster);

/**
 * Its URI, complete: also with the Region that options, environment or profile gave, so that it
 * names the same cluster wherever it is opened.
 * @param cluster  a cluster, or NULL
 * @return a text that lives as long as the cluster; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_cluster_uri(const envcrypt_cluster *cluster);

/**
 * Its provider.
 * @param cluster  a cluster, or NULL
 * @return "Amazon EKS", "IBM Cloud Kubernetes Service" or "Alibaba ACK"; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_cluster_provider(const envcrypt_cluster *cluster);

/**
 * Its name or id, which confirms a change.
 * @param cluster  a cluster, or NULL
 * @return a text that lives as long as the cluster; "" for a place, NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_cluster_name(const envcrypt_cluster *cluster);

/* ------------------------------------------------------------------------------------------- */
/* What is wanted                                                                              */
/* ------------------------------------------------------------------------------------------- */

/**
 * Makes a change without any option.
 * @param[out] out  the change; freed by envcrypt_cluster_change_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_change_new(envcrypt_cluster_change **out, envcrypt_error **err);

/**
 * Frees a change.
 * @param change  a change, or NULL
 */
ENVCRYPT_API void envcrypt_cluster_change_free(envcrypt_cluster_change *change);

/**
 * Sets an option by name. For all providers:
 *
 * | option | value |
 * |---|---|
 * | `key` | the key: its URI, ARN, CRN, id or alias |
 * | `confirm` | the name of the cluster, which confirms what cannot be undone (envcrypt_cluster_name()); for keys what envcrypt_cluster_key_users() has in its column `confirm`, of all clusters that use one, with commas |
 * | `encrypt-existing-secrets` | `no`: Secrets that exist stay as they are stored; default `yes` |
 * | `wait` | `no`: returns when the provider accepted the change; default `yes` |
 * | `timeout-ms` | how long it is waited for, up to a day; default: as long as the provider's own tools wait |
 * | `update-id` | the change that envcrypt_cluster_wait() waits for |
 * | `override` | words with commas between, for what is advised against; the refusal names its word |
 * | `secrets-…` | options of the re-encryption, as envcrypt_reencrypt_config_set() has them: `secrets-mode`, `secrets-journal` …; with those that leave some out (`secrets-namespaces` …) nothing is proven |
 *
 * For IBM: `instance-id`, `crk`, `kms-account-id`, `public-endpoint` (`yes`), `destructive`. For
 * deletion of a key: `pending-days`. For envcrypt_cluster_create(): `role-arn`, `subnets`,
 * `security-groups`, `kubernetes-version`, `public-access`, `private-access`,
 * `public-access-cidrs` (EKS), `vpc-id`, `pod-cidr`, `service-cidr` (ACK). One that the provider
 * does not take is refused when the change is used.
 *
 * @param change  a change
 * @param name    the option
 * @param value   its value; NULL takes the option back
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_UNKNOWN_OPTION (the message names the nearest), ENVCRYPT_E_ARGUMENT (also:
 *         a value that the option cannot have), ENVCRYPT_E_NOMEM, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_change_set(envcrypt_cluster_change *change, const char *name,
                                             const char *value, envcrypt_error **err);

/**
 * What an option of envcrypt_cluster_change_set() is set to, also by envcrypt_cluster_change_read():
 * the Region of a key, for one, is that of its cluster where nothing else tells one (`key-region` of
 * envcrypt_cluster_config_set()).
 * @param change  a change, or NULL
 * @param name    the option, or NULL; not one of `secrets-…`
 * @return a text that lives until the option is set again or the change is freed; NULL when it is not
 *         set, and for NULL
 */
ENVCRYPT_API const char *envcrypt_cluster_change_get(const envcrypt_cluster_change *change,
                                                     const char *name);

/**
 * Takes what a ClusterConfig of eksctl says of encryption: its key, and for a creation role,
 * subnets, security group, version and endpoints. Options that were set already stay. Parts that
 * have nothing to do with it, such as node groups, are passed over.
 * @param change    a change
 * @param text      the file's text, YAML
 * @param size      its bytes
 * @param creation  not 0: for envcrypt_cluster_create()
 * @param[out] uri     the cluster that it names, for envcrypt_cluster_open()
 * @param[out] undone  names of the parts that eksctl would make besides, with commas between, empty
 *                     for none; may be NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_CLUSTER_CONFIG, ENVCRYPT_E_YAML, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_change_read(envcrypt_cluster_change *change, const void *text,
                                              size_t size, int32_t creation, envcrypt_buffer **uri,
                                              envcrypt_buffer **undone, envcrypt_error **err);

/* ------------------------------------------------------------------------------------------- */
/* Looking                                                                                     */
/* ------------------------------------------------------------------------------------------- */

/**
 * Lists the clusters of a place: columns `name`, `region`, `status`, `encryption`, `key`,
 * `key-state`, `health`, `what-to-do`, `id` (ARN or id, which no other cluster has). A row without
 * a name says what could not be looked at.
 * @param place     a place, or a cluster for its place
 * @param uses_key  full id of a key: only clusters that use it, or that are being changed and may
 *                  come to; NULL = all
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] partial  1 when something could not be looked at, else 0; may be NULL
 * @param[out] out  the table; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_DENIED, ENVCRYPT_E_AUTH, the errors of the network, ENVCRYPT_E_CANCELED,
 *         ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_list(envcrypt_cluster *place, const char *uses_key,
                                       envcrypt_wait *wait, int32_t *partial, envcrypt_table **out,
                                       envcrypt_error **err);

/**
 * Lists the keys that could be used here: columns `id`, `aliases`, `arn`, `region`, `state`,
 * `usable`, `why-not`. An empty table means that a key must be made first.
 * @param place     a place or a cluster
 * @param change    names the instance (IBM); NULL = nothing
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the table; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_cluster_list()
 */
ENVCRYPT_API int envcrypt_cluster_keys(envcrypt_cluster *place,
                                       const envcrypt_cluster_change *change, envcrypt_wait *wait,
                                       envcrypt_table **out, envcrypt_error **err);

/**
 * Says which rights a verb takes, and whether the caller has them: columns `permission`, `on`,
 * `needed-for` (begins with `optional:` where a change goes on without it, and tells less), `has`
 * (`yes`, `no`, `unknown`), `detail`.
 * @param cluster   a cluster
 * @param verb      one of `ENVCRYPT_CLUSTER_VERB_…`
 * @param change    what is wanted; NULL = nothing
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the table; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_cluster_list()
 */
ENVCRYPT_API int envcrypt_cluster_permissions(envcrypt_cluster *cluster, int32_t verb,
                                              const envcrypt_cluster_change *change,
                                              envcrypt_wait *wait, envcrypt_table **out,
                                              envcrypt_error **err);

/**
 * Writes the minimal policy for a verb, as the provider takes it. Asks nobody.
 * @param cluster   a place or a cluster
 * @param verb      one of `ENVCRYPT_CLUSTER_VERB_…`
 * @param change    what is wanted; NULL = nothing
 * @param[out] out  the text; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_policy(envcrypt_cluster *cluster, int32_t verb,
                                         const envcrypt_cluster_change *change,
                                         envcrypt_buffer **out, envcrypt_error **err);

/**
 * Reads how the cluster stands (envcrypt_cluster_report_standing()), and which change of the state
 * folder was the latest. Changes nothing.
 * @param cluster   a cluster
 * @param change    names the wanted key; NULL = any of one's own
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, of a failed look too once it was past its arguments; freed by
 *                  envcrypt_cluster_report_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_CLUSTER_NOT_FOUND, ENVCRYPT_E_CLUSTER_STATE, ENVCRYPT_E_KEY_NOT_FOUND, and
 *         as envcrypt_cluster_list()
 */
ENVCRYPT_API int envcrypt_cluster_status(envcrypt_cluster *cluster,
                                         const envcrypt_cluster_change *change, envcrypt_wait *wait,
                                         envcrypt_cluster_report **out, envcrypt_error **err);

/**
 * Makes every check of a verb (table `checks` of the report: columns `check`, `result`, `rule`,
 * `detail`, `error`), of the cluster, the key and the API server. Changes nothing.
 * @param cluster   a cluster
 * @param verb      one of `ENVCRYPT_CLUSTER_VERB_…`
 * @param change    what is wanted; NULL = nothing
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, as of envcrypt_cluster_status()
 * @param[out] err  the error, or NULL
 * @return 0 also when checks refuse; as envcrypt_cluster_status()
 */
ENVCRYPT_API int envcrypt_cluster_preflight(envcrypt_cluster *cluster, int32_t verb,
                                            const envcrypt_cluster_change *change,
                                            envcrypt_wait *wait, envcrypt_cluster_report **out,
                                            envcrypt_error **err);

/**
 * Same, and which steps would follow (table `steps`: columns `step`, `request`, `effect`,
 * `warning`); counts Secrets. Changes nothing.
 * @param cluster   a cluster
 * @param verb      one of `ENVCRYPT_CLUSTER_VERB_…`
 * @param change    what is wanted; NULL = nothing
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, as of envcrypt_cluster_status()
 * @param[out] err  the error, or NULL
 * @return 0 also when checks refuse; as envcrypt_cluster_status()
 */
ENVCRYPT_API int envcrypt_cluster_plan(envcrypt_cluster *cluster, int32_t verb,
                                       const envcrypt_cluster_change *change, envcrypt_wait *wait,
                                       envcrypt_cluster_report **out, envcrypt_error **err);

/**
 * Gives the report of the latest change or proof that was made from here, of the folder `state-dir`;
 * what was refused or not confirmed leaves none.
 * @param cluster   a cluster
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  JSON, as of envcrypt_cluster_report_to_json(); freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_FILE_NOT_FOUND (nothing was done yet, or nothing is kept), and as
 *         envcrypt_cluster_status()
 */
ENVCRYPT_API int envcrypt_cluster_latest_report(envcrypt_cluster *cluster, envcrypt_wait *wait,
                                                envcrypt_buffer **out, envcrypt_error **err);

/* ------------------------------------------------------------------------------------------- */
/* Changing                                                                                    */
/* ------------------------------------------------------------------------------------------- */

/**
 * Takes a cluster from whatever stands to "encrypted under this key, existing Secrets stored anew,
 * proven": reads, checks everything that can be known before, sends the change once, waits, has
 * Secrets stored anew unless the provider does it itself, and gathers what is proven
 * (envcrypt_cluster_report_outcome()). A proof that waits for nothing but an audit trail that lags
 * (ACK) is waited for up to ten minutes, unless less is left of `wait`. What is as wanted already is
 * not changed again, and a change that another process or tool began is gone on with.
 *
 * Killed or cancelled at any point, the same call goes on where it was, by the folder `state-dir`
 * of the config, and sends no second change.
 *
 * @param cluster   a cluster
 * @param change    what is wanted: at least `key`, and `confirm`
 * @param progress  hears how far it is; NULL = nobody
 * @param user      given to progress; moves to the library with this call, also when it fails
 * @param destroy   ends user's life, within this call; may be NULL
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, of a failed call too once it was past its arguments; freed by
 *                  envcrypt_cluster_report_free()
 * @param[out] err  the error, or NULL
 * @return 0; what the first check that refuses says: ENVCRYPT_E_CLUSTER_CANNOT,
 *         ENVCRYPT_E_CLUSTER_KIND, ENVCRYPT_E_CLUSTER_BUSY, ENVCRYPT_E_CLUSTER_OTHER,
 *         ENVCRYPT_E_CLUSTER_ACCESS, ENVCRYPT_E_CLUSTER_TOO_EARLY, ENVCRYPT_E_CLUSTER_OVERRIDE,
 *         ENVCRYPT_E_KEY_REGION, ENVCRYPT_E_KEY_FORMER, ENVCRYPT_E_KEY_DISABLED,
 *         ENVCRYPT_E_KUBE_PREFLIGHT …; ENVCRYPT_E_CONFIRMATION (nothing was sent; the report has the
 *         steps), ENVCRYPT_E_CLUSTER_FAILED (the provider did not bring it to its end),
 *         ENVCRYPT_E_FILE_BUSY (another process works on this cluster), ENVCRYPT_E_TIMEOUT and
 *         ENVCRYPT_E_CANCELED (the change goes on at the provider;
 *         envcrypt_cluster_report_next() says how to go on), and as envcrypt_cluster_status() and
 *         envcrypt_reencrypt_run()
 */
ENVCRYPT_API int envcrypt_cluster_enable(envcrypt_cluster *cluster,
                                         const envcrypt_cluster_change *change,
                                         envcrypt_cluster_fn progress, void *user,
                                         envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                                         envcrypt_cluster_report **out, envcrypt_error **err);

/**
 * Rotates: with a key in the change to that key, without one in place. In place needs no `confirm`;
 * the name of another cluster refuses it.
 * @param cluster   a cluster
 * @param change    as of envcrypt_cluster_enable(); NULL = in place
 * @param progress  hears how far it is; NULL = nobody
 * @param user      given to progress; moves to the library with this call, also when it fails
 * @param destroy   ends user's life, within this call; may be NULL
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, as of envcrypt_cluster_enable()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_cluster_enable()
 */
ENVCRYPT_API int envcrypt_cluster_rotate(envcrypt_cluster *cluster,
                                         const envcrypt_cluster_change *change,
                                         envcrypt_cluster_fn progress, void *user,
                                         envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                                         envcrypt_cluster_report **out, envcrypt_error **err);

/**
 * Switches encryption off, where the provider can, and has Secrets stored anew without it.
 * @param cluster   a cluster
 * @param change    at least `confirm`
 * @param progress  hears how far it is; NULL = nobody
 * @param user      given to progress; moves to the library with this call, also when it fails
 * @param destroy   ends user's life, within this call; may be NULL
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, as of envcrypt_cluster_enable()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_cluster_enable()
 */
ENVCRYPT_API int envcrypt_cluster_disable(envcrypt_cluster *cluster,
                                          const envcrypt_cluster_change *change,
                                          envcrypt_cluster_fn progress, void *user,
                                          envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                                          envcrypt_cluster_report **out, envcrypt_error **err);

/**
 * Makes a cluster with encryption from the start, where the provider can; without nodes.
 * @param cluster   the cluster that is to be, by its name
 * @param change    at least `key`, `confirm`, and what the provider needs for a cluster
 * @param progress  hears how far it is; NULL = nobody
 * @param user      given to progress; moves to the library with this call, also when it fails
 * @param destroy   ends user's life, within this call; may be NULL
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, as of envcrypt_cluster_enable()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_cluster_enable()
 */
ENVCRYPT_API int envcrypt_cluster_create(envcrypt_cluster *cluster,
                                         const envcrypt_cluster_change *change,
                                         envcrypt_cluster_fn progress, void *user,
                                         envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                                         envcrypt_cluster_report **out, envcrypt_error **err);

/**
 * Waits for the change that the folder `state-dir` tells of, or for the one of the option
 * `update-id`, and does no more than that. Where it tells of none that is not over, and the cluster
 * is being changed, it waits until that ends.
 * @param cluster   a cluster
 * @param change    `update-id`, `timeout-ms`; NULL = nothing
 * @param progress  hears how far it is; NULL = nobody
 * @param user      given to progress; moves to the library with this call, also when it fails
 * @param destroy   ends user's life, within this call; may be NULL
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, as of envcrypt_cluster_enable()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT (also: there is nothing to wait for), ENVCRYPT_E_CLUSTER_BUSY (it is
 *         not known whether its request was heard; the call that sent it finds out), and as
 *         envcrypt_cluster_enable()
 */
ENVCRYPT_API int envcrypt_cluster_wait(envcrypt_cluster *cluster,
                                       const envcrypt_cluster_change *change,
                                       envcrypt_cluster_fn progress, void *user,
                                       envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                                       envcrypt_cluster_report **out, envcrypt_error **err);

/**
 * Has Secrets stored anew under the cluster's key, as envcrypt_reencrypt_run() does, with the time
 * of the change and the journal of the folder `state-dir`.
 * @param cluster   a cluster
 * @param change    `secrets-…`; NULL = nothing
 * @param progress  hears how far it is; NULL = nobody
 * @param user      given to progress; moves to the library with this call, also when it fails
 * @param destroy   ends user's life, within this call; may be NULL
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, as of envcrypt_cluster_enable()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_CLUSTER_CANNOT (the provider does it itself), and as
 *         envcrypt_cluster_enable()
 */
ENVCRYPT_API int envcrypt_cluster_reencrypt(envcrypt_cluster *cluster,
                                            const envcrypt_cluster_change *change,
                                            envcrypt_cluster_fn progress, void *user,
                                            envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                                            envcrypt_cluster_report **out, envcrypt_error **err);

/**
 * Says what is proven: by the provider's evidence (table `evidence`: columns `fact`, `result`,
 * `detail`), and by the Secrets, as envcrypt_reencrypt_verify() does. Of a provider that stores
 * Secrets anew itself, nothing is sent to the API server unless stored values are read.
 * @param cluster   a cluster
 * @param change    names the wanted key; NULL = the cluster's
 * @param etcd      where stored values are read; NULL = they cannot be
 * @param progress  hears how far it is; NULL = nobody
 * @param user      given to progress; moves to the library with this call, also when it fails
 * @param destroy   ends user's life, within this call; may be NULL
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the report, as of envcrypt_cluster_enable()
 * @param[out] err  the error, or NULL
 * @return 0 whatever the outcome; as envcrypt_cluster_enable()
 */
ENVCRYPT_API int envcrypt_cluster_verify(envcrypt_cluster *cluster,
                                         const envcrypt_cluster_change *change,
                                         struct envcrypt_etcd *etcd, envcrypt_cluster_fn progress,
                                         void *user, envcrypt_destroy_fn destroy,
                                         envcrypt_wait *wait, envcrypt_cluster_report **out,
                                         envcrypt_error **err);

/* ------------------------------------------------------------------------------------------- */
/* Keys that clusters need                                                                     */
/* ------------------------------------------------------------------------------------------- */

/**
 * Looks up which clusters use a key: columns as of envcrypt_cluster_list(), and `confirm`: what the
 * option `confirm` must have for the row. That is the name; `REGION/NAME` or the id where several
 * clusters have the name; `unknown` for a row without a name, which says what could not be looked
 * at, and counts as a cluster that uses the key. So does one whose change of key is under way.
 * @param place     where the key's clusters can be
 * @param change    names the key (`key`)
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  the table; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_NOT_FOUND, and as envcrypt_cluster_list()
 */
ENVCRYPT_API int envcrypt_cluster_key_users(envcrypt_cluster *place,
                                            const envcrypt_cluster_change *change,
                                            envcrypt_wait *wait, envcrypt_table **out,
                                            envcrypt_error **err);

/**
 * Disables a key, unless clusters use it: then the option `confirm` must have what the column
 * `confirm` of envcrypt_cluster_key_users() has for all of them, with commas between. They are
 * looked up now, never remembered.
 * @param place       where the key's clusters can be
 * @param change      names the key (`key`), and `confirm`
 * @param wait        deadline and cancel; NULL = no deadline
 * @param[out] users  who uses it, also when this is refused; freed by envcrypt_table_free(). May be
 *                    NULL
 * @param[out] out    what the service says of the key then; freed by envcrypt_table_free()
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_IN_USE, ENVCRYPT_E_UNSUPPORTED (the library does not do that at this
 *         provider), and as envcrypt_cluster_key_users()
 */
ENVCRYPT_API int envcrypt_cluster_key_disable(envcrypt_cluster *place,
                                              const envcrypt_cluster_change *change,
                                              envcrypt_wait *wait, envcrypt_table **users,
                                              envcrypt_table **out, envcrypt_error **err);

/**
 * Enables a key that was disabled.
 * @param place     where the key's clusters can be
 * @param change    names the key (`key`)
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  what the service says of the key then; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_cluster_key_disable()
 */
ENVCRYPT_API int envcrypt_cluster_key_enable(envcrypt_cluster *place,
                                             const envcrypt_cluster_change *change,
                                             envcrypt_wait *wait, envcrypt_table **out,
                                             envcrypt_error **err);

/**
 * Has a key deleted after some days (`pending-days`), guarded as envcrypt_cluster_key_disable().
 * @param place       where the key's clusters can be
 * @param change      names the key (`key`), `confirm`, and `pending-days`
 * @param wait        deadline and cancel; NULL = no deadline
 * @param[out] users  who uses it, also when this is refused; freed by envcrypt_table_free(). May be
 *                    NULL
 * @param[out] out    what the service says of the key then; freed by envcrypt_table_free()
 * @param[out] err    the error, or NULL
 * @return as envcrypt_cluster_key_disable()
 */
ENVCRYPT_API int envcrypt_cluster_key_schedule_deletion(envcrypt_cluster *place,
                                                        const envcrypt_cluster_change *change,
                                                        envcrypt_wait *wait, envcrypt_table **users,
                                                        envcrypt_table **out, envcrypt_error **err);

/**
 * Keeps a key that was to be deleted.
 * @param place     where the key's clusters can be
 * @param change    names the key (`key`)
 * @param wait      deadline and cancel; NULL = no deadline
 * @param[out] out  what the service says of the key then; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_cluster_key_disable()
 */
ENVCRYPT_API int envcrypt_cluster_key_cancel_deletion(envcrypt_cluster *place,
                                                      const envcrypt_cluster_change *change,
                                                      envcrypt_wait *wait, envcrypt_table **out,
                                                      envcrypt_error **err);

/**
 * Enables keys that destructive proofs left disabled because they were killed: what a program
 * calls first, before anything else that has to do with clusters. The records of such keys are
 * looked for in the folders `rescue-dir` and `state-dir`; each says how its cloud is reached. A key
 * is enabled at the earliest 30 s after it was disabled, which is waited for, and trouble that
 * passes is waited out for some minutes; then its record is removed. One that a live process works
 * on is left alone. Without any record nothing is sent and nothing waited for.
 *
 * Columns of the table: `cluster` (its URI), `key`, `state`, `detail`, `file` (the record). States:
 * `enabled`; `disabled` (detail says why, and what a person does); `busy` (another process works on
 * it); `unreadable` (the record was damaged or is not ours; detail says why. Whether a key is
 * disabled is not known then).
 *
 * @param client    the client
 * @param config    the folders; of its other settings its credentials count, and the proxy where a
 *                  record has none, as one with a password is not written down
 * @param wait      deadline and cancel, which leave the rest for the next call; NULL = no deadline
 * @param[out] out  a row for each record, also after a failure; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return 0: no key is known to be disabled; else why the first that still is could not be enabled:
 *         ENVCRYPT_E_DENIED, ENVCRYPT_E_NO_CREDENTIALS, ENVCRYPT_E_AUTH, ENVCRYPT_E_KEY_NOT_FOUND,
 *         ENVCRYPT_E_KEY_DESTROYED, those of envcrypt_cluster_open(), of the network,
 *         ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT …; ENVCRYPT_E_FORKED, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_recover(envcrypt_client *client,
                                          const envcrypt_cluster_config *config,
                                          envcrypt_wait *wait, envcrypt_table **out,
                                          envcrypt_error **err);

/* ------------------------------------------------------------------------------------------- */
/* Reports                                                                                     */
/* ------------------------------------------------------------------------------------------- */

/**
 * Frees a report.
 * @param report  a report, or NULL
 */
ENVCRYPT_API void envcrypt_cluster_report_free(envcrypt_cluster_report *report);

/**
 * How the cluster stands.
 * @param report  a report, or NULL
 * @return one of `ENVCRYPT_CLUSTER_AS_WANTED` …; -1 for NULL, and when it was not read
 */
ENVCRYPT_API int32_t envcrypt_cluster_report_standing(const envcrypt_cluster_report *report);

/**
 * How far it is.
 * @param report  a report, or NULL
 * @return one of `ENVCRYPT_CLUSTER_PHASE_…`; 0 for NULL
 */
ENVCRYPT_API int32_t envcrypt_cluster_report_phase(const envcrypt_cluster_report *report);

/**
 * What is proven.
 * @param report  a report, or NULL
 * @return one of `ENVCRYPT_OUTCOME_…`; 0 for NULL, and when nothing was concluded
 */
ENVCRYPT_API int32_t envcrypt_cluster_report_outcome(const envcrypt_cluster_report *report);

/**
 * By what it is proven, or what is missing, or what speaks against it.
 * @param report  a report, or NULL
 * @return a sentence that lives as long as the report; empty for NULL, and when nothing was concluded
 */
ENVCRYPT_API const char *envcrypt_cluster_report_outcome_reason(
    const envcrypt_cluster_report *report);

/**
 * What a person does next.
 * @param report  a report, or NULL
 * @return a sentence that lives as long as the report; empty for nothing, and for NULL
 */
ENVCRYPT_API const char *envcrypt_cluster_report_next(const envcrypt_cluster_report *report);

/**
 * A remark.
 * @param report  a report, or NULL
 * @param index   from 0
 * @return a sentence that lives as long as the report; NULL past the last, and for NULL
 */
ENVCRYPT_API const char *envcrypt_cluster_report_note(const envcrypt_cluster_report *report,
                                                      size_t index);

/**
 * A text by name: of the cluster `name`, `id`, `region`, `account`, `version`, `kind`, `status`,
 * `key`, `key-given`, `server`, `ca`, `encryption`, `key-state`; of what was wanted `verb`,
 * `wanted-key`; of the provider's change `update-id`, `update-phase`, `update-key`, `token`,
 * `detail`, `request-id`, `adopted` (`yes`: somebody else began it) and `needless` (`yes`: nothing
 * was sent); and `provider`, `uri`, `standing`, `state-file`, `tool-version` (of the library that
 * made the report); and as words, as in JSON, `phase` and `outcome`.
 * @param report  a report, or NULL
 * @param name    the name, or NULL
 * @return a text that lives as long as the report; empty when it is not known, NULL for another
 *         name and for NULL
 */
ENVCRYPT_API const char *envcrypt_cluster_report_text(const envcrypt_cluster_report *report,
                                                      const char *name);

/**
 * A table by name: `checks`, `steps`, `evidence`, `issues` (columns `code`, `message`,
 * `what-to-do`, `about-key`), and `phases`: those that were gone through (columns `phase`, `began`,
 * and `ms`, how long, empty while it lasts).
 * @param report  a report, or NULL
 * @param name    the name, or NULL
 * @return a table that lives as long as the report and is not to be freed; NULL when there is none
 */
ENVCRYPT_API const envcrypt_table *envcrypt_cluster_report_table(
    const envcrypt_cluster_report *report, const char *name);

/**
 * What was done to Secrets, also while it is done.
 * @param report  a report, or NULL
 * @return a report that lives as long as this one and is not to be freed; NULL when nothing was
 */
ENVCRYPT_API const envcrypt_reencrypt_report *envcrypt_cluster_report_secrets(
    const envcrypt_cluster_report *report);

/**
 * When it began.
 * @param report  a report, or NULL
 * @return milliseconds since 1970, UTC; -1 for NULL
 */
ENVCRYPT_API int64_t envcrypt_cluster_report_began_ms(const envcrypt_cluster_report *report);

/**
 * When it ended.
 * @param report  a report, or NULL
 * @return milliseconds since 1970, UTC; -1 when it has not, and for NULL
 */
ENVCRYPT_API int64_t envcrypt_cluster_report_ended_ms(const envcrypt_cluster_report *report);

/**
 * When the change was sent to the provider.
 * @param report  a report, or NULL
 * @return milliseconds since 1970, UTC; -1 when none was, and for NULL
 */
ENVCRYPT_API int64_t envcrypt_cluster_report_sent_ms(const envcrypt_cluster_report *report);

/**
 * When the provider was seen to be done with it.
 * @param report  a report, or NULL
 * @return milliseconds since 1970, UTC; -1 when it was not, and for NULL
 */
ENVCRYPT_API int64_t envcrypt_cluster_report_done_ms(const envcrypt_cluster_report *report);

/**
 * Reads a report that was kept: a text of envcrypt_cluster_report_to_json(), or of
 * envcrypt_cluster_latest_report(). It has all of what that text has; members that are not known
 * are passed over.
 * @param text      JSON; any bytes
 * @param size      how many
 * @param[out] out  the report; freed by envcrypt_cluster_report_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_JSON (it is no report), ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_report_read(const void *text, size_t size,
                                              envcrypt_cluster_report **out, envcrypt_error **err);

/**
 * The whole, for programs and to be kept: one object of JSON with the library's version, ids,
 * times, checks, steps, evidence and what was done to Secrets. It has no secret in it.
 * @param report    a report
 * @param[out] out  the text; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOT_BUILT
 */
ENVCRYPT_API int envcrypt_cluster_report_to_json(const envcrypt_cluster_report *report,
                                                 envcrypt_buffer **out, envcrypt_error **err);

#ifdef __cplusplus
}
#endif

#endif
