/* SPDX-License-Identifier: Apache-2.0 */
#include "api/access.h"

#include "api/kube_options.h"
#include "k8s/kube.h"
#include "k8s/kube_check.h"

int
evc_access_open(const envcrypt_kube_config *config, envcrypt_kube **out,
                evc_error **err)
{
    const evc_kv *given = &config->options;
    const evc_kube_options options = {
        .kubeconfig = evc_option_text(given, "kubeconfig"),
        .context = evc_option_text(given, "context"),
        .cluster = evc_option_text(given, "cluster"),
        .user = evc_option_text(given, "user"),
        .in_cluster = evc_option_flag(given, "in-cluster", false),
        .allow_exec = evc_option_flag(given, "allow-exec", false),
        .server = evc_option_text(given, "server"),
        .ca_file = evc_option_text(given, "ca-file"),
        .ca_pem = evc_option_text(given, "ca-pem"),
        .client_cert = evc_option_text(given, "client-cert"),
        .client_key = evc_option_text(given, "client-key"),
        .tls_name = evc_option_text(given, "tls-name"),
        .proxy = evc_option_text(given, "proxy"),
        .token = config->token.bytes ? &config->token : NULL,
        .token_file = evc_option_text(given, "token-file"),
        .eks_cluster = evc_option_text(given, "eks-cluster"),
        .aws_region = evc_option_text(given, "aws-region"),
        .aws_profile = evc_option_text(given, "aws-profile"),
        .aws_chain = config->credentials,
        .as_user = evc_option_text(given, "as"),
        .as_groups = evc_option_text(given, "as-groups"),
        .attempt_ms = evc_option_number(given, "attempt-timeout-ms", 0),
    };

    return evc_kube_open(config->client->crypto, config->client->net, &options, out,
                         err);
}

envcrypt_kube *
evc_access_ref(envcrypt_kube *kube)
{
    return evc_kube_ref(kube);
}

void
evc_access_unref(envcrypt_kube *kube)
{
    evc_kube_unref(kube);
}

const char *
evc_access_server(const envcrypt_kube *kube)
{
    return evc_kube_server(kube);
}

const char *
evc_access_origin(const envcrypt_kube *kube)
{
    return evc_kube_origin(kube);
}

int
evc_access_check(envcrypt_kube *kube, evc_wait *wait, evc_table **out, evc_error **err)
{
    return evc_kube_check(kube, wait, out, err);
}
