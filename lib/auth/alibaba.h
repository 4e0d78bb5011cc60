/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Alibaba Cloud's own tools know of a configuration: credentials, Region, gateways
 * (kms-apis 3.5, 3.7). Environment and files are read here and nowhere else.
 */
#ifndef EVC_AUTH_ALIBABA_H
#define EVC_AUTH_ALIBABA_H

#include "auth/chain.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "net/peer.h"

/*
 * NULL = as environment and profile say. sources: out of environment oidc cli-profile
 * profile ecs-role uri, separated by commas, in order; "" = none. An explicit profile
 * leaves all but cli-profile and profile out.
 */
typedef struct evc_alibaba_options {
    const char *profile;
    const char *region;
    const char *endpoint;  /* of the service that is opened; a URL, or a host alone */
    const char *vpc;       /* "true": the VPC gateway */
    const char *signature; /* "v3" (default) or "v1" */
    const char *sources;
    evc_link link;
} evc_alibaba_options;

/*
 * One reading of the environment; files are read anew whenever credentials are fetched.
 * Immutable after open, counted; holds references on crypto and net. UNKNOWN_OPTION (a
 * source), ARGUMENT (another value that is none), NOMEM, ARENA_…. Texts are copied.
 */
typedef struct evc_alibaba_config evc_alibaba_config;
int evc_alibaba_config_open(evc_crypto *crypto, evc_net *net,
                            const evc_alibaba_options *options,
                            evc_alibaba_config **out, evc_error **err) EVC_MUST_CHECK;
evc_alibaba_config *evc_alibaba_config_ref(evc_alibaba_config *config);
void evc_alibaba_config_unref(evc_alibaba_config *config); /* NULL is fine */
int evc_alibaba_chain_open(evc_alibaba_config *config, evc_chain **out,
                           evc_error **err) EVC_MUST_CHECK;
/* Option, ALIBABA_CLOUD_REGION, ALIBABA_CLOUD_REGION_ID, ALICLOUD_REGION, CLI profile,
 * arn_region (may be NULL). ENVCRYPT_E_REGION. */
int evc_alibaba_region(const evc_alibaba_config *config, const char *arn_region,
                       evc_buf *out, evc_error **err) EVC_MUST_CHECK;
/*
 * Of a service ("kms", "cs", "sts") in a Region (of sts: NULL = none). The option
 * endpoint is for all but sts. REGION: what is no name of one; ENDPOINT, NOMEM.
 */
int evc_alibaba_endpoint(const evc_alibaba_config *config, const char *service,
                         const char *region, evc_endpoint **out,
                         evc_error **err) EVC_MUST_CHECK;

/*
 * A peer that signs, for requests whose header x-acs-action says the action (V1 moves it
 * to the parameters). version: of the API, static text.
 */
int evc_alibaba_peer_open(const evc_alibaba_config *config, evc_endpoint *endpoint,
                          const char *provider, const char *version, evc_chain *chain,
                          void (*classify)(const evc_exchange *x, evc_fault *fault),
                          evc_peer **out, evc_error **err) EVC_MUST_CHECK;

/* Appends whom credentials of the chain are of, as STS of the Region tells:
 * "acs:ram::1234567890123456:user/me (RAMUser)". PROTOCOL, ENDPOINT, the errors of the
 * service. */
int evc_alibaba_identity(const evc_alibaba_config *config, evc_chain *chain,
                         const char *region, evc_wait *wait, evc_buf *out,
                         evc_error **err) EVC_MUST_CHECK;

/* The codes that every gateway gives (kms-apis 3.6). False: none of those. */
bool evc_alibaba_classify_common(const evc_exchange *x, evc_fault *fault);

#endif
