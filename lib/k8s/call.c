/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/call.h"

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
    evc_kube_call *call = op->user;
    int rc = evc_kube_request(x, call->method, EVC_KUBE_JSON, call->content, err);

    if (rc)
        return rc;
    evc_buf_put_view(&x->path, evc_buf_view(&call->path));
    evc_buf_put_text(&x->query, call->query ? call->query : "");
    evc_buf_put_view(&x->body, evc_buf_view(&call->body));
    if (call->restart)
        call->restart(call->fields.user);
    evc_kube_fields_attach(&call->fields, x);
    rc = evc_buf_check(&x->path, err);
    if (!rc)
        rc = evc_buf_check(&x->query, err);
    return rc ? rc : evc_buf_check(&x->body, err);
}

static void
note_reply(evc_kube_call *call, const evc_exchange *x)
{
    call->status = x->status;
    call->date_ms = x->date_ms;
    call->at_ms = x->ended_ms;
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_kube_call *call = op->user;

    note_reply(call, x);
    return evc_kube_fields_end(&call->fields, err);
}

static int
settle(evc_operation *op, const evc_exchange *x, evc_error **err)
{
    (void)err;
    note_reply(op->user, x);
    return 0;
}

int
evc_kube_call_run(evc_kube *kube, evc_kube_call *call, evc_wait *wait, evc_error **err)
{
    const evc_operation_kind kind = {.name = call->name,
                                     .build = build,
                                     .read = read_reply,
                                     .settle = settle,
                                     .once = call->once};
    evc_operation op;
    int rc = evc_buf_check(&call->path, err);

    call->status = 0;
    call->date_ms = -1;
    if (!rc)
        rc = evc_buf_check(&call->body, err);
    if (rc)
        return rc;
    evc_operation_init(&op, &kind, evc_kube_peer(kube), call);
    op.subject = call->subject;
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    if (call->status)
        evc_kube_note_date(kube, call->date_ms, call->at_ms);
    evc_kube_fields_wipe(&call->fields);
    return rc;
}

void
evc_kube_call_reset(evc_kube_call *call)
{
    evc_buf_reset(&call->path);
    evc_buf_reset(&call->body);
    evc_kube_fields_wipe(&call->fields);
}
