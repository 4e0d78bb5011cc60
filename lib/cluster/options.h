/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two sets of options of a cluster, by name: how cloud and API server are reached (a
 * public envcrypt_cluster_config), and what is to be done (a public envcrypt_cluster_change).
 * Which of them a provider takes stands in its driver; a name that it does not take is
 * refused at open, or when the change is used. One thread.
 *
 * Every provider takes, and no driver lists: region and regions (unless it is global),
 * endpoint-url, kms-endpoint, kubeconfig, context, allow-exec, state-dir and rescue-dir ("" = none); key,
 * confirm, override, encrypt-existing-secrets, wait, timeout-ms, update-id, and all that begin
 * with "secrets-". A new name is a line of options.c.
 */
#ifndef EVC_CLUSTER_OPTIONS_H
#define EVC_CLUSTER_OPTIONS_H

#include <stdbool.h>

#include "base/kv.h"
#include "envcrypt/cluster.h"
#include "k8s/kube.h"
#include "k8s/reencrypt_options.h"

struct envcrypt_cluster_config {
    evc_kv options;
    struct envcrypt_credentials *credentials; /* a reference is held; NULL = the chain
                                                 of the provider */
    evc_kube *kube;                           /* same; NULL = as the cloud tells */
};

typedef struct envcrypt_cluster_change {
    evc_kv options;
    evc_reencrypt_options secrets; /* options that begin "secrets-" go here */
} evc_cluster_change;

void evc_cluster_config_init(struct envcrypt_cluster_config *config);
void evc_cluster_config_reset(
    struct envcrypt_cluster_config *config); /* gives references back */
void evc_cluster_change_init(evc_cluster_change *change);
void evc_cluster_change_reset(evc_cluster_change *change);

/*
 * The text of an option; NULL = not given. A config or change NULL has none.
 */
const char *evc_cluster_option(const struct envcrypt_cluster_config *config,
                               const char *name);
const char *evc_cluster_change_text(const evc_cluster_change *change, const char *name);
/* Options that are "yes" or "no", which setting has checked. */
bool evc_cluster_change_flag(const evc_cluster_change *change, const char *name,
                             bool otherwise);

/* Options that are numbers, which setting has checked. */
int64_t evc_cluster_change_number(const evc_cluster_change *change, const char *name,
                                  int64_t otherwise);

/*
 * value NULL = takes it back. UNKNOWN_OPTION (one that no provider has; the message names
 * the nearest), ARGUMENT (a value that cannot be), NOMEM. After a failure nothing changed.
 */
int evc_cluster_option_set(struct envcrypt_cluster_config *config, const char *name,
                           const char *value, evc_error **err) EVC_MUST_CHECK;
int evc_cluster_change_set(evc_cluster_change *change, const char *name,
                           const char *value, evc_error **err) EVC_MUST_CHECK;

/* Of names that neither every provider nor this one takes: ARGUMENT, which names provider
 * and option. taken may be NULL. */
int evc_cluster_options_check(const evc_kv *given, const char *const *taken,
                              const char *provider, evc_error **err) EVC_MUST_CHECK;

/* Whether an option of words with commas between has that one. */
bool evc_cluster_change_lists(const evc_cluster_change *change, const char *name,
                              const char *word);
/* Same, of "override" ("hpcs", "rotation"). */
bool evc_cluster_change_overrides(const evc_cluster_change *change, const char *word);

/* Whether it names a key. */
bool evc_cluster_change_names_key(const evc_cluster_change *change);

#endif
