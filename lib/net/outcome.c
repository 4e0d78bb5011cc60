/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outcome.h"

#include <errno.h>

#include "base/infile.h"

typedef struct outcome {
    CURL *easy;
    CURLcode result;
    const char *host; /* with its port */
    const evc_exchange *x;
    const evc_link *link;
    const evc_tls_trace *trace;
    bool lookup;
} outcome;

static long
get_number(const outcome *o, CURLINFO what)
{
    long number = 0;

    (void)curl_easy_getinfo(o->easy, what, &number);
    return number;
}

/* Whether a step of the connection was reached (CURLINFO_…_TIME_T). */
static bool
has_time(const outcome *o, CURLINFO what)
{
    curl_off_t time = 0;

    (void)curl_easy_getinfo(o->easy, what, &time);
    return time > 0;
}

static bool
has_proxy(const outcome *o)
{
    return o->link->proxy[0] != 0;
}

/* --- not connected ---------------------------------------------------------------- */

static int
tell_dns(const outcome *o, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_NET_DNS,
                   "the name of %s could not be resolved%s; check it and the name "
                   "server",
                   o->host, o->result == CURLE_OPERATION_TIMEDOUT ? " in time" : "");
}

/* What a SOCKS proxy answered (RFC 1928 section 6); NULL = nothing. */
static const char *
socks_reason(long error)
{
    switch (error) {
    case CURLPX_REPLY_NOT_ALLOWED:
        return "its rules forbid it; check what it allows";
    case CURLPX_REPLY_CONNECTION_REFUSED:
        return "the connection was refused";
    case CURLPX_REPLY_HOST_UNREACHABLE:
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
    case CURLPX_REPLY_TTL_EXPIRED:
        return "it finds no way to it";
    case CURLPX_NO_AUTH:
    case CURLPX_USER_REJECTED:
        return "it wants a user and password";
    case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
    case CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED:
    case CURLPX_REPLY_COMMAND_NOT_SUPPORTED:
    case CURLPX_REPLY_UNASSIGNED:
        return "it failed";
    default:
        return NULL;
    }
}

static int
tell_proxy(const outcome *o, evc_error **err)
{
    long answer = get_number(o, CURLINFO_HTTP_CONNECTCODE);
    long error = get_number(o, CURLINFO_PROXY_ERROR);
    const char *why = socks_reason(error);

    if (answer >= 300) {
        (void)evc_err(err, ENVCRYPT_E_PROXY,
                      "the proxy refused to connect to %s (HTTP %ld); check what it "
                      "allows",
                      o->host, answer);
        if (err)
            evc_err_set_retry(*err, 0, -1); /* it would refuse again */
        return ENVCRYPT_E_PROXY;
    }
    if (why) {
        (void)evc_err(err, ENVCRYPT_E_PROXY, "the proxy did not connect to %s: %s",
                      o->host, why);
        if (err && error == CURLPX_REPLY_NOT_ALLOWED)
            evc_err_set_retry(*err, 0, -1);
        return ENVCRYPT_E_PROXY;
    }
    return evc_err(err, ENVCRYPT_E_PROXY,
                   "the proxy for %s could not be reached, or answered what no proxy "
                   "does; check its address",
                   o->host);
}

static const char *
reason_of(long errnum)
{
    switch (errnum) {
    case ECONNREFUSED:
        return "the connection was refused";
    case ENETUNREACH:
    case EHOSTUNREACH:
        return "there is no route to it";
    case ENETDOWN:
        return "the network is down";
    case EACCES:
    case EPERM:
        return "a local rule forbids it";
    default:
        return "it did not answer in time";
    }
}

static int
tell_connect(const outcome *o, evc_error **err)
{
    if (has_proxy(o))
        return tell_proxy(o, err);
    return evc_err(err, ENVCRYPT_E_NET_CONNECT, "%s could not be reached: %s", o->host,
                   reason_of(get_number(o, CURLINFO_OS_ERRNO)));
}

static int
tell_time(const outcome *o, evc_error **err)
{
    if (o->x->sent)
        return evc_err(err, ENVCRYPT_E_NET_BROKEN,
                       "%s did not answer in time after it was connected", o->host);
    if (!has_time(o, CURLINFO_NAMELOOKUP_TIME_T) && !o->lookup)
        return evc_err(err, ENVCRYPT_E_NET_CONNECT,
                       "%s could not be reached: there was no connection for this "
                       "request in time",
                       o->host);
    if (!has_proxy(o) && !has_time(o, CURLINFO_NAMELOOKUP_TIME_T))
        return tell_dns(o, err);
    if (!o->trace->begun)
        return tell_connect(o, err);
    return evc_err(err, ENVCRYPT_E_NET_CONNECT,
                   "%s could not be reached: it was silent while TLS was agreed on",
                   o->host);
}

/* --- TLS -------------------------------------------------------------------------- */

static const char *
verify_reason(const outcome *o)
{
    return evc_tls_verify_reason(get_number(o, CURLINFO_SSL_VERIFYRESULT));
}

static int
tell_certificate(const outcome *o, evc_error **err)
{
    const char *reason = verify_reason(o);
    const char *name = reason ? NULL : o->link->tls_name;

    return evc_err(
        err, ENVCRYPT_E_TLS,
        "the certificate of %s was not accepted, and nothing was sent: %s%s%s", o->host,
        reason ? reason : "it is for other hosts", name ? " than " : "",
        name ? name : "");
}

/* If nobody refused anything, the connection broke, and may hold next time. */
static int
tell_handshake(const outcome *o, evc_error **err)
{
    const char *alert = evc_tls_alert_reason(o->trace->alert);

    if (verify_reason(o))
        return tell_certificate(o, err);
    if (alert)
        return evc_err(err, ENVCRYPT_E_TLS,
                       "no TLS could be agreed on with %s, and nothing was sent: %s",
                       o->host, alert);
    if (o->trace->refused || o->result == CURLE_SSL_CLIENTCERT)
        return evc_err(err, ENVCRYPT_E_TLS,
                       "no TLS could be agreed on with %s, and nothing was sent: %s",
                       o->host,
                       o->trace->refused ? "it speaks another protocol"
                                         : "it demands a client's certificate");
    return evc_err(err, ENVCRYPT_E_NET_CONNECT,
                   "%s could not be reached: the connection broke while TLS was agreed "
                   "on",
                   o->host);
}

/* Whether a file of the configuration is there, and may be read. */
static int
try_file(const char *path, evc_error **err)
{
    evc_infile file;
    int rc = evc_infile_open(&file, path, err);

    if (rc == 0)
        evc_infile_close(&file);
    return rc;
}

static int
tell_client_certificate(const outcome *o, evc_error **err)
{
    const char *key;
    int rc;

    if (o->link->cert_pem)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the client's certificate for %s, or its key, is not what it "
                       "should be: PEM, one for the other, the key not encrypted",
                       o->host);
    if (!o->link->client_cert)
        return tell_handshake(o, err);
    key = o->link->client_key ? o->link->client_key : o->link->client_cert;
    rc = try_file(o->link->client_cert, err);
    if (rc == 0)
        rc = try_file(key, err);
    if (rc)
        return rc;
    return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                   "the client's certificate in %s, or its key in %s, is not what it "
                   "should be: PEM, one for the other, the key not encrypted",
                   o->link->client_cert, key);
}

static int
tell_authorities(const outcome *o, evc_error **err)
{
    int rc;

    if (o->link->ca_pem)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the certificates of authorities for %s are not what they should "
            "be: PEM",
            o->host);
    if (o->link->ca_file) {
        rc = try_file(o->link->ca_file, err);
        return rc ? rc
                  : evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                            "the file of authorities %s is not what it should be: PEM",
                            o->link->ca_file);
    }
    return evc_err(err, ENVCRYPT_E_TLS,
                   "there are no certificates of authorities on this system to check "
                   "%s with; install ca-certificates, or name a CA file",
                   o->host);
}

/* --- connected -------------------------------------------------------------------- */

static int
tell_broken(const outcome *o, evc_error **err)
{
    const char *alert = evc_tls_alert_reason(o->trace->alert);

    /* In TLS 1.3 the client goes on before it hears what became of its certificate. */
    if (evc_tls_alert_of_client(o->trace->alert))
        return evc_err(err, ENVCRYPT_E_TLS,
                       "%s did not accept the client's certificate, or wants one: %s",
                       o->host, alert);
    if (!o->x->sent && !o->trace->begun && has_proxy(o))
        return tell_proxy(o, err);
    return evc_err(err, ENVCRYPT_E_NET_BROKEN,
                   "the connection to %s broke before the whole reply came", o->host);
}

static int
tell_protocol(const outcome *o, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_PROTOCOL, "%s answered what it must not: %s",
                   o->host, why);
}

int
evc_outcome_tell(CURL *easy, CURLcode result, const evc_exchange *x,
                 const evc_link *link, const evc_tls_trace *trace, bool lookup,
                 evc_error **err)
{
    outcome o = {.easy = easy,
                 .result = result,
                 .host = x->endpoint->authority,
                 .x = x,
                 .link = link,
                 .trace = trace,
                 .lookup = lookup};

    switch ((int)result) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return tell_dns(&o, err);
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return tell_proxy(&o, err);
    case CURLE_COULDNT_CONNECT:
        return tell_connect(&o, err);
    case CURLE_OPERATION_TIMEDOUT:
        return tell_time(&o, err);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return tell_certificate(&o, err);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CLIENTCERT:
        return tell_handshake(&o, err);
    case CURLE_SSL_CERTPROBLEM:
        return tell_client_certificate(&o, err);
    case CURLE_SSL_CACERT_BADFILE:
        return tell_authorities(&o, err);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_SHUTDOWN_FAILED:
        return tell_broken(&o, err);
    case CURLE_FILESIZE_EXCEEDED:
        return tell_protocol(&o, "more than was asked for", err);
    case CURLE_OUT_OF_MEMORY:
        return evc_err_nomem(err);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
        return tell_protocol(&o, "this is no reply of HTTP", err);
    default:
        return evc_err(err, ENVCRYPT_E_NET_BROKEN,
                       "the exchange with %s failed (libcurl: %s)", o.host,
                       curl_easy_strerror(result));
    }
}
