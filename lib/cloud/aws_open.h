/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keys and services of AWS KMS have in common at open: the options that say where
 * and as whom to ask, and the peer that comes of them.
 */
#ifndef EVC_CLOUD_AWS_OPEN_H
#define EVC_CLOUD_AWS_OPEN_H

#include "auth/aws.h"
#include "cloud/link.h"

/* Of the lists of options. */
#define EVC_AWS_OPTIONS                                                   \
    "profile", "region", "endpoint", "fips", "dual-stack", "credentials", \
        EVC_LINK_OPTIONS

/* As whom a key is used. References are held. */
typedef struct evc_aws_caller {
    evc_aws_config *config;
    evc_chain *chain;
} evc_aws_caller;
void evc_aws_caller_reset(evc_aws_caller *caller); /* legal in a child of fork */

/* Where to ask; all borrowed. */
typedef struct evc_aws_place {
    const char *region;     /* as demanded by the caller; NULL = not */
    const char *arn_region; /* of the key; NULL = not known */
    evc_aws_caller
        *caller; /* is filled in, but stays empty on failure; NULL = no need */
} evc_aws_place;

/*
 * region gets the Region with a NUL that counts. REGION when none tells, ENDPOINT,
 * ARGUMENT (credentials of another provider, bad options), the errors of
 * evc_aws_config_open and of the instance metadata.
 */
int evc_aws_open(evc_crypto *crypto, evc_net *net, const evc_uri *uri,
                 const struct envcrypt_kms_config *config, const evc_aws_place *place,
                 evc_wait *wait, evc_peer **peer, evc_buf *region,
                 evc_error **err) EVC_MUST_CHECK;

/* The Region that URI authority and option demand; NULL = none. ENVCRYPT_E_URI, REGION:
 * they differ, or it is none. */
int evc_aws_open_region(const evc_uri *uri, const struct envcrypt_kms_config *config,
                        const char **out, evc_error **err) EVC_MUST_CHECK;

#endif
