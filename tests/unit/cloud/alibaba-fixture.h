/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alibaba Cloud KMS over a scripted network: a peer that signs nothing and keeps what it
 * was asked, an account, a key, and the replies that the service gives.
 */
#ifndef EVC_TESTS_ALIBABA_FIXTURE_H
#define EVC_TESTS_ALIBABA_FIXTURE_H

#include "cloud/alibaba.h"
#include "cloud/alibaba_account.h"
#include "cloud/alibaba_data.h"
#include "cloud/alibaba_errors.h"
#include "cloud/alibaba_key.h"
#include "crypto/crypto.h"
#include "kms/kms.h"
#include "scripted-net.h"

#define REGION "cn-hangzhou"
#define KEY_ID "key-hzz62ee817bvyyr5x7a0k"
#define ARN "acs:kms:cn-hangzhou:1234567890123456:key/" KEY_ID
#define ARN_FORM "acs%3Akms%3Acn-hangzhou%3A1234567890123456%3Akey%2F" KEY_ID
#define OTHER_ID "key-hzz00000000000000000b"
#define OTHER_ARN "acs:kms:cn-hangzhou:1234567890123456:key/" OTHER_ID
#define VERSION "2ab1a983-7072-4bbc-a582-584b5bd8a7b1"
#define NEWER "3bc2ba94-7072-4bbc-a582-584b5bd8a7b2"
#define DEK_TEXT "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define BLOB_TEXT "MmFiMWE5ODMtNzA3Mi00YmJj+/WE1ODI="

#define TAIL                                               \
    "\"KeyId\":\"" KEY_ID "\",\"KeyVersionId\":\"" VERSION \
    "\",\"RequestId\":\"0b3e0bd2-2ab0-4d4a-9d4a-3d6a6d6a6d6a\"}"
#define ENCRYPTED "{\"CiphertextBlob\":\"" BLOB_TEXT "\"," TAIL
#define DECRYPTED "{\"Plaintext\":\"" DEK_TEXT "\"," TAIL
#define GENERATED \
    "{\"CiphertextBlob\":\"" BLOB_TEXT "\",\"Plaintext\":\"" DEK_TEXT "\"," TAIL
#define METADATA_OF(arn, id, state, more)                                              \
    "{\"KeyMetadata\":{\"Arn\":\"" arn "\",\"KeyId\":\"" id "\",\"KeyState\":\"" state \
    "\",\"CreationDate\":\"2024-03-25T10:42:40Z\"," more "},"                          \
    "\"RequestId\":\"r\"}"
#define SYMMETRIC                                                      \
    "\"KeySpec\":\"Aliyun_AES_256\",\"KeyUsage\":\"ENCRYPT/DECRYPT\"," \
    "\"PrimaryKeyVersion\":\"" VERSION "\""
#define DESCRIBED METADATA_OF(ARN, KEY_ID, "Enabled", SYMMETRIC)
#define DONE "{\"RequestId\":\"r\"}"

#define REPLY(text)                   \
    {                                 \
        .status = 200, .body = (text) \
    }
#define FAULT(number, text)                                                       \
    {                                                                             \
        .status = (number),                                                       \
        .body = "{\"Code\":\"" text "\",\"Message\":\"m\",\"RequestId\":\"r-1\"}" \
    }

static evc_crypto *crypto;
static evc_peer *alibaba_peer;
static evc_error *err;
/* What was sent: "ACTION FORM" and a line end for each request. */
static char asked[65536];

static int
keep_request(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait,
             evc_error **error)
{
    evc_view action = evc_alibaba_wire_action(x);
    size_t used = strlen(asked);

    (void)state;
    (void)now_ms;
    (void)wait;
    (void)error;
    (void)snprintf(&asked[used], sizeof(asked) - used, "%.*s %.*s\n", (int)action.size,
                   (const char *)action.data, (int)x->body.size,
                   x->body.size ? (const char *)x->body.data : "");
    return 0;
}

static const evc_protocol alibaba_protocol = {
    .provider = "alibaba-kms",
    .sign = keep_request,
    .classify = evc_alibaba_kms_classify,
};

static void
alibaba_set_up(void)
{
    script_set_up();
    EVC_CHECK_OK(evc_crypto_open(t.env, &crypto, NULL));
    EVC_CHECK_OK(evc_peer_open(t.net, t.endpoint, &alibaba_protocol, NULL, NULL,
                               &alibaba_peer, NULL));
    asked[0] = 0;
    err = NULL;
}

static void
alibaba_tear_down(void)
{
    evc_arena_status status;

    evc_error_free(err);
    evc_arena_get_status(t.env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_peer_unref(alibaba_peer);
    evc_crypto_unref(crypto);
    script_tear_down();
}

/* As evc_check_add, with the fixture. */
static inline void
alibaba_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, alibaba_set_up, alibaba_tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

/* A key as open makes one, without having asked for anything. */
static inline evc_kms *
alibaba_key(void)
{
    evc_alibaba_key *key;
    evc_kms *kms;

    EVC_CHECK_OK(evc_alibaba_key_new(crypto, &key, NULL));
    EVC_CHECK_OK(evc_alibaba_key_pin(key, evc_view_text(ARN), NULL));
    key->cloud.peer = evc_peer_ref(alibaba_peer);
    key->cloud.kind_of = evc_alibaba_data_kind;
    EVC_CHECK_OK(evc_kms_new(crypto, &evc_backend_alibaba, key, EVC_ALIBABA_PROVIDER,
                             ARN,
                             ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP |
                                 ENVCRYPT_OP_GENERATE | ENVCRYPT_OP_REWRAP,
                             &kms, NULL));
    return kms;
}

/* An account whose actions can be run; it holds what alibaba_close_account frees. */
static inline evc_service *
alibaba_open_account(void)
{
    evc_alibaba_account *account = evc_mem_new(sizeof(*account));
    evc_service *service = evc_mem_new(sizeof(*service));

    ck_assert(account && service);
    account->peer = evc_peer_ref(alibaba_peer);
    account->region = evc_mem_strdup(REGION);
    atomic_init(&service->refs, 1);
    service->generation = t.env->generation;
    service->crypto = evc_crypto_ref(crypto);
    service->net = evc_net_ref(t.net);
    service->kind = &evc_service_alibaba;
    service->state = account;
    return service;
}

/* Runs an action with arguments "name=value", NULL-ended; *out is the caller's. */
static inline int
alibaba_run(evc_service *service, const char *action, const char *const *arguments,
            bool guarded, evc_table **out)
{
    evc_kv args;
    int rc;

    evc_kv_init(&args);
    for (; arguments && *arguments; arguments++) {
        const char *equals = strchr(*arguments, '=');

        ck_assert_ptr_nonnull(equals);
        EVC_CHECK_OK(evc_kv_add(&args,
                                evc_view_of(*arguments, (size_t)(equals - *arguments)),
                                evc_view_text(equals + 1), NULL));
    }
    evc_error_free(err);
    err = NULL;
    rc = evc_service_run(service, action, &args, guarded, &t.wait, out, &err);
    evc_kv_reset(&args);
    return rc;
}
#define RUN(action, out, ...) \
    alibaba_run(service, action, (const char *const[]){__VA_ARGS__ NULL}, false, out)

/* The cell of the last row. */
static inline const char *
alibaba_cell(const evc_table *table, const char *column)
{
    for (size_t i = 0; i < table->width; i++) {
        if (strcmp(evc_table_column(table, i), column) == 0)
            return evc_table_cell(table, table->rows - 1, i);
    }
    ck_abort_msg("there is no column %s", column);
}

#endif
