/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rules.h"

#include <string.h>

#include "net/pem_file.h"

/* A reply or a request that moves less is taken for dead (security.md 5.1, row 7); under a
 * link that gives an attempt more time than usual, half of that time counts. */
#define SLOW_BYTES 64L /* per second */
#define SLOW_SECONDS 5L

#define IDLE_SECONDS 50L /* services and balancers close after a minute */
#define LIFE_SECONDS 600L

#define SET(option, value) (curl_easy_setopt(easy, option, value) == CURLE_OK)

/* What holds for every exchange; nothing turns any of it off. */
static bool
set_rules(CURL *easy)
{
    return SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_QUICK_EXIT, 1L) &&
           SET(CURLOPT_FOLLOWLOCATION, 0L) &&
           SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(CURLOPT_HSTS_CTRL, 0L) &&
           SET(CURLOPT_HTTP09_ALLOWED, 0L) && SET(CURLOPT_PATH_AS_IS, 1L) &&
           SET(CURLOPT_SSL_VERIFYPEER, 1L) && SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
           SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           SET(CURLOPT_NOPROGRESS, 1L) && SET(CURLOPT_TCP_KEEPALIVE, 1L) &&
           SET(CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES) &&
           SET(CURLOPT_MAXAGE_CONN, IDLE_SECONDS) &&
           SET(CURLOPT_MAXLIFETIME_CONN, LIFE_SECONDS) &&
           SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

/* libcurl only reads it. */
static void
set_blob(struct curl_blob *blob, const void *data, size_t size)
{
    void *own; /* by copies: a cast would drop the const */

    memcpy(&own, &data, sizeof(own));
    blob->data = own;
    blob->len = size;
}

/* The bundle of the system alone when it has one: libcurl keeps it in memory then, which
 * it does not with a folder beside it. */
static bool
use_authorities(CURL *easy, const evc_link *link)
{
    struct curl_blob text = {.flags = CURL_BLOB_NOCOPY};

    if (link->ca_pem) {
        set_blob(&text, link->ca_pem, strlen(link->ca_pem));
        return SET(CURLOPT_CAINFO_BLOB, &text) && SET(CURLOPT_CAPATH, (char *)NULL);
    }
    if (link->ca_file)
        return SET(CURLOPT_CAINFO, link->ca_file) && SET(CURLOPT_CAPATH, (char *)NULL);
    if (curl_version_info(CURLVERSION_NOW)->cainfo)
        return SET(CURLOPT_CAPATH, (char *)NULL);
    return true;
}

static int
set_authorities(CURL *easy, const evc_link *link, evc_error **err)
{
    int rc = 0;

    if (link->ca_file && !link->ca_pem)
        rc = evc_pem_file_check_authorities(link->ca_file, err);
    if (rc)
        return rc;
    return use_authorities(easy, link) ? 0 : evc_err_nomem(err);
}

/* An empty passphrase keeps OpenSSL from asking the terminal for that of a key which has
 * one. */
static bool
set_key(CURL *easy, const void *data, size_t size)
{
    struct curl_blob blob = {.flags = CURL_BLOB_NOCOPY};

    set_blob(&blob, data, size);
    return SET(CURLOPT_SSLCERTTYPE, "PEM") && SET(CURLOPT_SSLKEYTYPE, "PEM") &&
           SET(CURLOPT_KEYPASSWD, "") && SET(CURLOPT_SSLKEY_BLOB, &blob);
}

static int
set_client_texts(CURL *easy, const evc_exchange *x, const evc_link *link,
                 evc_error **err)
{
    struct curl_blob blob = {.flags = CURL_BLOB_NOCOPY};

    if (!link->key_pem.bytes)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the client's certificate for %s has no key; give it one",
                       x->endpoint->authority);
    set_blob(&blob, link->cert_pem, strlen(link->cert_pem));
    if (SET(CURLOPT_SSLCERT_BLOB, &blob) &&
        set_key(easy, link->key_pem.bytes, link->key_pem.size))
        return 0;
    return evc_err_nomem(err);
}

/* Both are read here, so that what is used is what was judged; and a certificate that was
 * renewed takes a connection of its own, as libcurl compares the text. */
static int
set_client_files(CURL *easy, const evc_link *link, evc_rules_loan *loan,
                 evc_error **err)
{
    struct curl_blob cert = {.flags = CURL_BLOB_NOCOPY};
    int rc;

    if (!link->client_key)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the client's certificate %s has no key; name its file",
                       link->client_cert);
    rc = evc_pem_file_read_key(link->client_key, &loan->key, err);
    if (rc == 0)
        rc = evc_pem_file_read_cert(link->client_cert, &loan->cert, err);
    if (rc)
        return rc;
    set_blob(&cert, loan->cert.data, loan->cert.size);
    if (SET(CURLOPT_SSLCERT_BLOB, &cert) &&
        set_key(easy, loan->key.data, loan->key.size))
        return 0;
    return evc_err_nomem(err);
}

static int
set_client(CURL *easy, const evc_exchange *x, const evc_link *link,
           evc_rules_loan *loan, evc_error **err)
{
    if (link->cert_pem)
        return set_client_texts(easy, x, link, err);
    return link->client_cert ? set_client_files(easy, link, loan, err) : 0;
}

static const char *
after(const char *text, const char *prefix)
{
    size_t size = strlen(prefix);

    return strncmp(text, prefix, size) == 0 ? &text[size] : NULL;
}

/* Names are the proxy's to resolve, as kubectl has it under either scheme. */
static bool
set_socks(CURL *easy, const char *host)
{
    return SET(CURLOPT_PROXYTYPE, (long)CURLPROXY_SOCKS5_HOSTNAME) &&
           SET(CURLOPT_PROXY, host) && SET(CURLOPT_NOPROXY, "");
}

/* Never what the environment says: "" is no proxy, and each host is for the proxy. */
static int
set_proxy(CURL *easy, const evc_exchange *x, const evc_link *link, evc_error **err)
{
    const char *proxy = link->proxy;
    bool own = x->endpoint->link.proxy != NULL;
    const char *socks = after(proxy, "socks5://");

    if (!socks)
        socks = after(proxy, "socks5h://");
    if (proxy[0] && !after(proxy, "http://") && !(own && socks))
        return evc_err(err, ENVCRYPT_E_ENDPOINT,
                       "the proxy for %s cannot be used: it must have the form "
                       "http://host:port%s",
                       x->endpoint->authority, own ? " or socks5://host:port" : "");
    if (socks ? set_socks(easy, socks)
              : SET(CURLOPT_PROXY, proxy) && SET(CURLOPT_NOPROXY, proxy[0] ? "" : "*"))
        return 0;
    return evc_err_nomem(err);
}

static bool
set_reply(CURL *easy, const evc_exchange *x, const evc_net_settings *settings)
{
    long version =
        x->secret ? (long)CURL_HTTP_VERSION_1_1 : (long)CURL_HTTP_VERSION_2TLS;
    long close = x->secret && !settings->fast;

    return SET(CURLOPT_HTTP_VERSION, version) &&
           SET(CURLOPT_PIPEWAIT, x->secret ? 0L : 1L) &&
           SET(CURLOPT_FORBID_REUSE, close) &&
           SET(CURLOPT_FRESH_CONNECT, (long)x->fresh) &&
           SET(CURLOPT_MAXFILESIZE_LARGE,
               x->cap == EVC_REPLY_ANY ? (curl_off_t)0 : (curl_off_t)x->cap);
}

/* Of these a body is expected, so that an empty one is told. */
static bool
bears_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

static bool
set_method(CURL *easy, const evc_exchange *x)
{
    if (x->body.size)
        return SET(CURLOPT_POST, 1L) &&
               SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.size) &&
               SET(CURLOPT_CUSTOMREQUEST, x->method);
    if (strcmp(x->method, "HEAD") == 0)
        return SET(CURLOPT_NOBODY, 1L);
    if (!bears_body(x->method))
        return SET(CURLOPT_HTTPGET, 1L) && SET(CURLOPT_CUSTOMREQUEST, x->method);
    return SET(CURLOPT_POST, 1L) && SET(CURLOPT_POSTFIELDSIZE, 0L) &&
           SET(CURLOPT_POSTFIELDS, "") && SET(CURLOPT_CUSTOMREQUEST, x->method);
}

/* Connections go there whatever host the URL names. */
static bool
set_host(CURL *easy, const evc_endpoint *endpoint, evc_rules_loan *loan)
{
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_format(&b, "::%s:%u", endpoint->host, (unsigned)endpoint->port);
    evc_buf_put_u8(&b, 0);
    if (!b.failed)
        loan->host = curl_slist_append(NULL, (const char *)b.data);
    evc_buf_reset(&b);
    return loan->host && SET(CURLOPT_CONNECT_TO, loan->host);
}

/* The host of the URL is the one that libcurl names to TLS and finds in the certificate. */
static bool
put_url(const evc_exchange *x, const evc_link *link, evc_buf *url)
{
    if (!link->tls_name)
        return evc_exchange_url(x, url, NULL) == 0;
    evc_buf_put_format(url, "%s://%s:%u", x->endpoint->scheme, link->tls_name,
                       (unsigned)x->endpoint->port);
    evc_exchange_target(x, url);
    evc_buf_put_u8(url, 0);
    return !url->failed;
}

static bool
set_url(CURL *easy, const evc_exchange *x, const evc_link *link, evc_rules_loan *loan)
{
    bool https = strcmp(x->endpoint->scheme, "https") == 0;
    evc_buf url;
    bool ok;

    if (link->tls_name && !set_host(easy, x->endpoint, loan))
        return false;
    evc_buf_init(&url);
    ok = put_url(x, link, &url) &&
         SET(CURLOPT_PROTOCOLS_STR, https ? "https" : "http") &&
         SET(CURLOPT_URL, (const char *)url.data);
    evc_buf_reset(&url);
    return ok;
}

static bool
set_times(CURL *easy, const evc_link *link)
{
    long slow = (long)(link->attempt_ms / 2000);

    return SET(CURLOPT_LOW_SPEED_TIME, slow > SLOW_SECONDS ? slow : SLOW_SECONDS) &&
           SET(CURLOPT_CONNECTTIMEOUT_MS, (long)link->connect_ms) &&
           SET(CURLOPT_TIMEOUT_MS, (long)link->attempt_ms);
}

void
evc_rules_loan_init(evc_rules_loan *loan)
{
    evc_buf_init(&loan->cert);
    evc_buf_init(&loan->key);
    loan->host = NULL;
}

void
evc_rules_loan_reset(evc_rules_loan *loan)
{
    evc_buf_reset(&loan->cert);
    evc_buf_reset(&loan->key);
    curl_slist_free_all(loan->host);
    loan->host = NULL;
}

int
evc_rules_set(CURL *easy, const evc_exchange *x, const evc_link *link,
              const evc_net_settings *settings, evc_rules_loan *loan, evc_error **err)
{
    int rc = set_client(easy, x, link, loan, err);

    if (!rc)
        rc = set_proxy(easy, x, link, err);
    if (!rc)
        rc = set_authorities(easy, link, err);
    if (rc)
        return rc;
    if (set_rules(easy) && set_times(easy, link) && set_reply(easy, x, settings) &&
        set_method(easy, x) && set_url(easy, x, link, loan))
        return 0;
    return evc_err(err, ENVCRYPT_E_NOMEM,
                   "libcurl did not take a request to %s: out of memory, or a build of "
                   "libcurl that lacks something",
                   x->endpoint->authority);
}
