/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/unreadable.h"

#include <stdio.h>
#include <string.h>

#include "auth/json_value.h"
#include "base/encode.h"
#include "base/mem.h"
#include "codec/jwrite.h"
#include "k8s/call.h"
#include "k8s/names.h"
#include "k8s/object_key.h"
#include "k8s/scan.h"
#include "net/http.h"

#define REPLY_MAX ((size_t)16 * 1024 * 1024) /* of a page that is readable after all */
#define TOKEN_MAX 512u

/* --- what the server says --- */

/* The last segments of a key of etcd: the object's name, and its namespace before it. */
static bool
read_key(evc_view key, bool namespaced, evc_unreadable_name *out)
{
    evc_view parts[2] = {{NULL, 0}, {NULL, 0}};
    size_t end = key.size;

    for (size_t i = 0; i < 2; i++) {
        size_t start = end;

        while (start > 0 && key.data[start - 1] != '/')
            start--;
        if (start == 0)
            return false; /* keys begin with a slash */
        parts[i] = evc_view_of(&key.data[start], end - start);
        end = start - 1;
    }
    if (!evc_kube_is_subdomain(parts[0]) ||
        (namespaced && !evc_kube_is_label(parts[1])))
        return false;
    *out = (evc_unreadable_name){.ns = ""};
    memcpy(out->name, parts[0].data, parts[0].size);
    if (namespaced)
        memcpy(out->ns, parts[1].data, parts[1].size);
    return true;
}

static void
take_key(evc_unreadable *u, evc_view key)
{
    if (u->count < EVC_UNREADABLE_MAX &&
        read_key(key, u->list.resource->namespaced, &u->names[u->count]))
        u->count++;
}

/* What stands between quotes behind the word. */
static evc_view
quoted_after(const char *text, const char *word)
{
    const char *start = strstr(text, word);
    const char *end;

    if (!start)
        return evc_view_of(NULL, 0);
    start += strlen(word);
    end = strchr(start, '"');
    return end ? evc_view_of(start, (size_t)(end - start)) : evc_view_of(NULL, 0);
}

/* `unable to transform key "/registry/secrets/a/b": …` */
static int
read_message(evc_unreadable *u, evc_view body, evc_error **err)
{
    char *message;
    int rc = evc_json_value_copy(body, "message", &message, err);

    if (rc || !message)
        return rc;
    take_key(u, quoted_after(message, "transform key \""));
    evc_mem_free_wiped(message, strlen(message));
    return 0;
}

static int
settle(evc_operation *op, const evc_exchange *x, evc_error **err)
{
    evc_unreadable *u = op->user;
    evc_view body = evc_buf_view(&x->reply);
    char path[64];

    if (op->fault.code != ENVCRYPT_E_KUBE_UNREADABLE)
        return 0;
    op->fault.code = 0;
    for (unsigned i = 0; i < EVC_UNREADABLE_MAX; i++) {
        evc_view key;

        (void)snprintf(path, sizeof(path), "details.causes.%u.field", i);
        key = evc_json_value_text(body, path);
        if (key.size == 0)
            break;
        take_key(u, key);
    }
    return u->count ? 0 : read_message(u, body, err);
}

/* --- the request --- */

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_unreadable *u = op->user;
    const evc_kube_list *list = &u->list;
    int rc = evc_kube_request(x, "GET", EVC_KUBE_ACCEPT_LIST, NULL, err);

    if (rc)
        return rc;
    u->readable = false;
    u->count = 0;
    evc_kube_resource_path(list->resource, list->ns, NULL, &x->path);
    evc_buf_put_format(&x->query, "limit=%u", (unsigned int)list->limit);
    if (list->labels && list->labels[0])
        evc_form_add(&x->query, "labelSelector", evc_view_text(list->labels));
    if (list->token.size)
        evc_form_add(&x->query, "continue", list->token);
    rc = evc_buf_check(&x->path, err);
    return rc ? rc : evc_buf_check(&x->query, err);
}

/* What it is, is not read here: the list begins anew. */
static int
read_page(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_unreadable *u = op->user;

    (void)x;
    (void)err;
    u->readable = true;
    return 0;
}

static const evc_operation_kind kind = {.name = "list",
                                        .build = build,
                                        .read = read_page,
                                        .settle = settle,
                                        .cap = REPLY_MAX};

void
evc_unreadable_init(evc_unreadable *unreadable, evc_kube *kube, evc_operation *op)
{
    evc_operation_init(op, &kind, evc_kube_peer(kube), unreadable);
    op->subject = unreadable->list.resource->plural;
}

/* --- what is said of it --- */

/*
 * Deleting it unread: ignoreStoreReadErrorWithClusterBreakingPotential of DeleteOptions
 * (k8s.io/apimachinery, pkg/apis/meta/v1/types.go; KEP-3926), which kubectl has no option for.
 */
int
evc_unreadable_explain(const evc_unreadable *unreadable, evc_error **out,
                       evc_error **err)
{
    const evc_kube_resource *resource = unreadable->list.resource;
    evc_buf path;
    int rc;

    evc_buf_init(&path);
    evc_kube_resource_path(resource, resource->namespaced ? "NAMESPACE" : NULL, "NAME",
                           &path);
    evc_buf_put_u8(&path, 0);
    rc = evc_buf_check(&path, err);
    if (rc == 0) {
        (void)evc_err(
            out, ENVCRYPT_E_KUBE_UNREADABLE,
            "the API server cannot read what it stored: a key or its plugin is "
            "missing, or the value was changed. See what protects it (envcrypt etcd "
            "inspect) and put that provider, plugin or key back; or, if it may be "
            "lost, delete it unread: kubectl delete --raw "
            "'%s?ignoreStoreReadErrorWithClusterBreakingPotential=true' (Kubernetes "
            "1.37, or the feature gate AllowUnsafeMalformedObjectDeletion)",
            (const char *)path.data);
    }
    evc_buf_reset(&path);
    return rc;
}

/* --- behind it --- */

static bool
is_behind(const evc_unreadable_name *a, const evc_unreadable_name *b)
{
    char rooms[2][EVC_OBJECT_KEY_MAX];

    return evc_view_compare(evc_object_key(a->ns, a->name, rooms[0]),
                            evc_object_key(b->ns, b->name, rooms[1])) > 0;
}

const evc_unreadable_name *
evc_unreadable_last(const evc_unreadable *unreadable)
{
    const evc_unreadable_name *last = &unreadable->names[0];

    for (size_t i = 1; i < unreadable->count; i++) {
        if (is_behind(&unreadable->names[i], last))
            last = &unreadable->names[i];
    }
    return last;
}

/* rv -1: as it is now. The key it begins with is the object's, and the least byte more. */
int
evc_unreadable_token(const char *list_ns, const evc_unreadable_name *behind,
                     evc_buf *out, evc_error **err)
{
    uint8_t key_room[EVC_KUBE_NAMESPACE_MAX + EVC_KUBE_NAME_MAX + 2];
    uint8_t token_room[TOKEN_MAX];
    evc_buf key;
    evc_buf token;
    evc_jwrite w;
    int rc;

    evc_buf_init_fixed(&key, key_room, sizeof(key_room));
    if (!list_ns && behind->ns[0])
        evc_buf_put_format(&key, "%s/", behind->ns);
    evc_buf_put(&key, behind->name, strlen(behind->name) + 1); /* its NUL too */
    evc_buf_init_fixed(&token, token_room, sizeof(token_room));
    evc_jwrite_begin(&w, &token, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "v");
    evc_jwrite_text(&w, "meta.k8s.io/v1");
    evc_jwrite_name(&w, "rv");
    evc_jwrite_integer(&w, -1);
    evc_jwrite_name(&w, "start");
    evc_jwrite_view(&w, evc_buf_view(&key));
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    if (rc)
        return rc;
    evc_encode_base64url(out, evc_buf_view(&token));
    return evc_buf_check(out, err);
}
