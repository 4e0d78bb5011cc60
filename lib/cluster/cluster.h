/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster at its provider, or the place where a provider's clusters are: a public
 * envcrypt_cluster. Counted; immutable after open; any number of threads.
 *
 *     eks://REGION/NAME    iks://NAME-OR-ID    ack://REGION/ID
 *     eks://REGION         iks://              ack://REGION      all clusters there
 *     eks://               (the Region of options, else the configured one)
 *     eks:///NAME          same, one cluster
 *     eks://REGION,REGION  all clusters of several Regions
 */
#ifndef EVC_CLUSTER_CLUSTER_H
#define EVC_CLUSTER_CLUSTER_H

#include <stdatomic.h>

#include "cluster/driver.h"

struct envcrypt_cluster {
    atomic_size_t refs;
    uint64_t generation;
    evc_crypto *crypto; /* references are held */
    evc_net *net;
    evc_kube *kube; /* that the caller gave; NULL = as the cloud tells */
    const evc_cluster_driver *driver;
    void *state; /* the driver's */
    char *uri;   /* complete: with the Region that options or environment gave */
    char *
        regions; /* with commas; "" until the driver found the configured one, and where
                      the provider has none */
    char *name;  /* or id; "" = it is a place */
    evc_kv options;
};

/*
 * drivers: NULL-ended, of lib/api. Reads environment and files; sends nothing but what a
 * Region of the instance metadata takes. URI (the message shows the forms), UNKNOWN_OPTION,
 * ARGUMENT, REGION, ENDPOINT, NO_CREDENTIALS and BAD_CREDENTIALS of the chain, NOMEM.
 */
int evc_cluster_open(evc_crypto *crypto, evc_net *net,
                     const evc_cluster_driver *const *drivers, const char *uri,
                     const struct envcrypt_cluster_config *config, evc_wait *wait,
                     evc_cluster **out, evc_error **err) EVC_MUST_CHECK;
evc_cluster *evc_cluster_ref(evc_cluster *cluster);
void evc_cluster_unref(evc_cluster *cluster); /* NULL is fine; legal in a child */
int evc_cluster_begin(const evc_cluster *cluster,
                      evc_error **err) EVC_MUST_CHECK; /* 0, FORKED */
/* Of a place: ARGUMENT, which says that a cluster must be named. */
int evc_cluster_is_one(const evc_cluster *cluster, evc_error **err) EVC_MUST_CHECK;
/* Of a change with options that its provider does not take: ARGUMENT. NULL is fine. */
int evc_cluster_check_change(const evc_cluster *cluster,
                             const evc_cluster_change *change,
                             evc_error **err) EVC_MUST_CHECK;

const evc_clock *evc_cluster_clock(const evc_cluster *cluster);

#endif
