/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>

#include "base/mem.h"

static pthread_once_t place_once = PTHREAD_ONCE_INIT;
static int place = -1; /* of the trace among the data of an SSL_CTX */

evc_tls_trace *
evc_tls_trace_new(void)
{
    evc_tls_trace *trace = evc_mem_new(sizeof(*trace));

    if (trace)
        *trace = (evc_tls_trace){.refs = 1, .alert = -1};
    return trace;
}

void
evc_tls_trace_unref(evc_tls_trace *trace)
{
    if (trace && --trace->refs == 0)
        evc_mem_free(trace);
}

static void
on_free(void *parent, void *trace, CRYPTO_EX_DATA *data, int index, long number,
        void *user)
{
    (void)parent;
    (void)data;
    (void)index;
    (void)number;
    (void)user;
    evc_tls_trace_unref(trace);
}

static void
find_place(void)
{
    place = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, on_free);
}

/* Without an error of libssl's own there is more to read or write, or the connection is
 * gone. */
static bool
is_refusal(unsigned long error)
{
    return ERR_GET_LIB(error) == ERR_LIB_SSL &&
           ERR_GET_REASON(error) != SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

static void
on_event(const SSL *ssl, int where, int value)
{
    const SSL_CTX *ctx = SSL_get_SSL_CTX(ssl);
    evc_tls_trace *trace = ctx ? SSL_CTX_get_ex_data(ctx, place) : NULL;

    if (!trace)
        return;
    trace->begun = true;
    if (where & SSL_CB_ALERT && value >> 8 == SSL3_AL_FATAL)
        trace->alert = value & 0xff;
    if (where == SSL_CB_READ_ALERT && (value & 0xff) == SSL3_AD_CLOSE_NOTIFY)
        trace->farewell = true;
    if (where & SSL_CB_EXIT && value <= 0 && is_refusal(ERR_peek_last_error()))
        trace->refused = true;
}

bool
evc_tls_prepare(void *ssl_ctx, evc_tls_trace *trace)
{
    SSL_CTX *ctx = ssl_ctx;

    if (pthread_once(&place_once, find_place) != 0 || place < 0 ||
        !SSL_CTX_set_ex_data(ctx, place, trace))
        return false;
    trace->refs++;
    (void)SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_keylog_callback(ctx, NULL);
    SSL_CTX_set_info_callback(ctx, on_event);
    return true;
}

const char *
evc_tls_verify_reason(long result)
{
    /* libcurl says "unspecified" of a handshake that ended before any certificate. */
    if (result == X509_V_OK || result == X509_V_ERR_UNSPECIFIED)
        return NULL;
    return X509_verify_cert_error_string(result);
}

const char *
evc_tls_alert_reason(int alert)
{
    return alert < 0 ? NULL : SSL_alert_desc_string_long(alert);
}

bool
evc_tls_alert_of_client(int alert)
{
    switch (alert) {
    case TLS1_AD_UNKNOWN_CA:
    case TLS1_AD_ACCESS_DENIED:
    case SSL3_AD_BAD_CERTIFICATE:
    case SSL3_AD_UNSUPPORTED_CERTIFICATE:
    case SSL3_AD_CERTIFICATE_REVOKED:
    case SSL3_AD_CERTIFICATE_EXPIRED:
    case SSL3_AD_CERTIFICATE_UNKNOWN:
    case TLS13_AD_CERTIFICATE_REQUIRED:
        return true;
    default:
        return false;
    }
}
