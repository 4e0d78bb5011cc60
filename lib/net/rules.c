/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rules.h"

#include <string.h>

#include "base/file.h"

#define KEY_FILE_MAX ((size_t)65536)

/* A reply or a request that moves less is taken for dead (security.md 5.1, row 7). */
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
           SET(CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS) &&
           SET(CURLOPT_MAXAGE_CONN, IDLE_SECONDS) &&
           SET(CURLOPT_MAXLIFETIME_CONN, LIFE_SECONDS) &&
           SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

/* The bundle of the system alone when it has one: libcurl keeps it in memory then, which
 * it does not with a folder beside it. */
static bool
set_authorities(CURL *easy, const evc_link *link)
{
    if (link->ca_file)
        return SET(CURLOPT_CAINFO, link->ca_file) && SET(CURLOPT_CAPATH, (char *)NULL);
    if (curl_version_info(CURLVERSION_NOW)->cainfo)
        return SET(CURLOPT_CAPATH, (char *)NULL);
    return true;
}

/* The key is read here, so that what is used is what was judged. */
static int
set_client(CURL *easy, const evc_link *link, evc_buf *key, evc_error **err)
{
    struct curl_blob blob = {.flags = CURL_BLOB_NOCOPY};
    int rc;

    if (!link->client_cert)
        return 0;
    if (!link->client_key)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the client's certificate %s has no key; name its file",
                       link->client_cert);
    rc = evc_file_read(link->client_key, KEY_FILE_MAX, EVC_FILE_PRIVATE, key, err);
    if (rc)
        return rc;
    blob.data = key->data;
    blob.len = key->size;
    if (SET(CURLOPT_SSLCERT, link->client_cert) && SET(CURLOPT_SSLCERTTYPE, "PEM") &&
        SET(CURLOPT_SSLKEYTYPE, "PEM") && SET(CURLOPT_SSLKEY_BLOB, &blob))
        return 0;
    return evc_err_nomem(err);
}

/* Never what the environment says: "" is no proxy, and each host is for the proxy. */
static int
set_proxy(CURL *easy, const evc_exchange *x, const evc_link *link, evc_error **err)
{
    const char *proxy = link->proxy;

    if (proxy[0] && strncmp(proxy, "http://", strlen("http://")) != 0)
        return evc_err(err, ENVCRYPT_E_ENDPOINT,
                       "the proxy for %s cannot be used: it must have the form "
                       "http://host:port",
                       x->endpoint->authority);
    if (SET(CURLOPT_PROXY, proxy) && SET(CURLOPT_NOPROXY, proxy[0] ? "" : "*"))
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
           SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)x->cap);
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
    if (strcmp(x->method, "POST") != 0 && strcmp(x->method, "PUT") != 0)
        return SET(CURLOPT_HTTPGET, 1L) && SET(CURLOPT_CUSTOMREQUEST, x->method);
    return SET(CURLOPT_POST, 1L) && SET(CURLOPT_POSTFIELDSIZE, 0L) &&
           SET(CURLOPT_POSTFIELDS, "") && SET(CURLOPT_CUSTOMREQUEST, x->method);
}

static bool
set_url(CURL *easy, const evc_exchange *x)
{
    bool https = strcmp(x->endpoint->scheme, "https") == 0;
    evc_buf url;
    bool ok;

    evc_buf_init(&url);
    ok = evc_exchange_url(x, &url, NULL) == 0 &&
         SET(CURLOPT_PROTOCOLS_STR, https ? "https" : "http") &&
         SET(CURLOPT_URL, (const char *)url.data);
    evc_buf_reset(&url);
    return ok;
}

static bool
set_times(CURL *easy, const evc_link *link)
{
    return SET(CURLOPT_CONNECTTIMEOUT_MS, (long)link->connect_ms) &&
           SET(CURLOPT_TIMEOUT_MS, (long)link->attempt_ms);
}

int
evc_rules_set(CURL *easy, const evc_exchange *x, const evc_link *link,
              const evc_net_settings *settings, evc_buf *key, evc_error **err)
{
    int rc = set_client(easy, link, key, err);

    if (!rc)
        rc = set_proxy(easy, x, link, err);
    if (rc)
        return rc;
    if (set_rules(easy) && set_authorities(easy, link) && set_times(easy, link) &&
        set_reply(easy, x, settings) && set_method(easy, x) && set_url(easy, x))
        return 0;
    return evc_err(err, ENVCRYPT_E_NOMEM,
                   "libcurl did not take a request to %s: out of memory, or a build of "
                   "libcurl that lacks something",
                   x->endpoint->authority);
}
