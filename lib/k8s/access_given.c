/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/access_given.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "k8s/env_proxy.h"
#include "k8s/in_cluster.h"
#include "k8s/kubeconfig.h"

/* --- what goes together ----------------------------------------------------------- */

static bool
names_kubeconfig(const evc_kube_options *o)
{
    return o->kubeconfig || o->kubeconfig_text.size || o->context || o->cluster ||
           o->user;
}

static bool
has_user(const evc_kube_options *o)
{
    return o->token || o->token_file || o->client_cert || o->eks_cluster;
}

static int
check(const evc_kube_options *o, evc_error **err)
{
    const char *why = NULL;

    if (!!o->server + o->in_cluster + names_kubeconfig(o) > 1)
        why =
            "a server, the pod that this runs in and a kubeconfig exclude one another";
    else if (o->kubeconfig && o->kubeconfig_text.size)
        why = "one kubeconfig is a file and another one was given as a text";
    else if (!!o->token + !!o->token_file + !!o->eks_cluster > 1)
        why = "of a token, a file with one and tokens for EKS only one is possible";
    else if (!o->client_cert != !o->client_key)
        why =
            "a client certificate and its key go together, and one of them is missing";
    else if (o->ca_file && o->ca_pem)
        why = "the authorities of the server's certificate are given twice";
    else if (o->as_groups && !o->as_user)
        why = "groups can be impersonated only together with a user";
    else if ((o->aws_region || o->aws_profile || o->aws_chain) && !o->eks_cluster)
        why = "options of AWS are for clusters of EKS; name the cluster by eks-cluster";
    if (!why)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "access to an API server cannot be opened: %s", why);
}

static int
check_proxy(const char *proxy, evc_error **err)
{
    if (!proxy || evc_env_proxy_is_usable(proxy))
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the proxy to an API server cannot be what was given: it is "
                   "http://HOST:PORT or socks5://HOST:PORT, or empty for none; it has "
                   "no name and password");
}

/* --- where it is ------------------------------------------------------------------ */

static int
read_place(const evc_kube_options *o, evc_env *env, evc_kube_access *out,
           evc_error **err)
{
    const evc_kubeconfig_wish wish = {.files = o->kubeconfig,
                                      .text = o->kubeconfig_text,
                                      .origin = o->kubeconfig_origin,
                                      .context = o->context,
                                      .cluster = o->cluster,
                                      .user = o->user,
                                      .no_user = has_user(o),
                                      .allow_exec = o->allow_exec};
    int rc;

    if (o->in_cluster)
        return evc_in_cluster_read(EVC_IN_CLUSTER_FOLDER, out, err);
    if (!o->server)
        return evc_kubeconfig_read(&wish, env->arena, &env->log, out, err);
    rc = evc_text_set(&out->server, o->server, err);
    return rc == 0 ? evc_text_set(&out->origin, "the options given", err) : rc;
}

/* --- what they say ---------------------------------------------------------------- */

static int
set_server(const evc_kube_options *o, evc_kube_access *out, evc_error **err)
{
    int rc = 0;

    if (o->ca_file || o->ca_pem) {
        rc = evc_text_set(&out->ca_pem, o->ca_pem, err);
        if (rc == 0)
            rc = evc_text_set(&out->ca_file, o->ca_file, err);
    }
    if (rc == 0 && o->tls_name)
        rc = evc_text_set(&out->tls_name, o->tls_name, err);
    if (rc == 0 && o->proxy)
        rc = evc_text_set(&out->proxy, o->proxy, err);
    return rc;
}

static int
set_user(const evc_kube_options *o, evc_arena *arena, evc_kube_access *out,
         evc_error **err)
{
    int rc = 0;

    if (has_user(o)) /* not the pod's */
        rc = evc_text_set(&out->token_file, o->token_file, err);
    if (rc == 0 && o->token)
        rc = evc_kube_access_keep(arena, "the token for the API server",
                                  evc_view_of(o->token->bytes, o->token->size),
                                  &out->token, err);
    if (rc == 0 && o->client_cert)
        rc = evc_text_set(&out->cert_file, o->client_cert, err);
    if (rc == 0 && o->client_key)
        rc = evc_text_set(&out->key_file, o->client_key, err);
    return rc;
}

static int
add_groups(const char *groups, evc_kube_access *out, evc_error **err)
{
    int rc = 0;

    for (size_t at = 0; rc == 0 && groups[at];) {
        size_t size = strcspn(&groups[at], ",");
        char *group = evc_mem_text(&groups[at], size);

        if (!group)
            return evc_err_nomem(err);
        if (size)
            rc = evc_kube_access_as(out, "Group", group, err);
        evc_mem_free(group);
        at += size;
        at += groups[at] == ',';
    }
    return rc;
}

/* In the place of whom a kubeconfig impersonates. */
static int
set_as(const evc_kube_options *o, evc_kube_access *out, evc_error **err)
{
    int rc;

    if (!o->as_user)
        return 0;
    evc_headers_reset(&out->as);
    rc = evc_kube_access_as(out, "User", o->as_user, err);
    return rc == 0 && o->as_groups ? add_groups(o->as_groups, out, err) : rc;
}

/* --- who we are -------------------------------------------------------------------- */

/* What proves who we are, dropped. */
static void
drop_user(evc_kube_access *out)
{
    evc_secret_free(&out->token);
    evc_secret_free(&out->key_pem);
    evc_mem_free(out->token_file);
    evc_mem_free(out->cert_file);
    evc_mem_free(out->cert_pem);
    evc_mem_free(out->key_file);
    evc_mem_free(out->exec.command);
    out->token_file = NULL;
    out->cert_file = NULL;
    out->cert_pem = NULL;
    out->key_file = NULL;
    out->exec.command = NULL;
}

/* What is refused for that is told by a server as if credentials were bad. */
static void
note_nobody(const evc_kube_options *o, const evc_kube_access *out, evc_log *log)
{
    if (!has_user(o) && !evc_kube_access_has_user(out))
        evc_log_write(
            log, ENVCRYPT_LOG_WARNING,
            "there are no credentials for the server of %s, so it is asked as "
            "nobody",
            out->origin);
}

static int
check_user(const evc_kube_options *o, evc_env *env, evc_kube_access *out,
           evc_error **err)
{
    if (strncasecmp(out->server, "http://", 7) != 0) {
        note_nobody(o, out, &env->log);
        return 0;
    }
    if (has_user(o))
        return evc_err(err, ENVCRYPT_E_ENDPOINT,
                       "credentials are not sent over http, where everybody between "
                       "could read them; give the https address of the server that "
                       "%s names, or no credentials",
                       out->origin);
    if (!evc_kube_access_has_user(out))
        return 0;
    evc_log_write(&env->log, ENVCRYPT_LOG_WARNING,
                  "the server of %s is called over http, so its user's credentials are "
                  "not sent",
                  out->origin);
    drop_user(out);
    return 0;
}

int
evc_access_given_read(const evc_kube_options *options, evc_env *env,
                      evc_kube_access *out, evc_error **err)
{
    int rc = check(options, err);

    if (rc == 0)
        rc = read_place(options, env, out, err);
    if (rc == 0)
        rc = set_server(options, out, err);
    if (rc == 0)
        rc = set_user(options, env->arena, out, err);
    if (rc == 0)
        rc = set_as(options, out, err);
    if (rc == 0)
        rc = check_proxy(out->proxy, err);
    return rc == 0 ? check_user(options, env, out, err) : rc;
}
