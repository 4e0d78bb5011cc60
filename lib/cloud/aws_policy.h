/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key policies of AWS KMS (KMS Developer Guide, "Default key policy", "Allowing users in
 * other accounts to use a KMS key"; cluster-apis E22 to E25, P12 to P14). Pure.
 *
 * The account always keeps full control through its root, without which a key can become
 * one that nobody can manage. The statement for CreateGrant bears no condition
 * kms:GrantIsForAWSResource: CreateCluster of EKS does not fulfil it (E25).
 */
#ifndef EVC_CLOUD_AWS_POLICY_H
#define EVC_CLOUD_AWS_POLICY_H

#include "base/buf.h"

#define EVC_AWS_POLICY_PRINCIPALS 100u /* of one statement */

/* Lists are texts that commas separate; NULL = none. */
typedef struct evc_aws_policy {
    const char *account;   /* of the key, 12 digits */
    const char *partition; /* of the key: "aws" */
    const char *users;     /* ARNs of users and roles that use the key; those of other
                              accounts get a statement of their own */
    const char *accounts;  /* other accounts whose IAM decides who uses it */
    const char *granters;  /* ARNs of users and roles that make clusters with it */
} evc_aws_policy;

/* Appends the policy as JSON. ENVCRYPT_E_ARGUMENT: what is no account or ARN of a user,
 * role or root; a partition that differs; too many of them. NOMEM. */
int evc_aws_policy_write(const evc_aws_policy *policy, bool pretty, evc_buf *out,
                         evc_error **err) EVC_MUST_CHECK;

#endif
