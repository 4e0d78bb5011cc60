/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/in_cluster.h"

#include <string.h>

#include "base/environ.h"
#include "base/file.h"

#define NAMESPACE_MAX 64u
#define CA_MAX ((size_t)1024 * 1024)

static int
refuse(const char *what, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_KUBECONFIG,
                   "there is no access from inside of a pod: %s is missing; this is no "
                   "pod, or one with automountServiceAccountToken switched off",
                   what);
}

static int
set_server(evc_kube_access *out, evc_error **err)
{
    const char *host = evc_environ("KUBERNETES_SERVICE_HOST");
    const char *port = evc_environ("KUBERNETES_SERVICE_PORT");
    bool v6 = host && strchr(host, ':') && host[0] != '[';
    evc_buf url;

    if (!host)
        return refuse("the variable KUBERNETES_SERVICE_HOST", err);
    if (!port)
        return refuse("the variable KUBERNETES_SERVICE_PORT", err);
    evc_buf_init(&url);
    evc_buf_put_format(&url, "https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "",
                       port);
    return evc_text_take(&out->server, &url, err);
}

/* Appends a file of the folder; one that is not there is refused. */
static int
read_file(const char *folder, const char *name, size_t limit, evc_buf *out,
          evc_error **err)
{
    evc_buf path;
    int rc;

    evc_buf_init(&path);
    evc_buf_put_format(&path, "%s/%s", folder, name);
    evc_buf_put_u8(&path, 0);
    rc = evc_buf_check(&path, err);
    if (rc == 0)
        rc = evc_file_read((const char *)path.data, limit, 0, out, err);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND)
        rc = refuse((const char *)path.data, err);
    evc_buf_reset(&path);
    return rc;
}

/* The one that is not there in pods of other systems, and that may be missing. */
static int
set_namespace(const char *folder, evc_kube_access *out, evc_error **err)
{
    evc_error *ignored = NULL;
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    rc = read_file(folder, "namespace", NAMESPACE_MAX, &text, &ignored);
    evc_err_drop(&ignored);
    while (text.size && text.data[text.size - 1] <= ' ')
        evc_buf_truncate(&text, text.size - 1);
    if (rc == 0 && text.size)
        return evc_text_take(&out->ns, &text, err);
    evc_buf_reset(&text);
    return rc == ENVCRYPT_E_NOMEM ? evc_err_nomem(err) : 0;
}

int
evc_in_cluster_read(const char *folder, evc_kube_access *out, evc_error **err)
{
    evc_buf text;
    int rc = set_server(out, err);

    evc_buf_init(&text);
    if (rc == 0)
        rc = read_file(folder, "ca.crt", CA_MAX, &text, err);
    if (rc == 0)
        rc = evc_text_take(&out->ca_pem, &text, err);
    /* Read when it is needed, and again; but what is missing is told now. */
    if (rc == 0)
        rc = read_file(folder, "token", CA_MAX, &text, err);
    evc_buf_reset(&text);
    evc_buf_put_format(&text, "%s/token", folder);
    if (rc == 0)
        rc = evc_text_take(&out->token_file, &text, err);
    evc_buf_reset(&text);
    if (rc == 0)
        rc = set_namespace(folder, out, err);
    return rc == 0 ? evc_text_set(&out->origin, "this pod", err) : rc;
}
