/* SPDX-License-Identifier: Apache-2.0 */
/* The command's own words for what a caller of the library would do next. */
#include "cli.h"
#include "commands.h"

#define ABOUT_CLUSTERS (C_CLUSTERS | C_KEY_GUARD)
/* Codes for one and the same trouble. */
#define WHO                                                                       \
    {                                                                             \
        ENVCRYPT_E_NO_CREDENTIALS, ENVCRYPT_E_BAD_CREDENTIALS, ENVCRYPT_E_DENIED, \
            ENVCRYPT_E_AUTH                                                       \
    }
#define WAY                                                           \
    {                                                                 \
        ENVCRYPT_E_NET_CONNECT, ENVCRYPT_E_NET_DNS, ENVCRYPT_E_PROXY, \
            ENVCRYPT_E_CREDENTIALS_DOWN                               \
    }

/* By what the command that is run has; the first that fits. */
static const struct {
    int32_t codes[4];
    uint64_t commands;
    const char *words;
} hints[] = {
    {{ENVCRYPT_E_POLICY_COMMITMENT},
     C_ALL,
     "Read it by --policy allow-decrypt if you trust where it comes from."},
    {{ENVCRYPT_E_LIMIT_EDKS}, C_ALL, "The limit is --max-edks."},
    {{ENVCRYPT_E_LIMIT_FRAME}, C_ALL, "The limit is --max-frame."},
    {{ENVCRYPT_E_FILE_EXISTS}, C_ALL, "--force replaces it."},
    {{ENVCRYPT_E_CONTEXT_MISSING}, C_ALL, "Give the pair by --context NAME=VALUE."},
    {{ENVCRYPT_E_POLICY_SIGNED},
     C_ALL,
     "`envcrypt decrypt` reads it whole; `cat` reads parts of it with --frames-only."},
    {{ENVCRYPT_E_STORE_LOCKED},
     C_ALL,
     "Which protectors there are is shown by `envcrypt keystore list STORE`; they are "
     "presented by --passphrase, --key-file, --with, --rsa-private and so on."},
    {{ENVCRYPT_E_STORE_PROTECTOR},
     C_ALL,
     "Present it by --passphrase-file, --key-file and so on, or drop it by --drop ID."},
    {{ENVCRYPT_E_NO_CREDENTIALS, ENVCRYPT_E_BAD_CREDENTIALS},
     C_CLUSTERS,
     "They are looked for where the provider's own tools have them, in the environment "
     "and in files; --profile names a profile of AWS or Alibaba Cloud."},
    {{ENVCRYPT_E_DENIED, ENVCRYPT_E_AUTH},
     C_CLUSTERS & ~C_CLUSTER_PERMISSIONS,
     "`envcrypt cluster permissions` shows which rights a change takes, and which of "
     "them you have."},
    {WHO, C_REENCRYPT,
     "Credentials are those of the kubeconfig, or of --token-file, --client-cert or "
     "--eks-cluster."},
    {WHO, C_VERIFY,
     "Credentials are those of the kubeconfig, or of --token-file, --client-cert or "
     "--eks-cluster; for etcd those of --etcd-client-cert."},
    {WHO, C_ETCD,
     "`envcrypt key check KEY` shows where credentials of a key come from and what is "
     "missing; those of etcd are of --client-cert."},
    {WHO, ~C_CLUSTERS,
     "`envcrypt key check KEY` shows where credentials of a key come from and what is "
     "missing."},
    {WAY, ABOUT_CLUSTERS,
     "Check the network, the endpoints (--endpoint-url, --option kms-endpoint=URL) and "
     "the proxy (--option proxy=...)."},
    {{ENVCRYPT_E_CREDENTIALS_DOWN}, /* of a program's, most often */
     C_SECRETS,
     "Credentials are those of the kubeconfig, or of --token-file, --client-cert or "
     "--eks-cluster."},
    {WAY, C_SECRETS,
     "Check the network, the endpoint (--server, --etcd) and the proxy (--kube "
     "proxy=...)."},
    {WAY, C_ETCD,
     "Check the network, the endpoint (--etcd, or ?endpoint=URL of a key) and the "
     "proxy (--net proxy=...)."},
    {WAY, C_ALL,
     "Check the network, the endpoint (?endpoint=URL of a key) and the proxy (--net "
     "proxy=...)."},
    {{ENVCRYPT_E_NET_BROKEN},
     ABOUT_CLUSTERS,
     "Try again; --option attempt-timeout-ms=N waits longer for an answer."},
    {{ENVCRYPT_E_NET_BROKEN},
     C_ALL,
     "Try again; --net attempt-timeout-ms=N waits longer for an answer."},
    {{ENVCRYPT_E_KUBE_EXEC},
     C_SECRETS,
     "--allow-exec allows it; for Amazon EKS --eks-cluster NAME needs no program."},
    {{ENVCRYPT_E_KUBE_EXEC}, C_CLUSTERS, "--allow-exec allows it."},
    {{ENVCRYPT_E_JOURNAL_OTHER},
     C_SECRETS,
     "--journal FILE names another one, --no-journal keeps none."},
    {{ENVCRYPT_E_CLUSTER_ACCESS},
     C_OUTLOOKS | C_CLUSTER_ENABLE | C_CLUSTER_ROTATE | C_CLUSTER_DISABLE,
     "--encrypt-existing-secrets=false leaves existing Secrets for `envcrypt cluster "
     "reencrypt`; --kubeconfig names another way to the server."},
    {{ENVCRYPT_E_CLUSTER_ACCESS},
     C_CLUSTER_API,
     "--kubeconfig names another way to the server."},
    {{ENVCRYPT_E_CLUSTER_OVERRIDE},
     C_OUTLOOKS | C_CLUSTER_CHANGES,
     "--override WORD does it all the same."},
    {{ENVCRYPT_E_TIMEOUT}, C_ALL, "--timeout gives it longer."},
    {{ENVCRYPT_E_TLS},
     C_SECRETS,
     "A CA file is set by the kubeconfig or --ca-file; that of etcd by "
     "--etcd-ca-file."},
    {{ENVCRYPT_E_TLS},
     C_ETCD,
     "A CA file is set by --ca-file for etcd, by --net ca-file=FILE for key services."},
    {{ENVCRYPT_E_TLS}, ABOUT_CLUSTERS, "A CA file is set by --option ca-file=FILE."},
    {{ENVCRYPT_E_TLS}, C_ALL, "A CA file is set by --net ca-file=FILE."},
    {{ENVCRYPT_E_REGION}, C_SECRETS, "--region names that of --eks-cluster."},
    {{ENVCRYPT_E_REGION},
     ABOUT_CLUSTERS,
     "--region names it, or metadata.region of the file that -f names."},
    {{ENVCRYPT_E_STORED_NO_KEY},
     C_ALL,
     "Keys of an EncryptionConfiguration are given by --config FILE; --key URI takes "
     "the place of a KMS plugin."},
    {{ENVCRYPT_E_NO_SPACE}, C_ALL, "Make room, or write elsewhere."},
    {{ENVCRYPT_E_KEY_READ_ONLY},
     C_ALL,
     "Write under another key: `rewrap` takes it by --to, `encrypt` as its first "
     "--key."},
    {{ENVCRYPT_E_KEY_NOT_FOUND},
     C_CLUSTERS,
     "`envcrypt cluster keys` shows which keys there are."},
    {{ENVCRYPT_E_KEY_NOT_FOUND},
     C_ALL,
     "`envcrypt keystore list STORE` shows what there is, `envcrypt inspect FILE` what "
     "a message needs; a newer copy of the store may have it."},
    {{ENVCRYPT_E_NO_KEY}, C_ALL, "`envcrypt inspect` shows which keys open it."},
};

static bool
is_from_service(const envcrypt_error *error)
{
    for (; error; error = envcrypt_error_cause(error)) {
        if (envcrypt_error_http_status(error) > 0)
            return true;
    }
    return false;
}

static bool
is_among(const int32_t codes[4], int32_t code)
{
    for (size_t i = 0; i < 4; i++) {
        if (codes[i] == code)
            return true;
    }
    return false;
}

const char *
hint_for(const command *of, const envcrypt_error *error)
{
    int32_t code = envcrypt_error_code(error);

    if (code == ENVCRYPT_E_KEY_NOT_FOUND && !(of->bit & C_CLUSTERS) &&
        is_from_service(error))
        return "`envcrypt key list SERVICE` shows which keys there are.";
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (is_among(hints[i].codes, code) && hints[i].commands & of->bit)
            return hints[i].words;
    }
    return NULL;
}
