/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where requests go, and over what: scheme, host, port and base path, and what
 * connections to it need. Counted and immutable after open; any number of threads.
 */
#ifndef EVC_NET_ENDPOINT_H
#define EVC_NET_ENDPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"

/*
 * Zero means "as the client says", whose own zero means the default. Texts are copied;
 * NULL = as the client says.
 * A transport of the caller's own (net/hosted.h) hears nothing of it but attempt_ms.
 */
typedef struct evc_link {
    const char *ca_file;     /* PEM; in the place of the system's */
    const char *client_cert; /* PEM file, with client_key */
    const char
        *client_key;    /* PEM file; not encrypted, mode 0600. All three: pem_file.h */
    const char *proxy;  /* http://host:port; "" = none whatever the client says; of an
                                endpoint's own link socks5://host:port and
                                socks5h://host:port too: the proxy resolves names */
    const char *ca_pem; /* PEM text, in the place of any file */
    const char *cert_pem; /* PEM text, with key_pem, in the place of files */
    evc_secret key_pem; /* PEM text, not encrypted; a copy takes a slot of its own from
                                its arena, which must live as long as the copy */
    const char *tls_name; /* host name or address that the server's certificate is for,
                                also of SNI; of an endpoint's own link. Connections and
                                the Host field are of the endpoint's host nevertheless */
    int64_t connect_ms;   /* default 3,000 */
    int64_t attempt_ms;   /* one attempt in all; default 10,000 */
    bool never_proxy;     /* link-local addresses: not even the client's */
} evc_link;

/* Copies texts and key. On failure nothing is held. NOMEM, and for the key what
 * evc_secret_new gives. */
int evc_link_copy(evc_link *to, const evc_link *from, evc_error **err) EVC_MUST_CHECK;
void evc_link_reset(evc_link *link); /* frees what a copy holds */
/* What holds for own in the client's place and with the defaults; texts and key are
 * borrowed. No proxy is ""; where a PEM text holds, no file is named. */
evc_link evc_link_choose(const evc_link *own, const evc_link *client);

typedef struct evc_endpoint {
    atomic_size_t refs;
    char *scheme;    /* "https" or "http" */
    char *host;      /* lower case, ASCII; IPv6 in brackets */
    uint16_t port;   /* of the scheme when the URL names none */
    char *authority; /* host, and :port unless it is the scheme's: the Host header */
    char *path;      /* percent-encoded; "" or begins with a slash and ends without */
    evc_link link;   /* own copies of its texts */
} evc_endpoint;

/*
 * ENVCRYPT_E_ENDPOINT: not a URL of the form https://host[:port][/path]; user, query or
 * fragment in it; http elsewhere than to a loopback address and to the metadata
 * addresses 169.254.169.254, 169.254.170.2, 169.254.170.23, 100.100.100.200,
 * [fd00:ec2::23], [fd00:ec2::254]. Those and loopback never go through a proxy that the
 * environment or the client names. link may be NULL; its tls_name must be a name or an
 * address. Others: those of evc_link_copy.
 */
int evc_endpoint_open(const char *url, const evc_link *link, evc_endpoint **out,
                      evc_error **err) EVC_MUST_CHECK;
evc_endpoint *evc_endpoint_ref(evc_endpoint *endpoint);
void evc_endpoint_unref(evc_endpoint *endpoint);          /* NULL is fine */
bool evc_endpoint_is_local(const evc_endpoint *endpoint); /* loopback or metadata */

#endif
