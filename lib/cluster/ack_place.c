/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_place.h"

#include <string.h>

#include "auth/alibaba_peer.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/alibaba_account.h"
#include "cloud/alibaba_open.h"
#include "cloud/arguments.h"
#include "cluster/ack_errors.h"

#define REGIONS_MAX 64u

const char *const evc_ack_place_options[] = {"profile",
                                             "vpc",
                                             "signature",
                                             "credentials",
                                             "sts-endpoint",
                                             "ram-endpoint",
                                             "actiontrail-endpoint",
                                             EVC_LINK_OPTIONS,
                                             NULL};

/* What an open goes by. */
typedef struct opening {
    evc_cluster *cluster;
    evc_ack_place *place;
    const struct envcrypt_cluster_config *given;
    struct envcrypt_kms_config kms; /* the same as KMS takes it */
    evc_link link;
} opening;

/* --- options --- */

/* Those that keys and services of Alibaba Cloud know, by their names there. */
static int
translate(const opening *o, evc_kv *to, evc_error **err)
{
    static const struct {
        const char *ours;
        const char *theirs;
    } names[] = {
        {"profile", "profile"},
        {"vpc", "vpc"},
        {"signature", "signature"},
        {"kms-endpoint", "endpoint"},
        {"ca-file", "ca-file"},
        {"client-cert", "client-cert"},
        {"client-key", "client-key"},
        {"proxy", "proxy"},
        {"connect-timeout-ms", "connect-timeout-ms"},
        {"attempt-timeout-ms", "attempt-timeout-ms"},
    };
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = evc_cluster_option(o->given, names[i].ours);

        if (value)
            rc = evc_kv_set(to, evc_view_text(names[i].theirs), evc_view_text(value),
                            err);
    }
    return rc;
}

static int
open_config(opening *o, const evc_uri *none, evc_error **err)
{
    const char *sources = evc_cluster_option(o->given, "credentials");
    evc_alibaba_options options = {
        .profile = evc_cluster_option(o->given, "profile"),
        .vpc = evc_cluster_option(o->given, "vpc"),
        .signature = evc_cluster_option(o->given, "signature"),
        .sources = sources,
    };
    int rc = evc_link_of(none, &o->kms, &o->link, err);

    options.link = o->link;
    return rc ? rc
              : evc_alibaba_config_open(o->cluster->crypto, o->cluster->net, &options,
                                        &o->place->config, err);
}

/* The credentials of the caller, or the chain. */
static int
open_chain(opening *o, evc_error **err)
{
    struct envcrypt_credentials *given = o->given ? o->given->credentials : NULL;

    if (!given)
        return evc_alibaba_chain_open(o->place->config, &o->place->chain, err);
    if (strcmp(evc_chain_provider(given), "alibaba") != 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "these are credentials of \"%s\", which Alibaba ACK does not "
                       "take; give some of \"alibaba\"",
                       evc_chain_provider(given));
    o->place->chain = evc_chain_ref(given);
    return 0;
}

/* --- peers --- */

typedef struct door {
    const char *option;   /* a URL in its place */
    const char *service;  /* of the host by rule: "cs"; NULL: the two below */
    const char *before;   /* the Region in the host's name */
    const char *after;    /* NULL = none is in it */
    const char *provider; /* of errors and the meter */
    const char *version;  /* of the API */
} door;

static const door cs_door = {.option = "endpoint-url",
                             .service = "cs",
                             .provider = "alibaba-cs",
                             .version = "2015-12-15"};
static const door sts_door = {.option = "sts-endpoint",
                              .service = "sts",
                              .provider = "alibaba-sts",
                              .version = "2015-04-01"};
/* These two have no gateway in a VPC whose name follows the rule. */
static const door ram_door = {.option = "ram-endpoint",
                              .before = "https://ram.aliyuncs.com",
                              .provider = "alibaba-ram",
                              .version = "2015-05-01"};
static const door trail_door = {.option = "actiontrail-endpoint",
                                .before = "https://actiontrail.",
                                .after = ".aliyuncs.com",
                                .provider = "alibaba-actiontrail",
                                .version = "2020-07-06"};

static int
open_endpoint(const opening *o, const door *d, const char *region, evc_endpoint **out,
              evc_error **err)
{
    const char *given = evc_cluster_option(o->given, d->option);
    char url[256];
    evc_buf b;

    if (given)
        return evc_endpoint_open(given, &o->link, out, err);
    if (d->service)
        return evc_alibaba_endpoint(o->place->config, d->service, region, out, err);
    evc_buf_init_fixed(&b, url, sizeof(url));
    evc_buf_put_text(&b, d->before);
    if (d->after) {
        evc_buf_put_text(&b, region);
        evc_buf_put_text(&b, d->after);
    }
    evc_buf_put_u8(&b, 0);
    if (b.failed)
        return evc_buf_check(&b, err);
    return evc_endpoint_open(url, &o->link, out, err);
}

static int
open_peer(const opening *o, const door *d, const char *region, evc_peer **out,
          evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    int rc = open_endpoint(o, d, region, &endpoint, err);

    /* V1 signs no path, so none of these is asked by it. */
    if (!rc) {
        const evc_alibaba_peer how = {
            .endpoint = endpoint,
            .provider = d->provider,
            .version = d->version,
            .chain = o->place->chain,
            .classify = evc_ack_errors_classify,
        };

        rc = evc_alibaba_peer_make(o->place->config, &how, out, err);
    }
    evc_endpoint_unref(endpoint);
    return rc;
}

static int
open_kms(const opening *o, const char *region, evc_wait *wait, evc_service **out,
         evc_error **err)
{
    evc_buf text;
    evc_uri uri;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_format(&text, "alibaba-kms://%s", region);
    evc_buf_put_u8(&text, 0);
    rc = evc_buf_check(&text, err);
    if (!rc)
        rc = evc_uri_parse((const char *)text.data, &uri, err);
    evc_buf_reset(&text);
    if (rc)
        return rc;
    rc = evc_service_open(o->cluster->crypto, o->cluster->net, &evc_service_alibaba,
                          &uri, &o->kms, wait, out, err);
    evc_uri_reset(&uri);
    return rc;
}

/* --- Regions --- */

static int
add_site(const opening *o, evc_view region, evc_wait *wait, evc_error **err)
{
    evc_ack_place *place = o->place;
    evc_ack_site *site;
    int rc;

    if (place->count >= REGIONS_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "more than %u Regions were named; ask for fewer at a time",
                       REGIONS_MAX);
    site = &place->sites[place->count];
    site->region = evc_mem_text(region.data, region.size);
    if (!site->region)
        return evc_err_nomem(err);
    place->count++;
    rc = open_peer(o, &cs_door, site->region, &site->cs, err);
    return rc ? rc : open_kms(o, site->region, wait, &site->kms, err);
}

/* Those of the URI, or the configured one. */
static int
add_sites(const opening *o, evc_wait *wait, evc_error **err)
{
    evc_cursor named = evc_cursor_of_view(evc_view_text(o->cluster->regions));
    evc_buf configured;
    evc_view region;
    int rc = 0;

    o->place->sites = evc_mem_new_array(REGIONS_MAX, sizeof(*o->place->sites));
    if (!o->place->sites)
        return evc_err_nomem(err);
    while (!rc && evc_arguments_next(&named, &region))
        rc = add_site(o, region, wait, err);
    if (rc || o->place->count)
        return rc;
    evc_buf_init(&configured);
    rc = evc_alibaba_region(o->place->config, NULL, &configured, err);
    if (!rc)
        rc = add_site(o, evc_buf_view(&configured), wait, err);
    evc_buf_reset(&configured);
    return rc;
}

/* --- open --- */

static int
open_all(opening *o, evc_wait *wait, evc_error **err)
{
    evc_ack_place *place = o->place;
    evc_uri none;
    int rc = evc_uri_parse("alibaba-kms:///", &none, err);

    if (rc)
        return rc;
    rc = translate(o, &o->kms.options, err);
    if (!rc)
        rc = open_config(o, &none, err);
    evc_uri_reset(&none);
    if (!rc)
        rc = open_chain(o, err);
    o->kms.credentials = place->chain;
    if (!rc)
        rc = add_sites(o, wait, err);
    if (!rc)
        rc = open_peer(o, &trail_door, place->sites[0].region, &place->trail, err);
    if (!rc)
        rc = open_peer(o, &ram_door, NULL, &place->ram, err);
    /* The central one: a Region's tells the same. */
    if (!rc)
        rc = open_peer(o, &sts_door, NULL, &place->sts, err);
    return rc;
}

int
evc_ack_place_open(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
                   evc_wait *wait, evc_error **err)
{
    opening o = {.cluster = cluster, .given = config};
    int rc;

    o.place = evc_mem_new(sizeof(*o.place));
    if (!o.place)
        return evc_err_nomem(err);
    cluster->state = o.place;
    evc_kv_init(&o.kms.options);
    rc = open_all(&o, wait, err);
    if (rc == 0 && !cluster->regions[0])
        rc = evc_text_set(&cluster->regions, o.place->sites[0].region, err);
    evc_kv_reset(&o.kms.options);
    return rc;
}

void
evc_ack_place_close(void *state)
{
    evc_ack_place *place = state;

    for (size_t i = 0; i < place->count; i++) {
        evc_peer_unref(place->sites[i].cs);
        evc_service_unref(place->sites[i].kms);
        evc_mem_free(place->sites[i].region);
    }
    evc_mem_free(place->sites);
    evc_peer_unref(place->trail);
    evc_peer_unref(place->ram);
    evc_peer_unref(place->sts);
    evc_chain_unref(place->chain);
    evc_alibaba_config_unref(place->config);
    evc_mem_free(place);
}

const evc_ack_place *
evc_ack_place_of(const evc_cluster *cluster)
{
    return cluster->state;
}

const evc_ack_site *
evc_ack_place_site(const evc_cluster *cluster)
{
    return &evc_ack_place_of(cluster)->sites[0];
}

evc_peer *
evc_ack_place_kms(const evc_ack_site *site)
{
    return evc_alibaba_account_of(site->kms)->peer;
}
