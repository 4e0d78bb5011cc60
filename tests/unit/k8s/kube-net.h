/* SPDX-License-Identifier: Apache-2.0 */
/* An API server of a list of replies: served-net.h, and an operation that asks it. */
#ifndef EVC_TESTS_KUBE_NET_H
#define EVC_TESTS_KUBE_NET_H

#include "../auth/served-net.h"
#include "net/operation.h"

static inline int
kube_build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    x->method = "GET";
    evc_buf_put_text(&x->path, "/api/v1/secrets");
    return evc_buf_check(&x->path, err);
}

static inline int
kube_read(evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    (void)x;
    (void)err;
    return 0;
}

static const evc_operation_kind kube_kind = {
    .name = "list", .build = kube_build, .read = kube_read};

/* err may be NULL. */
static inline int
kube_run(evc_peer *peer, evc_error **err)
{
    evc_operation op;
    int rc;

    evc_operation_init(&op, &kube_kind, peer, NULL);
    rc = evc_operation_run(&op, &wait_of_test, err);
    evc_operation_reset(&op);
    return rc;
}

#endif
