/* SPDX-License-Identifier: Apache-2.0 */
/* A record with something in each of its members, and the ciphers that its sum takes. */
#ifndef EVC_TESTS_RECORD_FIXTURE_H
#define EVC_TESTS_RECORD_FIXTURE_H

#include "base/env.h"
#include "cluster/record.h"
#include "evc-check.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_cluster_record record;

static inline void
record_set_up(void)
{
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    evc_cluster_record_init(&record);
    record.verb = EVC_VERB_CHANGE_KEY;
    record.began_ms = 1700000000000;
    record.changed_ms = 1700000060000;
    record.secrets_done = true;
    (void)snprintf(record.cluster, sizeof(record.cluster), "arn:cluster/prod");
    record.update.phase = EVC_UPDATE_RUNNING;
    record.update.adopted = true;
    record.update.sent_ms = 1700000001000;
    record.update.done_ms = -1;
    (void)snprintf(record.update.token, sizeof(record.update.token), "token-1");
    (void)snprintf(record.update.id, sizeof(record.update.id), "update-1");
    (void)snprintf(record.update.key, sizeof(record.update.key), "arn:key");
    (void)snprintf(record.update.mark, sizeof(record.update.mark), "mark");
    (void)snprintf(record.update.detail, sizeof(record.update.detail),
                   "in \"progress\"");
    (void)snprintf(record.update.request_id, sizeof(record.update.request_id), "r-1");
}

static inline void
record_tear_down(void)
{
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

static inline void
record_check_update(const evc_cluster_update *a, const evc_cluster_update *b)
{
    ck_assert_int_eq(a->phase, b->phase);
    ck_assert_str_eq(a->token, b->token);
    ck_assert_str_eq(a->id, b->id);
    ck_assert_str_eq(a->key, b->key);
    ck_assert_str_eq(a->mark, b->mark);
    ck_assert_str_eq(a->detail, b->detail);
    ck_assert_str_eq(a->request_id, b->request_id);
    ck_assert_int_eq(a->sent_ms, b->sent_ms);
    ck_assert_int_eq(a->done_ms, b->done_ms);
    ck_assert_int_eq(a->adopted, b->adopted);
    ck_assert_int_eq(a->needless, b->needless);
}

static inline void
record_check_same(const evc_cluster_record *a, const evc_cluster_record *b)
{
    ck_assert_str_eq(a->cluster, b->cluster);
    ck_assert_int_eq(a->verb, b->verb);
    ck_assert_int_eq(a->began_ms, b->began_ms);
    ck_assert_int_eq(a->changed_ms, b->changed_ms);
    ck_assert_int_eq(a->secrets_done, b->secrets_done);
    ck_assert_int_eq(a->ended, b->ended);
    record_check_update(&a->update, &b->update);
}

#endif
