/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bearer tokens of Amazon EKS (kubernetes.md 6.5; pkg/token/token.go of
 * kubernetes-sigs/aws-iam-authenticator): "k8s-aws-v1." and base64url of a presigned
 * GetCallerIdentity of STS, whose signature covers the cluster's name in x-k8s-aws-id.
 * Pure.
 */
#ifndef EVC_K8S_EKS_TOKEN_H
#define EVC_K8S_EKS_TOKEN_H

#include "auth/creds.h"
#include "base/buf.h"
#include "crypto/crypto.h"
#include "net/endpoint.h"

#define EVC_EKS_TOKEN_MAX 4096u /* the server refuses longer ones */
/* STS takes the signature for 15 minutes, whatever X-Amz-Expires says. */
#define EVC_EKS_TOKEN_LIFE_MS (14 * INT64_C(60000))

/*
 * sts: the endpoint of STS in the Region. now_ms: wall time. Appended to out, which is
 * secret. BAD_CREDENTIALS: a session token with which it would be too long; ARGUMENT: a
 * cluster's name that none has, or credentials without an access key. NOMEM, CRYPTO.
 */
int evc_eks_token_make(evc_crypto *crypto, const evc_creds *creds, evc_endpoint *sts,
                       const char *region, const char *cluster, int64_t now_ms,
                       evc_buf *out, evc_error **err) EVC_MUST_CHECK;

#endif
