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
        .kubeconfig = evc_kube_options_text(given, "kubeconfig"),
        .context = evc_kube_options_text(given, "context"),
        .cluster = evc_kube_options_text(given, "cluster"),
        .user = evc_kube_options_text(given, "user"),
        .in_cluster = evc_kube_options_flag(given, "in-cluster"),
        .allow_exec = evc_kube_options_flag(given, "allow-exec"),
        .server = evc_kube_options_text(given, "server"),
        .ca_file = evc_kube_options_text(given, "ca-file"),
        .ca_pem = evc_kube_options_text(given, "ca-pem"),
        .client_cert = evc_kube_options_text(given, "client-cert"),
        .client_key = evc_kube_options_text(given, "client-key"),
        .tls_name = evc_kube_options_text(given, "tls-name"),
        .proxy = evc_kube_options_text(given, "proxy"),
        .token = config->token.bytes ? &config->token : NULL,
        .token_file = evc_kube_options_text(given, "token-file"),
        .eks_cluster = evc_kube_options_text(given, "eks-cluster"),
        .aws_region = evc_kube_options_text(given, "aws-region"),
        .aws_profile = evc_kube_options_text(given, "aws-profile"),
        .aws_chain = config->credentials,
        .as_user = evc_kube_options_text(given, "as"),
        .as_groups = evc_kube_options_text(given, "as-groups"),
        .attempt_ms = evc_kube_options_number(given, "attempt-timeout-ms"),
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
