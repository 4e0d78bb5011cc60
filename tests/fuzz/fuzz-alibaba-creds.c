/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials as Alibaba Cloud's services give them, in each form, and the errors of its
 * gateways. What comes out can go into a header.
 */
#include <string.h>

#include "auth/alibaba.h"
#include "auth/alibaba_reply.h"
#include "fuzz.h"

static void
check_printable(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        FUZZ_DEMAND(bytes[i] >= 0x20 && bytes[i] <= 0x7e);
}

static void
read_form(const evc_alibaba_form *form, const uint8_t *data, size_t size,
          evc_arena *arena)
{
    evc_creds *creds;
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put(&text, data, size);
    rc = evc_alibaba_reply_read(&text, form, "fuzz", NULL, arena, &creds, NULL);
    if (rc) {
        FUZZ_DEMAND(!creds);
        FUZZ_DEMAND(rc == ENVCRYPT_E_PROTOCOL || rc == ENVCRYPT_E_BAD_CREDENTIALS);
    } else {
        FUZZ_DEMAND(creds->id[0] && creds->secret.size);
        FUZZ_DEMAND(creds->token.size || form->may_be_lasting);
        check_printable((const uint8_t *)creds->id, strlen(creds->id));
        check_printable(creds->secret.bytes, creds->secret.size);
        check_printable(creds->token.bytes, creds->token.size);
    }
    evc_creds_unref(creds);
    evc_buf_reset(&text);
}

static void
classify(const uint8_t *data, size_t size)
{
    evc_exchange x;
    evc_fault fault = {.retry_after_ms = -1};

    evc_exchange_init(&x);
    x.status = size ? 400 + data[0] : 400;
    evc_buf_put(&x.reply, data, size);
    if (evc_alibaba_classify_common(&x, &fault))
        FUZZ_DEMAND(fault.code < 0);
    else
        FUZZ_DEMAND(fault.code == 0);
    evc_exchange_reset(&x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const evc_alibaba_form *const forms[] = {
        &evc_alibaba_form_sts,     &evc_alibaba_form_metadata,  &evc_alibaba_form_uri,
        &evc_alibaba_form_process, &evc_alibaba_form_cloud_sso, &evc_alibaba_form_oauth,
    };
    static evc_arena *arena;

    if (!arena)
        FUZZ_DEMAND(!evc_arena_open(EVC_ARENA_CHUNK, false, &arena, NULL));
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        read_form(forms[i], data, size, arena);
    classify(data, size);
    return 0;
}
