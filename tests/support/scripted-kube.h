/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An API server without a network: a transport that answers by a script and keeps what it
 * was asked, and a clock whose time passes only while somebody waits. One test at a time.
 */
#ifndef EVC_TESTS_SCRIPTED_KUBE_H
#define EVC_TESTS_SCRIPTED_KUBE_H

#include <poll.h>

#include "at-once-lane.h"
#include "base/env.h"
#include "evc-check.h"
#include "k8s/kube.h"
#include "net/operation.h"

#define KUBE_STEPS 64u
#define KUBE_WALL INT64_C(1700000000000) /* 2023-11-14T22:13:20Z */

/* What was asked. */
typedef struct kube_request {
    char method[16];
    char url[1024];
    char accept[256];
    char content[128];
    char body[4096];
    size_t cap; /* bytes of a reply that were waited for at most */
} kube_request;

/* What comes of one request; they are taken in order, and the last one for ever. */
typedef struct kube_step {
    int code; /* of the transport; 0 = a reply comes */
    int status;
    const char *body; /* NULL = none */
    /* Makes the body by what was asked; NULL = it is the one above. Asserts nothing. */
    const char *(*make)(const struct kube_request *request);
    const char *type; /* of it; NULL = application/json, "" = no header */
    const char *date; /* of the server; NULL = no header */
    const char *retry_after;
    int64_t lasts_ms;
} kube_step;

typedef struct scripted_kube {
    evc_env *env;
    evc_net *net;
    evc_crypto *crypto;
    evc_kube *kube;
    evc_wait wait;
    int64_t now;

    kube_step steps[KUBE_STEPS];
    size_t step_count;
    kube_request requests[KUBE_STEPS];
    size_t asked;
} scripted_kube;

static scripted_kube k;

/* --- clock ------------------------------------------------------------------------ */

static int64_t
kube_monotonic(void *user)
{
    (void)user;
    return k.now;
}

static int64_t
kube_wall(void *user)
{
    (void)user;
    return KUBE_WALL + k.now;
}

static int32_t
kube_wait(void *user, int64_t until_ms, int32_t fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};

    (void)user;
    if (poll(&one, 1, 0) == 1)
        return 1;
    if (until_ms == INT64_MAX)
        return -1; /* nobody would wake it */
    if (until_ms > k.now)
        k.now = until_ms;
    return 0;
}

/* --- transport -------------------------------------------------------------------- */

static void
kube_note(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text ? text : "");
}

static void
kube_keep_request(const evc_exchange *x, kube_request *r)
{
    evc_buf url;

    evc_buf_init(&url);
    if (evc_exchange_url(x, &url, NULL) == 0)
        kube_note(r->url, sizeof(r->url), (const char *)url.data);
    evc_buf_reset(&url);
    kube_note(r->method, sizeof(r->method), x->method);
    kube_note(r->accept, sizeof(r->accept), evc_headers_find(&x->headers, "accept"));
    kube_note(r->content, sizeof(r->content),
              evc_headers_find(&x->headers, "content-type"));
    r->cap = x->cap;
    (void)snprintf(r->body, sizeof(r->body), "%.*s", (int)x->body.size,
                   x->body.size ? (const char *)x->body.data : "");
}

static int
kube_reply_headers(evc_exchange *x, const kube_step *s)
{
    const char *const headers[][2] = {
        {"content-type", s->type ? s->type : "application/json"},
        {"date", s->date},
        {"retry-after", s->retry_after},
    };
    int rc = 0;

    for (size_t i = 0; i < 3 && !rc; i++) {
        if (headers[i][1] && headers[i][1][0])
            rc = evc_headers_add(&x->reply_headers, headers[i][0],
                                 evc_view_text(headers[i][1]), &x->error);
    }
    evc_exchange_read_date(x);
    return rc;
}

/* The body in small parts, as a wire may give it. */
static int
kube_reply_body(evc_exchange *x, evc_view rest)
{
    int rc = 0;

    while (rest.size && !rc) {
        size_t size = rest.size < 7 ? rest.size : 7;
        evc_view part = evc_view_of(rest.data, size);

        if (x->sink && x->status / 100 == 2)
            rc = x->sink(x->sink_user, part, &x->error);
        else
            evc_buf_put_view(&x->reply, part);
        rest = evc_view_of(&rest.data[size], rest.size - size);
    }
    return rc ? rc : evc_buf_check(&x->reply, &x->error);
}

static const char *
kube_body(const kube_step *s)
{
    size_t last = k.asked < KUBE_STEPS ? k.asked - 1 : KUBE_STEPS - 1;

    return s->make ? s->make(&k.requests[last]) : s->body;
}

static void
kube_start(void *lane, evc_exchange *x)
{
    size_t n = k.asked < k.step_count ? k.asked : k.step_count - 1;
    const kube_step *s = &k.steps[n];

    (void)lane;
    if (k.asked < KUBE_STEPS)
        kube_keep_request(x, &k.requests[k.asked]);
    k.asked++;
    x->done = true;
    x->began_ms = k.now;
    k.now += s->lasts_ms;
    x->ended_ms = k.now;
    x->sent = true;
    if (s->code) {
        x->code = evc_err(&x->error, s->code, "the script broke it");
        return;
    }
    x->status = s->status;
    x->code = kube_reply_headers(x, s);
    if (!x->code)
        x->code = kube_reply_body(x, evc_view_text(kube_body(s)));
}

static const evc_transport kube_transport = AT_ONCE_TRANSPORT(kube_start);

/* --- set up ----------------------------------------------------------------------- */
static inline void
kube_set_up(void)
{
    const evc_clock clock = {kube_wall, kube_monotonic, kube_wait, NULL};
    const evc_kube_options options = {.server = "https://kube.example"};
    const evc_net_settings settings = {.max_attempts = 3, .deadline_ms = 30000};

    k = (scripted_kube){.now = 1000};
    EVC_CHECK_OK(evc_env_open(65536, false, &clock, NULL, &k.env, NULL));
    EVC_CHECK_OK(
        evc_net_open(k.env, &settings, &kube_transport, &k, NULL, &k.net, NULL));
    evc_wait_init(&k.wait, &k.env->clock, 60000);
    EVC_CHECK_OK(evc_crypto_open(k.env, &k.crypto, NULL));
    EVC_CHECK_OK(evc_kube_open(k.crypto, k.net, &options, &k.kube, NULL));
}

static void
kube_tear_down(void)
{
    evc_kube_unref(k.kube);
    evc_crypto_unref(k.crypto);
    evc_wait_release(&k.wait);
    evc_net_unref(k.net);
    evc_env_unref(k.env);
}

/* The steps of a script; k.asked begins anew. */
static inline void
kube_play(const kube_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        k.steps[i] = steps[i];
    k.step_count = count;
    k.asked = 0;
}
#define KUBE_PLAY(...)                          \
    kube_play((const kube_step[]){__VA_ARGS__}, \
              sizeof((const kube_step[]){__VA_ARGS__}) / sizeof(kube_step))

#endif
