/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of the instance identity of a virtual server in a VPC (VPC Metadata API; its
 * change log of 2025-08-26 for the two kinds of paths; kms-apis 2.5).
 */
#ifndef EVC_AUTH_IBM_VPC_H
#define EVC_AUTH_IBM_VPC_H

#include "auth/chain.h"
#include "auth/ibm_iam.h"

typedef struct evc_ibm_vpc {
    const char *url; /* NULL = the metadata address */
    const char
        *version; /* a date; NULL = the older paths, and the newer when they are gone */
    const evc_ibm_profile *profile; /* NULL or unnamed = the instance's own */
    const evc_link *link;
    bool
        probing; /* nobody said that this is such a server: what does not answer, or is no
                     such service, is EVC_NOT_CONFIGURED */
} evc_ibm_vpc;

/* As a source of credentials. */
int evc_ibm_vpc_token(evc_net *net, const evc_ibm_vpc *how, evc_wait *wait,
                      evc_ibm_token *out, evc_error **err) EVC_MUST_CHECK;

#endif
