/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_place.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/arguments.h"
#include "cloud/aws_arn.h"
#include "cloud/aws_open.h"
#include "cluster/eks_errors.h"
#include "cluster/eks_wire.h"

const char *const evc_eks_options[] = {"profile",     "fips",       "dual-stack",
                                       "credentials", "key-region", EVC_LINK_OPTIONS,
                                       NULL};

/* What KMS is opened with of the same options. */
static const char *const kms_options[] = {"profile",     "fips",           "dual-stack",
                                          "credentials", EVC_LINK_OPTIONS, NULL};

const evc_eks *
evc_eks_of(const evc_cluster *cluster)
{
    return cluster->state;
}

const evc_eks_region *
evc_eks_here(const evc_cluster *cluster)
{
    return &evc_eks_of(cluster)->regions[0];
}

int
evc_eks_act(const evc_eks_region *region, const char *action, const char *const *args,
            bool guarded, evc_wait *wait, evc_table **out, evc_error **err)
{
    evc_kv list;
    int rc = 0;

    *out = NULL;
    evc_kv_init(&list);
    for (; rc == 0 && args[0]; args = &args[2])
        rc = evc_kv_add(&list, evc_view_text(args[0]), evc_view_text(args[1]), err);
    if (rc == 0)
        rc = evc_service_run(region->kms, action, &list, guarded, wait, out, err);
    evc_kv_reset(&list);
    return rc;
}

void
evc_eks_close(void *state)
{
    evc_eks *eks = state;

    for (size_t i = 0; i < eks->count; i++) {
        evc_peer_unref(eks->regions[i].eks);
        evc_service_unref(eks->regions[i].kms);
        evc_mem_free(eks->regions[i].name);
    }
    evc_mem_free(eks->regions);
    evc_chain_unref(eks->chain);
    evc_aws_config_unref(eks->config);
    evc_mem_free(eks);
}

/* --- as whom --- */

/* The options as keys of KMS know them. */
static int
fill_kms(const struct envcrypt_cluster_config *config, struct envcrypt_kms_config *out,
         evc_error **err)
{
    const char *endpoint = evc_cluster_option(config, "kms-endpoint");
    int rc = 0;

    for (size_t i = 0; rc == 0 && kms_options[i]; i++) {
        const char *value = evc_cluster_option(config, kms_options[i]);

        if (value)
            rc = evc_kv_set(&out->options, evc_view_text(kms_options[i]),
                            evc_view_text(value), err);
    }
    if (rc == 0 && endpoint)
        rc = evc_kv_set(&out->options, evc_view_text("endpoint"),
                        evc_view_text(endpoint), err);
    return rc;
}

static int
open_config(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
            const struct envcrypt_kms_config *kms, evc_eks *eks, evc_error **err)
{
    evc_aws_options options = {
        .service = "eks",
        .profile = evc_cluster_option(config, "profile"),
        .endpoint = evc_cluster_option(config, "endpoint-url"),
        .fips = evc_cluster_option(config, "fips"),
        .dual_stack = evc_cluster_option(config, "dual-stack"),
        .sources = evc_cluster_option(config, "credentials"),
    };
    evc_uri none;
    int rc = evc_uri_parse("aws-kms://", &none, err);

    if (rc)
        return rc;
    rc = evc_link_of(&none, kms, &options.link, err);
    if (rc == 0)
        rc = evc_aws_config_open(cluster->crypto, cluster->net, &options, &eks->config,
                                 err);
    evc_uri_reset(&none);
    return rc;
}

static int
open_chain(const struct envcrypt_cluster_config *config, evc_eks *eks, evc_error **err)
{
    const char *provider;

    if (!config || !config->credentials)
        return evc_aws_chain_open(eks->config, &eks->chain, err);
    provider = evc_chain_provider(config->credentials);
    if (strcmp(provider, "aws") != 0)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "these are credentials of \"%s\", which EKS does not take; give some "
            "of \"aws\"",
            provider);
    eks->chain = evc_chain_ref(config->credentials);
    return 0;
}

/* --- where --- */

static int
find_regions(const evc_cluster *cluster, const struct envcrypt_cluster_config *config,
             const evc_eks *eks, evc_wait *wait, evc_buf *out, evc_error **err)
{
    int rc;

    if (cluster->regions[0]) {
        evc_buf_put_text(out, cluster->regions);
    } else {
        rc = evc_aws_region(eks->config, evc_cluster_option(config, "key-region"), wait,
                            out, err);
        if (rc)
            return rc;
    }
    evc_buf_put_u8(out, 0);
    return evc_buf_check(out, err);
}

static int
open_eks(const evc_eks *eks, evc_eks_region *region, evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    int rc = evc_aws_endpoint(eks->config, "eks", region->name, &endpoint, err);

    if (rc == 0)
        rc = evc_aws_peer_open(eks->config, endpoint, "eks", "eks", region->name,
                               eks->chain, evc_eks_classify, &region->eks, err);
    evc_endpoint_unref(endpoint);
    return rc;
}

static int
open_kms(const evc_cluster *cluster, const struct envcrypt_kms_config *kms,
         evc_eks_region *region, evc_wait *wait, evc_error **err)
{
    evc_buf text;
    evc_uri uri;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_format(&text, "aws-kms://%s", region->name);
    evc_buf_put_u8(&text, 0);
    rc = evc_buf_check(&text, err);
    if (rc == 0)
        rc = evc_uri_parse((const char *)text.data, &uri, err);
    evc_buf_reset(&text);
    if (rc)
        return rc;
    rc = evc_service_open(cluster->crypto, cluster->net, &evc_service_aws, &uri, kms,
                          wait, &region->kms, err);
    evc_uri_reset(&uri);
    return rc;
}

static int
add_region(const evc_cluster *cluster, const struct envcrypt_kms_config *kms,
           evc_view name, evc_eks *eks, evc_wait *wait, evc_error **err)
{
    evc_eks_region *region = &eks->regions[eks->count];
    char shown[EVC_SHOWN];
    int rc;

    evc_encode_shown(name, shown);
    if (!evc_aws_is_region(name))
        return evc_err(
            err, ENVCRYPT_E_REGION,
            "\"%s\" is no Region of AWS; Regions are called like eu-central-1", shown);
    if (eks->count == EVC_EKS_REGIONS_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "more than %u Regions were named; ask in parts",
                       EVC_EKS_REGIONS_MAX);
    region->name = evc_mem_text(name.data, name.size);
    if (!region->name)
        return evc_err_nomem(err);
    eks->count++;
    rc = open_eks(eks, region, err);
    return rc ? rc : open_kms(cluster, kms, region, wait, err);
}

static int
open_regions(const evc_cluster *cluster, const struct envcrypt_cluster_config *config,
             const struct envcrypt_kms_config *kms, evc_eks *eks, evc_wait *wait,
             evc_error **err)
{
    evc_view name;
    evc_cursor c;
    evc_buf list;
    int rc;

    evc_buf_init(&list);
    rc = find_regions(cluster, config, eks, wait, &list, err);
    eks->regions = evc_mem_new_array(EVC_EKS_REGIONS_MAX, sizeof(*eks->regions));
    if (rc == 0 && !eks->regions)
        rc = evc_err_nomem(err);
    c = evc_cursor_of_view(evc_view_text((const char *)list.data));
    while (rc == 0 && evc_arguments_next(&c, &name))
        rc = add_region(cluster, kms, name, eks, wait, err);
    evc_buf_reset(&list);
    if (rc == 0 && eks->count == 0)
        rc = evc_err(err, ENVCRYPT_E_REGION, "no Region was named");
    return rc;
}

int
evc_eks_open(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
             evc_wait *wait, evc_error **err)
{
    struct envcrypt_kms_config kms = {.credentials = NULL};
    char shown[EVC_SHOWN];
    evc_eks *eks;
    int rc;

    evc_encode_shown(evc_view_text(cluster->name), shown);
    if (cluster->name[0] && !evc_eks_is_name(evc_view_text(cluster->name)))
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "\"%s\" names no cluster of EKS: names have 1 to %u letters, digits, "
            "hyphens and underscores, and begin with a letter or digit",
            shown, EVC_EKS_NAME_MAX);
    eks = evc_mem_new(sizeof(*eks));
    if (!eks)
        return evc_err_nomem(err);
    cluster->state = eks;
    evc_kv_init(&kms.options);
    rc = fill_kms(config, &kms, err);
    if (rc == 0)
        rc = open_config(cluster, config, &kms, eks, err);
    if (rc == 0)
        rc = open_chain(config, eks, err);
    kms.credentials = eks->chain;
    if (rc == 0)
        rc = open_regions(cluster, config, &kms, eks, wait, err);
    if (rc == 0 && !cluster->regions[0])
        rc = evc_text_set(&cluster->regions, eks->regions[0].name, err);
    evc_kv_reset(&kms.options);
    return rc;
}
