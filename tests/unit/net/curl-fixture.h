/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One lane of libcurl and one exchange at a time against tests/fakes/rude_server.py: what
 * the tests of curl, flight, outcome and tls share.
 */
#ifndef EVC_TESTS_CURL_FIXTURE_H
#define EVC_TESTS_CURL_FIXTURE_H

#include "base/env.h"
#include "base/mem.h"
#include "evc-check.h"
#include "evc-server.h"
#include "net/transport.h"

static evc_env *env;
static evc_net_settings settings;
static void *lane;
static evc_exchange x;
static evc_link own;
static evc_wait w;

static inline void
start_servers(void)
{
    evc_server_start("rude_server.py");
}

static inline void
open_lane(void)
{
    EVC_CHECK_OK(evc_transport_curl.open(NULL, env, &settings, &lane, NULL));
}

/* Before a test: settings and the link may be changed until the first exchange. */
static inline void
prepare(void)
{
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    settings = (evc_net_settings){.max_connections = 16};
    own = (evc_link){.ca_file = NULL};
    lane = NULL;
    evc_exchange_init(&x);
    (void)evc_server_ask("reset", "all");
}

static inline void
finish(void)
{
    evc_exchange_reset(&x);
    if (lane)
        evc_transport_curl.close(lane);
    evc_env_unref(env);
}

static inline bool
is_plain(const char *server)
{
    return strcmp(server, "plain") == 0 || strcmp(server, "second") == 0;
}

static inline const char *
url_of(const char *server)
{
    static char url[128];

    (void)snprintf(url, sizeof(url), "%s://localhost:%u",
                   is_plain(server) ? "http" : "https", evc_server_port(server));
    return url;
}

/* A GET in e; path and query as one text. */
static inline void
make(evc_exchange *e, const char *server, const char *path)
{
    const char *query = strchr(path, '?');
    evc_link link = own;

    evc_exchange_reset(e);
    if (!link.ca_file)
        link.ca_file = evc_folder_path("ca.pem");
    EVC_CHECK_OK(evc_endpoint_open(url_of(server), &link, &e->endpoint, NULL));
    e->method = "GET";
    evc_buf_put(&e->path, path, query ? (size_t)(query - path) : strlen(path));
    if (query)
        evc_buf_put_text(&e->query, query + 1);
}

/* To its end, or to that of w, which stops it. */
static inline int
drive(evc_exchange *e, int64_t timeout_ms)
{
    int rc = 0;

    evc_wait_init(&w, NULL, timeout_ms);
    while (!e->done && !rc)
        rc = evc_transport_curl.drive(lane, INT64_MAX, &w, NULL);
    if (rc)
        evc_transport_curl.stop(lane, e);
    evc_wait_release(&w);
    ck_assert(e->done);
    return rc;
}

static inline void
carry(evc_exchange *e)
{
    if (!lane)
        open_lane();
    evc_transport_curl.start(lane, e);
    EVC_CHECK_OK(drive(e, 30000));
}

/* A whole exchange in x. */
static inline int
get(const char *server, const char *path)
{
    make(&x, server, path);
    carry(&x);
    return x.code;
}

#define CHECK_GET(server, path, expected)                                    \
    do {                                                                     \
        int got_ = get(server, path);                                        \
        ck_assert_msg(got_ == (expected), "%s gave %s (%s), not %s", path,   \
                      envcrypt_error_name(got_),                             \
                      x.error ? evc_error_message(x.error) : "", #expected); \
    } while (0)

static inline void
check_says(const char *part)
{
    const char *message = evc_error_message(x.error);

    ck_assert_msg(message && strstr(message, part), "\"%s\" is not in \"%s\"", part,
                  message ? message : "");
}

static inline void
check_reply(const char *text)
{
    ck_assert_uint_eq(x.reply.size, strlen(text));
    ck_assert_mem_eq(x.reply.data, text, x.reply.size);
}

static inline void
check_not_sent(bool retryable)
{
    ck_assert(!x.sent);
    ck_assert_int_eq(x.status, 0);
    ck_assert_int_eq(evc_error_is_retryable(x.error), retryable);
    check_says("localhost");
}

static inline void
check_sent(void)
{
    ck_assert(x.sent);
    ck_assert_int_eq(x.status, 0);
    ck_assert(evc_error_is_retryable(x.error));
    check_says("localhost");
}

static inline unsigned
requests_of(const char *server)
{
    unsigned connections;
    unsigned requests;

    evc_server_counts(server, &connections, &requests);
    return requests;
}

static inline unsigned
connections_of(const char *server)
{
    unsigned connections;
    unsigned requests;

    evc_server_counts(server, &connections, &requests);
    return connections;
}

static inline int64_t
took_ms(void)
{
    return x.ended_ms - x.began_ms;
}

/* A case whose server is started once. */
static inline TCase *
add_served(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, start_servers, evc_server_end);
    tcase_add_checked_fixture(tcase, prepare, finish);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
