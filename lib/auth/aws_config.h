/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about AWS's credentials share: the configuration itself. */
#ifndef EVC_AUTH_AWS_CONFIG_H
#define EVC_AUTH_AWS_CONFIG_H

#include "auth/aws.h"
#include "auth/aws_files.h"
#include "auth/source_order.h"

/* The variables that bear no secret. */
enum evc_aws_variable {
    EVC_AWS_ACCESS_KEY_ID,
    EVC_AWS_CREDENTIAL_EXPIRATION,
    EVC_AWS_ACCOUNT_ID,
    EVC_AWS_PROFILE,
    EVC_AWS_DEFAULT_PROFILE,
    EVC_AWS_CONFIG_FILE,
    EVC_AWS_SHARED_CREDENTIALS_FILE,
    EVC_AWS_REGION,
    EVC_AWS_DEFAULT_REGION,
    EVC_AWS_CA_BUNDLE,
    EVC_AWS_USE_FIPS_ENDPOINT,
    EVC_AWS_USE_DUALSTACK_ENDPOINT,
    EVC_AWS_IGNORE_CONFIGURED_ENDPOINT_URLS,
    EVC_AWS_ENDPOINT_URL,
    EVC_AWS_ENDPOINT_URL_KMS, /* these five in the order of aws_endpoint.c */
    EVC_AWS_ENDPOINT_URL_STS,
    EVC_AWS_ENDPOINT_URL_EKS,
    EVC_AWS_ENDPOINT_URL_SSO,
    EVC_AWS_ENDPOINT_URL_SSO_OIDC,
    EVC_AWS_STS_REGIONAL_ENDPOINTS,
    EVC_AWS_WEB_IDENTITY_TOKEN_FILE,
    EVC_AWS_ROLE_ARN,
    EVC_AWS_ROLE_SESSION_NAME,
    EVC_AWS_CONTAINER_RELATIVE_URI,
    EVC_AWS_CONTAINER_FULL_URI,
    EVC_AWS_CONTAINER_TOKEN_FILE,
    EVC_AWS_EC2_METADATA_DISABLED,
    EVC_AWS_EC2_METADATA_ENDPOINT,
    EVC_AWS_EC2_METADATA_ENDPOINT_MODE,
    EVC_AWS_METADATA_TIMEOUT,
    EVC_AWS_METADATA_ATTEMPTS,
    EVC_AWS_HOME,
    EVC_AWS_VARIABLES
};

/* In the order in which they are asked (kms-apis 1.11). */
enum evc_aws_source {
    EVC_AWS_FROM_ENVIRONMENT,
    EVC_AWS_FROM_WEB_IDENTITY,
    EVC_AWS_FROM_PROFILE,
    EVC_AWS_FROM_CONTAINER,
    EVC_AWS_FROM_IMDS
};

struct evc_aws_config {
    atomic_size_t refs;
    evc_crypto *crypto; /* references are held */
    evc_net *net;
    evc_env *env;
    char *variables[EVC_AWS_VARIABLES]; /* NULL: not set */
    evc_secret secret_key;              /* of the environment */
    evc_secret session_token;
    evc_secret container_token;
    evc_aws_files files;
    evc_source_order sources;
    char *profile;       /* which to take; "default" */
    bool profile_option; /* by option, so the environment's keys do not count */
    char *region;        /* of the options; NULL */
    char *service;
    char *endpoint;
    bool fips;
    bool dual_stack;
    evc_link link;
    atomic_bool imds_answered; /* so there is one, and silence is an outage */
};

/* A variable, else the setting of the profile that is taken; empty = neither. */
evc_view evc_aws_config_value(const evc_aws_config *config,
                              enum evc_aws_variable variable, const char *setting);
/* The Region that options, environment and profile name; empty = none. */
evc_view evc_aws_config_region(const evc_aws_config *config);
/* For host names and signatures: a-z, 0-9 and -, at most 63. */
bool evc_aws_config_is_region(evc_view text);
/* A copy with a NUL; NULL when memory is out. Freed by evc_mem_free. */
char *evc_aws_config_text(evc_view view);

#endif
