/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_sources.h"
#include "auth/aws_time.h"

static int
refuse(const char *has, const char *lacks, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                   "the variable %s is set and %s is not; set both or none", has,
                   lacks);
}

int
evc_aws_env_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                  evc_creds **out, evc_error **err)
{
    const evc_aws_config *config = state;
    const char *id = config->variables[EVC_AWS_ACCESS_KEY_ID];
    const char *ends = config->variables[EVC_AWS_CREDENTIAL_EXPIRATION];
    const evc_secret *secret = &config->secret_key;
    evc_creds_parts parts = {
        .id = evc_view_text(id),
        .secret = evc_view_of(secret->bytes, secret->size),
        .token = evc_view_of(config->session_token.bytes, config->session_token.size),
        .expires_ms = EVC_CREDS_NEVER,
        .account = evc_view_text(config->variables[EVC_AWS_ACCOUNT_ID]),
        .source = "environment",
        .fixed = true};

    (void)net;
    (void)now_ms;
    (void)wait;
    if (!id && !secret->bytes)
        return EVC_NOT_CONFIGURED;
    if (!secret->bytes)
        return refuse("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", err);
    if (!id)
        return refuse("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", err);
    if (ends && !evc_aws_time_parse(evc_view_text(ends), &parts.expires_ms))
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the variable AWS_CREDENTIAL_EXPIRATION is no time of the form "
                       "2026-01-31T12:00:00Z");
    return evc_creds_new(config->env->arena, &parts, out, err);
}
