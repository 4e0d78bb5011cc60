/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials that something else gives in JSON: a URI that the environment names, a
 * program, CloudSSO and the OAuth sign-in of the CLI (kms-apis 3.7; aliyun-cli,
 * config/profile.go and cloudsso/). Each as a source of credentials.
 */
#ifndef EVC_AUTH_ALIBABA_GIVEN_H
#define EVC_AUTH_ALIBABA_GIVEN_H

#include "auth/alibaba_config.h"
#include "auth/alibaba_profile.h"

/* https, or http to loopback and metadata addresses. */
int evc_alibaba_given_by_uri(const evc_alibaba_config *config, const char *uri,
                             const char *source, evc_wait *wait, evc_creds **out,
                             evc_error **err) EVC_MUST_CHECK;
int evc_alibaba_given_by_process(const evc_alibaba_config *config, const char *command,
                                 const char *source, const char *detail, evc_wait *wait,
                                 evc_creds **out, evc_error **err) EVC_MUST_CHECK;
/*
 * By what the CLI keeps of a person's sign-in while it lasts: credentials, else an access
 * token. BAD_CREDENTIALS tells how to sign in anew.
 */
int evc_alibaba_given_by_sign_in(const evc_alibaba_config *config,
                                 const evc_alibaba_profile *profile, const char *source,
                                 int64_t now_ms, evc_wait *wait, evc_creds **out,
                                 evc_error **err) EVC_MUST_CHECK;

#endif
