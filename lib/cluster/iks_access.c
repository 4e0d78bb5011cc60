/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_access.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cluster/iks_link.h"
#include "codec/jwrite.h"
#include "codec/yaml.h"

#define CA_MAX ((size_t)65536)

/* --- the kubeconfig --- */

/* The named member of the first entry of a list: {clusters: [{cluster: {…}}]}. */
static const evc_yaml *
first_of(const evc_yaml *root, const char *list, const char *member)
{
    return evc_yaml_get(evc_yaml_at(evc_yaml_get(root, list), 0), member);
}

static const char *
text_of(const evc_yaml *map, const char *name)
{
    return evc_yaml_text(evc_yaml_get(map, name), NULL);
}

static int
refuse(const char *what, evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_KUBECONFIG,
        "the kubeconfig that IBM Cloud gave has no %s; give one by the option "
        "kubeconfig",
        what);
}

static int
take_ca(const evc_yaml *cluster, evc_iks_kubeconfig *out, evc_error **err)
{
    const char *data = text_of(cluster, "certificate-authority-data");
    size_t size = 0;
    int rc;

    if (!data || !data[0])
        return 0;
    if (strlen(data) > CA_MAX)
        return refuse("authority of a size that can be", err);
    out->ca = evc_mem_new(strlen(data) + 1); /* what it decodes to is shorter */
    if (!out->ca)
        return evc_err_nomem(err);
    rc = evc_decode_base64(evc_view_text(data), out->ca, strlen(data), &size, err);
    if (rc)
        return refuse("authority in base64", err);
    out->ca[size] = '\0';
    return 0;
}

/* The token of the provider oidc, or a plain one. */
static int
take_token(const evc_yaml *user, evc_arena *arena, evc_iks_kubeconfig *out,
           evc_error **err)
{
    const evc_yaml *provider = evc_yaml_get(user, "auth-provider");
    const char *token = text_of(evc_yaml_get(provider, "config"), "id-token");
    int rc;

    if (!token || !token[0])
        token = text_of(user, "token");
    if (!token || !token[0])
        return refuse("token", err);
    rc = evc_secret_new(arena, strlen(token), &out->token, err);
    if (!rc)
        memcpy(out->token.bytes, token, strlen(token));
    return rc;
}

int
evc_iks_kubeconfig_read(evc_view text, evc_arena *arena, evc_iks_kubeconfig *out,
                        evc_error **err)
{
    evc_yaml_doc *doc = NULL;
    const evc_yaml *root;
    const char *server;
    int rc = evc_yaml_parse(text, "the kubeconfig of IBM Cloud", &doc, err);

    *out = (evc_iks_kubeconfig){.server = NULL};
    if (rc)
        return rc;
    root = evc_yaml_root(doc, 0);
    server = text_of(first_of(root, "clusters", "cluster"), "server");
    if (!server || strncmp(server, "https://", 8) != 0) {
        rc = refuse("server that is reached by https", err);
    } else {
        out->server = evc_mem_strdup(server);
        rc = out->server ? 0 : evc_err_nomem(err);
    }
    if (!rc)
        rc = take_ca(first_of(root, "clusters", "cluster"), out, err);
    if (!rc)
        rc = take_token(first_of(root, "users", "user"), arena, out, err);
    if (rc)
        evc_iks_kubeconfig_reset(out);
    evc_yaml_free(doc);
    return rc;
}

void
evc_iks_kubeconfig_reset(evc_iks_kubeconfig *config)
{
    evc_mem_free(config->server);
    evc_mem_free(config->ca);
    evc_secret_free(&config->token);
    *config = (evc_iks_kubeconfig){.server = NULL};
}

/* --- asking for it --- */

typedef struct applying {
    evc_ibm_ask ask; /* first: it is the operation's user */
    const evc_secret *refresh;
    evc_iks_kubeconfig *out;
} applying;

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const applying *a = op->user;
    int rc = evc_ibm_ask_build(op, x, err);

    if (!rc)
        rc = evc_headers_add_secret(&x->headers, "x-auth-refresh-token",
                                    evc_view_of(a->refresh->bytes, a->refresh->size),
                                    err);
    return rc;
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    applying *a = op->user;

    return evc_iks_kubeconfig_read(evc_buf_view(&x->reply),
                                   evc_net_env(op->peer->net)->arena, a->out, err);
}

static const evc_operation_kind apply_kind = {.name = "apply RBAC and get kubeconfig",
                                              .build = build,
                                              .read = read_reply,
                                              .secret = true,
                                              .cap = EVC_REPLY_MAX};

static int
write_body(const evc_cluster_state *state, evc_buf *out, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_member_text(&w, "cluster",
                           evc_cluster_state_text(state, EVC_CLUSTER_ID));
    evc_jwrite_member_text(&w, "format", "yaml");
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

static int
ask_for_it(evc_cluster *cluster, const evc_cluster_state *state,
           const evc_secret *refresh, evc_wait *wait, evc_iks_kubeconfig *out,
           evc_error **err)
{
    applying a = {.ask = evc_iks_ask(cluster, &apply_kind, "applyRBACAndGetKubeconfig"),
                  .refresh = refresh,
                  .out = out};
    int rc;

    a.ask.method = "POST";
    a.ask.type = "application/json";
    rc = write_body(state, &a.ask.body, err);
    if (!rc)
        rc = evc_ibm_ask_run(&a.ask, wait, err);
    evc_ibm_ask_reset(&a.ask);
    return rc;
}

int
evc_iks_access(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
               evc_kube **out, evc_error **err)
{
    const evc_iks *iks = cluster->state;
    evc_iks_kubeconfig config = {.server = NULL};
    evc_secret refresh = {.bytes = NULL};
    int rc = evc_ibm_refresh_token(iks->config, wait, &refresh, err);

    *out = NULL;
    if (rc == ENVCRYPT_E_UNSUPPORTED)
        rc = evc_err_wrap(err, ENVCRYPT_E_UNSUPPORTED,
                          "IBM Cloud makes kubeconfigs for who logs in by an API key "
                          "alone; give one by the option kubeconfig");
    if (!rc)
        rc = ask_for_it(cluster, state, &refresh, wait, &config, err);
    evc_secret_free(&refresh);
    if (!rc) {
        const evc_kube_options options = {
            .server = config.server, .ca_pem = config.ca, .token = &config.token};

        rc = evc_kube_open(cluster->crypto, cluster->net, &options, out, err);
    }
    evc_iks_kubeconfig_reset(&config);
    return rc;
}
