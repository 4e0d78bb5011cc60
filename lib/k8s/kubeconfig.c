/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kubeconfig.h"

#include "base/utf8.h"
#include "k8s/kubeconfig_exec.h"
#include "k8s/kubeconfig_files.h"
#include "k8s/kubeconfig_user.h"

typedef struct reader {
    const evc_kubeconfig_wish *wish;
    evc_arena *arena;
    evc_kubeconfig_files files;
    const char *cluster; /* names, from wish or context */
    const char *user;
} reader;

/* --- names ------------------------------------------------------------------------ */

/* There is no context, cluster or user of this name. */
static int
refuse_name(const reader *r, const char *what, const char *name, const char *why,
            evc_error **err)
{
    evc_buf names;
    int rc;

    evc_buf_init(&names);
    evc_kubeconfig_files_names(&r->files, what, &names);
    rc = evc_buf_check(&names, err);
    if (rc == 0)
        rc = evc_err(err, ENVCRYPT_E_KUBECONFIG,
                     "the kubeconfig %s%s has no %s \"%s\"%s; there are: %s",
                     r->files.items[0].path, r->files.count > 1 ? " and others" : "",
                     what, name, why, (const char *)names.data);
    evc_buf_reset(&names);
    return rc;
}

static int
refuse_no_context(const reader *r, evc_error **err)
{
    evc_buf names;
    int rc;

    evc_buf_init(&names);
    evc_kubeconfig_files_names(&r->files, "context", &names);
    rc = evc_buf_check(&names, err);
    if (rc == 0 && !evc_kubeconfig_files_has_any(&r->files, "context"))
        rc = evc_err(err, ENVCRYPT_E_KUBECONFIG,
                     "the kubeconfig %s%s has no contexts, so it tells of no cluster; "
                     "see whether it is the right file",
                     r->files.items[0].path, r->files.count > 1 ? " and others" : "");
    else if (rc == 0)
        rc = evc_err(err, ENVCRYPT_E_KUBECONFIG,
                     "the kubeconfig %s%s has no current context; name one of those "
                     "that there are: %s",
                     r->files.items[0].path, r->files.count > 1 ? " and others" : "",
                     (const char *)names.data);
    evc_buf_reset(&names);
    return rc;
}

/* --- context ---------------------------------------------------------------------- */

/* "context NAME of FILE", or "cluster NAME of FILE" where no context is needed. */
static int
set_origin(const evc_kubeconfig_place *place, evc_kube_access *out, evc_error **err)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_format(&text, "%s %s of %s", place->what, place->name, place->path);
    rc = evc_text_take(&out->origin, &text, err);
    if (rc == 0)
        evc_utf8_clean(out->origin);
    return rc;
}

static int
read_context_of(reader *r, const char *name, evc_kube_access *out, evc_error **err)
{
    evc_kubeconfig_place place = {.element = NULL};
    int rc = evc_kubeconfig_files_find(&r->files, "context", name, &place, err);

    if (rc == 0 && !place.element)
        rc = refuse_name(r, "context", name, "", err);
    if (rc == 0 && !r->cluster)
        rc = evc_kubeconfig_text(&place, place.node, "cluster", &r->cluster, err);
    if (rc == 0 && !r->user && !r->wish->no_user)
        rc = evc_kubeconfig_text(&place, place.node, "user", &r->user, err);
    if (rc == 0)
        rc = evc_kubeconfig_copy(&place, place.node, "namespace", &out->ns, err);
    if (rc == 0 && !r->cluster)
        rc = evc_kubeconfig_refuse(&place, NULL, ENVCRYPT_E_KUBECONFIG,
                                   "it names no cluster", err);
    return rc == 0 ? set_origin(&place, out, err) : rc;
}

static int
read_context(reader *r, evc_kube_access *out, evc_error **err)
{
    const char *name = r->wish->context;
    int rc = 0;

    r->cluster = r->wish->cluster;
    r->user = r->wish->no_user ? NULL : r->wish->user;
    if (!name)
        rc = evc_kubeconfig_files_current(&r->files, &name, err);
    if (rc)
        return rc;
    if (name)
        return read_context_of(r, name, out, err);
    /* A cluster that was named needs no context. */
    return r->cluster ? 0 : refuse_no_context(r, err);
}

/* --- cluster ---------------------------------------------------------------------- */

static int
refuse_insecure(const evc_kubeconfig_place *place, evc_error **err)
{
    bool insecure = false;
    int rc = evc_kubeconfig_bool(place, place->node, "insecure-skip-tls-verify",
                                 &insecure, err);

    if (rc || !insecure)
        return rc;
    return evc_kubeconfig_refuse(
        place, evc_yaml_get(place->node, "insecure-skip-tls-verify"),
        ENVCRYPT_E_KUBE_INSECURE,
        "insecure-skip-tls-verify is true, so anybody on the way could pass for the "
        "server and take the credentials; put the CA of the cluster into "
        "certificate-authority-data, or the name of its certificate into "
        "tls-server-name, and take that line out",
        err);
}

static int
read_authority(const evc_kubeconfig_place *place, evc_kube_access *out, evc_error **err)
{
    bool found = false;
    evc_buf pem;
    int rc;

    evc_buf_init(&pem);
    rc = evc_kubeconfig_data(place, "certificate-authority-data", &pem, &found, err);
    if (rc == 0 && found)
        rc = evc_text_take(&out->ca_pem, &pem, err);
    else if (rc == 0)
        rc = evc_kubeconfig_path(place, "certificate-authority", &out->ca_file, err);
    evc_buf_reset(&pem);
    return rc;
}

static int
read_cluster_of(const evc_kubeconfig_place *place, evc_kube_access *out,
                evc_error **err)
{
    int rc = evc_kubeconfig_copy(place, place->node, "server", &out->server, err);

    if (rc == 0 && !out->server)
        rc = evc_kubeconfig_refuse(place, NULL, ENVCRYPT_E_KUBECONFIG,
                                   "it has no server", err);
    if (rc == 0)
        rc = refuse_insecure(place, err);
    if (rc == 0)
        rc = evc_kubeconfig_copy(place, place->node, "tls-server-name", &out->tls_name,
                                 err);
    if (rc == 0)
        rc = evc_kubeconfig_copy(place, place->node, "proxy-url", &out->proxy, err);
    if (rc == 0)
        rc = read_authority(place, out, err);
    return rc == 0 && !out->origin ? set_origin(place, out, err) : rc;
}

static int
read_cluster(const reader *r, evc_kubeconfig_place *place, evc_kube_access *out,
             evc_error **err)
{
    int rc = evc_kubeconfig_files_find(&r->files, "cluster", r->cluster, place, err);

    if (rc == 0 && !place->element)
        rc = refuse_name(r, "cluster", r->cluster,
                         r->wish->cluster ? "" : ", which the context names", err);
    return rc == 0 ? read_cluster_of(place, out, err) : rc;
}

/* --- all -------------------------------------------------------------------------- */

/* A context without a user is somebody unknown to the server. */
static int
read_user(const reader *r, evc_kube_access *out, evc_error **err)
{
    evc_kubeconfig_place place = {.element = NULL};
    int rc;

    if (!r->user)
        return 0;
    rc = evc_kubeconfig_files_find(&r->files, "user", r->user, &place, err);
    if (rc == 0 && !place.element)
        rc = refuse_name(r, "user", r->user,
                         r->wish->user ? "" : ", which the context names", err);
    /* Whether a text's plugin is allowed is not asked: check_text() refuses it anyway. */
    return rc == 0 ? evc_kubeconfig_user_read(&place,
                                              r->wish->allow_exec || r->wish->text.size,
                                              r->arena, out, err)
                   : rc;
}

/* A service that gives a kubeconfig has no program of this host run. */
static int
check_text(const evc_kubeconfig_wish *wish, const evc_kube_access *out, evc_error **err)
{
    if (!out->exec.command)
        return 0;
    return evc_err(err, ENVCRYPT_E_KUBECONFIG,
                   "the kubeconfig %s names a program of this host, which one that a "
                   "service gives must not; give a kubeconfig of your own",
                   wish->origin);
}

int
evc_kubeconfig_read(const evc_kubeconfig_wish *wish, evc_arena *arena,
                    const evc_log *log, evc_kube_access *out, evc_error **err)
{
    evc_kubeconfig_place cluster = {.element = NULL};
    reader r = {.wish = wish, .arena = arena};
    int rc = wish->text.size
                 ? evc_kubeconfig_files_take(wish->text, wish->origin, &r.files, err)
                 : evc_kubeconfig_files_open(wish->files, log, &r.files, err);

    if (rc == 0)
        rc = read_context(&r, out, err);
    if (rc == 0)
        rc = read_cluster(&r, &cluster, out, err);
    if (rc == 0)
        rc = read_user(&r, out, err);
    if (rc == 0 && wish->text.size)
        rc = check_text(wish, out, err);
    if (rc == 0 && out->exec.command)
        rc = evc_kubeconfig_exec_config(&cluster, &out->exec, err);
    evc_kubeconfig_files_close(&r.files);
    return rc;
}
