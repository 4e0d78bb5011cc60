/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS KMS answers: the first byte says which operation was asked, whether as a
 * success or a failure; the rest is the reply. What is not the answer of the key that was
 * asked gives an error and nothing else.
 */
#include <string.h>

#include "base/mem.h"
#include "cloud/aws.h"
#include "cloud/aws_ask.h"
#include "cloud/aws_data.h"
#include "cloud/aws_errors.h"
#include "cloud/aws_metadata.h"
#include "cloud/aws_rotations.h"
#include "fuzz.h"

#define ARN \
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

static evc_env *env;
static evc_crypto *crypto;
static evc_aws_key *key;
static evc_kms *kms;

static void
set_up(void)
{
    if (kms)
        return;
    FUZZ_DEMAND(!evc_env_open(65536, false, NULL, NULL, &env, NULL));
    FUZZ_DEMAND(!evc_crypto_open(env, &crypto, NULL));
    FUZZ_DEMAND(!evc_aws_key_new(env->generation, &key, NULL));
    key->arena = env->arena;
    key->arn = evc_mem_strdup(ARN);
    key->region = evc_mem_strdup("us-east-1");
    FUZZ_DEMAND(key->arn && key->region);
    FUZZ_DEMAND(!evc_kms_new(crypto, &evc_backend_aws, key, "aws-kms", ARN,
                             ENVCRYPT_OP_UNWRAP, &kms, NULL));
}

/* Whether the reply has these bytes somewhere. */
static bool
has(evc_view reply, const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i + size <= reply.size; i++) {
        if (memcmp(&reply.data[i], text, size) == 0)
            return true;
    }
    return false;
}

static void
check_call(evc_exchange *x, evc_view reply, int32_t operation)
{
    evc_operation op = {.kind = NULL};
    evc_call call;
    int rc;

    evc_call_place(&call, kms, operation);
    call.edk = (evc_edk){.provider = evc_view_text("aws-kms"),
                         .info = evc_view_text(ARN),
                         .ciphertext = evc_view_text("x")};
    op.kind = evc_aws_data_kind(&call);
    op.user = &call;
    rc = op.kind->read(&op, x, NULL);
    if (rc == 0) {
        /* A slash may be escaped in the reply, so only the id is looked for. */
        FUZZ_DEMAND(operation == ENVCRYPT_OP_ROTATE ||
                    has(reply, "1234abcd-12ab-34cd-56ef-1234567890ab") ||
                    has(reply, "\\u"));
    } else {
        FUZZ_DEMAND(!call.key.bytes);
    }
    FUZZ_DEMAND(call.version.size == 0 || call.version.size == EVC_AWS_MATERIAL - 1);
    evc_secret_free(&call.key);
    evc_call_unref(&call);
}

static void
check_metadata(evc_exchange *x)
{
    evc_aws_describe describe = {.key_id = ARN};
    evc_operation op = {.kind = &evc_aws_describe_kind, .user = &describe};

    if (op.kind->read(&op, x, NULL) == 0) {
        FUZZ_DEMAND(describe.metadata.arn && !describe.metadata.parts.is_alias);
        (void)evc_aws_metadata_state(&describe.metadata);
        (void)!evc_aws_metadata_check_kind(&describe.metadata, NULL);
        (void)!evc_aws_metadata_check_state(&describe.metadata, NULL);
    }
    evc_aws_metadata_reset(&describe.metadata);
}

static void
check_list(evc_exchange *x)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("ListKeyRotations");
    evc_aws_ask ask = {.write = NULL};
    evc_operation op = {.kind = &kind, .user = &ask};
    evc_aws_rotations rotations = {.items = NULL};
    evc_aws_page page = {.more = false};

    if (kind.read(&op, x, NULL) == 0) {
        (void)!evc_aws_rotations_read(&rotations, evc_aws_ask_root(&ask), NULL);
        evc_aws_rotations_sort(&rotations);
        for (size_t i = 1; i < rotations.count; i++)
            FUZZ_DEMAND(rotations.items[i - 1].date_ms <= rotations.items[i].date_ms);
        (void)!evc_aws_page_read(&page, evc_aws_ask_root(&ask), NULL);
    }
    evc_aws_rotations_reset(&rotations);
    evc_aws_page_reset(&page);
    evc_json_free(ask.doc);
}

static void
check_fault(evc_exchange *x, bool denied)
{
    evc_fault fault = {.retry_after_ms = -1};

    x->status = denied ? 400 : 503;
    FUZZ_DEMAND(!evc_headers_add(&x->headers, "x-amz-target",
                                 evc_view_text("TrentService.Decrypt"), NULL));
    evc_aws_kms_classify(x, &fault);
    FUZZ_DEMAND(fault.code < 0 && *evc_error_name(fault.code));
    FUZZ_DEMAND(strlen(fault.provider_code) < EVC_FAULT_TEXT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_cursor c = evc_cursor_of(data, size);
    uint8_t which = evc_cursor_u8(&c);
    evc_view reply = evc_cursor_bytes(&c, evc_cursor_left(&c));
    evc_exchange x;

    set_up();
    evc_exchange_init(&x);
    evc_buf_put_view(&x.reply, reply);
    switch (which % 9) {
    case 0:
        check_call(&x, reply, ENVCRYPT_OP_WRAP);
        break;
    case 1:
        check_call(&x, reply, ENVCRYPT_OP_UNWRAP);
        break;
    case 2:
        check_call(&x, reply, ENVCRYPT_OP_GENERATE);
        break;
    case 3:
        check_call(&x, reply, ENVCRYPT_OP_REWRAP);
        break;
    case 4:
        check_call(&x, reply, ENVCRYPT_OP_ROTATE);
        break;
    case 5:
        check_metadata(&x);
        break;
    case 6:
        check_list(&x);
        break;
    default:
        check_fault(&x, which % 2);
    }
    evc_exchange_reset(&x);
    return 0;
}
