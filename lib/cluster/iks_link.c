/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_link.h"

#include <string.h>

#include "base/mem.h"
#include "cloud/link.h"
#include "cluster/iks_errors.h"
#include "kms/uri.h"

#define API "https://containers.cloud.ibm.com/global"
#define IAM "https://iam.cloud.ibm.com"
#define PRIVATE_IAM "https://private.iam.cloud.ibm.com"

static const char *
option(const evc_kv *options, const char *name)
{
    return evc_kv_text(options, evc_view_text(name));
}

/* --- open and close --- */

/* A peer of the clusters' API or of IAM. */
static int
open_peer(evc_iks *iks, evc_net *net, const char *url, const evc_link *link,
          evc_peer **out, evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    int rc = evc_endpoint_open(url, link, &endpoint, err);

    if (!rc)
        rc = evc_ibm_peer_open(net, endpoint, "ibm-iks", iks->chain, evc_iks_classify,
                               out, err);
    evc_endpoint_unref(endpoint);
    return rc;
}

static bool
is_private(const evc_kv *options)
{
    const char *text = option(options, "private");

    return text && strcmp(text, "true") == 0;
}

static int
open_peers(evc_iks *iks, evc_net *net, const evc_kv *options, const evc_link *link,
           evc_error **err)
{
    const char *api = option(options, "endpoint-url");
    const char *iam = option(options, "iam-url");
    int rc;

    if (!iam)
        iam = is_private(options) ? PRIVATE_IAM : IAM;
    if (option(options, "iam-endpoint"))
        iam = option(options, "iam-endpoint");
    if (!api && is_private(options))
        return evc_err(err, ENVCRYPT_E_ENDPOINT,
                       "IBM Cloud Kubernetes Service has a private endpoint in each "
                       "Region; give it as the option endpoint-url: "
                       "https://private.REGION.containers.cloud.ibm.com/global");
    rc = open_peer(iks, net, api ? api : API, link, &iks->api, err);
    return rc ? rc : open_peer(iks, net, iam, link, &iks->iam, err);
}

/* Those of the caller, or the chain of environment and files. */
static int
open_chain(evc_iks *iks, const struct envcrypt_cluster_config *config, evc_error **err)
{
    if (!config || !config->credentials)
        return evc_ibm_chain_open(iks->config, &iks->chain, err);
    if (strcmp(evc_chain_provider(config->credentials), "ibm") != 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "these are credentials of \"%s\", which IBM Cloud Kubernetes "
                       "Service does not take; give some of \"ibm\"",
                       evc_chain_provider(config->credentials));
    iks->chain = evc_chain_ref(config->credentials);
    return 0;
}

/* The options that are the same for clusters and keys, borrowed from the cluster. */
static struct envcrypt_kms_config
shared_options(const evc_kv *options)
{
    return (struct envcrypt_kms_config){.options = *options};
}

int
evc_iks_open(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
             evc_wait *wait, evc_error **err)
{
    const evc_kv *options = &cluster->options;
    struct envcrypt_kms_config shared = shared_options(options);
    static const evc_uri none = {.scheme = NULL};
    evc_ibm_options ibm = {
        .iam_url = option(options, "iam-url"),
        .is_private = option(options, "private"),
        .profile_id = option(options, "profile-id"),
        .profile_name = option(options, "profile-name"),
        .profile_crn = option(options, "profile-crn"),
        .sources = option(options, "credentials"),
    };
    evc_iks *iks = evc_mem_new(sizeof(*iks));
    int rc;

    (void)wait; /* nothing is sent */
    if (!iks)
        return evc_err_nomem(err);
    cluster->state = iks;
    iks->group = option(options, "resource-group");
    rc = evc_link_of(&none, &shared, &ibm.link, err);
    if (!rc)
        rc = evc_ibm_config_open(cluster->net, &ibm, &iks->config, err);
    if (!rc)
        rc = open_chain(iks, config, err);
    if (!rc)
        rc = open_peers(iks, cluster->net, options, &ibm.link, err);
    return rc;
}

void
evc_iks_close(void *state)
{
    evc_iks *iks = state;

    if (!iks)
        return;
    evc_peer_unref(iks->api);
    evc_peer_unref(iks->iam);
    evc_chain_unref(iks->chain);
    evc_ibm_config_unref(iks->config);
    evc_mem_free(iks);
}

/* --- asking --- */

const char *
evc_iks_group_of(const evc_cluster *cluster)
{
    const evc_iks *iks = cluster->state;

    return iks->group;
}

evc_ibm_ask
evc_iks_ask(const evc_cluster *cluster, const evc_operation_kind *kind,
            const char *path)
{
    const evc_iks *iks = cluster->state;

    return (evc_ibm_ask){.kind = kind,
                         .peer = iks->api,
                         .subject =
                             cluster->name && cluster->name[0] ? cluster->name : NULL,
                         .method = "GET",
                         .base = "/v2",
                         .path = {path},
                         .group = iks->group};
}

int
evc_iks_ask_run(evc_ibm_ask *ask, evc_wait *wait, evc_error **err)
{
    int rc = evc_ibm_ask_run(ask, wait, err);

    if (!rc && !ask->doc)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "%s got an empty reply where one with content was due",
                     ask->kind->name);
    return rc;
}

/* --- keys --- */

/* A key service's own endpoint goes by the option kms-endpoint of a cluster. */
static int
key_options(const evc_kv *options, evc_kv *out, evc_error **err)
{
    static const char *const names[][2] = {
        {"kms-endpoint", "endpoint"},
        {"private", "private"},
        {"private-port", "private-port"},
        {"find-endpoint", "find-endpoint"},
        {"resource-controller", "resource-controller"},
        {"key-ring", "key-ring"},
        {"iam-url", "iam-url"},
        {"profile-id", "profile-id"},
        {"profile-name", "profile-name"},
        {"profile-crn", "profile-crn"},
        {"credentials", "credentials"},
        {"ca-file", "ca-file"},
        {"client-cert", "client-cert"},
        {"client-key", "client-key"},
        {"proxy", "proxy"},
        {"connect-timeout-ms", "connect-timeout-ms"},
        {"attempt-timeout-ms", "attempt-timeout-ms"},
    };
    int rc = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !rc; i++) {
        const char *value = option(options, names[i][0]);

        if (value)
            rc = evc_kv_set(out, evc_view_text(names[i][1]), evc_view_text(value), err);
    }
    return rc;
}

int
evc_iks_open_keys(const evc_cluster *cluster, const char *uri, evc_wait *wait,
                  evc_service **out, evc_error **err)
{
    const evc_iks *iks = cluster->state;
    struct envcrypt_kms_config config = {.credentials = iks->chain};
    evc_uri parsed;
    int rc = evc_uri_parse(uri, &parsed, err);

    *out = NULL;
    if (rc)
        return rc;
    evc_kv_init(&config.options);
    rc = key_options(&cluster->options, &config.options, err);
    if (!rc)
        rc = evc_service_open(cluster->crypto, cluster->net, &evc_service_ibm, &parsed,
                              &config, wait, out, err);
    evc_kv_reset(&config.options);
    evc_uri_reset(&parsed);
    return rc;
}
