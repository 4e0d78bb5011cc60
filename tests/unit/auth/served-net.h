/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network whose every request is answered by the next reply of a list, and kept as text
 * to look at. A clock whose time passes only while somebody waits. Environment variables
 * and a home folder of the test's own.
 */
#ifndef EVC_TESTS_SERVED_NET_H
#define EVC_TESTS_SERVED_NET_H

#include <stdlib.h>

#include "base/mem.h"
#include "crypto/crypto.h"
#include "evc-check.h"
#include "evc-folder.h"
#include "net/net.h"

#define SERVED_MAX 32u
#define SERVED_TEXT 12288u
#define SERVED_TIME INT64_C(1700000000000) /* 2023-11-14T22:13:20Z */

typedef struct served_reply {
    int code; /* of the transport; 0 = a reply came */
    int status;
    const char *body;
    const char *header; /* its name, or NULL */
    const char *value;
} served_reply;

/* One request as it would go out. */
typedef struct served_request {
    char head[512]; /* "POST https://host/path?query" */
    char body[SERVED_TEXT];
    char headers[SERVED_TEXT]; /* "name: value\n"… */
    evc_link link;             /* numbers alone */
    char certificate[256];     /* the beginning of the link's own as a text */
    bool secret;
} served_request;

static struct {
    served_reply replies[SERVED_MAX];
    size_t reply_count;
    served_request requests[SERVED_MAX];
    size_t request_count;
    int64_t now_ms; /* monotonic */
    int64_t wall_shift_ms;
    char log[4096];
} served;

static evc_env *env;
static evc_net *net;
static evc_crypto *crypto;
static evc_wait wait_of_test; /* by the clock of the test */
static evc_wait real_wait;    /* by the system's, for what really lasts: programs */

/* --- clock and log --- */

static int64_t
served_monotonic(void *user)
{
    (void)user;
    return served.now_ms;
}

static int64_t
served_wall(void *user)
{
    (void)user;
    return SERVED_TIME + served.now_ms + served.wall_shift_ms;
}

static int32_t
served_sleep(void *user, int64_t until_ms, int32_t fd)
{
    (void)user;
    (void)fd;
    if (until_ms != INT64_MAX && until_ms > served.now_ms)
        served.now_ms = until_ms;
    return until_ms == INT64_MAX ? -1 : 0;
}

static void
served_log(void *user, int32_t level, const char *line)
{
    size_t used = strlen(served.log);

    (void)user;
    if (level <= ENVCRYPT_LOG_WARNING)
        (void)snprintf(&served.log[used], sizeof served.log - used, "%s\n", line);
}

/* --- transport --- */

static int
served_open(void *state, evc_env *its_env, const evc_net_settings *settings,
            void **lane, evc_error **err)
{
    (void)its_env;
    (void)settings;
    (void)err;
    *lane = state;
    return 0;
}

static void
served_close(void *lane)
{
    (void)lane;
}

static void
served_keep(const evc_exchange *x, served_request *kept)
{
    const evc_endpoint *to = x->endpoint;
    const char *root = x->path.size || to->path[0] ? "" : "/";
    size_t used = 0;

    (void)snprintf(kept->head, sizeof kept->head, "%s %s://%s%s%s%.*s%s%.*s", x->method,
                   to->scheme, to->authority, to->path, root, (int)x->path.size,
                   x->path.size ? (const char *)x->path.data : "",
                   x->query.size ? "?" : "", (int)x->query.size,
                   x->query.size ? (const char *)x->query.data : "");
    (void)snprintf(kept->body, sizeof kept->body, "%.*s", (int)x->body.size,
                   x->body.size ? (const char *)x->body.data : "");
    kept->headers[0] = 0;
    for (size_t i = 0; i < x->headers.count && used < sizeof kept->headers; i++)
        used += (size_t)snprintf(&kept->headers[used], sizeof kept->headers - used,
                                 "%s: %s\n", x->headers.items[i].name,
                                 x->headers.items[i].value);
    kept->link = (evc_link){.connect_ms = to->link.connect_ms,
                            .attempt_ms = to->link.attempt_ms,
                            .never_proxy = to->link.never_proxy};
    (void)snprintf(kept->certificate, sizeof kept->certificate, "%s",
                   to->link.cert_pem ? to->link.cert_pem : "");
    kept->secret = x->secret;
}

static int
served_fill(evc_exchange *x, const served_reply *reply)
{
    int rc = reply->code;

    if (rc)
        return rc;
    x->status = reply->status;
    if (reply->header)
        rc = evc_headers_add(&x->reply_headers, reply->header,
                             evc_view_text(reply->value), NULL);
    evc_buf_put_text(&x->reply, reply->body ? reply->body : "");
    return rc ? rc : evc_buf_check(&x->reply, NULL);
}

static void
served_start(void *lane, evc_exchange *x)
{
    size_t n = served.request_count;

    (void)lane;
    x->done = true;
    x->sent = true;
    x->date_ms = -1;
    x->began_ms = x->ended_ms = served.now_ms;
    if (n < SERVED_MAX)
        served_keep(x, &served.requests[n]);
    served.request_count++;
    x->code = n < served.reply_count ? served_fill(x, &served.replies[n])
                                     : ENVCRYPT_E_NET_CONNECT;
    if (x->code)
        (void)evc_err(&x->error, x->code, "the list of replies says so");
}

static int
served_drive(void *lane, int64_t until_ms, evc_wait *wait, evc_error **err)
{
    (void)lane;
    served_sleep(NULL, until_ms, -1);
    return evc_wait_check(wait, err);
}

static void
served_stop(void *lane, evc_exchange *x)
{
    (void)lane;
    x->done = true;
    x->code = ENVCRYPT_E_CANCELED;
}

/* --- set up --- */

/* What the machine of the test may have set. */
static void
served_clear_environment(void)
{
    static const char *const names[] = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "ALIBABA_CLOUD_ROLE_ARN",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        "ALIBABA_CLOUD_ROLE_SESSION_NAME",
        "ALIBABA_CLOUD_STS_REGION",
        "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED",
        "ALIBABA_CLOUD_CONFIG_FILE",
        "ALIBABA_CLOUD_PROFILE",
        "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
        "ALIBABA_CLOUD_CREDENTIALS_FILE",
        "ALIBABA_CLOUD_ECS_METADATA",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "ALIBABA_CLOUD_REGION",
        "ALIBABA_CLOUD_REGION_ID",
        "ALICLOUD_REGION",
        "ALIBABA_CLOUD_ENDPOINT_TYPE",
        "IBM_CREDENTIALS_FILE",
        "IBMCLOUD_API_KEY",
        "KEY_PROTECT_APIKEY",
        "KEY_PROTECT_AUTH_TYPE",
        "KEY_PROTECT_AUTH_URL",
        "KEY_PROTECT_BEARER_TOKEN",
        "KEY_PROTECT_CLIENT_ID",
        "KEY_PROTECT_CLIENT_SECRET",
        "KEY_PROTECT_CR_TOKEN_FILENAME",
        "KEY_PROTECT_IAM_ACCOUNT_ID",
        "KEY_PROTECT_IAM_PROFILE_CRN",
        "KEY_PROTECT_IAM_PROFILE_ID",
        "KEY_PROTECT_IAM_PROFILE_NAME",
        "KEY_PROTECT_SCOPE",
        "KEY_PROTECT_URL",
        "KEY_PROTECT_VPC_IMS_VERSION",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_int_eq(unsetenv(names[i]), 0);
}

static void
served_net_open(void)
{
    static const evc_transport transport = {served_open, served_close, served_start,
                                            served_drive, served_stop};
    const evc_clock clock = {served_wall, served_monotonic, served_sleep, NULL};
    const evc_log log = {served_log, NULL, ENVCRYPT_LOG_DEBUG};
    const evc_net_settings settings = {.max_attempts = 3, .deadline_ms = 30000};

    memset(&served, 0, sizeof served);
    served_clear_environment();
    evc_folder_make();
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, &clock, &log, &env, NULL));
    EVC_CHECK_OK(evc_net_open(env, &settings, &transport, &served, NULL, &net, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    evc_wait_init(&wait_of_test, &env->clock, 60000);
    evc_wait_init(&real_wait, NULL, 30000);
    ck_assert_int_eq(setenv("HOME", evc_folder, 1), 0);
    ck_assert_int_eq(chdir(evc_folder), 0);
}

static void
served_net_close(void)
{
    evc_arena_status status;

    evc_wait_release(&wait_of_test);
    evc_wait_release(&real_wait);
    evc_crypto_unref(crypto);
    evc_net_unref(net);
    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_env_unref(env);
    evc_folder_remove();
}

/* As evc_check_add, with the fixture. */
static inline void
served_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, served_net_open, served_net_close);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

/* --- what tests say --- */

static inline void
serve(int status, const char *body)
{
    served.replies[served.reply_count++] =
        (served_reply){.status = status, .body = body};
}

static inline void
serve_failure(int code)
{
    served.replies[served.reply_count++] = (served_reply){.code = code};
}

static inline void
set_variable(const char *name, const char *value)
{
    ck_assert_int_eq(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

/* A request has a header line, or a pair of its form. */
static inline bool
has_line(size_t n, const char *line)
{
    static char wanted[4096];

    (void)snprintf(wanted, sizeof wanted, "%s\n", line);
    return strstr(served.requests[n].headers, wanted) != NULL;
}

static inline bool
has_pair(size_t n, const char *pair)
{
    static char text[SERVED_TEXT + 8];
    static char wanted[4096];

    (void)snprintf(text, sizeof text, "&%s&", served.requests[n].body);
    (void)snprintf(wanted, sizeof wanted, "&%s&", pair);
    return strstr(text, wanted) != NULL;
}

static inline bool
is_secret(const evc_secret *secret, const char *text)
{
    return secret->size == strlen(text) &&
           (secret->size == 0 || memcmp(secret->bytes, text, secret->size) == 0);
}

#endif
