/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_open.h"

#include <string.h>

#include "base/encode.h"
#include "cloud/aws_arn.h"
#include "cloud/aws_errors.h"

static int
open_config(evc_crypto *crypto, evc_net *net, const evc_uri *uri,
            const struct envcrypt_kms_config *config, const char *region,
            evc_aws_config **out, evc_error **err)
{
    evc_aws_options options = {
        .profile = evc_backend_option(uri, config, "profile"),
        .region = region,
        .endpoint = evc_backend_option(uri, config, "endpoint"),
        .fips = evc_backend_option(uri, config, "fips"),
        .dual_stack = evc_backend_option(uri, config, "dual-stack"),
        .sources = evc_backend_option(uri, config, "credentials"),
    };
    int rc = evc_link_of(uri, config, &options.link, err);

    return rc ? rc : evc_aws_config_open(crypto, net, &options, out, err);
}

/* The credentials of the caller, or the chain. */
static int
open_chain(evc_aws_config *aws, const struct envcrypt_kms_config *config,
           evc_chain **out, evc_error **err)
{
    if (!config || !config->credentials)
        return evc_aws_chain_open(aws, out, err);
    if (strcmp(evc_chain_provider(config->credentials), "aws") != 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "these are credentials of \"%s\", which AWS KMS does not take; "
                       "give some of \"aws\"",
                       evc_chain_provider(config->credentials));
    *out = evc_chain_ref(config->credentials);
    return 0;
}

/* The Region to ask in: what is demanded, then that of the key, then what environment
 * and files say. */
static int
find_region(evc_aws_config *aws, const evc_aws_place *place, evc_wait *wait,
            evc_buf *out, evc_error **err)
{
    const char *known = place->region ? place->region : place->arn_region;
    int rc;

    if (known) {
        evc_buf_put_text(out, known);
    } else {
        rc = evc_aws_region(aws, NULL, wait, out, err);
        if (rc)
            return rc;
    }
    evc_buf_put_u8(out, 0);
    return evc_buf_check(out, err);
}

void
evc_aws_caller_reset(evc_aws_caller *caller)
{
    evc_chain_unref(caller->chain);
    evc_aws_config_unref(caller->config);
    *caller = (evc_aws_caller){NULL, NULL};
}

int
evc_aws_open(evc_crypto *crypto, evc_net *net, const evc_uri *uri,
             const struct envcrypt_kms_config *config, const evc_aws_place *place,
             evc_wait *wait, evc_peer **peer, evc_buf *region, evc_error **err)
{
    evc_aws_config *aws = NULL;
    evc_endpoint *endpoint = NULL;
    evc_chain *chain = NULL;
    int rc = open_config(crypto, net, uri, config, place->region, &aws, err);

    *peer = NULL;
    if (!rc)
        rc = find_region(aws, place, wait, region, err);
    if (!rc)
        rc = open_chain(aws, config, &chain, err);
    if (!rc)
        rc = evc_aws_endpoint(aws, "kms", (const char *)region->data, &endpoint, err);
    if (!rc)
        rc = evc_aws_peer_open(aws, endpoint, "aws-kms", "kms",
                               (const char *)region->data, chain, evc_aws_kms_classify,
                               peer, err);
    if (!rc && place->caller)
        *place->caller =
            (evc_aws_caller){evc_aws_config_ref(aws), evc_chain_ref(chain)};
    evc_endpoint_unref(endpoint);
    evc_chain_unref(chain);
    evc_aws_config_unref(aws);
    return rc;
}

int
evc_aws_open_region(const evc_uri *uri, const struct envcrypt_kms_config *config,
                    const char **out, evc_error **err)
{
    const char *option = evc_backend_option(uri, config, "region");
    const char *host = uri->authority[0] ? uri->authority : NULL;
    char shown[EVC_SHOWN];

    *out = host ? host : option;
    if (host && option && strcmp(host, option) != 0)
        return evc_err(err, ENVCRYPT_E_REGION,
                       "the URI names one Region and the option another; name one");
    if (!*out || evc_aws_is_region(evc_view_text(*out)))
        return 0;
    evc_encode_shown(evc_view_text(*out), shown);
    return evc_err(err, ENVCRYPT_E_REGION,
                   "\"%s\" is no Region of AWS; Regions are called like eu-central-1",
                   shown);
}
