/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_sources.h"

int
evc_aws_web_identity_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                           evc_creds **out, evc_error **err)
{
    const evc_aws_config *config = state;
    const char *file = config->variables[EVC_AWS_WEB_IDENTITY_TOKEN_FILE];
    const char *arn = config->variables[EVC_AWS_ROLE_ARN];
    const evc_aws_role role = {
        .arn = evc_view_text(arn),
        .session = evc_view_text(config->variables[EVC_AWS_ROLE_SESSION_NAME])};

    (void)net;
    (void)now_ms;
    if (!file)
        return EVC_NOT_CONFIGURED;
    if (!arn)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the variable AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN "
            "is not; set both or none");
    return evc_aws_sts_web_identity(config, &role, file, wait, "web-identity", arn, out,
                                    err);
}
