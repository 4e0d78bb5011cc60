/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles of Alibaba Cloud's STS, API 2015-04-01: AssumeRole, signed with other credentials,
 * and AssumeRoleWithOIDC, by a token of the workload.
 */
#ifndef EVC_AUTH_ALIBABA_STS_H
#define EVC_AUTH_ALIBABA_STS_H

#include "auth/alibaba_config.h"

/* Texts are borrowed; NULL = not given. */
typedef struct evc_alibaba_role {
    const char *arn;
    const char *session_name; /* NULL = of the environment, else one of ours */
    const char *policy;
    const char *external_id;
    int64_t duration_s; /* 0 = 3,600; from 900 */
    const char *sts_endpoint;
    const char *sts_region;
    bool vpc;
    const char *source; /* of the credentials */
    const char *detail;
} evc_alibaba_role;

/* Both as a source of credentials. */
int evc_alibaba_sts_assume(const evc_alibaba_config *config,
                           const evc_alibaba_role *role, evc_creds *with,
                           evc_wait *wait, evc_creds **out,
                           evc_error **err) EVC_MUST_CHECK;
/* The token is read from its file each time: a pod's is renewed every hour. */
int evc_alibaba_sts_oidc(const evc_alibaba_config *config, const evc_alibaba_role *role,
                         const char *provider_arn, const char *token_file,
                         evc_wait *wait, evc_creds **out,
                         evc_error **err) EVC_MUST_CHECK;

#endif
