/* SPDX-License-Identifier: Apache-2.0 */
/* An API server of Kubernetes, opened by the options of the command line. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct setting {
    const char *name;  /* the library's */
    const char *value; /* NULL: not given */
} setting;

/* --kube NAME=VALUE */
static int
set_pair(envcrypt_kube_config *config, const char *given)
{
    envcrypt_error *error = NULL;
    const char *value = NULL;
    char *name = NULL;
    int rc = options_split("--kube", given, &name, &value);

    if (!rc)
        rc = check(envcrypt_kube_config_set(config, name, value, &error), &error,
                   "--kube");
    free(name);
    return rc;
}

static int
set_server(const cli *c, envcrypt_kube_config *config)
{
    const setting settings[] = {
        {"kubeconfig", c->kubeconfig},
        {"context", c->kube_context},
        {"in-cluster", c->in_cluster ? "true" : NULL},
        {"server", c->server},
        {"ca-file", c->server_ca},
        {"client-cert", c->server_cert},
        {"client-key", c->server_key},
        {"token-file", c->token_file},
        {"eks-cluster", c->eks_cluster},
        {"aws-region", c->aws_region},
        {"aws-profile", c->aws_profile},
        {"allow-exec", c->allow_exec ? "true" : NULL},
    };
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof settings / sizeof *settings; i++) {
        envcrypt_error *error = NULL;

        if (settings[i].value)
            rc = check(envcrypt_kube_config_set(config, settings[i].name,
                                                settings[i].value, &error),
                       &error, NULL);
    }
    for (size_t i = 0; !rc && i < c->kube.count; i++)
        rc = set_pair(config, c->kube.items[i]);
    return rc;
}

int
access_open_server(const cli *c, envcrypt_kube **out)
{
    envcrypt_kube_config *config = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_kube_config_new(c->client, &config, &error), &error, NULL);

    if (!rc)
        rc = set_server(c, config);
    if (!rc)
        rc = check(envcrypt_kube_open(config, out, &error), &error, NULL);
    envcrypt_kube_config_free(config);
    return rc;
}
