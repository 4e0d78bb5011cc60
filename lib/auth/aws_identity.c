/* SPDX-License-Identifier: Apache-2.0 */
/* GetCallerIdentity of STS, API 2011-06-15: it takes no permission. */
#include "auth/aws.h"
#include "auth/identity.h"
#include "auth/json_value.h"
#include "base/mem.h"
#include "codec/xml.h"
#include "net/operation.h"

#define JSON_RESULT "GetCallerIdentityResponse.GetCallerIdentityResult."
#define XML_RESULT "GetCallerIdentityResponse/GetCallerIdentityResult/"

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    int rc = evc_headers_add(&x->headers, "content-type",
                             evc_view_text("application/x-www-form-urlencoded; "
                                           "charset=utf-8"),
                             err);

    x->method = "POST";
    evc_buf_put_u8(&x->path, '/');
    evc_form_add(&x->body, "Action", evc_view_text(op->kind->name));
    evc_form_add(&x->body, "Version", evc_view_text("2011-06-15"));
    if (!rc)
        rc = evc_headers_add(&x->headers, "accept", evc_view_text("application/json"),
                             err);
    if (!rc)
        rc = evc_buf_check(&x->path, err);
    return rc ? rc : evc_buf_check(&x->body, err);
}

static int
put_json(evc_view body, const char *path, const char *what, evc_buf *out,
         evc_error **err)
{
    char *text = NULL;
    int rc = evc_json_value_copy(body, path, &text, err);

    if (!rc)
        rc = evc_identity_put(out, what, evc_view_text(text ? text : ""), err);
    evc_mem_free(text);
    return rc;
}

static int
put_xml(evc_view body, const char *path, const char *what, evc_buf *out,
        evc_error **err)
{
    evc_buf text;
    bool found;
    int rc;

    evc_buf_init(&text);
    rc = evc_xml_find(body, path, &text, &found, err);
    if (!rc)
        rc = evc_identity_put(out, what, evc_buf_view(&text), err);
    evc_buf_reset(&text);
    return rc;
}

/* JSON is what was asked for; old endpoints and imitations answer in XML all the same. */
static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_view body = evc_buf_view(&x->reply);
    bool json = body.size && body.data[0] == '{';
    evc_buf *out = op->user;
    int rc = json ? put_json(body, JSON_RESULT "Arn", "the ARN", out, err)
                  : put_xml(body, XML_RESULT "Arn", "the ARN", out, err);

    evc_buf_put_text(out, " (user id ");
    if (!rc)
        rc = json ? put_json(body, JSON_RESULT "UserId", "the user id", out, err)
                  : put_xml(body, XML_RESULT "UserId", "the user id", out, err);
    evc_buf_put_text(out, ")");
    return rc ? rc : evc_buf_check(out, err);
}

static const evc_operation_kind identity_kind = {
    .name = "GetCallerIdentity", .build = build, .read = read_reply};

int
evc_aws_identity(const evc_aws_config *config, evc_chain *chain, const char *region,
                 evc_wait *wait, evc_buf *out, evc_error **err)
{
    evc_endpoint *endpoint = NULL;
    evc_peer *peer = NULL;
    evc_operation op;
    int rc = evc_aws_endpoint(config, "sts", region, &endpoint, err);

    if (!rc)
        rc = evc_aws_peer_open(config, endpoint, "aws-sts", "sts", region, chain,
                               evc_aws_classify_any, &peer, err);
    if (!rc) {
        evc_operation_init(&op, &identity_kind, peer, out);
        rc = evc_operation_run(&op, wait, err);
        evc_operation_reset(&op);
    }
    evc_peer_unref(peer);
    evc_endpoint_unref(endpoint);
    return rc;
}
