/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EKS, KMS and STS of a few lines: a transport that keeps each request and answers it by the
 * first rule that fits, and a cluster that is opened as every one is, with a fixed access key.
 * One test at a time.
 */
#ifndef EVC_TESTS_EKS_FIXTURE_H
#define EVC_TESTS_EKS_FIXTURE_H

#include "at-once-lane.h"
#include "base/mem.h"
#include "cluster/cluster.h"
#include "cluster/eks_place.h"
#include "envcrypt/kms.h"
#include "evc-check.h"

#define REGION "eu-central-1"
#define ACCOUNT "111122223333"
#define ID_1 "1234abcd-12ab-34cd-56ef-1234567890ab"
#define ID_2 "0987dcba-09fe-87dc-65ba-ab0987654321"
#define KEY_OF(region, id) "arn:aws:kms:" region ":" ACCOUNT ":key/" id
#define KEY_1 KEY_OF(REGION, ID_1)
#define KEY_2 KEY_OF(REGION, ID_2)
#define UPDATE_1 "aaaaaaaa-0000-4000-8000-000000000001"
#define UPDATE_2 "aaaaaaaa-0000-4000-8000-000000000002"

/* Answers of EKS. */
#define CLUSTER_WITH(status, more)                                                \
    "{\"cluster\":{\"name\":\"prod\",\"arn\":\"arn:aws:eks:" REGION ":" ACCOUNT   \
    ":cluster/prod\",\"version\":\"1.30\",\"status\":\"" status                   \
    "\",\"endpoint\":\"https://api.example\",\"certificateAuthority\":{\"data\":" \
    "\"UEVN\"}" more "}}"
#define UNENCRYPTED CLUSTER_WITH("ACTIVE", "")
#define CONFIG(key)                                                                 \
    ",\"encryptionConfig\":[{\"resources\":[\"secrets\"],\"provider\":{\"keyArn\":" \
    "\"" key "\"}}]"
#define ENCRYPTED(key) CLUSTER_WITH("ACTIVE", CONFIG(key))
#define ISSUE(code) \
    ",\"health\":{\"issues\":[{\"code\":\"" code "\",\"message\":\"trouble\"}]}"
#define UPDATE_WITH(id, status, key, more)                                 \
    "{\"update\":{\"id\":\"" id "\",\"status\":\"" status                  \
    "\",\"type\":\"AssociateEncryptionConfig\",\"params\":[{\"type\":"     \
    "\"EncryptionConfig\","                                                \
    "\"value\":\"[{\\\"resources\\\":[\\\"secrets\\\"],\\\"provider\\\":{" \
    "\\\"keyArn\\\":"                                                      \
    "\\\"" key "\\\"}}]\"}],\"createdAt\":1700000000.5" more "}}"
#define UPDATE(status) UPDATE_WITH(UPDATE_1, status, KEY_1, "")
#define FAULT(type, text) "{\"__type\":\"" type "\",\"message\":\"" text "\"}"

/* Answers of KMS. */
#define METADATA_WITH(arn, id, state, more)                                            \
    "{\"KeyMetadata\":{\"Arn\":\"" arn "\",\"KeyId\":\"" id "\",\"KeyState\":\"" state \
    "\",\"KeySpec\":\"SYMMETRIC_DEFAULT\",\"KeyUsage\":\"ENCRYPT_DECRYPT\","           \
    "\"KeyManager\":"                                                                  \
    "\"CUSTOMER\",\"Origin\":\"AWS_KMS\"" more "}}"
#define METADATA_1 \
    METADATA_WITH(KEY_1, ID_1, "Enabled", ",\"CurrentKeyMaterialId\":\"m1\"")
#define METADATA_2 METADATA_WITH(KEY_2, ID_2, "Enabled", "")

/* request: how "METHOD target" of EKS begins, or "KMS Operation BODY", or "STS". */
typedef struct rule {
    const char *request;
    int status;
    const char *body;
    size_t times; /* 0 = for ever */
} rule;

#define RULES 24u
#define REQUESTS 128u

static struct {
    evc_env *env;
    evc_crypto *crypto;
    evc_net *net;
    evc_chain *chain;
    evc_wait wait;
    rule rules[RULES];
    size_t used[RULES];
    size_t rule_count;
    size_t asked;
    char requests[REQUESTS][512]; /* EKS: "METHOD target", then its body below */
    char bodies[REQUESTS][2048];
    struct envcrypt_cluster_config config;
    evc_cluster *cluster;
    evc_cluster_change change;
    evc_error *err;
} e;

/* --- the services --- */

static void
keep_request(const evc_exchange *x, char request[512], char body[2048])
{
    const char *target = evc_headers_find(&x->headers, "x-amz-target");
    const char *text = x->body.size ? (const char *)x->body.data : "";

    (void)snprintf(body, 2048, "%.*s", (int)x->body.size, text);
    if (target)
        (void)snprintf(request, 512, "KMS %s %.*s", strchr(target, '.') + 1,
                       (int)(x->body.size < 400 ? x->body.size : 400), text);
    else if (strncmp(x->endpoint->host, "sts", 3) == 0)
        (void)snprintf(request, 512, "STS");
    else
        (void)snprintf(request, 512, "%s %.*s%s%.*s", x->method, (int)x->path.size,
                       (const char *)x->path.data, x->query.size ? "?" : "",
                       (int)x->query.size,
                       x->query.size ? (const char *)x->query.data : "");
}

static const rule *
find_rule(const char *request)
{
    static const rule none = {"", 599, "{}", 0};

    for (size_t i = 0; i < e.rule_count; i++) {
        const rule *r = &e.rules[i];

        if (strncmp(r->request, request, strlen(r->request)) != 0 ||
            (r->times && e.used[i] >= r->times))
            continue;
        e.used[i]++;
        return r;
    }
    return &none;
}

static void
lane_start(void *lane, evc_exchange *x)
{
    size_t at = e.asked < REQUESTS ? e.asked : REQUESTS - 1;
    const rule *r;

    (void)lane;
    e.asked++;
    keep_request(x, e.requests[at], e.bodies[at]);
    r = find_rule(e.requests[at]);
    x->done = true;
    x->sent = true;
    x->status = r->status;
    x->code = evc_headers_add(&x->reply_headers, "x-amzn-requestid",
                              evc_view_text("request-1"), &x->error);
    evc_buf_put_text(&x->reply, r->body);
    if (x->code == 0)
        x->code = evc_buf_check(&x->reply, &x->error);
}

static const evc_transport transport = AT_ONCE_TRANSPORT(lane_start);

static void
answer(const rule *rules, size_t count)
{
    ck_assert_uint_le(count, RULES);
    for (size_t i = 0; i < count; i++)
        e.rules[i] = rules[i];
    memset(e.used, 0, sizeof(e.used));
    e.rule_count = count;
    e.asked = 0;
}
#define ANSWER(...)                     \
    answer((const rule[]){__VA_ARGS__}, \
           sizeof((const rule[]){__VA_ARGS__}) / sizeof(rule))

/* How many requests began so. */
static inline size_t
asked(const char *request)
{
    size_t count = 0;

    for (size_t i = 0; i < e.asked && i < REQUESTS; i++)
        count += strncmp(e.requests[i], request, strlen(request)) == 0;
    return count;
}

/* The body of the first request that began so. */
static inline const char *
body_of(const char *request)
{
    for (size_t i = 0; i < e.asked && i < REQUESTS; i++) {
        if (strncmp(e.requests[i], request, strlen(request)) == 0)
            return e.bodies[i];
    }
    ck_abort_msg("nobody asked %s", request);
}

/* --- the cluster --- */

static int
open_cluster(const char *uri)
{
    static const evc_cluster_driver *const drivers[] = {&evc_cluster_eks, NULL};

    evc_cluster_unref(e.cluster);
    e.cluster = NULL;
    return evc_cluster_open(e.crypto, e.net, drivers, uri, &e.config, &e.wait,
                            &e.cluster, &e.err);
}

static void
eks_set_up(void)
{
    static const evc_chain_rules rules = {.provider = "aws", .none = "none"};
    const evc_net_settings settings = {.max_attempts = 1, .deadline_ms = 30000};
    const evc_creds_parts parts = {.id = evc_view_text("AKIDEXAMPLE"),
                                   .secret = evc_view_text("secret"),
                                   .expires_ms = EVC_CREDS_NEVER,
                                   .source = "caller",
                                   .fixed = true};
    evc_creds *creds = NULL;

    memset(&e, 0, sizeof(e));
    ck_assert_int_eq(setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1), 0);
    ck_assert_int_eq(setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/keys", 1), 0);
    ck_assert_int_eq(setenv("AWS_EC2_METADATA_DISABLED", "true", 1), 0);
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &e.env, NULL));
    EVC_CHECK_OK(evc_crypto_open(e.env, &e.crypto, NULL));
    EVC_CHECK_OK(evc_net_open(e.env, &settings, &transport, &e, NULL, &e.net, NULL));
    evc_wait_init(&e.wait, NULL, 30000);
    EVC_CHECK_OK(evc_creds_new(e.env->arena, &parts, &creds, NULL));
    EVC_CHECK_OK(evc_chain_of(e.net, &rules, creds, &e.chain, NULL));
    evc_creds_unref(creds);
    evc_cluster_config_init(&e.config);
    e.config.credentials = evc_chain_ref(e.chain);
    evc_cluster_change_init(&e.change);
    EVC_CHECK_OK(open_cluster("eks://" REGION "/prod"));
    ANSWER({"", 200, "{}", 0});
}

static void
eks_tear_down(void)
{
    evc_error_free(e.err);
    evc_cluster_change_reset(&e.change);
    evc_cluster_unref(e.cluster);
    evc_cluster_config_reset(&e.config);
    evc_chain_unref(e.chain);
    evc_wait_release(&e.wait);
    evc_net_unref(e.net);
    evc_crypto_unref(e.crypto);
    evc_env_unref(e.env);
}

static inline void
want(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_cluster_change_set(&e.change, name, value, NULL));
}

/* A key of a job, without asking. */
static inline void
give_key(evc_cluster_key *key, const char *arn, const char *id)
{
    evc_cluster_key_init(key);
    EVC_CHECK_OK(evc_cluster_key_set(&key->id, arn, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key->short_id, id, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key->region, REGION, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key->account, ACCOUNT, NULL));
}

static inline const char *
cell(const evc_table *table, size_t row, const char *column)
{
    ck_assert_uint_lt(row, table->rows);
    return evc_table_text(table, row, column);
}

/* The row whose first cell is name; fails when there is none. */
static inline size_t
row_of(const evc_table *table, const char *name)
{
    for (size_t i = 0; i < table->rows; i++) {
        const char *first = evc_table_cell(table, i, 0);

        if (first && strcmp(first, name) == 0)
            return i;
    }
    ck_abort_msg("no row %s", name);
}

static inline void
add_eks_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, eks_set_up, eks_tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
