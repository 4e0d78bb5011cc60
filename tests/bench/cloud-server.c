/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* accept4, strcasestr */
#include "cloud-server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX 16384
#define BACKLOG 256
#define BODY                                      \
    "{\"KeyId\":\"" CLOUD_KEY "\",\"%s\":\"%s\"," \
    "\"EncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}"

struct cloud_server {
    SSL_CTX *tls;
    int listener;
    int port;
    int delay_ms;
    pthread_t thread;
    atomic_ulong connections;
    atomic_ulong open;
    char ca[64];
};

typedef struct connection {
    cloud_server *server;
    int fd;
    SSL *ssl;
    char request[REQUEST_MAX + 1];
    size_t size;
    char bytes[REQUEST_MAX / 2]; /* what is sent back */
    char reply[REQUEST_MAX];
} connection;

static void
must(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench: the server cannot %s\n", what);
    exit(1);
}

/* --- certificate ------------------------------------------------------------------ */

static int
add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension;
    X509V3_CTX context;
    int added;

    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

/* Its own authority. */
static X509 *
make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"127.0.0.1", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    must(add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
             add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1") &&
             X509_sign(certificate, key, EVP_sha256()) > 0,
         "make a certificate");
    return certificate;
}

static void
make_tls(cloud_server *server)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    int fd;
    FILE *file;

    (void)snprintf(server->ca, sizeof(server->ca), "bench-cloud-XXXXXX");
    fd = mkstemp(server->ca);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    must(file && PEM_write_X509(file, certificate) == 1 && fclose(file) == 0,
         "write its certificate");
    server->tls = SSL_CTX_new(TLS_server_method());
    must(server->tls && SSL_CTX_use_certificate(server->tls, certificate) == 1 &&
             SSL_CTX_use_PrivateKey(server->tls, key) == 1,
         "use its certificate");
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* --- requests --------------------------------------------------------------------- */

/* The length of the request in the buffer once it is whole, else 0. */
static size_t
whole_request(const connection *c)
{
    const char *end = strstr(c->request, "\r\n\r\n");
    const char *length = strcasestr(c->request, "content-length:");
    size_t head;
    size_t body;

    if (!end || !length || length > end)
        return 0;
    head = (size_t)(end - c->request) + 4;
    body = strtoul(length + strlen("content-length:"), NULL, 10);
    return c->size >= head + body ? head + body : 0;
}

static int
read_request(connection *c)
{
    while (!whole_request(c)) {
        int got = SSL_read(c->ssl, &c->request[c->size], (int)(REQUEST_MAX - c->size));

        if (got <= 0)
            return 0;
        c->size += (size_t)got;
        c->request[c->size] = '\0';
    }
    return 1;
}

static void
forget_request(connection *c)
{
    size_t used = whole_request(c);

    memmove(c->request, &c->request[used], c->size - used);
    c->size -= used;
    c->request[c->size] = '\0';
}

/* The text of a member of the request. */
static int
member(const connection *c, const char *name, char *out, size_t size)
{
    const char *at = strstr(c->request, name);
    size_t length;

    at = at ? strchr(at + strlen(name), ':') : NULL;
    at = at ? strchr(at, '"') : NULL;
    if (!at)
        return 0;
    at++;
    length = strcspn(at, "\"");
    if (length >= size)
        return 0;
    memcpy(out, at, length);
    out[length] = '\0';
    return 1;
}

static void
pause_ms(int ms)
{
    const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

    (void)nanosleep(&time, NULL);
}

static int
answer(connection *c)
{
    int wraps = strstr(c->request, "TrentService.Encrypt") != NULL;
    const char *sent = wraps ? "\"Plaintext\"" : "\"CiphertextBlob\"";
    const char *back = wraps ? "CiphertextBlob" : "Plaintext";
    int size;

    if (!member(c, sent, c->bytes, sizeof(c->bytes)))
        return 0;
    size = snprintf(NULL, 0, BODY, back, c->bytes);
    size = snprintf(c->reply, sizeof(c->reply),
                    "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n"
                    "Content-Length: %d\r\n\r\n" BODY,
                    size, back, c->bytes);
    pause_ms(c->server->delay_ms);
    return SSL_write(c->ssl, c->reply, size) == size;
}

static void *
serve(void *user)
{
    connection *c = user;
    cloud_server *server = c->server;
    int on = 1;

    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    c->ssl = SSL_new(server->tls);
    SSL_set_fd(c->ssl, c->fd);
    if (SSL_accept(c->ssl) == 1) {
        while (read_request(c) && answer(c))
            forget_request(c);
    }
    SSL_free(c->ssl);
    (void)close(c->fd);
    free(c);
    (void)atomic_fetch_sub(&server->open, 1);
    return NULL;
}

/* --- the server ------------------------------------------------------------------- */

/* Ends when the listener is shut down. */
static void *
accept_all(void *user)
{
    cloud_server *server = user;
    pthread_attr_t detached;

    (void)pthread_attr_init(&detached);
    (void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (;;) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        connection *c;
        pthread_t thread;

        if (fd < 0)
            break;
        c = calloc(1, sizeof(*c));
        must(c != NULL, "find memory");
        c->server = server;
        c->fd = fd;
        (void)atomic_fetch_add(&server->connections, 1);
        (void)atomic_fetch_add(&server->open, 1);
        must(pthread_create(&thread, &detached, serve, c) == 0, "start a thread");
    }
    (void)pthread_attr_destroy(&detached);
    return NULL;
}

cloud_server *
cloud_server_start(int delay_ms)
{
    cloud_server *server = calloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    must(server != NULL, "find memory");
    (void)signal(SIGPIPE, SIG_IGN);
    server->delay_ms = delay_ms;
    make_tls(server);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(server->listener >= 0 &&
             bind(server->listener, (struct sockaddr *)&address, sizeof(address)) ==
                 0 &&
             listen(server->listener, BACKLOG) == 0 &&
             getsockname(server->listener, (struct sockaddr *)&address, &size) == 0,
         "listen");
    server->port = ntohs(address.sin_port);
    must(pthread_create(&server->thread, NULL, accept_all, server) == 0,
         "start a thread");
    return server;
}

/* The clients are gone by now, so their connections end. */
void
cloud_server_stop(cloud_server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->listener);
    while (atomic_load(&server->open) > 0)
        pause_ms(1);
    SSL_CTX_free(server->tls);
    (void)unlink(server->ca);
    free(server);
}

int
cloud_server_port(const cloud_server *server)
{
    return server->port;
}

const char *
cloud_server_ca(const cloud_server *server)
{
    return server->ca;
}

unsigned long
cloud_server_connections(const cloud_server *server)
{
    return atomic_load(&server->connections);
}
