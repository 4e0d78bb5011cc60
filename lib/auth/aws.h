/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS's own tools know of a configuration: credentials, Region, endpoints
 * (kms-apis 1.11 to 1.13). Environment and files are read here and nowhere else.
 */
#ifndef EVC_AUTH_AWS_H
#define EVC_AUTH_AWS_H

#include "auth/chain.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "net/peer.h"

/*
 * From the options of a key, each NULL = as environment and profile say. sources: names
 * separated by commas, in order, out of environment web-identity profile container imds;
 * "" = none. An explicit profile skips the environment.
 */
typedef struct evc_aws_options {
    const char *profile;
    const char *region;
    const char *service;  /* that is opened: NULL = "kms", "eks" */
    const char *endpoint; /* of that service alone */
    const char *fips;     /* "true", "false" */
    const char *dual_stack;
    const char *sources;
    evc_link link; /* of the key's own endpoint, and of STS and the others */
} evc_aws_options;

/* One reading of environment and profile. Immutable after open, counted. It holds
 * references on crypto and net. */
typedef struct evc_aws_config evc_aws_config;
/* BAD_CREDENTIALS (a file that cannot be read as what it is, a profile that is named and
 * missing), UNKNOWN_OPTION (a source), REGION, ARGUMENT, NOMEM. Texts are copied. */
int evc_aws_config_open(evc_crypto *crypto, evc_net *net,
                        const evc_aws_options *options, evc_aws_config **out,
                        evc_error **err) EVC_MUST_CHECK;
evc_aws_config *evc_aws_config_ref(evc_aws_config *config);
void evc_aws_config_unref(evc_aws_config *config); /* NULL is fine */

/* The chain of this configuration. */
int evc_aws_chain_open(evc_aws_config *config, evc_chain **out,
                       evc_error **err) EVC_MUST_CHECK;
/* The Region: option, environment, profile, arn_region (may be NULL), instance metadata.
 * ENVCRYPT_E_REGION when none tells. */
int evc_aws_region(evc_aws_config *config, const char *arn_region, evc_wait *wait,
                   evc_buf *out, evc_error **err) EVC_MUST_CHECK;
/*
 * The endpoint of a service ("kms", "sts", "eks") in a Region: custom ones of option
 * (only for the service that the options are of), AWS_ENDPOINT_URL_…, profile; else the
 * partition's, FIPS and dual stack as configured. ENVCRYPT_E_ENDPOINT: a custom endpoint
 * with FIPS or dual stack.
 */
int evc_aws_endpoint(const evc_aws_config *config, const char *service,
                     const char *region, evc_endpoint **out,
                     evc_error **err) EVC_MUST_CHECK;
/* The partition's own, whatever endpoints are configured: for texts that others compare. */
int evc_aws_endpoint_own(const evc_aws_config *config, const char *service,
                         const char *region, evc_endpoint **out,
                         evc_error **err) EVC_MUST_CHECK;
/* "aws", "aws-cn", …; static text. */
const char *evc_aws_partition(const char *region);

/*
 * A peer that signs by SigV4 for the service and Region and reads errors by classify.
 * chain: a reference is taken. provider: static text of errors and the meter.
 */
int evc_aws_peer_open(const evc_aws_config *config, evc_endpoint *endpoint,
                      const char *provider, const char *service, const char *region,
                      evc_chain *chain,
                      void (*classify)(const evc_exchange *x, evc_fault *fault),
                      evc_peer **out, evc_error **err) EVC_MUST_CHECK;

/*
 * Appends whom credentials of the chain are of, as STS of the Region tells:
 * "arn:aws:iam::111122223333:user/me (user id AIDA…)". PROTOCOL, ENDPOINT, the errors of
 * the service.
 */
int evc_aws_identity(const evc_aws_config *config, evc_chain *chain, const char *region,
                     evc_wait *wait, evc_buf *out, evc_error **err) EVC_MUST_CHECK;

/* Errors of services that speak AWS JSON 1.1, REST JSON or the query protocol's XML
 * (kms-apis 1.6): the general codes. False: the code is none of those, and fault has the
 * code and request id only. */
bool evc_aws_classify_common(const evc_exchange *x, evc_fault *fault);
/* The same, and by the status alone what has a code that nobody knows, or none. */
void evc_aws_classify_any(const evc_exchange *x, evc_fault *fault);

#endif
