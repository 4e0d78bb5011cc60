/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key service of IBM's that answers by a list: for each request, in their order, a
 * status and a body; and what the requests were. A key of it, whose clock stands still.
 */
#ifndef EVC_TESTS_IBM_FIXTURE_H
#define EVC_TESTS_IBM_FIXTURE_H

#include "auth/chain.h"
#include "base/mem.h"
#include "cloud/ibm_account.h"
#include "cloud/ibm_call.h"
#include "cloud/ibm_errors.h"
#include "evc-check.h"
#include "kms/kms.h"

#define WALL_MS INT64_C(1700000000123)
#define INSTANCE "1e0a7b9c-0000-4000-8000-000000000001"
#define INSTANCE_TEXT instance_text
#define KEY "2291e4ae-a14c-4af9-88f0-27c0cb2739e2"
#define CRN "crn:v1:bluemix:public:kms:us-south:a/f047b55a:" INSTANCE ":key:" KEY
#define VERSION "4a0225e9-17a0-46c1-ace7-f25bcf4237d4"
#define NEWER "b5f3f7a4-3c0c-4bb6-9a36-2f1c3a7e8f10"

/* What the service says of the key in this state. */
#define METADATA_OF(state, more)                                                       \
    "{\"metadata\":{\"collectionType\":\"application/vnd.ibm.kms.key+json\","          \
    "\"collectionTotal\":1},\"resources\":[{\"id\":\"" KEY "\",\"name\":\"one\","      \
    "\"state\":" state ",\"extractable\":false,\"crn\":\"" CRN "\",\"imported\":false" \
    ",\"keyRingID\":\"default\",\"creationDate\":\"2023-01-02T03:04:05Z\","            \
    "\"keyVersion\":{\"id\":\"" VERSION "\"}" more "}]}"
#define METADATA METADATA_OF("1", "")
#define REFUSAL(status, code)                                                        \
    "{\"metadata\":{\"collectionType\":\"application/vnd.ibm.kms.error+json\","      \
    "\"collectionTotal\":1},\"resources\":[{\"errorMsg\":\"planted\",\"reasons\":[{" \
    "\"code\":\"" code "\",\"message\":\"planted\",\"status\":" status "}]}]}"

#define REQUESTS 64u
#define ROUTES 32u

static char instance_text[] = INSTANCE;

typedef struct seen {
    const char *method;
    char path[1024];
    char query[1024];
    char headers[2048]; /* lines of name: value */
    char body[16384];
    bool secret;
} seen;

static struct {
    evc_env *env;
    evc_net *net;
    evc_crypto *crypto;
    evc_endpoint *endpoint;
    evc_peer *peer;
    evc_wait wait;
    int64_t now;
    int64_t wall_ahead_ms; /* wall time stands still but for this */

    struct {
        int status;
        const char *body;
    } replies[REQUESTS];
    size_t reply_count;
    struct {
        const char *part; /* of "METHOD PATH?QUERY" */
        int status;
        const char *body;
    } routes[ROUTES]; /* the last one that fits answers; they go before replies */
    size_t route_count;
    seen requests[REQUESTS];
    size_t asked;
    bool cut; /* a request was longer than its place here */
    char log[4096];
} toy; /* requests past REQUESTS take the places of the first */

static int64_t
toy_monotonic(void *user)
{
    (void)user;
    return toy.now;
}

static int64_t
toy_wall(void *user)
{
    (void)user;
    return WALL_MS + toy.wall_ahead_ms;
}

static int32_t
toy_clock_wait(void *user, int64_t until_ms, int32_t fd)
{
    (void)user;
    (void)fd;
    toy.now = until_ms > toy.now && until_ms != INT64_MAX ? until_ms : toy.now;
    return 0;
}

static void
toy_log(void *user, int32_t level, const char *line)
{
    size_t used = strlen(toy.log);

    (void)user;
    (void)snprintf(&toy.log[used], sizeof(toy.log) - used, "%d %s\n", (int)level, line);
}

/* --- transport --- */

static int
toy_open(void *state, evc_env *env, const evc_net_settings *settings, void **lane,
         evc_error **err)
{
    (void)env;
    (void)settings;
    (void)err;
    *lane = state;
    return 0;
}

static void
toy_close(void *lane)
{
    (void)lane;
}

static void
copy_view(char *out, size_t room, evc_view view)
{
    /* Check allocates, which it must not while allocations fail: close_toy looks. */
    toy.cut = toy.cut || view.size >= room;
    if (view.size >= room)
        view.size = room - 1;
    if (view.size)
        memcpy(out, view.data, view.size);
    out[view.size] = '\0';
}

static void
remember(const evc_exchange *x)
{
    seen *s = &toy.requests[toy.asked % REQUESTS];
    size_t used = 0;

    s->method = x->method;
    s->secret = x->secret;
    copy_view(s->path, sizeof(s->path), evc_buf_view(&x->path));
    copy_view(s->query, sizeof(s->query), evc_buf_view(&x->query));
    copy_view(s->body, sizeof(s->body), evc_buf_view(&x->body));
    for (size_t i = 0; i < x->headers.count; i++)
        used +=
            (size_t)snprintf(&s->headers[used], sizeof(s->headers) - used, "%s: %s\n",
                             x->headers.items[i].name, x->headers.items[i].value);
}

/* ROUTES: none fits. */
static size_t
route_of(const seen *s)
{
    char target[2100];

    (void)snprintf(target, sizeof(target), "%s %s?%s", s->method, s->path, s->query);
    for (size_t i = toy.route_count; i-- > 0;) {
        if (strstr(target, toy.routes[i].part))
            return i;
    }
    return ROUTES;
}

static void
toy_start(void *lane, evc_exchange *x)
{
    size_t at = toy.asked < toy.reply_count ? toy.asked : toy.reply_count - 1;
    size_t route;

    (void)lane;
    remember(x);
    route = route_of(&toy.requests[toy.asked % REQUESTS]);
    toy.asked++;
    if (route < ROUTES) {
        x->status = toy.routes[route].status;
        evc_buf_put_text(&x->reply, toy.routes[route].body);
    } else if (toy.reply_count) {
        x->status = toy.replies[at].status;
        evc_buf_put_text(&x->reply, toy.replies[at].body);
    } else {
        x->status = 404;
    }
    x->sent = true;
    x->done = true;
    x->code = evc_buf_check(&x->reply, &x->error);
}

static int
toy_drive(void *lane, int64_t until_ms, evc_wait *wait, evc_error **err)
{
    (void)lane;
    (void)until_ms;
    return evc_wait_check(wait, err);
}

static void
toy_stop(void *lane, evc_exchange *x)
{
    (void)lane;
    (void)x;
}

static const evc_transport toy_transport = {toy_open, toy_close, toy_start, toy_drive,
                                            toy_stop};
static const evc_protocol toy_protocol = {.provider = "ibm-kp",
                                          .classify = evc_ibm_classify};

static inline void
reply_with(int status, const char *body)
{
    ck_assert_uint_lt(toy.reply_count, REQUESTS);
    toy.replies[toy.reply_count].status = status;
    toy.replies[toy.reply_count].body = body;
    toy.reply_count++;
}

/* Answers every request whose "METHOD PATH?QUERY" has the part. */
static inline void
reply_to(const char *part, int status, const char *body)
{
    ck_assert_uint_lt(toy.route_count, ROUTES);
    toy.routes[toy.route_count].part = part;
    toy.routes[toy.route_count].status = status;
    toy.routes[toy.route_count].body = body;
    toy.route_count++;
}

/* How many of the requests that were remembered have the part. */
static inline size_t
asked_for(const char *part)
{
    size_t count = 0;

    for (size_t i = 0; i < toy.asked && i < REQUESTS; i++) {
        const seen *s = &toy.requests[i];
        char target[2100];

        (void)snprintf(target, sizeof(target), "%s %s?%s", s->method, s->path,
                       s->query);
        count += strstr(target, part) != NULL;
    }
    return count;
}

/* Forgets what was asked and is answered. */
static inline void
start_over(void)
{
    toy.reply_count = 0;
    toy.route_count = 0;
    toy.asked = 0;
}

/* Whether request n had this header. */
static inline bool
had_header(size_t n, const char *line)
{
    char whole[512];

    (void)snprintf(whole, sizeof(whole), "%s\n", line);
    return n < toy.asked && strstr(toy.requests[n].headers, whole) != NULL;
}

static void
open_toy(void)
{
    const evc_clock clock = {toy_wall, toy_monotonic, toy_clock_wait, NULL};
    const evc_log log = {toy_log, NULL, ENVCRYPT_LOG_DEBUG};
    const evc_net_settings settings = {.max_attempts = 3, .deadline_ms = 30000};

    memset(&toy, 0, sizeof(toy));
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, &clock, &log, &toy.env, NULL));
    EVC_CHECK_OK(evc_crypto_open(toy.env, &toy.crypto, NULL));
    EVC_CHECK_OK(
        evc_net_open(toy.env, &settings, &toy_transport, &toy, NULL, &toy.net, NULL));
    EVC_CHECK_OK(evc_endpoint_open("https://us-south.kms.cloud.ibm.com", NULL,
                                   &toy.endpoint, NULL));
    EVC_CHECK_OK(evc_peer_open(toy.net, toy.endpoint, &toy_protocol, NULL, NULL,
                               &toy.peer, NULL));
    evc_wait_init(&toy.wait, &toy.env->clock, 60000);
}

/* Every test gives back what it took from the arena. */
static void
close_toy(void)
{
    evc_arena_status status;

    evc_arena_get_status(toy.env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    ck_assert(!toy.cut);
    evc_wait_release(&toy.wait);
    evc_peer_unref(toy.peer);
    evc_endpoint_unref(toy.endpoint);
    evc_net_unref(toy.net);
    evc_crypto_unref(toy.crypto);
    evc_env_unref(toy.env);
}

/* --- a key --- */

static evc_ibm key_state;

static bool
toy_claims(const evc_kms *kms, const evc_edk *edk)
{
    (void)kms;
    (void)edk;
    return true;
}

static void
close_nothing(void *state)
{
    (void)state;
}

static const evc_backend toy_backend = {
    .close = close_nothing,
    .claims = toy_claims,
    .start = evc_cloud_start,
    .at_once = true,
};

/* One whose calls are single operations. */
static inline evc_kms *
open_key(void)
{
    static char key[] = KEY;
    evc_kms *kms = NULL;

    key_state = (evc_ibm){.cloud = {.peer = toy.peer, .kind_of = evc_ibm_kind_of},
                          .target = {INSTANCE, NULL},
                          .key = key};
    EVC_CHECK_OK(evc_kms_new(toy.crypto, &toy_backend, &key_state, EVC_IBM_PROVIDER,
                             CRN, EVC_IBM_OPERATIONS, &kms, NULL));
    return kms;
}

/* --- the service whose keys are managed --- */

static evc_ibm_account account;
static evc_service service;

/* One that was opened: its actions ask the toy. */
static inline void
open_service(void)
{
    account = (evc_ibm_account){.peer = toy.peer,
                                .controller = toy.peer,
                                .target = {INSTANCE, NULL},
                                .instance = INSTANCE_TEXT};
    service = (evc_service){.generation = toy.env->generation,
                            .crypto = toy.crypto,
                            .net = toy.net,
                            .kind = &evc_service_ibm,
                            .state = &account};
    atomic_init(&service.refs, 1);
}

/* Runs an action with up to three arguments, given as name, value, …, NULL. */
static inline int
run_action(const char *action, bool guarded, evc_table **out, evc_error **err,
           const char *const *args)
{
    evc_kv list;
    int rc;

    evc_kv_init(&list);
    for (; *args; args += 2)
        EVC_CHECK_OK(
            evc_kv_add(&list, evc_view_text(args[0]), evc_view_text(args[1]), NULL));
    rc = evc_service_run(&service, action, &list, guarded, &toy.wait, out, err);
    evc_kv_reset(&list);
    return rc;
}
#define RUN(action, guarded, out, err, ...) \
    run_action(action, guarded, out, err, (const char *const[]){__VA_ARGS__, NULL})
#define RUN_PLAIN(action, out, err) \
    run_action(action, false, out, err, (const char *const[]){NULL})

/* The cell of a row by its column's name; NULL when it is empty. */
static inline const char *
cell(const evc_table *table, size_t row, const char *column)
{
    for (size_t i = 0; i < table->width; i++) {
        if (strcmp(evc_table_column(table, i), column) == 0)
            return evc_table_cell(table, row, i);
    }
    ck_abort_msg("there is no column %s", column);
    return NULL;
}

/* --- opening by URI --- */

/* Credentials that are a fixed token. */
static inline evc_chain *
open_token(void)
{
    static const evc_chain_rules rules = {.provider = "ibm", .none = "give a token"};
    const evc_creds_parts parts = {.token = evc_view_text("planted-token"),
                                   .expires_ms = EVC_CREDS_NEVER,
                                   .source = "test"};
    evc_creds *creds = NULL;
    evc_chain *chain = NULL;

    EVC_CHECK_OK(evc_creds_new(toy.env->arena, &parts, &creds, NULL));
    EVC_CHECK_OK(evc_chain_of(toy.net, &rules, creds, &chain, NULL));
    evc_creds_unref(creds);
    return chain;
}

/* A data key that counts up from 1. */
static inline evc_secret
make_key(size_t size)
{
    evc_secret key;

    EVC_CHECK_OK(evc_secret_new(toy.env->arena, size, &key, NULL));
    for (size_t i = 0; i < size; i++)
        key.bytes[i] = (uint8_t)(i + 1);
    return key;
}

static inline void
add_toy_tests(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_toy, close_toy);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
