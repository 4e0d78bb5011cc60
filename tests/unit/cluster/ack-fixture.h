/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster of ACK over a scripted network: peers that sign nothing and keep what they were
 * asked, replies in the order of the requests.
 */
#ifndef EVC_TESTS_ACK_FIXTURE_H
#define EVC_TESTS_ACK_FIXTURE_H

#include "cloud/alibaba_account.h"
#include "cloud/alibaba_errors.h"
#include "cluster/ack_errors.h"
#include "cluster/ack_place.h"
#include "scripted-net.h"

#define REGION "cn-hangzhou"
#define ACCOUNT "1234567890123456"
#define KEY_ID "key-hzz62ee817bvyyr5x7a0k"
#define ARN "acs:kms:cn-hangzhou:1234567890123456:key/" KEY_ID
#define OTHER_ID "key-hzz00000000000000000b"
#define OTHER_ARN "acs:kms:cn-hangzhou:1234567890123456:key/" OTHER_ID
#define CLUSTER "c0123456789abcdef0123456789abcdef"

/* meta_data, as it stands inside of a text of JSON. */
#define PLAIN "{}"
#define ON_UNDER(key)                                            \
    "{\\\"Capabilities\\\":{\\\"EncryptionKMSKeyId\\\":\\\"" key \
    "\\\",\\\"DisableEncryption\\\":false}}"
#define ON ON_UNDER(KEY_ID)
#define OFF                                                         \
    "{\\\"Capabilities\\\":{\\\"EncryptionKMSKeyId\\\":\\\"" KEY_ID \
    "\\\",\\\"DisableEncryption\\\":\\\"true\\\"}}"
#define DETAIL_OF(state, meta)                                                        \
    "{\"cluster_id\":\"" CLUSTER "\",\"name\":\"shop\",\"region_id\":\"" REGION       \
    "\",\"state\":\"" state "\",\"cluster_type\":\"ManagedKubernetes\","              \
    "\"cluster_spec\":\"ack.pro.small\",\"profile\":\"Default\","                     \
    "\"current_version\":\"1.34.1\",\"updated\":\"2026-01-31T12:00:00+00:00\","       \
    "\"master_url\":\"{\\\"api_server_endpoint\\\":\\\"https://api.test:6443\\\"}\"," \
    "\"meta_data\":\"" meta "\"}"
#define LIST_OF(count, items) \
    "{\"clusters\":[" items "],\"page_info\":{\"total_count\":" count "}}"
#define METADATA_OF(arn, id, state, more)                                              \
    "{\"KeyMetadata\":{\"Arn\":\"" arn "\",\"KeyId\":\"" id "\",\"KeyState\":\"" state \
    "\",\"KeySpec\":\"Aliyun_AES_256\",\"KeyUsage\":\"ENCRYPT/DECRYPT\"," more         \
    "\"Creator\":\"" ACCOUNT "\"},\"RequestId\":\"r\"}"
#define DESCRIBED METADATA_OF(ARN, KEY_ID, "Enabled", "")
#define REPLY(text)                   \
    {                                 \
        .status = 200, .body = (text) \
    }
#define FAULT(number, text)                                                     \
    {                                                                           \
        .status = (number), .body = "{\"code\":\"" text "\",\"message\":\"m\"}" \
    }

static evc_crypto *crypto;
static evc_cluster *ack;
static evc_error *err;
/* What was sent: "GET /clusters/x?a=b {…}" or "POST Action?a=b form", and a line end. */
static char asked[65536];

static int
keep_request(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait,
             evc_error **error)
{
    const char *action = evc_headers_find(&x->headers, "x-acs-action");
    size_t used = strlen(asked);

    (void)state;
    (void)now_ms;
    (void)wait;
    (void)error;
    (void)snprintf(&asked[used], sizeof(asked) - used, "%s %.*s%s%.*s %.*s\n",
                   x->method, x->path.size ? (int)x->path.size : (int)strlen(action),
                   x->path.size ? (const char *)x->path.data : action,
                   x->query.size ? "?" : "", (int)x->query.size,
                   x->query.size ? (const char *)x->query.data : "", (int)x->body.size,
                   x->body.size ? (const char *)x->body.data : "");
    return 0;
}

static const evc_protocol ack_protocol = {.provider = "alibaba-cs",
                                          .sign = keep_request,
                                          .classify = evc_ack_errors_classify};
static const evc_protocol kms_protocol = {.provider = "alibaba-kms",
                                          .sign = keep_request,
                                          .classify = evc_alibaba_kms_classify};

static evc_peer *
ack_peer(const evc_protocol *protocol)
{
    evc_peer *peer;

    EVC_CHECK_OK(evc_peer_open(t.net, t.endpoint, protocol, NULL, NULL, &peer, NULL));
    return peer;
}

static evc_service *
ack_kms(void)
{
    evc_alibaba_account *account = evc_mem_new(sizeof(*account));
    evc_service *service = evc_mem_new(sizeof(*service));

    ck_assert(account && service);
    account->peer = ack_peer(&kms_protocol);
    account->region = evc_mem_strdup(REGION);
    atomic_init(&service->refs, 1);
    service->generation = t.env->generation;
    service->crypto = evc_crypto_ref(crypto);
    service->net = evc_net_ref(t.net);
    service->kind = &evc_service_alibaba;
    service->state = account;
    return service;
}

/* A cluster as open makes one, of this name or id. */
static inline void
ack_name(const char *name)
{
    evc_mem_free(ack->name);
    ack->name = evc_mem_strdup(name);
    ck_assert_ptr_nonnull(ack->name);
}

static inline void
ack_set_up(void)
{
    evc_ack_place *place;

    script_set_up();
    asked[0] = '\0';
    err = NULL;
    EVC_CHECK_OK(evc_crypto_open(t.env, &crypto, NULL));
    place = evc_mem_new(sizeof(*place));
    ck_assert_ptr_nonnull(place);
    place->sites = evc_mem_new_array(1, sizeof(*place->sites));
    ck_assert_ptr_nonnull(place->sites);
    place->count = 1;
    place->sites[0] = (evc_ack_site){.region = evc_mem_strdup(REGION),
                                     .cs = ack_peer(&ack_protocol),
                                     .kms = ack_kms()};
    place->trail = ack_peer(&ack_protocol);
    place->ram = ack_peer(&ack_protocol);
    place->sts = ack_peer(&ack_protocol);
    ack = evc_mem_new(sizeof(*ack));
    ck_assert_ptr_nonnull(ack);
    atomic_init(&ack->refs, 1);
    ack->generation = t.env->generation;
    ack->crypto = evc_crypto_ref(crypto);
    ack->net = evc_net_ref(t.net);
    ack->driver = &evc_cluster_ack;
    ack->state = place;
    evc_kv_init(&ack->options);
    ack_name(CLUSTER);
}

static inline void
ack_tear_down(void)
{
    evc_arena_status status;

    evc_error_free(err);
    evc_arena_get_status(t.env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_cluster_unref(ack);
    evc_crypto_unref(crypto);
    script_tear_down();
}

/* With loops of (test, count), ended by NULL. */
typedef struct ack_loop {
    const TTest *test;
    int count;
} ack_loop;

static inline void
ack_add(Suite *suite, const char *name, const TTest *const *tests,
        const ack_loop *loops)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, ack_set_up, ack_tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    for (; loops && loops->test; loops++)
        tcase_add_loop_test(tcase, loops->test, 0, loops->count);
    suite_add_tcase(suite, tcase);
}
#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

/* A document that lives until the next one, and its root. */
static evc_json_doc *read_doc;

static inline const evc_json *
ack_json(const char *text)
{
    evc_json_free(read_doc);
    read_doc = NULL;
    EVC_CHECK_OK(evc_json_parse(evc_view_text(text), "a test", &read_doc, NULL));
    return evc_json_root(read_doc);
}

static inline void
ack_json_end(void)
{
    evc_json_free(read_doc);
    read_doc = NULL;
}

static inline const char *
ack_cell(const evc_table *table, size_t row, const char *column)
{
    for (size_t i = 0; i < table->width; i++) {
        if (strcmp(table->columns[i], column) == 0)
            return evc_table_cell(table, row, i);
    }
    ck_abort_msg("there is no column %s", column);
}

/* The row whose first cell is this. */
static inline size_t
ack_row(const evc_table *table, const char *first)
{
    for (size_t i = 0; i < table->rows; i++) {
        const char *cell = evc_table_cell(table, i, 0);

        if (cell && strcmp(cell, first) == 0)
            return i;
    }
    ck_abort_msg("there is no row %s", first);
}

/* The wanted key, as it is resolved. */
static inline evc_cluster_key
ack_wanted(void)
{
    evc_cluster_key key;

    evc_cluster_key_init(&key);
    EVC_CHECK_OK(evc_cluster_key_set(&key.id, ARN, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key.short_id, KEY_ID, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key.region, REGION, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key.word, "Enabled", NULL));
    return key;
}

#endif
