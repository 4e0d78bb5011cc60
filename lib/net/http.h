/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP exchange: a request and its reply, without any I/O. Everything in it is wiped
 * when it is reset. One thread at a time.
 */
#ifndef EVC_NET_HTTP_H
#define EVC_NET_HTTP_H

#include "base/buf.h"
#include "net/endpoint.h"
#include "net/headers.h"

#define EVC_REPLY_KEY_MAX ((size_t)65536)   /* bytes: replies of key operations */
#define EVC_REPLY_MAX ((size_t)1024 * 1024) /* bytes: other replies */
#define EVC_REPLY_ANY SIZE_MAX              /* of a sink: a body of any length */

/*
 * Takes a part of a body as it comes; the bytes are wiped after it. When the body breaks
 * off, what was taken is void: the next attempt is built anew, and brings all of it.
 */
typedef int (*evc_body_fn)(void *user, evc_view part, evc_error **err);

typedef struct evc_exchange {
    /* The request. */
    evc_endpoint *endpoint; /* a reference is held */
    const char *method;     /* "GET", "POST", "PUT", "PATCH", "DELETE"; static text */
    evc_buf path;           /* percent-encoded, without the endpoint's; empty = "/" */
    evc_buf query;          /* percent-encoded, without the question mark */
    evc_headers headers;
    evc_buf body;

    /* How to take the reply. */
    bool secret; /* bears a data key or a credential: HTTP/1.1, and under memory=strict
                    the connection is closed after it */
    bool
        fresh; /* over a connection of its own: libcurl sends a request again when an old
                    one turns out dead, which is not for what may be done only once */
    size_t cap;       /* most bytes of the body; EVC_REPLY_MAX at first */
    evc_body_fn sink; /* takes the body of a 2xx reply, up to cap, instead of `reply`;
                         other replies are taken up to EVC_REPLY_MAX. Or NULL */
    void *sink_user;

    /* The reply: status 0 when none came. */
    int status;
    evc_headers reply_headers;
    evc_buf reply;

    /* How the transport ended: 0 when a whole reply came, of whatever status. */
    int code;
    evc_error *error;
    bool sent;        /* the service may have seen the request */
    int64_t began_ms; /* monotonic */
    int64_t ended_ms;
    uint64_t bytes_out;
    uint64_t bytes_in;
    int64_t date_ms; /* wall time in the reply's Date header when it has no Age; -1 */

    /* Of the transport while it is in flight. */
    bool done;
    void *flight;
} evc_exchange;

void evc_exchange_init(evc_exchange *x);
void evc_exchange_reset(evc_exchange *x); /* not while in flight; usable again */
/* The next attempt: forgets request and reply, keeps nothing but the endpoint. */
void evc_exchange_restart(evc_exchange *x);
/* Most bytes of the body: sinks says whether it goes to the sink. */
size_t evc_exchange_cap(const evc_exchange *x, bool sinks);
/* Sets date_ms by the reply's headers. */
void evc_exchange_read_date(evc_exchange *x);
/* The whole URL as text with a NUL, appended. */
int evc_exchange_url(const evc_exchange *x, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;
/* What of the URL comes after the authority, appended, without a NUL. */
void evc_exchange_target(const evc_exchange *x, evc_buf *out);

/* Percent-encoding of RFC 3986: all but A-Z a-z 0-9 - _ . ~ is encoded, the slash too
 * unless keep_slash. */
void evc_percent_encode(evc_buf *out, evc_view text, bool keep_slash);
/* Appends name=value, encoded both, with & before it when out is not empty. */
void evc_form_add(evc_buf *out, const char *name, evc_view value);

#endif
