/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of Alibaba Cloud KMS. The first byte says to what, the rest is the body: of
 * Encrypt, Decrypt, GenerateDataKey, ReEncrypt, of an error (whose status the second byte
 * says), of DescribeKey, or of every page of a list. What is accepted is whole and of the
 * key that was asked; what is not leaves nothing behind.
 */
#include <string.h>

#include "base/mem.h"
#include "cloud/alibaba.h"
#include "cloud/alibaba_account.h"
#include "cloud/alibaba_data.h"
#include "cloud/alibaba_errors.h"
#include "cloud/alibaba_versions.h"
#include "kms/call.h"
#include "one-reply.h"

#define ARN "acs:kms:cn-hangzhou:1234567890123456:key/key-hzz62ee817bvyyr5x7a0k"

static evc_kms *kms;

static const evc_protocol protocol = {.provider = "alibaba-kms",
                                      .classify = evc_alibaba_kms_classify};

static void
open_once(void)
{
    evc_alibaba_key *key;

    if (env)
        return;
    open_one_reply("https://kms.example", &protocol);
    FUZZ_DEMAND(!evc_alibaba_key_new(crypto, &key, NULL));
    FUZZ_DEMAND(!evc_alibaba_key_pin(key, evc_view_text(ARN), NULL));
    key->cloud.peer = evc_peer_ref(peer);
    FUZZ_DEMAND(!evc_kms_new(crypto, &evc_backend_alibaba, key, EVC_ALIBABA_PROVIDER,
                             ARN, 0, &kms, NULL));
}

/* --- data keys --- */

static void
check_call(const evc_call *call, int rc)
{
    bool has_key = call->operation == ENVCRYPT_OP_UNWRAP ||
                   call->operation == ENVCRYPT_OP_GENERATE;
    bool has_edk = call->operation != ENVCRYPT_OP_UNWRAP;
    evc_edk edk = evc_edk_view(&call->wrapped);
    evc_edk_service info;

    if (rc) {
        FUZZ_DEMAND(rc == ENVCRYPT_E_PROTOCOL || rc == ENVCRYPT_E_KEY_MISMATCH);
        FUZZ_DEMAND(call->key.size == 0);
        return;
    }
    FUZZ_DEMAND((call->key.size > 0) == has_key);
    FUZZ_DEMAND((edk.ciphertext.size > 0) == has_edk);
    FUZZ_DEMAND(call->version.size <= EVC_EDK_VERSION_MAX);
    if (!has_edk)
        return;
    FUZZ_DEMAND(evc_edk_service_parse(edk.info, &info));
    FUZZ_DEMAND(evc_view_is_text(info.key_id, ARN));
    FUZZ_DEMAND(evc_view_equal(info.key_version, evc_buf_view(&call->version)));
    FUZZ_DEMAND(edk.ciphertext.size <= EVC_ALIBABA_BLOB_MAX);
}

static void
read_data(int32_t operation)
{
    evc_operation op;
    evc_call *call;

    FUZZ_DEMAND(!evc_call_new(kms, operation, &call, NULL));
    evc_operation_init(&op, evc_alibaba_data_kind(call), peer, call);
    evc_buf_put_view(&op.exchange.reply, body);
    check_call(call, op.kind->read(&op, &op.exchange, NULL));
    evc_operation_reset(&op);
    evc_call_unref(call);
}

/* --- errors --- */

static void
read_error(void)
{
    evc_fault fault = {.retry_after_ms = -1};
    evc_cursor c = evc_cursor_of_view(body);
    evc_exchange x;

    evc_exchange_init(&x);
    x.status = 400 + evc_cursor_u8(&c);
    evc_buf_put_view(&x.reply, evc_cursor_bytes(&c, evc_cursor_left(&c)));
    evc_alibaba_kms_classify(&x, &fault);
    FUZZ_DEMAND(fault.code < 0);
    FUZZ_DEMAND(fault.verdict <= EVC_VERDICT_SKEWED);
    FUZZ_DEMAND(memchr(fault.provider_code, 0, sizeof(fault.provider_code)) != NULL);
    FUZZ_DEMAND(memchr(fault.request_id, 0, sizeof(fault.request_id)) != NULL);
    evc_exchange_reset(&x);
}

/* --- metadata and lists --- */

static void
read_metadata(void)
{
    evc_alibaba_metadata found;
    int rc = evc_alibaba_describe(peer, ARN, NULL, &found, NULL);

    FUZZ_DEMAND((rc == 0) == (found.doc != NULL));
    if (rc)
        return;
    FUZZ_DEMAND(evc_view_is_text(found.parts.id, found.key_id));
    (void)evc_alibaba_metadata_state(&found);
    FUZZ_DEMAND(found.created_ms >= -1);
    evc_alibaba_metadata_reset(&found);
}

static void
read_versions(void)
{
    evc_alibaba_versions versions;

    if (evc_alibaba_versions_list(peer, ARN, NULL, &versions, NULL) != 0) {
        FUZZ_DEMAND(versions.count == 0);
        return;
    }
    for (size_t i = 0; i < versions.count; i++)
        FUZZ_DEMAND(i == 0 ||
                    versions.items[i - 1].created_ms <= versions.items[i].created_ms);
    evc_alibaba_versions_reset(&versions);
}

static void
run_action(const char *action)
{
    evc_alibaba_account *account = evc_mem_new(sizeof(*account));
    evc_service *service = evc_mem_new(sizeof(*service));
    evc_table *table = NULL;
    evc_kv args;

    FUZZ_DEMAND(account && service);
    account->peer = evc_peer_ref(peer);
    account->region = evc_mem_strdup("cn-hangzhou");
    atomic_init(&service->refs, 1);
    service->generation = env->generation;
    service->crypto = evc_crypto_ref(crypto);
    service->net = evc_net_ref(net);
    service->kind = &evc_service_alibaba;
    service->state = account;
    evc_kv_init(&args);
    if (evc_service_run(service, action, &args, false, NULL, &table, NULL) == 0)
        FUZZ_DEMAND(table != NULL);
    evc_table_free(table);
    evc_kv_reset(&args);
    evc_service_unref(service);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_cursor c = evc_cursor_of(data, size);
    uint8_t what = evc_cursor_u8(&c);

    open_once();
    body = evc_cursor_bytes(&c, evc_cursor_left(&c));
    answered = 0;
    if (body.size > EVC_REPLY_KEY_MAX)
        return 0;
    switch (what) {
    case 'E':
        read_data(ENVCRYPT_OP_WRAP);
        break;
    case 'D':
        read_data(ENVCRYPT_OP_UNWRAP);
        break;
    case 'G':
        read_data(ENVCRYPT_OP_GENERATE);
        break;
    case 'R':
        read_data(ENVCRYPT_OP_REWRAP);
        break;
    case 'X':
        read_error();
        break;
    case 'M':
        read_metadata();
        break;
    case 'V':
        read_versions();
        break;
    case 'K':
        run_action("list-keys");
        break;
    case 'A':
        run_action("list-aliases");
        break;
    default:
        run_action("account-status");
        break;
    }
    return 0;
}
