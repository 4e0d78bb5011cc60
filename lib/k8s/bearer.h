/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What proves to an API server who we are, as a chain of one source (auth/chain.h): a
 * fixed token, a token file, a credential plugin, or tokens of EKS. The credentials that
 * it gives have a token, or a client certificate with its key, or both.
 */
#ifndef EVC_K8S_BEARER_H
#define EVC_K8S_BEARER_H

#include "auth/chain.h"
#include "crypto/crypto.h"
#include "k8s/access.h"

/* As client-go has it: a file is read again when it was read 50 s ago. */
#define EVC_TOKEN_FILE_LIFE_MS 60000
#define EVC_TOKEN_FILE_LEEWAY_MS 10000

typedef struct evc_bearer_options {
    const evc_kube_access *access; /* what is needed of it is copied */
    const char *eks_cluster;       /* NULL = no; else nothing of access counts */
    const char *aws_region;        /* NULL = as environment and profile say */
    const char *aws_profile;
    evc_chain *aws_chain; /* NULL = that of environment and profile */
} evc_bearer_options;

/*
 * *out is NULL when there is neither token nor plugin. No program is run yet.
 * BAD_CREDENTIALS, REGION, the errors of evc_aws_config_open, NOMEM.
 */
int evc_bearer_open(evc_crypto *crypto, evc_net *net, const evc_bearer_options *options,
                    evc_chain **out, evc_error **err) EVC_MUST_CHECK;

#endif
