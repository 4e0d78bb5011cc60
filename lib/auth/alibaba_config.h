/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about Alibaba Cloud's credentials share: the configuration itself. */
#ifndef EVC_AUTH_ALIBABA_CONFIG_H
#define EVC_AUTH_ALIBABA_CONFIG_H

#include "auth/alibaba.h"
#include "auth/source_order.h"

/* The variables that bear no secret. */
enum evc_alibaba_variable {
    EVC_ALIBABA_ACCESS_KEY_ID,
    EVC_ALIBABA_ROLE_ARN,
    EVC_ALIBABA_OIDC_PROVIDER_ARN,
    EVC_ALIBABA_OIDC_TOKEN_FILE,
    EVC_ALIBABA_ROLE_SESSION_NAME,
    EVC_ALIBABA_STS_REGION,
    EVC_ALIBABA_VPC_ENDPOINT_ENABLED,
    EVC_ALIBABA_CONFIG_FILE,
    EVC_ALIBABA_PROFILE,
    EVC_ALIBABA_CLI_PROFILE_DISABLED,
    EVC_ALIBABA_CREDENTIALS_FILE,
    EVC_ALIBABA_ECS_METADATA,
    EVC_ALIBABA_ECS_METADATA_DISABLED,
    EVC_ALIBABA_CREDENTIALS_URI,
    EVC_ALIBABA_REGION,
    EVC_ALIBABA_REGION_ID,
    EVC_ALIBABA_ALICLOUD_REGION,
    EVC_ALIBABA_ENDPOINT_TYPE,
    EVC_ALIBABA_HOME,
    EVC_ALIBABA_VARIABLES
};

/* In the order in which they are asked (kms-apis 3.7). */
enum evc_alibaba_source {
    EVC_ALIBABA_FROM_ENVIRONMENT,
    EVC_ALIBABA_FROM_OIDC,
    EVC_ALIBABA_FROM_CLI_PROFILE,
    EVC_ALIBABA_FROM_PROFILE,
    EVC_ALIBABA_FROM_ECS_ROLE,
    EVC_ALIBABA_FROM_URI
};

struct evc_alibaba_config {
    atomic_size_t refs;
    evc_crypto *crypto;
    evc_net *net;
    evc_arena *arena;
    char *variables[EVC_ALIBABA_VARIABLES]; /* NULL: not set */
    evc_secret access_key_secret;           /* of the environment */
    evc_secret security_token;
    evc_source_order sources;
    char *profile; /* which to take, by option or variable; NULL = the files' own */
    bool profile_demanded; /* by option */
    char *region;          /* of the options; NULL */
    char *endpoint;
    bool vpc;
    bool v1;
    evc_link link;
};

/* "true" in any case of letters. */
bool evc_alibaba_is_true(const char *text);
/* What must not go into a host name: anything but a-z, A-Z, 0-9 and -. */
bool evc_alibaba_is_region(const char *text);
/* $HOME/name, or NULL without a home or memory; freed by evc_mem_free. */
char *evc_alibaba_home_file(const evc_alibaba_config *config, const char *name);

#endif
