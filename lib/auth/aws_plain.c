/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_plain.h"

#include "auth/fetched.h"

typedef struct plain {
    const evc_aws_plain *request;
    evc_buf *reply;
} plain;

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const plain *p = op->user;
    const evc_aws_plain *r = p->request;
    int rc = 0;

    x->method = r->method;
    evc_buf_put_view(&x->path, r->path);
    evc_buf_put_view(&x->query, r->query);
    evc_buf_put_view(&x->body, r->body);
    for (size_t i = 0; rc == 0 && i < EVC_AWS_PLAIN_HEADERS && r->headers[i].name;
         i++) {
        const evc_aws_plain_header *h = &r->headers[i];

        rc = h->secret ? evc_headers_add_secret(&x->headers, h->name, h->value, err)
                       : evc_headers_add(&x->headers, h->name, h->value, err);
    }
    if (rc == 0)
        rc = evc_buf_check(&x->path, err);
    if (rc == 0)
        rc = evc_buf_check(&x->query, err);
    return rc == 0 ? evc_buf_check(&x->body, err) : rc;
}

/* The buffers change places, so nothing is copied. */
static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    const plain *p = op->user;
    evc_buf taken = x->reply;

    (void)err;
    x->reply = *p->reply;
    *p->reply = taken;
    return 0;
}

int
evc_aws_plain_run(evc_peer *peer, const evc_aws_plain *request, evc_wait *wait,
                  evc_buf *reply, int *status, evc_error **err)
{
    const evc_operation_kind kind = {
        .name = request->name, .build = build, .read = read_reply, .secret = true};
    plain p = {request, reply};
    evc_operation op;
    int rc;

    evc_operation_init(&op, &kind, peer, &p);
    rc = evc_fetched_run(&op, wait, err);
    *status = op.run.status;
    return rc;
}
