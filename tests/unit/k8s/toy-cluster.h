/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster of a few Secrets in memory, which answers as an API server does: lists in pages, merge
 * patches that store anew only what is stale or changed, readings. What a test says happens at a
 * request, or in its place. Over the clock of scripted-kube.h.
 */
#ifndef EVC_TESTS_TOY_CLUSTER_H
#define EVC_TESTS_TOY_CLUSTER_H

#include "evc-folder.h"
#include "k8s/reencrypt_options.h"
#include "k8s/task.h"
#include "scripted-kube.h"

#define TOY_OBJECTS 64u
#define TOY_BODY 65536u

typedef struct toy_object {
    char ns[16];
    char name[32];
    unsigned uid;
    unsigned version;
    bool stale;      /* stored under an old key */
    bool unreadable; /* a list that meets it fails */
    char mark[40];
    bool altered; /* by the webhook */
} toy_object;

typedef struct toy_cluster {
    toy_object objects[TOY_OBJECTS];
    size_t count;
    unsigned version;
    bool blind;         /* sees nothing stale, as with a plugin that keeps its key id */
    bool webhook;       /* changes each object once, when it is patched */
    bool no_names;      /* does not say what is unreadable */
    int64_t written_ms; /* of all objects; wall time */
    size_t lists, patches, gets, reviews, rewrites;
    /* Before a request, in its place when it gives true. May be NULL. */
    bool (*at)(const kube_request *r, kube_step *s);
} toy_cluster;

static toy_cluster toy;
static char toy_body[TOY_BODY];

static inline toy_object *
toy_add(const char *ns, const char *name, bool stale)
{
    toy_object *o = &toy.objects[toy.count++];

    *o = (toy_object){
        .uid = 100 + toy.version, .version = ++toy.version, .stale = stale};
    (void)snprintf(o->ns, sizeof(o->ns), "%s", ns);
    (void)snprintf(o->name, sizeof(o->name), "%s", name);
    return o;
}

/* s-00 …, in a namespace each in turn, in order of etcd. */
static inline void
toy_fill(size_t count, bool stale)
{
    char name[32];

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "s-%02zu", i);
        toy_add(i < count / 2 ? "a" : "b", name, stale);
    }
}

static inline toy_object *
toy_find(const char *ns, const char *name)
{
    for (size_t i = 0; i < toy.count; i++) {
        if (strcmp(toy.objects[i].ns, ns) == 0 &&
            strcmp(toy.objects[i].name, name) == 0)
            return &toy.objects[i];
    }
    return NULL;
}

static inline void
toy_delete(const char *ns, const char *name)
{
    toy_object *o = toy_find(ns, name);
    size_t at = o ? (size_t)(o - toy.objects) : toy.count;

    if (!o)
        return;
    for (size_t i = at; i + 1 < toy.count; i++)
        toy.objects[i] = toy.objects[i + 1];
    toy.count--;
}

static inline size_t
toy_stale(void)
{
    size_t stale = 0;

    for (size_t i = 0; i < toy.count; i++)
        stale += toy.objects[i].stale;
    return stale;
}

/* --- answers ---------------------------------------------------------------------- */

static inline void toy_put(const char *format, ...) EVC_PRINTF(1, 2);
static inline void
toy_put(const char *format, ...)
{
    size_t used = strlen(toy_body);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(&toy_body[used], sizeof(toy_body) - used, format, arguments);
    va_end(arguments);
}

static inline void
toy_put_object(const toy_object *o, const char *kind)
{
    char when[EVC_TIME_TEXT];

    evc_clock_format(toy.written_ms + (o->altered ? 60000 : 0), when);
    toy_put("{%s\"metadata\":{\"namespace\":\"%s\",\"name\":\"%s\",\"uid\":\"u-%u\","
            "\"resourceVersion\":\"%u\",\"creationTimestamp\":\"%s\"",
            kind, o->ns, o->name, o->uid, o->version, when);
    if (o->mark[0])
        toy_put(",\"annotations\":{\"kms-encryption-timestamp\":\"%s\"}", o->mark);
    toy_put("}}");
}

static inline void
toy_status(kube_step *s, int status, const char *reason)
{
    s->status = status;
    toy_body[0] = '\0';
    toy_put("{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"%s\"}", reason);
}

static inline unsigned
toy_number(const char *url, const char *name, unsigned other)
{
    const char *at = strstr(url, name);

    return at ? (unsigned)strtoul(&at[strlen(name)], NULL, 10) : other;
}

/* Tokens are "FROM", the index of the next object; or of those that are made by the caller,
 * base64url, which begin where the object is that was passed over. */
static inline size_t
toy_start(const char *url)
{
    const char *at = strstr(url, "continue=");

    if (!at)
        return 0;
    if (strncmp(at, "continue=ey", 11) != 0)
        return toy_number(url, "continue=", 0);
    for (size_t i = 0; i < toy.count; i++) {
        if (toy.objects[i].unreadable)
            return i + 1;
    }
    return 0;
}

static inline void
toy_unreadable(kube_step *s, const toy_object *o)
{
    s->status = 500;
    toy_body[0] = '\0';
    toy_put("{\"kind\":\"Status\",\"reason\":\"StorageReadError\",\"details\":{");
    if (!toy.no_names)
        toy_put("\"causes\":[{\"field\":\"/registry/secrets/%s/%s\"}]", o->ns, o->name);
    toy_put("}}");
}

static inline void
toy_list(const kube_request *r, kube_step *s)
{
    const char *ns = strstr(r->url, "/namespaces/");
    unsigned limit = toy_number(r->url, "limit=", 500);
    size_t listed = 0;
    size_t left = 0;
    size_t i = toy_start(r->url);

    toy.lists++;
    toy_put("{\"kind\":\"PartialObjectMetadataList\",\"items\":[");
    for (; i < toy.count && listed < limit; i++) {
        const toy_object *o = &toy.objects[i];

        if (ns && (strncmp(&ns[12], o->ns, strlen(o->ns)) != 0 ||
                   ns[12 + strlen(o->ns)] != '/'))
            continue;
        if (o->unreadable) {
            toy_unreadable(s, o);
            return;
        }
        toy_put("%s", listed++ ? "," : "");
        toy_put_object(o, "");
    }
    left = toy.count - i;
    toy_put("],\"metadata\":{\"resourceVersion\":\"%u\"", toy.version);
    if (left)
        toy_put(",\"continue\":\"%zu\",\"remainingItemCount\":%zu", i, left);
    toy_put("}}");
}

static inline toy_object *
toy_named(const char *url)
{
    char ns[64] = "";
    char name[64] = "";

    (void)sscanf(strstr(url, "/namespaces/"), "/namespaces/%63[^/]/secrets/%63[^?]", ns,
                 name);
    return toy_find(ns, name);
}

static inline void
toy_get(const kube_request *r, kube_step *s)
{
    const toy_object *o = toy_named(r->url);

    toy.gets++;
    if (o)
        toy_put_object(o, "\"kind\":\"PartialObjectMetadata\",");
    else
        toy_status(s, 404, "NotFound");
}

static inline void
toy_patch(const kube_request *r, kube_step *s)
{
    toy_object *o = toy_named(r->url);
    const char *mark = strstr(r->body, "timestamp\":\"");
    char uid[32];

    toy.patches++;
    if (!o) {
        toy_status(s, 404, "NotFound");
        return;
    }
    (void)snprintf(uid, sizeof(uid), "\"u-%u\"", o->uid);
    if (!strstr(r->body, uid)) {
        toy_status(s, 422, "Invalid");
        return;
    }
    if (toy_number(r->body, "resourceVersion\":\"", 0) != o->version) {
        toy_status(s, 409, "Conflict");
        return;
    }
    if (mark || (o->stale && !toy.blind)) {
        o->version = ++toy.version;
        o->stale = false;
        toy.rewrites++;
    }
    if (toy.webhook && !o->altered) {
        o->version = ++toy.version;
        o->altered = true;
    }
    if (mark)
        (void)snprintf(o->mark, sizeof(o->mark), "%.20s", &mark[12]);
    toy_put_object(o, "\"kind\":\"PartialObjectMetadata\",");
}

static inline void
toy_answer(const kube_request *r, kube_step *s)
{
    toy_body[0] = '\0';
    s->body = toy_body;
    if (toy.at && toy.at(r, s))
        return;
    if (strstr(r->url, "selfsubjectaccessreviews")) {
        toy.reviews++;
        s->status = 201;
        toy_put("{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":true}}");
    } else if (strstr(r->url, "/namespaces/kube-system?") ||
               strcmp(&r->url[strlen(r->url) - 11], "kube-system") == 0) {
        toy_put("{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"name\":"
                "\"kube-system\",\"uid\":\"cluster-uid\",\"resourceVersion\":\"1\"}}");
    } else if (strstr(r->url, "/secrets/")) {
        if (strcmp(r->method, "PATCH") == 0)
            toy_patch(r, s);
        else
            toy_get(r, s);
    } else if (strstr(r->url, "/secrets")) {
        toy_list(r, s);
    } else {
        toy_status(s, 404, "NotFound");
    }
}

static void
toy_begin(void *lane, evc_exchange *x)
{
    static kube_request request;
    kube_step s = {.status = 200};

    (void)lane;
    request.url[0] = '\0';
    kube_keep_request(x, &request);
    if (request.url[0])
        toy_answer(&request, &s);
    else
        s.code = ENVCRYPT_E_NOMEM;
    x->done = true;
    x->began_ms = k.now;
    k.now += s.lasts_ms;
    x->ended_ms = k.now;
    x->sent = true;
    if (s.code) {
        x->code = evc_err(&x->error, s.code, "the test broke it");
        return;
    }
    x->status = s.status;
    x->code = kube_reply_headers(x, &s);
    if (!x->code)
        x->code = kube_reply_body(x, evc_view_text(s.body));
}

static const evc_transport toy_transport = AT_ONCE_TRANSPORT(toy_begin);

/* --- set up ----------------------------------------------------------------------- */

static evc_reencrypt_options toy_options;
static evc_reencrypt_report *toy_report; /* of the latest run */

static void
toy_set_up(void)
{
    const evc_clock clock = {kube_wall, kube_monotonic, kube_wait, NULL};
    const evc_kube_options access = {.server = "https://kube.example"};
    const evc_net_settings settings = {.max_attempts = 2, .deadline_ms = 30000};

    evc_folder_make();
    toy = (toy_cluster){.version = 10, .written_ms = KUBE_WALL - 3600000};
    k = (scripted_kube){.now = 1000};
    EVC_CHECK_OK(evc_env_open(65536, false, &clock, NULL, &k.env, NULL));
    EVC_CHECK_OK(
        evc_net_open(k.env, &settings, &toy_transport, &k, NULL, &k.net, NULL));
    evc_wait_init(&k.wait, &k.env->clock, 3600000);
    EVC_CHECK_OK(evc_crypto_open(k.env, &k.crypto, NULL));
    EVC_CHECK_OK(evc_kube_open(k.crypto, k.net, &access, &k.kube, NULL));
    evc_reencrypt_options_init(&toy_options);
    EVC_CHECK_OK(evc_reencrypt_options_set(&toy_options, "lease", "", NULL));
    toy_report = NULL;
}

static void
toy_tear_down(void)
{
    evc_reencrypt_report_free(toy_report);
    evc_reencrypt_options_reset(&toy_options);
    kube_tear_down();
    evc_folder_remove();
}

static inline void
toy_set(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_reencrypt_options_set(&toy_options, name, value, NULL));
}

static inline int64_t
toy_figure(int32_t figure)
{
    return evc_reencrypt_report_figure(toy_report, figure);
}
#define FIGURE(name) toy_figure(ENVCRYPT_REENCRYPT_FIGURE_##name)

/* An open task of the options, for what works on one. */
static inline evc_task *
toy_task(void)
{
    evc_task *task;

    EVC_CHECK_OK(evc_task_open(&task, k.kube, &toy_options, NULL, NULL, &k.wait, NULL));
    return task;
}

static inline void
toy_close(evc_task *task)
{
    evc_reencrypt_report_free(toy_report);
    toy_report = evc_task_close(task);
}

static inline void
toy_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, toy_set_up, toy_tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
