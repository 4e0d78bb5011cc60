/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the house asks of OpenSSL's side of a connection and libcurl has no option for.
 * The one place that includes libssl's headers. One thread at a time.
 */
#ifndef EVC_NET_TLS_H
#define EVC_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>

/* What TLS did on a connection, for whoever must say why it failed. Counted: connection
 * and exchange outlive one another. */
typedef struct evc_tls_trace {
    size_t refs;
    bool begun;    /* TCP stood */
    int alert;     /* RFC 8446 6.2, fatal, sent or received; -1 = none */
    bool refused;  /* the other side broke the protocol, or we its rules */
    bool farewell; /* the other side said that nothing more comes */
} evc_tls_trace;

evc_tls_trace *evc_tls_trace_new(void);         /* NULL: no memory */
void evc_tls_trace_unref(evc_tls_trace *trace); /* NULL is fine */

/*
 * ssl_ctx is an SSL_CTX * of a connection that is to be made. Plaintext is wiped from the
 * buffers of records, and no secret of the connection goes to a file that the environment
 * names (SSLKEYLOGFILE). A reference of trace is held until ssl_ctx is freed.
 */
bool evc_tls_prepare(void *ssl_ctx, evc_tls_trace *trace);

/* Why a certificate was not accepted (CURLINFO_SSL_VERIFYRESULT); NULL = it was, or there
 * was none. */
const char *evc_tls_verify_reason(long result);
/* What an alert says; NULL for -1. */
const char *evc_tls_alert_reason(int alert);
/* Whether an alert is about the client's certificate. */
bool evc_tls_alert_of_client(int alert);

#endif
