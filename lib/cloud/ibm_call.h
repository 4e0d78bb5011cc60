/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the kms layer as requests to IBM's key services, one each (kms-apis 2.2), and
 * the EDKs that come of them (design 6.3). Pure.
 */
#ifndef EVC_CLOUD_IBM_CALL_H
#define EVC_CLOUD_IBM_CALL_H

#include "auth/chain.h"
#include "cloud/ibm_request.h"
#include "cloud/serve.h"

#define EVC_IBM_PROVIDER "envcrypt-ibm-kp"
#define EVC_IBM_OPERATIONS                                        \
    (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_REWRAP | \
     ENVCRYPT_OP_DESCRIBE | ENVCRYPT_OP_ROTATE | ENVCRYPT_OP_PROBE)
/* Characters of a wrapped key. The service's have some hundred. */
#define EVC_IBM_WRAPPED_MAX 6144u

/* The state of a key of this back end. */
typedef struct evc_ibm {
    evc_cloud cloud;  /* first, for cloud/serve.c */
    evc_chain *chain; /* as whom the key is used; a reference is held */
    evc_ibm_target target;
    char *instance; /* what target and key point to */
    char *ring;
    char *key; /* its id, which stands in paths */
    bool is_hpcs;
} evc_ibm;

/* For evc_cloud.kind_of: NULL for DESCRIBE, which takes several requests. */
const evc_operation_kind *evc_ibm_kind_of(const evc_call *call);

#endif
