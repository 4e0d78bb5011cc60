/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_sources.h"

#define ADVISORY_MS (15 * 60000) /* botocore's windows (kms-apis 1.11) */
#define MANDATORY_MS (10 * 60000)

static void
close_config(void *state)
{
    evc_aws_config_unref(state);
}

/* By enum evc_aws_source. */
static const evc_source sources[] = {
    {"environment", evc_aws_env_fetch, close_config, false},
    {"web-identity", evc_aws_web_identity_fetch, close_config, false},
    {"profile", evc_aws_profile_fetch, close_config, false},
    {"container", evc_aws_container_fetch, close_config, false},
    {"imds", evc_aws_imds_fetch, close_config, true},
};

static const evc_chain_rules rules = {
    .provider = "aws",
    .advisory_ms = ADVISORY_MS,
    .mandatory_ms = MANDATORY_MS,
    .none = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in "
            "~/.aws/config and AWS_PROFILE, or give the pod or instance a role (from a "
            "container on EC2 the metadata service is reached with a hop limit of 2)"};

int
evc_aws_chain_open(evc_aws_config *config, evc_chain **out, evc_error **err)
{
    const evc_source_order *order = &config->sources;
    bool explicit_profile = config->profile_option;
    int rc = evc_chain_new(config->net, &rules, out, err);

    for (size_t i = 0; rc == 0 && i < order->count; i++) {
        if (explicit_profile && order->at[i] == EVC_AWS_FROM_ENVIRONMENT)
            continue;
        rc = evc_chain_add(*out, &sources[order->at[i]], evc_aws_config_ref(config),
                           err);
        if (rc)
            evc_aws_config_unref(config);
    }
    if (rc) {
        evc_chain_unref(*out);
        *out = NULL;
    }
    return rc;
}
