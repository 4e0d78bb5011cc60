/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An AWS KMS of a few lines: a transport that keeps each request and answers it from a
 * list, and a key and an account that talk to it unsigned. One test at a time.
 */
#ifndef EVC_TESTS_AWS_FIXTURE_H
#define EVC_TESTS_AWS_FIXTURE_H

#include "at-once-lane.h"
#include "base/mem.h"
#include "cloud/aws.h"
#include "cloud/aws_account.h"
#include "cloud/aws_data.h"
#include "cloud/aws_errors.h"
#include "cloud/service.h"
#include "evc-check.h"
#include "kms/kms.h"

#define KEY_1 \
    "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define KEY_2 \
    "arn:aws:kms:eu-central-1:111122223333:key/0987dcba-09fe-87dc-65ba-ab0987654321"
#define MRK_EU \
    "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
#define MRK_US \
    "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
#define MATERIAL_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define MATERIAL_2 "2222222222222222222222222222222222222222222222222222222222222222"
#define REQUESTS 64u

typedef struct reply {
    int status;
    const char *body;
} reply;

static struct {
    evc_env *env;
    evc_crypto *crypto;
    evc_net *net;
    evc_endpoint *endpoint;
    evc_peer *peer;
    evc_wait wait;
    reply replies[REQUESTS]; /* the last one for ever */
    size_t count;
    size_t asked;
    char targets[REQUESTS][64];
    char bodies[REQUESTS][9000];
} a;

/* --- the service --- */

static void
lane_start(void *lane, evc_exchange *x)
{
    const char *target = evc_headers_find(&x->headers, "x-amz-target");
    size_t at = a.asked < REQUESTS ? a.asked : REQUESTS - 1;
    const reply *r = &a.replies[a.asked < a.count ? a.asked : a.count - 1];

    (void)lane;
    a.asked++;
    (void)snprintf(a.targets[at], sizeof(a.targets[at]), "%s", target ? target : "");
    (void)snprintf(a.bodies[at], sizeof(a.bodies[at]), "%.*s", (int)x->body.size,
                   x->body.size ? (const char *)x->body.data : "");
    x->done = true;
    x->sent = true;
    x->status = r->status;
    evc_buf_put_text(&x->reply, r->body);
    x->code = evc_buf_check(&x->reply, &x->error);
}

static const evc_transport transport = AT_ONCE_TRANSPORT(lane_start);
static const evc_protocol protocol = {.provider = "aws-kms",
                                      .classify = evc_aws_kms_classify};

static void
answer(const reply *replies, size_t count)
{
    for (size_t i = 0; i < count; i++)
        a.replies[i] = replies[i];
    a.count = count;
    a.asked = 0;
}
#define ANSWER(...)                      \
    answer((const reply[]){__VA_ARGS__}, \
           sizeof((const reply[]){__VA_ARGS__}) / sizeof(reply))

/* --- set up --- */

static void
aws_set_up(void)
{
    const evc_net_settings settings = {.max_attempts = 2, .deadline_ms = 30000};

    memset(&a, 0, sizeof(a));
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &a.env, NULL));
    EVC_CHECK_OK(evc_crypto_open(a.env, &a.crypto, NULL));
    EVC_CHECK_OK(evc_net_open(a.env, &settings, &transport, &a, NULL, &a.net, NULL));
    EVC_CHECK_OK(evc_endpoint_open("https://kms.eu-central-1.amazonaws.com", NULL,
                                   &a.endpoint, NULL));
    EVC_CHECK_OK(
        evc_peer_open(a.net, a.endpoint, &protocol, NULL, NULL, &a.peer, NULL));
    evc_wait_init(&a.wait, NULL, 30000);
    ANSWER({200, "{}"});
}

static void
aws_tear_down(void)
{
    evc_wait_release(&a.wait);
    evc_peer_unref(a.peer);
    evc_endpoint_unref(a.endpoint);
    evc_net_unref(a.net);
    evc_crypto_unref(a.crypto);
    evc_env_unref(a.env);
}

/* A key of the state that aws.c would give it; arn "" = discovery. */
static inline evc_kms *
aws_key(const char *arn, const char *region)
{
    uint32_t all = ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_GENERATE |
                   ENVCRYPT_OP_REWRAP | ENVCRYPT_OP_ROTATE;
    evc_aws_key *key = NULL;
    evc_kms *kms = NULL;

    EVC_CHECK_OK(evc_aws_key_new(a.env->generation, &key, NULL));
    key->cloud.peer = evc_peer_ref(a.peer);
    key->cloud.kind_of = evc_aws_data_kind;
    key->arena = a.env->arena;
    key->arn = evc_mem_strdup(arn);
    key->region = evc_mem_strdup(region);
    EVC_CHECK_OK(
        evc_kms_new(a.crypto, &evc_backend_aws, key, "aws-kms", arn, all, &kms, NULL));
    kms->discovery = !arn[0];
    kms->max_plaintext = EVC_AWS_PLAINTEXT_MAX;
    return kms;
}

static inline evc_edk
aws_edk(const char *arn)
{
    return (evc_edk){.provider = evc_view_text("aws-kms"),
                     .info = evc_view_text(arn),
                     .ciphertext = evc_view_text("wrapped")};
}

/* --- actions --- */

/* Runs an action of an account in eu-central-1; *out is NULL after a failure. Arguments
 * are name, value, …, NULL. */
static inline int
aws_act(const evc_action *action, evc_table **out, evc_error **err,
        const char *const *args)
{
    char region[] = "eu-central-1";
    evc_aws_account account = {.peer = a.peer, .region = region};
    static const evc_action *actions[2];
    const evc_service_kind kind = {.scheme = "aws-kms", .actions = actions};
    evc_service service = {.generation = a.env->generation,
                           .crypto = a.crypto,
                           .net = a.net,
                           .kind = &kind,
                           .state = &account};
    evc_kv list;
    int rc = 0;

    actions[0] = action;
    atomic_init(&service.refs, 1);
    evc_kv_init(&list);
    for (size_t i = 0; !rc && args[i]; i += 2)
        rc = evc_kv_add(&list, evc_view_text(args[i]), evc_view_text(args[i + 1]), err);
    if (!rc)
        rc = evc_service_run(&service, action->name, &list, true, &a.wait, out, err);
    evc_kv_reset(&list);
    return rc;
}
#define ACT(action, out, err, ...) \
    aws_act(&(action), out, err, (const char *const[]){__VA_ARGS__})

static inline const char *
cell(const evc_table *table, size_t row, const char *column)
{
    for (size_t i = 0; i < table->width; i++) {
        if (strcmp(evc_table_column(table, i), column) == 0)
            return evc_table_cell(table, row, i);
    }
    ck_abort_msg("no column %s", column);
    return NULL;
}

#endif
