/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile says about where its credentials come from, carried out. */
#ifndef EVC_AUTH_ALIBABA_MODES_H
#define EVC_AUTH_ALIBABA_MODES_H

#include "auth/alibaba_config.h"
#include "auth/alibaba_profile.h"

#define EVC_ALIBABA_ROLES_MAX 8u /* roles that are assumed one after the other */

/*
 * The modes of aliyun-cli: AK, StsToken, RamRoleArn, EcsRamRole, RamRoleArnWithRoleName,
 * OIDC, ChainableRamRoleArn (whose source is another profile of the CLI's file), External,
 * CredentialsURI, CloudSSO, OAuth. As a source of credentials; source is their name.
 */
int evc_alibaba_modes_fetch(const evc_alibaba_config *config,
                            const evc_alibaba_profile *profile, const char *source,
                            int64_t now_ms, evc_wait *wait, evc_creds **out,
                            evc_error **err) EVC_MUST_CHECK;

#endif
