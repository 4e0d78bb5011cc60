/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What EKS says of an update that is under way: the object that AssociateEncryptionConfig and
 * DescribeUpdate answer with (botocore, data/eks/2017-11-01; cluster-apis 3.3). Pure.
 */
#ifndef EVC_CLUSTER_EKS_UPDATE_H
#define EVC_CLUSTER_EKS_UPDATE_H

#include <stdbool.h>

#include "base/kv.h"
#include "codec/json.h"

typedef enum evc_eks_update_status {
    EVC_EKS_IN_PROGRESS, /* and words that nobody knows today */
    EVC_EKS_SUCCESSFUL,
    EVC_EKS_FAILED,
    EVC_EKS_CANCELLED
} evc_eks_update_status;

#define EVC_EKS_ID_MAX 128u  /* of an update, which is a UUID */
#define EVC_EKS_KEY_MAX 512u /* ARN or alias in its parameters */
#define EVC_EKS_WHY_MAX 240u /* of the reasons of a failure */

typedef struct evc_eks_update {
    char id[EVC_EKS_ID_MAX];
    evc_eks_update_status status;
    bool is_association;
    int64_t created_ms; /* -1 = not told */
    char key
        [EVC_EKS_KEY_MAX]; /* of an association, as it was asked for; "" = not told */
    char why
        [EVC_EKS_WHY_MAX]; /* "AccessDenied: …; Unknown: …", cleaned; "" = no reason */
} evc_eks_update;

/* root: the whole answer. ENVCRYPT_E_JSON, NOMEM. */
int evc_eks_update_read(const evc_json *root, evc_eks_update *out,
                        evc_error **err) EVC_MUST_CHECK;

#endif
