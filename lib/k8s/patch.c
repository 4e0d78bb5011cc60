/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/patch.h"

#include <string.h>

#include "base/mem.h"
#include "codec/jwrite.h"
#include "k8s/call.h"
#include "k8s/names.h"

/* Metadata of one object is at most what etcd takes, as JSON; it is read as it comes. */
#define ONE_MAX ((size_t)16 * 1024 * 1024)

/* --- both ------------------------------------------------------------------------- */

static int
put_target(evc_exchange *x, const evc_kube_resource *resource,
           const evc_kube_object *object, evc_error **err)
{
    evc_view ns = evc_view_text(object->ns);

    if (!evc_kube_is_object_name(resource->group, evc_view_text(object->name)) ||
        (resource->namespaced ? !evc_kube_is_label(ns) : ns.size > 0))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "%s has no object of this namespace and name", resource->plural);
    evc_kube_resource_path(resource, object->ns, object->name, &x->path);
    return evc_buf_check(&x->path, err);
}

static int
read_one(evc_kube_scan *scan, const evc_kube_object *asked, evc_error **err)
{
    int rc = evc_kube_scan_end(scan, err);

    if (rc)
        return rc;
    if (strcmp(scan->object.name, asked->name) != 0 ||
        strcmp(scan->object.ns, asked->ns) != 0)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the API server's reply is about another object");
    return 0;
}

/* Only the API server itself can say that an object is gone: a balancer before it, or a server
 * that does not serve the resource yet, answers 404 of an object that is there. */
static int
explain(evc_operation *op, const evc_exchange *x, evc_error **err)
{
    (void)err;
    if (x->status == 406)
        op->fault.advice = EVC_KUBE_TOO_OLD;
    if (x->status == 404 && strcmp(op->fault.provider_code, "NotFound") != 0) {
        op->fault.code = ENVCRYPT_E_PROTOCOL;
        op->fault.advice = "something else than Kubernetes may have answered, since "
                           "the reply does not name what was not found";
    }
    return 0;
}

/* --- patch ------------------------------------------------------------------------ */

static int
check_patch(const evc_kube_patch *patch, evc_error **err)
{
    const evc_kube_object *object = &patch->object;

    if (!object->uid[0] || !object->version[0])
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "%s \"%s\" is not patched without its uid and resourceVersion",
                       patch->resource->plural, object->name);
    if (!patch->annotation)
        return 0;
    if (!evc_kube_is_qualified_name(evc_view_text(patch->annotation)))
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "\"%s\" cannot be the name of an annotation: it is [DOMAIN/]NAME, "
            "the name of at most 63 letters, digits, -, _ and .",
            patch->annotation);
    if (!patch->value || strlen(patch->value) > EVC_KUBE_VALUE_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the annotation %s needs a value of at most %u bytes",
                       patch->annotation, EVC_KUBE_VALUE_MAX);
    return 0;
}

static int
write_body(const evc_kube_patch *patch, evc_buf *out, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "metadata");
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "uid");
    evc_jwrite_text(&w, patch->object.uid);
    evc_jwrite_name(&w, "resourceVersion");
    evc_jwrite_text(&w, patch->object.version);
    if (patch->annotation) {
        evc_jwrite_name(&w, "annotations");
        evc_jwrite_object(&w);
        evc_jwrite_name(&w, patch->annotation);
        evc_jwrite_text(&w, patch->value);
        evc_jwrite_end(&w);
    }
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

static int
build_patch(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_kube_patch *patch = op->user;
    int rc = check_patch(patch, err);

    if (!rc)
        rc = put_target(x, patch->resource, &patch->object, err);
    if (!rc)
        rc = write_body(patch, &x->body, err);
    if (!rc)
        rc = evc_kube_request(x, "PATCH", EVC_KUBE_ACCEPT_ONE, EVC_KUBE_MERGE_PATCH,
                              err);
    if (rc)
        return rc;
    evc_buf_put_text(&x->query, EVC_KUBE_MANAGER);
    if (patch->dry_run)
        evc_buf_put_text(&x->query, "&dryRun=All");
    evc_kube_scan_one(&patch->scan, patch->resource, NULL, x);
    return evc_buf_check(&x->query, err);
}

static int
read_patch(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_kube_patch *patch = op->user;
    evc_kube_object *after = &patch->scan.object;
    int rc = read_one(&patch->scan, &patch->object, err);

    (void)x;
    if (!rc && strcmp(after->uid, patch->object.uid) != 0)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the API server's reply is about another object of this name");
    if (!rc) {
        memcpy(patch->version, after->version, sizeof(patch->version));
        patch->written_ms = after->written_ms;
    }
    evc_kube_scan_reset(&patch->scan);
    return rc;
}

static const evc_operation_kind patch_kind = {.name = "patch",
                                              .build = build_patch,
                                              .read = read_patch,
                                              .settle = explain,
                                              .cap = ONE_MAX};

void
evc_kube_patch_init(evc_kube_patch *patch, evc_kube *kube, evc_operation *op)
{
    patch->version[0] = '\0';
    evc_operation_init(op, &patch_kind, evc_kube_peer(kube), patch);
    op->subject = patch->object.name;
}

int
evc_kube_patch_run(evc_kube *kube, evc_kube_patch *patch, evc_wait *wait,
                   evc_error **err)
{
    evc_operation op;
    int rc;

    evc_kube_patch_init(patch, kube, &op);
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    evc_kube_scan_reset(&patch->scan);
    return rc;
}

/* --- get -------------------------------------------------------------------------- */

static int
build_get(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_kube_get *get = op->user;
    int rc = put_target(x, get->resource, &get->object, err);

    if (!rc)
        rc = evc_kube_request(x, "GET", EVC_KUBE_ACCEPT_ONE, NULL, err);
    if (!rc)
        evc_kube_scan_one(&get->scan, get->resource, get->annotation, x);
    return rc;
}

static int
read_get(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_kube_get *get = op->user;
    int rc = read_one(&get->scan, &get->object, err);

    (void)x;
    if (!rc)
        get->object = get->scan.object;
    evc_kube_scan_reset(&get->scan);
    return rc;
}

static const evc_operation_kind get_kind = {.name = "get",
                                            .build = build_get,
                                            .read = read_get,
                                            .settle = explain,
                                            .cap = ONE_MAX};

void
evc_kube_get_init(evc_kube_get *get, evc_kube *kube, evc_operation *op)
{
    evc_operation_init(op, &get_kind, evc_kube_peer(kube), get);
    op->subject = get->object.name;
}

int
evc_kube_get_run(evc_kube *kube, evc_kube_get *get, evc_wait *wait, evc_error **err)
{
    evc_operation op;
    int rc;

    evc_kube_get_init(get, kube, &op);
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    evc_kube_scan_reset(&get->scan);
    return rc;
}
