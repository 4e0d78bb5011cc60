/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sources of AWS credentials (kms-apis 1.11), each with the contract of evc_source.fetch;
 * state is the evc_aws_config. And what a profile is made of.
 */
#ifndef EVC_AUTH_AWS_SOURCES_H
#define EVC_AUTH_AWS_SOURCES_H

#include "auth/aws_config.h"

int evc_aws_env_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                      evc_creds **out, evc_error **err) EVC_MUST_CHECK;
int evc_aws_web_identity_fetch(void *state, evc_net *net, int64_t now_ms,
                               evc_wait *wait, evc_creds **out,
                               evc_error **err) EVC_MUST_CHECK;
int evc_aws_profile_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                          evc_creds **out, evc_error **err) EVC_MUST_CHECK;
int evc_aws_container_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                            evc_creds **out, evc_error **err) EVC_MUST_CHECK;
int evc_aws_imds_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                       evc_creds **out, evc_error **err) EVC_MUST_CHECK;

/* The Region of this instance, appended. EVC_NOT_CONFIGURED: there is no such service. */
int evc_aws_imds_region(evc_aws_config *config, evc_wait *wait, evc_buf *out,
                        evc_error **err) EVC_MUST_CHECK;

/* The role that a profile's settings, or the environment, name. */
typedef struct evc_aws_role {
    evc_view arn;
    evc_view session; /* empty: one is made up */
    evc_view external_id;
    evc_view duration; /* seconds in digits; empty: the service's default */
} evc_aws_role;

/* STS AssumeRole with credentials, AssumeRoleWithWebIdentity with the token of a file.
 * source is static, detail is for people. */
int evc_aws_sts_assume_role(const evc_aws_config *config, const evc_aws_role *role,
                            evc_creds *base, evc_wait *wait, const char *detail,
                            evc_creds **out, evc_error **err) EVC_MUST_CHECK;
int evc_aws_sts_web_identity(const evc_aws_config *config, const evc_aws_role *role,
                             const char *token_file, evc_wait *wait, const char *source,
                             const char *detail, evc_creds **out,
                             evc_error **err) EVC_MUST_CHECK;

/* The setting credential_process of the profile. */
int evc_aws_process_fetch(const evc_aws_config *config, const char *profile,
                          evc_wait *wait, evc_creds **out,
                          evc_error **err) EVC_MUST_CHECK;
/* The settings sso_… of the profile. */
int evc_aws_sso_fetch(const evc_aws_config *config, const char *profile, int64_t now_ms,
                      evc_wait *wait, evc_creds **out, evc_error **err) EVC_MUST_CHECK;

#endif
