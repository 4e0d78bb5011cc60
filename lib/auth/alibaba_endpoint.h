/* SPDX-License-Identifier: Apache-2.0 */
/* Which host of STS is asked (kms-apis 3.7). */
#ifndef EVC_AUTH_ALIBABA_ENDPOINT_H
#define EVC_AUTH_ALIBABA_ENDPOINT_H

#include "auth/alibaba_config.h"

/*
 * endpoint (a URL, or a host alone), else that of region, else that of the environment's
 * Region, else the central one; each NULL = does not say. REGION, ENDPOINT, NOMEM.
 */
int evc_alibaba_sts_endpoint(const evc_alibaba_config *config, const char *endpoint,
                             const char *region, bool vpc, evc_endpoint **out,
                             evc_error **err) EVC_MUST_CHECK;

#endif
