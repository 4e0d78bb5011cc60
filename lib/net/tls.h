/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the house asks of OpenSSL's side of a connection and libcurl has no option for.
 * The one place that includes libssl's headers.
 */
#ifndef EVC_NET_TLS_H
#define EVC_NET_TLS_H

#include <stdbool.h>

/* Of one handshake, for whoever must say why it failed. */
typedef struct evc_tls_trace {
    int alert;    /* RFC 8446 6.2, fatal, sent or received; -1 = none */
    bool refused; /* the other side broke the protocol, or we its rules */
} evc_tls_trace;

/*
 * ssl_ctx is an SSL_CTX * of a connection that is to be made. Plaintext is wiped from the
 * buffers of records, and no secret of the connection goes to a file that the environment
 * names (SSLKEYLOGFILE). trace must live until the handshake is over, or the connection
 * closed.
 */
bool evc_tls_prepare(void *ssl_ctx, evc_tls_trace *trace);

/* Why a certificate was not accepted (CURLINFO_SSL_VERIFYRESULT); NULL = it was, or there
 * was none. */
const char *evc_tls_verify_reason(long result);
/* What an alert says; NULL for -1. */
const char *evc_tls_alert_reason(int alert);

#endif
