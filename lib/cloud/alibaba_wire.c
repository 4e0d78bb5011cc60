/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_wire.h"

#include <string.h>

#define ACTION "x-acs-action"

int
evc_alibaba_wire_begin(evc_exchange *x, const char *action, evc_error **err)
{
    int rc;

    x->method = "POST";
    rc = evc_headers_add(&x->headers, "accept", evc_view_text("application/json"), err);
    if (rc)
        return rc;
    return evc_headers_add(&x->headers, ACTION, evc_view_text(action), err);
}

int
evc_alibaba_wire_end(evc_exchange *x, evc_error **err)
{
    int rc = evc_buf_check(&x->body, err);

    if (rc || x->body.size == 0)
        return rc;
    return evc_headers_add(&x->headers, "content-type",
                           evc_view_text("application/x-www-form-urlencoded"), err);
}

int
evc_alibaba_wire_result(const char *action, int code, evc_error **err)
{
    if (code != ENVCRYPT_E_JSON)
        return code;
    return evc_err_wrap(err, ENVCRYPT_E_PROTOCOL,
                        "the answer of Alibaba Cloud KMS to %s is not what the service "
                        "answers; check that the endpoint is Alibaba Cloud KMS",
                        action);
}

/* What stands before the next ampersand, which is taken too. */
static evc_view
take_parameter(evc_cursor *c)
{
    size_t start = c->at;
    evc_view field;

    while (evc_cursor_left(c) > 0) {
        if (evc_cursor_u8(c) == '&') {
            field = evc_cursor_since(c, start);
            field.size--;
            return field;
        }
    }
    return evc_cursor_since(c, start);
}

evc_view
evc_alibaba_wire_action(const evc_exchange *x)
{
    evc_cursor query = evc_cursor_of_view(evc_buf_view(&x->query));
    const char *header = evc_headers_find(&x->headers, ACTION);

    if (header)
        return evc_view_text(header);
    while (evc_cursor_left(&query) > 0) {
        evc_cursor c = evc_cursor_of_view(take_parameter(&query));

        if (evc_view_is_text(evc_cursor_bytes(&c, strlen("Action=")), "Action="))
            return evc_cursor_bytes(&c, evc_cursor_left(&c));
    }
    return evc_view_of(NULL, 0);
}
