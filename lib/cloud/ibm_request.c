/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_request.h"

#include <string.h>

#include "base/clock.h"

static int
add_header(evc_exchange *x, const char *name, const char *value, evc_error **err)
{
    return evc_headers_add(&x->headers, name, evc_view_text(value), err);
}

int
evc_ibm_request(evc_exchange *x, const char *method, const evc_ibm_target *target,
                const char *base, const char *const *segments, const char *type,
                evc_error **err)
{
    int rc;

    x->method = method;
    evc_buf_put_text(&x->path, base);
    for (; *segments; segments++) {
        evc_buf_put_u8(&x->path, '/');
        evc_percent_encode(&x->path, evc_view_text(*segments), false);
    }
    rc = evc_buf_check(&x->path, err);
    if (!rc)
        rc = add_header(x, "accept", "application/json", err);
    if (!rc && target)
        rc = add_header(x, "bluemix-instance", target->instance, err);
    if (!rc && target && target->ring)
        rc = add_header(x, "x-kms-key-ring", target->ring, err);
    if (!rc && type)
        rc = add_header(x, "content-type", type, err);
    return rc;
}

int
evc_ibm_reply_check(int rc, evc_error **err)
{
    if (rc != ENVCRYPT_E_JSON && rc != ENVCRYPT_E_ENCODING)
        return rc;
    if (!err || !*err)
        return evc_err(err, ENVCRYPT_E_PROTOCOL, "the reply is not as documented");
    return evc_err(err, ENVCRYPT_E_PROTOCOL, "%s", evc_error_message(*err));
}

int
evc_ibm_reply(const evc_exchange *x, evc_json_doc **out, evc_error **err)
{
    *out = NULL;
    return evc_ibm_reply_check(
        evc_json_parse(evc_buf_view(&x->reply), "the reply of the service", out, err),
        err);
}

int64_t
evc_ibm_reply_time(const evc_json *of, const char *name)
{
    static const char whole[] = "2026-01-31T12:00:00";
    char seconds[EVC_TIME_TEXT];
    const char *text = NULL;
    int64_t wall_ms = -1;
    evc_buf b;

    if (evc_json_text(of, name, &text, NULL) || strlen(text) < sizeof(whole))
        return -1;
    if (text[strlen(whole)] != '.' && text[strlen(whole)] != 'Z')
        return -1;
    evc_buf_init_fixed(&b, seconds, sizeof(seconds));
    evc_buf_put(&b, text, strlen(whole));
    evc_buf_put_text(&b, "Z");
    if (evc_clock_parse(evc_buf_view(&b), &wall_ms, NULL))
        return -1;
    return wall_ms;
}

const char *
evc_ibm_reply_inner(const evc_json *of, const char *object, const char *name)
{
    const evc_json *inner;
    const char *text = NULL;

    if (evc_json_object(of, object, &inner, NULL) ||
        evc_json_text(inner, name, &text, NULL))
        return NULL;
    return text;
}
