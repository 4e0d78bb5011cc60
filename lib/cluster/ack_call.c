/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_call.h"

#include <stdio.h>

#include "cloud/json_reply.h"

static int
put_head(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    int rc =
        evc_headers_add(&x->headers, "accept", evc_view_text("application/json"), err);

    return rc ? rc
              : evc_headers_add(&x->headers, "x-acs-action",
                                evc_view_text(op->kind->name), err);
}

int
evc_ack_call_build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_ack_call *call = op->user;
    const evc_alibaba_parameter *one = call->query;
    int rc = put_head(op, x, err);

    x->method = call->method ? call->method : "POST";
    if (call->path)
        evc_percent_encode(&x->path, evc_view_text(call->path), true);
    for (; one && one->name; one++) {
        if (one->value)
            evc_form_add(&x->query, one->name, evc_view_text(one->value));
    }
    if (!rc && call->body) {
        evc_buf_put_view(&x->body, evc_buf_view(call->body));
        rc = evc_headers_add(&x->headers, "content-type",
                             evc_view_text("application/json; charset=utf-8"), err);
    }
    if (!rc)
        rc = evc_buf_check(&x->path, err);
    if (!rc)
        rc = evc_buf_check(&x->query, err);
    return rc ? rc : evc_buf_check(&x->body, err);
}

int
evc_ack_call_read(evc_operation *op, evc_exchange *x, evc_error **err)
{
    const char *id = evc_headers_find(&x->reply_headers, "x-acs-request-id");
    evc_ack_call *call = op->user;
    evc_fault named = {.code = 0};
    int rc;

    evc_fault_set_request_id(&named, evc_view_text(id));
    (void)snprintf(call->request_id, sizeof(call->request_id), "%s", named.request_id);
    if (call->any_answer && x->reply.size == 0)
        return 0;
    rc = evc_json_reply_parse(x, &call->doc, err);
    if (rc && call->any_answer) {
        evc_err_drop(err);
        rc = 0;
    }
    return evc_ack_call_result(op->kind, rc, err);
}

int
evc_ack_call_run(evc_peer *peer, const evc_operation_kind *kind, const char *subject,
                 evc_ack_call *call, evc_wait *wait, evc_error **err)
{
    evc_operation op;
    int rc;

    call->doc = NULL;
    call->request_id[0] = '\0';
    evc_operation_init(&op, kind, peer, call);
    op.subject = subject;
    rc = evc_operation_run(&op, wait, err);
    (void)snprintf(call->provider_code, sizeof(call->provider_code), "%s",
                   op.fault.code ? op.fault.provider_code : "");
    call->status = rc && rc == op.fault.code ? op.run.status : 0;
    evc_operation_reset(&op);
    if (rc) {
        evc_json_free(call->doc);
        call->doc = NULL;
    }
    return rc;
}

int
evc_ack_call_result(const evc_operation_kind *kind, int code, evc_error **err)
{
    if (code != ENVCRYPT_E_JSON)
        return code;
    return evc_err_wrap(err, ENVCRYPT_E_PROTOCOL,
                        "the answer of Alibaba Cloud to %s is not what the service "
                        "answers; check that the endpoint is the right one",
                        kind->name);
}
