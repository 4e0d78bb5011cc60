/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/ask.h"

int
evc_kube_request(evc_exchange *x, const char *method, const char *accept,
                 const char *content, evc_error **err)
{
    int rc = evc_headers_add(&x->headers, "Accept", evc_view_text(accept), err);

    x->method = method;
    if (!rc && content)
        rc = evc_headers_add(&x->headers, "Content-Type", evc_view_text(content), err);
    return rc;
}

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_kube_ask *ask = op->user;
    int rc = evc_kube_request(x, ask->method, EVC_KUBE_JSON, ask->content, err);

    if (rc)
        return rc;
    evc_buf_put_view(&x->path, evc_buf_view(&ask->path));
    evc_buf_put_text(&x->query, ask->query ? ask->query : "");
    evc_buf_put_view(&x->body, evc_buf_view(&ask->body));
    if (ask->restart)
        ask->restart(ask->fields.user);
    evc_kube_fields_attach(&ask->fields, x);
    rc = evc_buf_check(&x->path, err);
    if (!rc)
        rc = evc_buf_check(&x->query, err);
    return rc ? rc : evc_buf_check(&x->body, err);
}

static void
note_reply(evc_kube_ask *ask, const evc_exchange *x)
{
    ask->status = x->status;
    ask->date_ms = x->date_ms;
    ask->at_ms = x->ended_ms;
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_kube_ask *ask = op->user;

    note_reply(ask, x);
    return evc_kube_fields_end(&ask->fields, err);
}

static int
settle(evc_operation *op, const evc_exchange *x, evc_error **err)
{
    (void)err;
    note_reply(op->user, x);
    return 0;
}

int
evc_kube_ask_run(evc_kube *kube, evc_kube_ask *ask, evc_wait *wait, evc_error **err)
{
    const evc_operation_kind kind = {.name = ask->name,
                                     .build = build,
                                     .read = read_reply,
                                     .settle = settle,
                                     .once = ask->once};
    evc_operation op;
    int rc = evc_buf_check(&ask->path, err);

    ask->status = 0;
    ask->date_ms = -1;
    if (!rc)
        rc = evc_buf_check(&ask->body, err);
    if (rc)
        return rc;
    evc_operation_init(&op, &kind, evc_kube_peer(kube), ask);
    op.subject = ask->subject;
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    evc_kube_fields_wipe(&ask->fields);
    return rc;
}

void
evc_kube_ask_reset(evc_kube_ask *ask)
{
    evc_buf_reset(&ask->path);
    evc_buf_reset(&ask->body);
    evc_kube_fields_wipe(&ask->fields);
}
