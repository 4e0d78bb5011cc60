/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of IBM Cloud IAM: a token comes out or nothing does, and jansson, which is the
 * judge of what the text says, finds the same in it.
 */
#include <jansson.h>
#include <string.h>

#include "auth/ibm_iam.h"
#include "base/mem.h"
#include "fuzz.h"

#define ASKED_MS INT64_C(1700000000000)

static void
check_taken(const uint8_t *data, size_t size, const evc_ibm_token *token)
{
    json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *text = json_object_get(root, "access_token");
    json_int_t life = json_integer_value(json_object_get(root, "expires_in"));
    int64_t rest = life < 20 ? life * 500 : 10000;

    FUZZ_DEMAND(token->text.size == json_string_length(text));
    FUZZ_DEMAND(memcmp(token->text.bytes, json_string_value(text), token->text.size) ==
                0);
    FUZZ_DEMAND(life > 0);
    FUZZ_DEMAND(token->expires_ms == ASKED_MS + life * 1000 - rest);
    json_decref(root);
}

static void
classify(const uint8_t *data, size_t size)
{
    evc_exchange x;
    evc_fault fault = {.retry_after_ms = -1};

    evc_exchange_init(&x);
    x.status = size ? 400 + data[0] : 400;
    evc_buf_put(&x.reply, data, size);
    evc_ibm_classify_iam(&x, &fault);
    FUZZ_DEMAND(fault.code < 0);
    FUZZ_DEMAND(strlen(fault.provider_code) < EVC_FAULT_TEXT);
    evc_exchange_reset(&x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static evc_arena *arena;
    evc_ibm_token token;
    evc_buf text;
    int rc;

    if (!arena)
        FUZZ_DEMAND(!evc_arena_open(EVC_ARENA_CHUNK, false, &arena, NULL));
    evc_buf_init(&text);
    evc_buf_put(&text, data, size);
    rc = evc_ibm_token_read(&text, arena, ASKED_MS, &token, NULL);
    if (rc) {
        FUZZ_DEMAND(rc == ENVCRYPT_E_PROTOCOL && !token.text.bytes);
    } else {
        check_taken(data, size, &token);
        FUZZ_DEMAND(text.size == size);
    }
    evc_secret_free(&token.text);
    evc_buf_reset(&text);
    classify(data, size);
    return 0;
}
