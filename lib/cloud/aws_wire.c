/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_wire.h"

#include "cloud/arguments.h"
#include "cloud/aws_arn.h"
#include "cloud/context_form.h"

int
evc_aws_wire_begin(evc_exchange *x, const char *operation, evc_jwrite *w,
                   evc_error **err)
{
    char target[128];
    evc_buf b;
    int rc;

    x->method = "POST";
    evc_buf_init_fixed(&b, target, sizeof(target));
    evc_buf_put_text(&b, EVC_AWS_TARGET);
    evc_buf_put_text(&b, operation);
    rc = evc_buf_check(&b, err);
    if (!rc)
        rc = evc_headers_add(&x->headers, "content-type",
                             evc_view_text("application/x-amz-json-1.1"), err);
    if (!rc)
        rc = evc_headers_add(&x->headers, "x-amz-target", evc_buf_view(&b), err);
    evc_jwrite_begin(w, &x->body, false);
    evc_jwrite_object(w);
    return rc;
}

int
evc_aws_wire_end(evc_jwrite *w, evc_error **err)
{
    evc_jwrite_end(w);
    return evc_jwrite_finish(w, err);
}

void
evc_aws_wire_text(evc_jwrite *w, const char *name, const char *text)
{
    if (!text)
        return;
    evc_jwrite_name(w, name);
    evc_jwrite_text(w, text);
}

void
evc_aws_wire_view(evc_jwrite *w, const char *name, evc_view text)
{
    evc_jwrite_name(w, name);
    evc_jwrite_view(w, text);
}

int
evc_aws_wire_context(evc_jwrite *w, const char *name, const evc_kv *context,
                     evc_error **err)
{
    if (!context || context->count == 0)
        return 0;
    if (evc_context_has_nul(context))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "AWS KMS takes no NUL in an encryption context; take it out");
    evc_jwrite_name(w, name);
    evc_context_put(context, w);
    return 0;
}

void
evc_aws_wire_list(evc_jwrite *w, const char *name, const char *list)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(list));
    evc_view item;

    if (!list || !list[0])
        return;
    evc_jwrite_name(w, name);
    evc_jwrite_array(w);
    while (evc_arguments_next(&c, &item))
        evc_jwrite_view(w, item);
    evc_jwrite_end(w);
}

int
evc_aws_wire_result(const char *operation, int code, evc_error **err)
{
    if (code != ENVCRYPT_E_JSON)
        return code;
    return evc_err_wrap(err, ENVCRYPT_E_PROTOCOL,
                        "the answer of AWS KMS to %s is not what the service answers; "
                        "check that the endpoint is AWS KMS",
                        operation);
}
