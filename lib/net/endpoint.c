/* SPDX-License-Identifier: Apache-2.0 */
#include "net/endpoint.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/mem.h"

#define CONNECT_MS 3000
#define ATTEMPT_MS 10000

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"

/* Hosts that plain http is good for: nothing of it leaves the machine. */
static const char *const plain_hosts[] = {
    "127.0.0.1",       "[::1]",
    "localhost",       "169.254.169.254",
    "169.254.170.2",   "169.254.170.23",
    "100.100.100.200", "[fd00:ec2::23]",
    "[fd00:ec2::254]", NULL,
};

static bool
is_local_host(const char *host)
{
    for (size_t i = 0; plain_hosts[i]; i++) {
        if (strcmp(host, plain_hosts[i]) == 0)
            return true;
    }
    return false;
}

/* What may hold a password or a token is not shown. */
static int
refuse(const char *url, const char *why, evc_error **err)
{
    char shown[EVC_SHOWN];

    if (strpbrk(url, "@?#"))
        return evc_err(err, ENVCRYPT_E_ENDPOINT, "an endpoint cannot be used: %s", why);
    evc_encode_shown(evc_view_text(url), shown);
    return evc_err(err, ENVCRYPT_E_ENDPOINT, "the endpoint %s cannot be used: %s",
                   shown, why);
}

/* libcurl would decode a host, and take what follows a third slash for one. */
static bool
has_plain_authority(const char *url)
{
    const char *after = strstr(url, "://");
    size_t size = after ? strcspn(after + 3, "/?#") : 0;

    return size > 0 && strcspn(after + 3, "%\\") >= size;
}

static char *
part_of(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    char *own;

    if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
        return NULL;
    own = evc_mem_strdup(text);
    curl_free(text);
    return own;
}

static void
lower(char *text)
{
    for (; *text; text++) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
    }
}

static bool
has_part(CURLU *url, CURLUPart part)
{
    char *text = part_of(url, part);

    evc_mem_free(text);
    return text != NULL;
}

static int
take_parts(evc_endpoint *endpoint, CURLU *url, const char *text, evc_error **err)
{
    char *port = part_of(url, CURLUPART_PORT);
    size_t size;

    endpoint->scheme = part_of(url, CURLUPART_SCHEME);
    endpoint->host = part_of(url, CURLUPART_HOST);
    endpoint->path = part_of(url, CURLUPART_PATH);
    if (port)
        endpoint->port = (uint16_t)strtoul(port, NULL, 10);
    evc_mem_free(port);
    if (!endpoint->scheme || !endpoint->host || !endpoint->path)
        return evc_err_nomem(err);
    lower(endpoint->host);
    size = strlen(endpoint->path);
    if (size && endpoint->path[size - 1] == '/')
        endpoint->path[size - 1] = 0;
    if (endpoint->host[strspn(endpoint->host, NAME_LETTERS "[]:")])
        return refuse(text, "its host has characters that no host has", err);
    return 0;
}

static int
make_authority(evc_endpoint *endpoint, evc_error **err)
{
    uint16_t usual = strcmp(endpoint->scheme, "https") == 0 ? 443 : 80;
    evc_buf b;

    evc_buf_init(&b);
    evc_buf_put_text(&b, endpoint->host);
    if (endpoint->port != usual)
        evc_buf_put_format(&b, ":%u", (unsigned)endpoint->port);
    evc_buf_put_u8(&b, 0);
    if (!b.failed)
        endpoint->authority = evc_mem_strdup((const char *)b.data);
    evc_buf_reset(&b);
    return endpoint->authority ? 0 : evc_err_nomem(err);
}

static int
check_scheme(const evc_endpoint *endpoint, const char *text, evc_error **err)
{
    if (strcmp(endpoint->scheme, "https") == 0)
        return 0;
    if (strcmp(endpoint->scheme, "http") == 0 && is_local_host(endpoint->host))
        return 0;
    return refuse(text, "only https:// is, and http:// to this machine", err);
}

static int
parse(evc_endpoint *endpoint, CURLU *url, const char *text, evc_error **err)
{
    int rc;

    if (!has_plain_authority(text) ||
        curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) != CURLUE_OK)
        return refuse(text, "it is no URL of the form https://host[:port][/path]", err);
    if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
        return refuse(text, "it has a query or fragment", err);
    rc = take_parts(endpoint, url, text, err);
    if (!rc)
        rc = check_scheme(endpoint, text, err);
    return rc ? rc : make_authority(endpoint, err);
}

static bool
copy_text(const char **to, const char *from)
{
    *to = from ? evc_mem_strdup(from) : NULL;
    return *to || !from;
}

static void
free_text(const char *text)
{
    void *own; /* by copies: a cast would drop the const */

    memcpy(&own, &text, sizeof(own));
    evc_mem_free(own);
}

void
evc_link_reset(evc_link *link)
{
    free_text(link->ca_file);
    free_text(link->client_cert);
    free_text(link->client_key);
    free_text(link->proxy);
    free_text(link->ca_pem);
    free_text(link->cert_pem);
    free_text(link->tls_name);
    evc_secret_free(&link->key_pem);
    *link = (evc_link){.ca_file = NULL};
}

static int
copy_key(evc_secret *to, const evc_secret *from, evc_error **err)
{
    if (!from->bytes)
        return 0;
    return evc_secret_copy(from->arena, evc_view_of(from->bytes, from->size), to, err);
}

int
evc_link_copy(evc_link *to, const evc_link *from, evc_error **err)
{
    evc_link link = *from;
    bool ok;
    int rc;

    *to = (evc_link){.connect_ms = link.connect_ms,
                     .attempt_ms = link.attempt_ms,
                     .never_proxy = link.never_proxy};
    ok = copy_text(&to->ca_file, link.ca_file);
    ok = copy_text(&to->client_cert, link.client_cert) && ok;
    ok = copy_text(&to->client_key, link.client_key) && ok;
    ok = copy_text(&to->proxy, link.proxy) && ok;
    ok = copy_text(&to->ca_pem, link.ca_pem) && ok;
    ok = copy_text(&to->cert_pem, link.cert_pem) && ok;
    ok = copy_text(&to->tls_name, link.tls_name) && ok;
    rc = ok ? copy_key(&to->key_pem, &link.key_pem, err) : evc_err_nomem(err);
    if (rc)
        evc_link_reset(to);
    return rc;
}

static const char *
first_text(const char *own, const char *client, const char *otherwise)
{
    if (own)
        return own;
    return client ? client : otherwise;
}

static int64_t
first_time(int64_t own, int64_t client, int64_t otherwise)
{
    if (own)
        return own;
    return client ? client : otherwise;
}

evc_link
evc_link_choose(const evc_link *own, const evc_link *client)
{
    /* A certificate and its key are one choice; a text and a file are, too. */
    const evc_link *shown = own->cert_pem || own->client_cert ? own : client;
    const evc_link *trusts = own->ca_pem || own->ca_file ? own : client;

    return (evc_link){
        .ca_file = trusts->ca_pem ? NULL : trusts->ca_file,
        .ca_pem = trusts->ca_pem,
        .client_cert = shown->cert_pem ? NULL : shown->client_cert,
        .client_key = shown->cert_pem ? NULL : shown->client_key,
        .cert_pem = shown->cert_pem,
        .key_pem = shown->cert_pem ? shown->key_pem : (evc_secret){.bytes = NULL},
        .tls_name = own->tls_name,
        .proxy = own->never_proxy ? "" : first_text(own->proxy, client->proxy, ""),
        .connect_ms = first_time(own->connect_ms, client->connect_ms, CONNECT_MS),
        .attempt_ms = first_time(own->attempt_ms, client->attempt_ms, ATTEMPT_MS),
        .never_proxy = own->never_proxy,
    };
}

static int
refuse_tls_name(const evc_endpoint *endpoint, const char *name, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(name), shown);
    return evc_err(err, ENVCRYPT_E_ENDPOINT,
                   "the endpoint at %s cannot be used: the name \"%s\" of its "
                   "certificate is no host name and no address",
                   endpoint->authority, shown);
}

/* As a URL has it: in lower case, an IPv6 address in brackets. */
static int
take_tls_name(evc_endpoint *endpoint, CURLU *url, evc_error **err)
{
    const char *name = endpoint->link.tls_name;
    bool bare = name && strchr(name, ':');
    evc_buf b;
    char *host;

    if (!name)
        return 0;
    if (!name[0] || name[strspn(name, NAME_LETTERS ":")])
        return refuse_tls_name(endpoint, name, err);
    evc_buf_init(&b);
    evc_buf_put_text(&b, bare ? "https://[" : "https://");
    evc_buf_put_text(&b, name);
    evc_buf_put_text(&b, bare ? "]" : "");
    evc_buf_put_u8(&b, 0);
    if (!b.failed &&
        curl_url_set(url, CURLUPART_URL, (const char *)b.data, 0) != CURLUE_OK) {
        evc_buf_reset(&b);
        return refuse_tls_name(endpoint, name, err);
    }
    host = b.failed ? NULL : part_of(url, CURLUPART_HOST);
    evc_buf_reset(&b);
    if (!host)
        return evc_err_nomem(err);
    lower(host);
    free_text(name);
    endpoint->link.tls_name = host;
    return 0;
}

static void
free_endpoint(evc_endpoint *endpoint)
{
    evc_mem_free(endpoint->scheme);
    evc_mem_free(endpoint->host);
    evc_mem_free(endpoint->authority);
    evc_mem_free(endpoint->path);
    evc_link_reset(&endpoint->link);
    evc_mem_free(endpoint);
}

int
evc_endpoint_open(const char *url, const evc_link *link, evc_endpoint **out,
                  evc_error **err)
{
    evc_endpoint *endpoint = evc_mem_new(sizeof(*endpoint));
    CURLU *parts = curl_url();
    int rc = 0;

    *out = NULL;
    if (!endpoint || !parts)
        rc = evc_err_nomem(err);
    if (!rc)
        rc = parse(endpoint, parts, url, err);
    if (!rc && link)
        rc = evc_link_copy(&endpoint->link, link, err);
    if (!rc)
        rc = take_tls_name(endpoint, parts, err);
    curl_url_cleanup(parts);
    if (rc) {
        if (endpoint)
            free_endpoint(endpoint);
        return rc;
    }
    if (evc_endpoint_is_local(endpoint))
        endpoint->link.never_proxy = true;
    atomic_init(&endpoint->refs, 1);
    *out = endpoint;
    return 0;
}

evc_endpoint *
evc_endpoint_ref(evc_endpoint *endpoint)
{
    if (endpoint)
        atomic_fetch_add_explicit(&endpoint->refs, 1, memory_order_relaxed);
    return endpoint;
}

void
evc_endpoint_unref(evc_endpoint *endpoint)
{
    if (endpoint &&
        atomic_fetch_sub_explicit(&endpoint->refs, 1, memory_order_acq_rel) == 1)
        free_endpoint(endpoint);
}

bool
evc_endpoint_is_local(const evc_endpoint *endpoint)
{
    return is_local_host(endpoint->host);
}
