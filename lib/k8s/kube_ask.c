/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kube_ask.h"

#include <string.h>

#include "auth/json_value.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "net/operation.h"

#define METADATA \
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
#define GROUPS_MAX 32u

static int
build(evc_exchange *x, const char *path, const char *accept, evc_error **err)
{
    x->method = "GET";
    evc_buf_put_text(&x->path, path);
    if (evc_headers_add(&x->headers, "accept", evc_view_text(accept), err))
        return evc_err_nomem(err);
    return evc_buf_check(&x->path, err);
}

static int
run(const evc_operation_kind *kind, evc_peer *peer, evc_wait *wait, evc_buf *out,
    evc_error **err)
{
    evc_operation op;
    int rc;

    evc_operation_init(&op, kind, peer, out);
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    return rc;
}

/* A short word of a reply, by its path. */
static int
put_word(const evc_exchange *x, const char *path, evc_buf *out, evc_error **err)
{
    evc_view word = evc_json_value_text(evc_buf_view(&x->reply), path);
    bool fine = word.size >= 1 && word.size <= EVC_KUBE_ANSWER_MAX;

    for (size_t i = 0; fine && i < word.size; i++)
        fine = word.data[i] > ' ' && word.data[i] <= '~';
    if (!fine)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "what answered is no API server of Kubernetes: its reply has no "
                       "%s",
                       path);
    evc_buf_put_view(out, word);
    return evc_buf_check(out, err);
}

/* --- version ---------------------------------------------------------------------- */

static int
build_version(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    return build(x, "/version", "application/json", err);
}

static int
read_version(evc_operation *op, evc_exchange *x, evc_error **err)
{
    return put_word(x, "gitVersion", op->user, err);
}

int
evc_kube_ask_version(evc_peer *peer, evc_wait *wait, evc_buf *out, evc_error **err)
{
    static const evc_operation_kind kind = {
        .name = "version", .build = build_version, .read = read_version};

    return run(&kind, peer, wait, out, err);
}

/* --- uid -------------------------------------------------------------------------- */

static int
build_uid(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    return build(x, "/api/v1/namespaces/kube-system", METADATA, err);
}

static int
read_uid(evc_operation *op, evc_exchange *x, evc_error **err)
{
    return put_word(x, "metadata.uid", op->user, err);
}

int
evc_kube_ask_uid(evc_peer *peer, evc_wait *wait, evc_buf *out, evc_error **err)
{
    static const evc_operation_kind kind = {
        .name = "get-namespace", .build = build_uid, .read = read_uid};

    return run(&kind, peer, wait, out, err);
}

/* --- identity --------------------------------------------------------------------- */

static int
build_identity(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    int rc = build(x, "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                   "application/json", err);

    (void)op;
    x->method = "POST";
    if (rc == 0)
        rc = evc_headers_add(&x->headers, "content-type",
                             evc_view_text("application/json"), err);
    evc_buf_put_text(&x->body, "{\"kind\":\"SelfSubjectReview\","
                               "\"apiVersion\":\"authentication.k8s.io/v1\"}");
    return rc ? rc : evc_buf_check(&x->body, err);
}

/* Appends the text at path, printable; *found false when there is none. */
static int
put_name(const evc_exchange *x, const char *path, const char *before, evc_buf *out,
         bool *found, evc_error **err)
{
    char *text = NULL;
    int rc = evc_json_value_copy(evc_buf_view(&x->reply), path, &text, err);

    *found = text != NULL;
    if (rc || !text)
        return rc;
    evc_utf8_clean(text);
    evc_buf_put_text(out, before);
    evc_buf_put_text(out, text);
    evc_mem_free(text);
    return evc_buf_check(out, err);
}

static int
put_groups(const evc_exchange *x, evc_buf *out, evc_error **err)
{
    bool found = true;
    int rc = 0;

    for (unsigned i = 0; rc == 0 && found && i < GROUPS_MAX; i++) {
        char path[48];
        evc_buf text;

        evc_buf_init_fixed(&text, path, sizeof(path));
        evc_buf_put_format(&text, "status.userInfo.groups.%u", i);
        evc_buf_put_u8(&text, 0);
        rc = put_name(x, path, i == 0 ? ", groups " : ", ", out, &found, err);
    }
    return rc;
}

static int
read_identity(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_buf *out = op->user;
    size_t begin = out->size;
    bool found = false;
    int rc = put_name(x, "status.userInfo.username", "", out, &found, err);

    if (rc == 0 && !found)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the API server's answer does not say who we are");
    if (rc == 0)
        rc = put_groups(x, out, err);
    if (rc == 0 && out->size - begin > EVC_KUBE_ANSWER_MAX)
        evc_buf_truncate(out, begin + EVC_KUBE_ANSWER_MAX);
    return rc;
}

int
evc_kube_ask_identity(evc_peer *peer, evc_wait *wait, evc_buf *out, evc_error **err)
{
    static const evc_operation_kind kind = {
        .name = "self-subject-review", .build = build_identity, .read = read_identity};

    return run(&kind, peer, wait, out, err);
}
