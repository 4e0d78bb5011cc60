/* SPDX-License-Identifier: Apache-2.0 */
/* GetCallerIdentity of STS, API 2015-04-01: it takes no permission. */
#include "auth/alibaba.h"
#include "auth/identity.h"
#include "auth/json_value.h"
#include "base/mem.h"
#include "net/operation.h"

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    int rc =
        evc_headers_add(&x->headers, "accept", evc_view_text("application/json"), err);

    x->method = "POST";
    if (rc)
        return rc;
    return evc_headers_add(&x->headers, "x-acs-action", evc_view_text(op->kind->name),
                           err);
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_view body = evc_buf_view(&x->reply);
    evc_buf *out = op->user;
    char *arn = NULL;
    char *type = NULL;
    int rc = evc_json_value_copy(body, "Arn", &arn, err);

    if (!rc)
        rc = evc_json_value_copy(body, "IdentityType", &type, err);
    if (!rc)
        rc = evc_identity_put(out, "the ARN", evc_view_text(arn ? arn : ""), err);
    if (!rc && type) {
        evc_buf_put_text(out, " (");
        rc =
            evc_identity_put(out, "the type of the identity", evc_view_text(type), err);
        evc_buf_put_text(out, ")");
    }
    evc_mem_free(arn);
    evc_mem_free(type);
    return rc ? rc : evc_buf_check(out, err);
}

static void
classify(const evc_exchange *x, evc_fault *fault)
{
    (void)evc_alibaba_classify_common(x, fault);
}

static const evc_operation_kind identity_kind = {
    .name = "GetCallerIdentity", .build = build, .read = read_reply};

int
evc_alibaba_identity(const evc_alibaba_config *config, evc_chain *chain,
                     const char *region, evc_wait *wait, evc_buf *out, evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    evc_peer *peer = NULL;
    evc_operation op;
    int rc = evc_alibaba_endpoint(config, "sts", region, &endpoint, err);

    if (!rc)
        rc = evc_alibaba_peer_open(config, endpoint, "alibaba-sts", "2015-04-01", chain,
                                   classify, &peer, err);
    if (!rc) {
        evc_operation_init(&op, &identity_kind, peer, out);
        rc = evc_operation_run(&op, wait, err);
        evc_operation_reset(&op);
    }
    evc_peer_unref(peer);
    evc_endpoint_unref(endpoint);
    return rc;
}
