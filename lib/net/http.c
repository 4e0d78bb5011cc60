/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http.h"

#include "net/date.h"

void
evc_exchange_init(evc_exchange *x)
{
    *x = (evc_exchange){.cap = EVC_REPLY_MAX, .date_ms = -1};
    evc_buf_init(&x->path);
    evc_buf_init(&x->query);
    evc_headers_init(&x->headers);
    evc_buf_init(&x->body);
    evc_headers_init(&x->reply_headers);
    evc_buf_init(&x->reply);
}

void
evc_exchange_reset(evc_exchange *x)
{
    evc_buf_reset(&x->path);
    evc_buf_reset(&x->query);
    evc_headers_reset(&x->headers);
    evc_buf_reset(&x->body);
    evc_headers_reset(&x->reply_headers);
    evc_buf_reset(&x->reply);
    evc_error_free(x->error);
    evc_endpoint_unref(x->endpoint);
    evc_exchange_init(x);
}

void
evc_exchange_restart(evc_exchange *x)
{
    evc_endpoint *endpoint = x->endpoint;

    x->endpoint = NULL;
    evc_exchange_reset(x);
    x->endpoint = endpoint;
}

/* What is kept in memory has a limit, whatever a sink may take. */
size_t
evc_exchange_cap(const evc_exchange *x, bool sinks)
{
    bool kept = !sinks && (x->sink || x->cap == EVC_REPLY_ANY);

    return kept && x->cap > EVC_REPLY_MAX ? EVC_REPLY_MAX : x->cap;
}

/* A cache's copy is dated when it was made, not now. */
void
evc_exchange_read_date(evc_exchange *x)
{
    const evc_headers *headers = &x->reply_headers;

    x->date_ms = -1;
    if (!evc_headers_find(headers, "age"))
        x->date_ms = evc_date_parse(evc_headers_find(headers, "date"));
}

void
evc_exchange_target(const evc_exchange *x, evc_buf *out)
{
    evc_buf_put_text(out, x->endpoint->path);
    if (x->path.size)
        evc_buf_put_view(out, evc_buf_view(&x->path));
    else if (!x->endpoint->path[0])
        evc_buf_put_u8(out, '/');
    if (x->query.size) {
        evc_buf_put_u8(out, '?');
        evc_buf_put_view(out, evc_buf_view(&x->query));
    }
}

int
evc_exchange_url(const evc_exchange *x, evc_buf *out, evc_error **err)
{
    evc_buf_put_text(out, x->endpoint->scheme);
    evc_buf_put_text(out, "://");
    evc_buf_put_text(out, x->endpoint->authority);
    evc_exchange_target(x, out);
    evc_buf_put_u8(out, 0);
    return evc_buf_check(out, err);
}

static bool
is_unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.' || c == '~';
}

void
evc_percent_encode(evc_buf *out, evc_view text, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if (is_unreserved(c) || (c == '/' && keep_slash)) {
            evc_buf_put_u8(out, c);
            continue;
        }
        evc_buf_put_u8(out, '%');
        evc_buf_put_u8(out, (uint8_t)digits[c >> 4]);
        evc_buf_put_u8(out, (uint8_t)digits[c & 15]);
    }
}

void
evc_form_add(evc_buf *out, const char *name, evc_view value)
{
    if (out->size)
        evc_buf_put_u8(out, '&');
    evc_percent_encode(out, evc_view_text(name), false);
    evc_buf_put_u8(out, '=');
    evc_percent_encode(out, value, false);
}
