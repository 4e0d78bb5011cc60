/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RAM role of an ECS instance, by its metadata service in hardened mode alone: a
 * request without a token can be made by whoever makes a program fetch a URL.
 */
#ifndef EVC_AUTH_ALIBABA_ECS_H
#define EVC_AUTH_ALIBABA_ECS_H

#include "auth/alibaba_config.h"

/*
 * As a source of credentials. role NULL = the one that is attached. probing: nobody said
 * that this is such an instance; what does not answer, or is no such service, is
 * EVC_NOT_CONFIGURED.
 */
int evc_alibaba_ecs_role(const evc_alibaba_config *config, const char *role,
                         bool probing, const char *source, evc_wait *wait,
                         evc_creds **out, evc_error **err) EVC_MUST_CHECK;

#endif
