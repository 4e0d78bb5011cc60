/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_wire.h"

#include <stdio.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define PAGE_SIZE "100"

bool
evc_eks_is_name(evc_view text)
{
    if (text.size < 1 || text.size > EVC_EKS_NAME_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        const char *letters = i ? LETTERS "-_" : LETTERS;

        if (!memchr(letters, text.data[i], strlen(letters)))
            return false;
    }
    return true;
}

/* --- requests --- */

static void
put_part(evc_buf *path, const char *text)
{
    if (!text)
        return;
    evc_buf_put_u8(path, '/');
    evc_percent_encode(path, evc_view_text(text), false);
}

static int
put_body(const evc_eks_ask *ask, evc_exchange *x, evc_error **err)
{
    evc_jwrite w;
    int rc = evc_headers_add(&x->headers, "content-type",
                             evc_view_text("application/json"), err);

    if (rc)
        return rc;
    evc_jwrite_begin(&w, &x->body, false);
    evc_jwrite_object(&w);
    rc = ask->write(ask->what, &w, err);
    evc_jwrite_end(&w);
    return rc ? rc : evc_jwrite_finish(&w, err);
}

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_eks_ask *ask = op->user;
    int rc = 0;

    x->method = ask->method;
    evc_buf_put_text(&x->path, "/clusters");
    put_part(&x->path, ask->cluster);
    if (ask->tail) {
        evc_buf_put_u8(&x->path, '/');
        evc_buf_put_text(&x->path, ask->tail);
    }
    put_part(&x->path, ask->id);
    if (ask->paged)
        evc_form_add(&x->query, "maxResults", evc_view_text(PAGE_SIZE));
    if (ask->paged && ask->marker->size > 1)
        evc_form_add(&x->query, "nextToken",
                     evc_view_text((const char *)ask->marker->data));
    if (ask->write)
        rc = put_body(ask, x, err);
    if (rc == 0)
        rc = evc_buf_check(&x->path, err);
    return rc ? rc : evc_buf_check(&x->query, err);
}

/* --- answers --- */

int
evc_eks_result(const evc_operation_kind *kind, int code, evc_error **err)
{
    if (code != ENVCRYPT_E_JSON)
        return code;
    return evc_err_wrap(err, ENVCRYPT_E_PROTOCOL,
                        "EKS answered %s with something that is no answer to it",
                        kind->name);
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_eks_ask *ask = op->user;
    const char *id = evc_headers_find(&x->reply_headers, "x-amzn-requestid");
    evc_fault told = {.code = 0};
    int rc =
        evc_json_parse(evc_buf_view(&x->reply), "the answer of EKS", &ask->doc, err);

    if (id)
        evc_fault_set_request_id(&told, evc_view_text(id));
    (void)snprintf(ask->request_id, sizeof(ask->request_id), "%s", told.request_id);
    return evc_eks_result(op->kind, rc, err);
}

#define OPERATION(variable, text)         \
    const evc_operation_kind variable = { \
        .name = (text), .build = build, .read = read_reply}

OPERATION(evc_eks_associate_encryption_config, "AssociateEncryptionConfig");
OPERATION(evc_eks_create_cluster, "CreateCluster");
OPERATION(evc_eks_describe_cluster, "DescribeCluster");
OPERATION(evc_eks_describe_update, "DescribeUpdate");
OPERATION(evc_eks_list_clusters, "ListClusters");
OPERATION(evc_eks_list_updates, "ListUpdates");

int
evc_eks_ask_run(evc_peer *peer, const evc_operation_kind *kind, evc_eks_ask *ask,
                evc_wait *wait, evc_error **err)
{
    evc_operation op;
    int rc;

    ask->doc = NULL;
    ask->request_id[0] = '\0';
    evc_operation_init(&op, kind, peer, ask);
    op.subject = ask->cluster;
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    if (rc) {
        evc_json_free(ask->doc);
        ask->doc = NULL;
    }
    return rc;
}

/* --- lists --- */

static int
take_names(const evc_json *root, const char *member,
           int (*fn)(void *user, const char *name, evc_error **err), void *user,
           evc_error **err)
{
    const evc_json *list = NULL;
    int rc = evc_json_array(root, member, &list, err);

    for (size_t i = 0; rc == 0 && i < evc_json_count(list); i++) {
        const char *name = evc_json_as_text(evc_json_at(list, i));

        rc = name ? fn(user, name, err)
                  : evc_err(err, ENVCRYPT_E_JSON, "a name in a list is no text");
    }
    return rc;
}

static int
take_marker(const evc_json *root, evc_buf *marker, uint32_t number, evc_error **err)
{
    const char *next = NULL;
    int rc = evc_json_text_opt(root, "nextToken", &next, err);

    if (rc)
        return rc;
    if (!next || !next[0]) {
        evc_buf_clear(marker);
        return 0;
    }
    if (strlen(next) > EVC_EKS_TOKEN_MAX || number >= EVC_EKS_PAGES ||
        (marker->size && strcmp(next, (const char *)marker->data) == 0))
        return evc_err(err, ENVCRYPT_E_JSON, "the pages of a list do not end");
    evc_buf_clear(marker);
    evc_buf_put(marker, next, strlen(next) + 1);
    return evc_buf_check(marker, err);
}

int
evc_eks_list(evc_peer *peer, const evc_operation_kind *kind, const char *cluster,
             int (*fn)(void *user, const char *name, evc_error **err), void *user,
             evc_wait *wait, evc_error **err)
{
    evc_buf marker;
    uint32_t number = 0;
    int rc;

    evc_buf_init(&marker);
    do {
        evc_eks_ask ask = {.method = "GET",
                           .cluster = cluster,
                           .tail = cluster ? "updates" : NULL,
                           .paged = true,
                           .marker = &marker};

        rc = evc_eks_ask_run(peer, kind, &ask, wait, err);
        if (rc)
            break;
        rc = take_names(evc_json_root(ask.doc), cluster ? "updateIds" : "clusters", fn,
                        user, err);
        if (rc == 0)
            rc = take_marker(evc_json_root(ask.doc), &marker, ++number, err);
        evc_json_free(ask.doc);
        rc = evc_eks_result(kind, rc, err);
    } while (rc == 0 && marker.size);
    evc_buf_reset(&marker);
    return rc;
}

/* --- bodies --- */

void
evc_eks_write_config(evc_jwrite *w, const char *key_arn)
{
    evc_jwrite_name(w, "encryptionConfig");
    evc_jwrite_array(w);
    evc_jwrite_object(w);
    evc_jwrite_name(w, "resources"); /* old endpoints refuse a request without it */
    evc_jwrite_array(w);
    evc_jwrite_text(w, "secrets");
    evc_jwrite_end(w);
    evc_jwrite_name(w, "provider");
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "keyArn", key_arn);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
}
