/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/cluster.h"

#include <string.h>

#include "base/encode.h"
#include "base/fork.h"
#include "base/mem.h"
#include "base/text.h"
#include "kms/uri.h"

#define FORMS                                                                     \
    "the forms are eks://REGION/NAME, iks://NAME-OR-ID and ack://REGION/ID, and " \
    "without the name for all clusters of a place"

/* --- the URI --- */

static int
refuse(const char *uri, const char *why, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(uri), shown);
    return evc_err(err, ENVCRYPT_E_URI, "\"%s\" names no cluster: %s; " FORMS, shown,
                   why);
}

static const evc_cluster_driver *
find_driver(const evc_cluster_driver *const *drivers, const char *scheme)
{
    for (; *drivers; drivers++) {
        if (strcmp((*drivers)->scheme, scheme) == 0)
            return *drivers;
    }
    return NULL;
}

/* Of SCHEME://NAME-OR-ID. */
static int
take_global(evc_cluster *cluster, const evc_uri *uri, evc_error **err)
{
    int rc;

    if (uri->path[0] && strcmp(uri->path, "/") != 0)
        return refuse(cluster->uri, "these clusters have no Region, only a name or id",
                      err);
    rc = evc_text_set(&cluster->regions, "", err);
    return rc == 0 ? evc_text_set(&cluster->name, uri->authority, err) : rc;
}

/* Of SCHEME://REGION,REGION/NAME. */
static int
take_regional(evc_cluster *cluster, const evc_uri *uri, evc_error **err)
{
    const char *name = uri->path[0] == '/' ? &uri->path[1] : "";
    int rc;

    if (strchr(name, '/'))
        return refuse(cluster->uri, "a name has no slash in it", err);
    if (name[0] && strchr(uri->authority, ','))
        return refuse(cluster->uri, "one cluster is in one Region", err);
    rc = evc_text_set(&cluster->regions, uri->authority, err);
    return rc == 0 ? evc_text_set(&cluster->name, name, err) : rc;
}

static int
take_uri(evc_cluster *cluster, const evc_cluster_driver *const *drivers,
         const char *text, evc_error **err)
{
    evc_uri uri;
    int rc = evc_text_set(&cluster->uri, text, err);

    if (rc == 0)
        rc = evc_uri_parse(text, &uri, err);
    if (rc)
        return rc;
    cluster->driver = find_driver(drivers, uri.scheme);
    if (!cluster->driver)
        rc = refuse(text, "its scheme is none of a provider of clusters", err);
    else if (uri.fragment || uri.query.count > 0)
        rc = refuse(text, "it has options or a fragment, which are given apart", err);
    else if (cluster->driver->abilities & EVC_CLUSTER_GLOBAL)
        rc = take_global(cluster, &uri, err);
    else
        rc = take_regional(cluster, &uri, err);
    evc_uri_reset(&uri);
    return rc;
}

/* --- Regions --- */

static int
refuse_regions(const evc_cluster *cluster, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_ARGUMENT, "%s cannot be opened: %s", cluster->uri,
                   why);
}

/* Options region and regions stand for what the URI leaves open. */
static int
take_regions(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
             evc_error **err)
{
    const char *one = evc_cluster_option(config, "region");
    const char *many = evc_cluster_option(config, "regions");
    const char *given = many ? many : one;

    if (!given)
        return 0;
    if (cluster->driver->abilities & EVC_CLUSTER_GLOBAL)
        return refuse_regions(cluster,
                              "these clusters are found without a Region; "
                              "leave the option out",
                              err);
    if (one && many)
        return refuse_regions(cluster, "region and regions were both given", err);
    if (cluster->name[0] && strchr(given, ','))
        return refuse_regions(cluster, "one cluster is in one Region", err);
    if (cluster->regions[0] && strcmp(cluster->regions, given) != 0)
        return refuse_regions(cluster, "its URI has another Region than the options",
                              err);
    return evc_text_set(&cluster->regions, given, err);
}

/* As it can be opened again, whatever environment and options say then: with the Region that
 * the driver found. */
static int
complete_uri(evc_cluster *cluster, evc_error **err)
{
    evc_buf text;

    if (cluster->driver->abilities & EVC_CLUSTER_GLOBAL)
        return 0;
    evc_buf_init(&text);
    evc_buf_put_format(&text, "%s://%s%s%s", cluster->driver->scheme, cluster->regions,
                       cluster->name[0] ? "/" : "", cluster->name);
    return evc_text_take(&cluster->uri, &text, err);
}

/* --- open --- */

/* The API server that the caller wants instead of the one that the cloud tells. */
static int
open_kube(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
          evc_error **err)
{
    const char *allow = evc_cluster_option(config, "allow-exec");
    const evc_kube_options options = {
        .kubeconfig = evc_cluster_option(config, "kubeconfig"),
        .context = evc_cluster_option(config, "context"),
        .allow_exec = allow && strcmp(allow, "true") == 0,
    };

    if (config && config->kube) {
        cluster->kube = evc_kube_ref(config->kube);
        return 0;
    }
    if (!options.kubeconfig && !options.context)
        return 0;
    return evc_kube_open(cluster->crypto, cluster->net, &options, &cluster->kube, err);
}

static int
set_up(evc_cluster *cluster, const evc_cluster_driver *const *drivers, const char *uri,
       const struct envcrypt_cluster_config *config, evc_error **err)
{
    int rc = take_uri(cluster, drivers, uri, err);

    if (rc == 0 && config)
        rc = evc_cluster_options_check(&config->options, cluster->driver->options,
                                       cluster->driver->title, err);
    if (rc == 0)
        rc = take_regions(cluster, config, err);
    if (rc == 0 && config)
        rc = evc_kv_copy(&cluster->options, &config->options, err);
    return rc == 0 ? open_kube(cluster, config, err) : rc;
}

int
evc_cluster_open(evc_crypto *crypto, evc_net *net,
                 const evc_cluster_driver *const *drivers, const char *uri,
                 const struct envcrypt_cluster_config *config, evc_wait *wait,
                 evc_cluster **out, evc_error **err)
{
    evc_cluster *cluster = evc_mem_new(sizeof(*cluster));
    int rc;

    *out = NULL;
    if (!cluster)
        return evc_err_nomem(err);
    atomic_init(&cluster->refs, 1);
    cluster->generation = evc_crypto_env(crypto)->generation;
    cluster->crypto = evc_crypto_ref(crypto);
    cluster->net = evc_net_ref(net);
    evc_kv_init(&cluster->options);
    rc = set_up(cluster, drivers, uri, config, err);
    if (rc == 0)
        rc = cluster->driver->open(cluster, config, wait, err);
    if (rc == 0)
        rc = complete_uri(cluster, err);
    if (rc) {
        evc_cluster_unref(cluster);
        return rc;
    }
    *out = cluster;
    return 0;
}

evc_cluster *
evc_cluster_ref(evc_cluster *cluster)
{
    atomic_fetch_add_explicit(&cluster->refs, 1, memory_order_relaxed);
    return cluster;
}

void
evc_cluster_unref(evc_cluster *cluster)
{
    if (!cluster ||
        atomic_fetch_sub_explicit(&cluster->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (cluster->state)
        cluster->driver->close(cluster->state);
    evc_kube_unref(cluster->kube);
    evc_kv_reset(&cluster->options);
    evc_mem_free(cluster->uri);
    evc_mem_free(cluster->regions);
    evc_mem_free(cluster->name);
    evc_net_unref(cluster->net);
    evc_crypto_unref(cluster->crypto);
    evc_mem_free(cluster);
}

int
evc_cluster_begin(const evc_cluster *cluster, evc_error **err)
{
    return evc_fork_check(cluster->generation, "cluster", err);
}

int
evc_cluster_is_one(const evc_cluster *cluster, evc_error **err)
{
    if (cluster->name[0])
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "%s is a place with clusters, and this is about one: name it as in "
                   "%s",
                   cluster->uri,
                   cluster->driver->abilities & EVC_CLUSTER_GLOBAL
                       ? "iks://NAME-OR-ID"
                       : "eks://REGION/NAME or ack://REGION/ID");
}

int
evc_cluster_check_change(const evc_cluster *cluster, const evc_cluster_change *change,
                         evc_error **err)
{
    return change
               ? evc_cluster_options_check(&change->options, cluster->driver->changes,
                                           cluster->driver->title, err)
               : 0;
}

const evc_clock *
evc_cluster_clock(const evc_cluster *cluster)
{
    return &evc_crypto_env(cluster->crypto)->clock;
}
