/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_open.h"

#include <string.h>

#include "base/encode.h"
#include "cloud/alibaba_arn.h"
#include "cloud/alibaba_errors.h"
#include "cloud/alibaba_wire.h"

/* The gateway of a KMS instance (kms-apis 3.5); empty when none is named. */
static int
write_gateway(const char *instance, evc_buf *out, evc_error **err)
{
    char shown[EVC_SHOWN];

    if (!instance)
        return 0;
    if (!evc_alibaba_is_instance(evc_view_text(instance))) {
        evc_encode_shown(evc_view_text(instance), shown);
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the option instance cannot be \"%s\": it is the id of a KMS "
                       "instance, like kst-hzz62ee817bvyyr5x****",
                       shown);
    }
    evc_buf_put_format(out, "https://%s.cryptoservice.kms.aliyuncs.com", instance);
    evc_buf_put_u8(out, 0);
    return evc_buf_check(out, err);
}

/*
 * CA and client certificate are those of the gateway alone: one of a KMS instance has a
 * CA of its own, and Alibaba Cloud's STS has not.
 */
static int
open_config(evc_crypto *crypto, evc_net *net, const evc_uri *uri,
            const struct envcrypt_kms_config *config, const evc_alibaba_place *place,
            const evc_link *link, evc_alibaba_config **out, evc_error **err)
{
    evc_alibaba_options options = {
        .profile = evc_backend_option(uri, config, "profile"),
        .region = place->region,
        .endpoint = evc_backend_option(uri, config, "endpoint"),
        .vpc = evc_backend_option(uri, config, "vpc"),
        .signature = evc_backend_option(uri, config, "signature"),
        .sources = evc_backend_option(uri, config, "credentials"),
        .link = *link,
    };
    char room[160];
    evc_buf gateway;
    int rc;

    evc_buf_init_fixed(&gateway, room, sizeof(room));
    rc = write_gateway(place->instance, &gateway, err);
    if (rc)
        return rc;
    if (gateway.size && !options.endpoint)
        options.endpoint = room;
    options.link.ca_file = NULL;
    options.link.client_cert = NULL;
    options.link.client_key = NULL;
    return evc_alibaba_config_open(crypto, net, &options, out, err);
}

/* The credentials of the caller, or the chain. */
static int
open_chain(evc_alibaba_config *alibaba, const struct envcrypt_kms_config *config,
           evc_chain **out, evc_error **err)
{
    if (!config || !config->credentials)
        return evc_alibaba_chain_open(alibaba, out, err);
    if (strcmp(evc_chain_provider(config->credentials), "alibaba") != 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "these are credentials of \"%s\", which Alibaba Cloud KMS does "
                       "not take; give some of \"alibaba\"",
                       evc_chain_provider(config->credentials));
    *out = evc_chain_ref(config->credentials);
    return 0;
}

/* With what the options say of its connections. */
static int
open_endpoint(const evc_alibaba_config *alibaba, const char *region,
              const evc_link *link, evc_endpoint **out, evc_error **err)
{
    evc_endpoint *plain = NULL;
    evc_buf url;
    int rc = evc_alibaba_endpoint(alibaba, "kms", region, &plain, err);

    *out = NULL;
    if (rc)
        return rc;
    evc_buf_init(&url);
    evc_buf_put_format(&url, "%s://%s%s", plain->scheme, plain->authority, plain->path);
    evc_buf_put_u8(&url, 0);
    rc = evc_buf_check(&url, err);
    if (!rc)
        rc = evc_endpoint_open((const char *)url.data, link, out, err);
    evc_buf_reset(&url);
    evc_endpoint_unref(plain);
    return rc;
}

static int
find_region(const evc_alibaba_config *alibaba, const evc_alibaba_place *place,
            evc_buf *out, evc_error **err)
{
    int rc = 0;

    if (place->region)
        evc_buf_put_text(out, place->region);
    else
        rc = evc_alibaba_region(alibaba, NULL, out, err);
    evc_buf_put_u8(out, 0);
    return rc ? rc : evc_buf_check(out, err);
}

void
evc_alibaba_caller_reset(evc_alibaba_caller *caller)
{
    evc_chain_unref(caller->chain);
    evc_alibaba_config_unref(caller->config);
    *caller = (evc_alibaba_caller){NULL, NULL};
}

int
evc_alibaba_open(evc_crypto *crypto, evc_net *net, const evc_uri *uri,
                 const struct envcrypt_kms_config *config,
                 const evc_alibaba_place *place, evc_peer **peer,
                 evc_alibaba_caller *caller, evc_buf *region, evc_error **err)
{
    evc_alibaba_config *alibaba = NULL;
    evc_endpoint *endpoint = NULL;
    evc_chain *chain = NULL;
    evc_link link;
    int rc = evc_link_of(uri, config, &link, err);

    *peer = NULL;
    if (!rc)
        rc = open_config(crypto, net, uri, config, place, &link, &alibaba, err);
    if (!rc)
        rc = find_region(alibaba, place, region, err);
    if (!rc)
        rc = open_chain(alibaba, config, &chain, err);
    if (!rc)
        rc = open_endpoint(alibaba, (const char *)region->data, &link, &endpoint, err);
    if (!rc)
        rc = evc_alibaba_peer_open(alibaba, endpoint, "alibaba-kms", EVC_ALIBABA_API,
                                   chain, evc_alibaba_kms_classify, peer, err);
    if (!rc && caller)
        *caller =
            (evc_alibaba_caller){evc_alibaba_config_ref(alibaba), evc_chain_ref(chain)};
    evc_endpoint_unref(endpoint);
    evc_chain_unref(chain);
    evc_alibaba_config_unref(alibaba);
    return rc;
}
