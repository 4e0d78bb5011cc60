/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/authorization.h"

#include "base/mem.h"

static int
put_bearer(const evc_secret *token, evc_buf *out, evc_error **err)
{
    evc_buf_put_text(out, "Bearer ");
    evc_buf_put(out, token->bytes, token->size);
    return evc_buf_check(out, err);
}

int
evc_authorization_put(const evc_secret *token, evc_headers *headers, evc_error **err)
{
    evc_buf value;
    int rc;

    evc_buf_init(&value);
    rc = put_bearer(token, &value, err);
    if (!rc)
        rc =
            evc_headers_add_secret(headers, "authorization", evc_buf_view(&value), err);
    evc_buf_reset(&value);
    return rc;
}

int
evc_authorization_add(const evc_creds *creds, evc_exchange *x, evc_error **err)
{
    return evc_authorization_put(&creds->token, &x->headers, err);
}

bool
evc_authorization_is_of(const evc_exchange *x, const evc_creds *creds)
{
    evc_view sent = evc_view_text(evc_headers_find(&x->headers, "authorization"));
    evc_buf value;
    bool same;

    evc_buf_init(&value);
    same = put_bearer(&creds->token, &value, NULL) == 0 && value.size == sent.size &&
           evc_mem_equal_secret(value.data, sent.data, sent.size);
    evc_buf_reset(&value);
    return same;
}
