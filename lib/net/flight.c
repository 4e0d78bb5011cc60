/* SPDX-License-Identifier: Apache-2.0 */
#include "net/flight.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "net/outcome.h"

#define HEAD_MAX ((size_t)65536) /* bytes of a reply's header fields, in all */

/* --- what comes ------------------------------------------------------------------- */

/* Ends the exchange from inside of a callback. */
static size_t
refuse(evc_flight *flight, const char *why)
{
    if (!flight->code)
        flight->code = evc_err(&flight->error, ENVCRYPT_E_PROTOCOL,
                               "%s answered what it must not: %s",
                               flight->x->endpoint->authority, why);
    return 0;
}

static size_t
begin_head(evc_flight *flight)
{
    flight->head_done = false;
    evc_headers_reset(&flight->x->reply_headers);
    return 1;
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static evc_view
trimmed(evc_view text)
{
    while (text.size && is_blank(text.data[text.size - 1]))
        text.size--;
    while (text.size && is_blank(text.data[0]))
        text = evc_view_of(&text.data[1], text.size - 1);
    return text;
}

static bool
equals(evc_view text, const char *word)
{
    return text.size == strlen(word) &&
           strncasecmp((const char *)text.data, word, text.size) == 0;
}

/* What nobody asked for, or says two things. */
static const char *
fault_of(const evc_headers *headers, evc_view name, evc_view value)
{
    const char *before = evc_headers_find(headers, "content-length");

    if (equals(name, "content-length") && before && !evc_view_is_text(value, before))
        return "two different lengths";
    if (equals(name, "content-encoding") && !equals(value, "identity"))
        return "a compressed reply, which was not asked for";
    if (equals(name, "transfer-encoding") && !equals(value, "chunked") &&
        !equals(value, "identity"))
        return "a compressed reply, which was not asked for";
    return NULL;
}

/* What stands before the colon; empty when there is none. */
static evc_view
name_of(evc_view line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] == ':')
            return evc_view_of(line.data, i);
    }
    return evc_view_of(NULL, 0);
}

static size_t
take_field(evc_flight *flight, evc_view line)
{
    evc_headers *headers = &flight->x->reply_headers;
    evc_view name = name_of(line);
    evc_view value;
    const char *fault;
    int rc;

    if (name.size == 0)
        return refuse(flight, "a header that is none");
    value = trimmed(evc_view_of(&line.data[name.size + 1], line.size - name.size - 1));
    fault = fault_of(headers, name, value);
    if (fault)
        return refuse(flight, fault);
    rc = evc_headers_add_lower(headers, name, value, NULL);
    if (rc == ENVCRYPT_E_NOMEM) {
        flight->code = evc_err_nomem(&flight->error);
        return 0;
    }
    return rc ? refuse(flight, "a header that cannot be taken") : 1;
}

/* One line of a head. Interim replies have heads of their own; trailers are dropped. */
static size_t
take_line(evc_flight *flight, evc_view line)
{
    if (evc_view_starts_with(line, "HTTP/"))
        return begin_head(flight);
    if (flight->head_done)
        return 1;
    if (trimmed(line).size > 0)
        return take_field(flight, line);
    flight->head_done = true;
    return 1;
}

static size_t
on_header(char *data, size_t size, size_t count, void *user)
{
    evc_flight *flight = user;
    size_t bytes = size * count;

    flight->head_bytes += bytes;
    if (flight->head_bytes > HEAD_MAX)
        return refuse(flight, "too many headers");
    return take_line(flight, evc_view_of(data, bytes)) ? bytes : 0;
}

static bool
is_success(const evc_flight *flight)
{
    long status = 0;

    (void)curl_easy_getinfo(flight->easy, CURLINFO_RESPONSE_CODE, &status);
    return status / 100 == 2;
}

static int
take_body(evc_flight *flight, evc_view part, evc_error **err)
{
    evc_exchange *x = flight->x;
    bool sinks = x->sink && is_success(flight);
    size_t cap = evc_exchange_cap(x, sinks);

    if (cap != EVC_REPLY_ANY &&
        (part.size > cap || flight->body_bytes > cap - part.size))
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "%s answered what it must not: more than %zu bytes",
                       x->endpoint->authority, cap);
    flight->body_bytes += part.size;
    if (sinks)
        return x->sink(x->sink_user, part, err);
    evc_buf_put_view(&x->reply, part);
    return evc_buf_check(&x->reply, err);
}

/* The bytes stand in libcurl's buffer, which is not looked at again: they are wiped. */
static size_t
on_body(char *data, size_t size, size_t count, void *user)
{
    evc_flight *flight = user;
    size_t bytes = size * count;
    int rc = take_body(flight, evc_view_of(data, bytes), &flight->error);

    evc_mem_wipe(data, bytes);
    flight->code = rc;
    return rc ? 0 : bytes;
}

/* --- what goes -------------------------------------------------------------------- */

static size_t
on_read(char *data, size_t size, size_t count, void *user)
{
    evc_flight *flight = user;
    const evc_buf *body = &flight->x->body;
    size_t bytes = size * count;

    if (bytes > body->size - flight->body_at)
        bytes = body->size - flight->body_at;
    if (bytes)
        memcpy(data, &body->data[flight->body_at], bytes);
    flight->body_at += bytes;
    return bytes;
}

/* For a connection that turned out dead: the request goes once more over another one. */
static int
on_seek(void *user, curl_off_t offset, int origin)
{
    evc_flight *flight = user;

    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > flight->x->body.size)
        return CURL_SEEKFUNC_FAIL;
    flight->body_at = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static int
on_lookup(void *resolver, void *reserved, void *user)
{
    evc_flight *flight = user;

    (void)resolver;
    (void)reserved;
    flight->lookup = true;
    return 0;
}

/* The connection stands, TLS and all; now the request goes. */
static int /* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
on_connected(void *user, char *peer, char *local, int peer_port, int local_port)
{
    evc_flight *flight = user;

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    flight->x->sent = true;
    return CURL_PREREQFUNC_OK;
}

/*
 * libcurl shows here what it has just given to the connection, in its own buffer: the
 * request with its credentials and keys, which is wiped there.
 */
static int
on_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *user)
{
    (void)easy;
    (void)user;
    if (type == CURLINFO_HEADER_OUT || type == CURLINFO_DATA_OUT)
        evc_mem_wipe(data, size);
    return 0;
}

static CURLcode
on_tls(CURL *easy, void *ssl_ctx, void *user)
{
    evc_flight *flight = user;

    (void)easy;
    return evc_tls_prepare(ssl_ctx, flight->trace) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

#define SET(option, value) (curl_easy_setopt(easy, option, value) == CURLE_OK)

static bool
set_callbacks(CURL *easy, evc_flight *flight)
{
    return SET(CURLOPT_PRIVATE, flight) && SET(CURLOPT_HEADERFUNCTION, on_header) &&
           SET(CURLOPT_HEADERDATA, flight) && SET(CURLOPT_WRITEFUNCTION, on_body) &&
           SET(CURLOPT_WRITEDATA, flight) && SET(CURLOPT_READFUNCTION, on_read) &&
           SET(CURLOPT_READDATA, flight) && SET(CURLOPT_SEEKFUNCTION, on_seek) &&
           SET(CURLOPT_SEEKDATA, flight) && SET(CURLOPT_PREREQFUNCTION, on_connected) &&
           SET(CURLOPT_PREREQDATA, flight) &&
           SET(CURLOPT_RESOLVER_START_FUNCTION, on_lookup) &&
           SET(CURLOPT_RESOLVER_START_DATA, flight) &&
           SET(CURLOPT_DEBUGFUNCTION, on_debug) && SET(CURLOPT_VERBOSE, 1L) &&
           SET(CURLOPT_SSL_CTX_FUNCTION, on_tls) && SET(CURLOPT_SSL_CTX_DATA, flight);
}

/* --- header fields ---------------------------------------------------------------- */

static bool
add_line(evc_flight *flight, const char *name, const char *between, const char *value)
{
    struct curl_slist *longer;
    evc_buf line;
    bool ok = false;

    evc_buf_init(&line);
    evc_buf_put_text(&line, name);
    evc_buf_put_text(&line, between);
    evc_buf_put_text(&line, value);
    evc_buf_put_u8(&line, 0);
    if (!line.failed) {
        longer = curl_slist_append(flight->fields, (const char *)line.data);
        ok = longer != NULL;
        if (ok)
            flight->fields = longer;
    }
    evc_buf_reset(&line);
    return ok;
}

/* What libcurl would add of its own and the request does not say is taken away. */
static bool
add_silence(evc_flight *flight)
{
    static const char *const names[] = {"Accept", "Content-Type", "Expect", NULL};
    bool ok = true;

    for (size_t i = 0; names[i] && ok; i++) {
        if (!evc_headers_find(&flight->x->headers, names[i]))
            ok = add_line(flight, names[i], ":", "");
    }
    return ok;
}

static bool
set_fields(CURL *easy, evc_flight *flight)
{
    const evc_headers *headers = &flight->x->headers;
    bool ok = add_silence(flight);

    /* The URL has another host then. */
    if (flight->link.tls_name && !evc_headers_find(headers, "host"))
        ok = ok && add_line(flight, "Host", ": ", flight->x->endpoint->authority);
    for (size_t i = 0; i < headers->count && ok; i++) {
        const evc_header *header = &headers->items[i];

        /* libcurl takes "Name:" for "without it". */
        ok = add_line(flight, header->name, header->value[0] ? ": " : ";",
                      header->value);
    }
    return ok && SET(CURLOPT_HTTPHEADER, flight->fields);
}

/* --- begin and end ---------------------------------------------------------------- */

static int
set_options(CURL *easy, evc_flight *flight, const evc_net_settings *settings,
            evc_error **err)
{
    int rc =
        evc_rules_set(easy, flight->x, &flight->link, settings, &flight->loan, err);

    if (!rc && !(set_callbacks(easy, flight) && set_fields(easy, flight)))
        rc = evc_err_nomem(err);
    return rc;
}

int
evc_flight_new(evc_exchange *x, const evc_net_settings *settings, evc_flight **out,
               evc_error **err)
{
    evc_flight *flight = evc_mem_new(sizeof(*flight));
    int rc;

    *out = NULL;
    if (!flight)
        return evc_err_nomem(err);
    flight->x = x;
    flight->link = evc_link_choose(&x->endpoint->link, &settings->link);
    evc_rules_loan_init(&flight->loan);
    flight->trace = evc_tls_trace_new();
    flight->easy = curl_easy_init();
    rc = flight->easy && flight->trace
             ? set_options(flight->easy, flight, settings, err)
             : evc_err_nomem(err);
    if (rc) {
        evc_flight_free(flight);
        return rc;
    }
    *out = flight;
    return 0;
}

void
evc_flight_free(evc_flight *flight)
{
    if (!flight)
        return;
    curl_easy_cleanup(flight->easy);
    for (struct curl_slist *item = flight->fields; item; item = item->next)
        evc_mem_wipe(item->data, strlen(item->data));
    curl_slist_free_all(flight->fields);
    evc_rules_loan_reset(&flight->loan);
    evc_tls_trace_unref(flight->trace);
    evc_error_free(flight->error);
    evc_mem_free(flight);
}

static uint64_t
size_of(CURL *easy, CURLINFO what)
{
    curl_off_t size = 0;

    (void)curl_easy_getinfo(easy, what, &size);
    return size > 0 ? (uint64_t)size : 0;
}

static void
count_bytes(const evc_flight *flight)
{
    evc_exchange *x = flight->x;
    long request = 0;

    (void)curl_easy_getinfo(flight->easy, CURLINFO_REQUEST_SIZE, &request);
    x->bytes_out = (uint64_t)request + size_of(flight->easy, CURLINFO_SIZE_UPLOAD_T);
    x->bytes_in = (uint64_t)flight->head_bytes + flight->body_bytes;
}

static void
end_with(evc_flight *flight, int code, evc_error *error)
{
    flight->x->code = code;
    flight->x->error = error;
}

/*
 * Whether it is known that the reply is whole. libcurl takes a head that is cut off for a
 * whole one without body, and any end of the connection for the end of a body whose
 * length nobody said; over TLS only a farewell is that (RFC 9112 section 9.8).
 */
static bool
is_whole(const evc_flight *flight)
{
    const evc_exchange *x = flight->x;
    long version = 0;

    if (!flight->head_done)
        return false;
    (void)curl_easy_getinfo(flight->easy, CURLINFO_HTTP_VERSION, &version);
    return version >= CURL_HTTP_VERSION_2_0 || flight->body_bytes == 0 ||
           strcmp(x->endpoint->scheme, "https") != 0 ||
           evc_headers_find(&x->reply_headers, "content-length") ||
           evc_headers_find(&x->reply_headers, "transfer-encoding") ||
           flight->trace->farewell;
}

void
evc_flight_land(evc_flight *flight, CURLcode result)
{
    evc_exchange *x = flight->x;
    evc_error *error = NULL;
    long status = 0;
    int rc = flight->code;

    count_bytes(flight);
    if (result == CURLE_OK && !is_whole(flight))
        result = CURLE_PARTIAL_FILE;
    if (rc) {
        error = flight->error;
        flight->error = NULL;
    } else if (result != CURLE_OK) {
        rc = evc_outcome_tell(flight->easy, result, x, &flight->link, flight->trace,
                              flight->lookup, &error);
    }
    if (!rc) {
        (void)curl_easy_getinfo(flight->easy, CURLINFO_RESPONSE_CODE, &status);
        x->status = (int)status;
        evc_exchange_read_date(x);
    }
    end_with(flight, rc, error);
}

void
evc_flight_stop(evc_flight *flight)
{
    evc_error *error = NULL;
    int rc = evc_err(&error, ENVCRYPT_E_CANCELED, "the exchange with %s was stopped",
                     flight->x->endpoint->authority);

    count_bytes(flight);
    end_with(flight, rc, error);
}
