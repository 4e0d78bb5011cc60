/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials in JSON of each form, and times: the first byte chooses. */
#include "auth/aws_reply.h"
#include "auth/aws_time.h"
#include "base/mem.h"
#include "fuzz.h"

static const evc_aws_form forms[] = {
    {.id = "AccessKeyId",
     .secret = "SecretAccessKey",
     .token = "Token",
     .expires = "Expiration",
     .account = "AccountId"},
    {.id = "AccessKeyId",
     .secret = "SecretAccessKey",
     .token = "SessionToken",
     .expires = "Expiration",
     .may_have_no_token = true,
     .may_never_expire = true},
    {.id = "R.C.AccessKeyId",
     .secret = "R.C.SecretAccessKey",
     .token = "R.C.SessionToken",
     .expires = "R.C.Expiration",
     .epoch_ms = 1000},
    {.id = "roleCredentials.accessKeyId",
     .secret = "roleCredentials.secretAccessKey",
     .token = "roleCredentials.sessionToken",
     .expires = "roleCredentials.expiration",
     .epoch_ms = 1},
};
#define FORMS (sizeof forms / sizeof forms[0])

static evc_arena *
arena(void)
{
    static evc_arena *one; /* never closed */

    if (!one)
        FUZZ_DEMAND(evc_arena_open(EVC_ARENA_CHUNK, false, &one, NULL) == 0);
    return one;
}

static void
check_times(evc_view text)
{
    int64_t ms = -1;

    if (evc_aws_time_epoch(text, 1, &ms))
        FUZZ_DEMAND(ms >= 0 && ms <= INT64_C(253402300799999));
    (void)evc_aws_time_parse(text, &ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const evc_aws_origin origin = {.source = "fuzz"};
    evc_cursor c = evc_cursor_of(data, size);
    const evc_aws_form *form = &forms[evc_cursor_u8(&c) % FORMS];
    evc_creds *creds;
    evc_buf text;
    int rc;

    if (c.failed)
        return 0;
    evc_buf_init(&text);
    evc_buf_put_view(&text, evc_cursor_bytes(&c, evc_cursor_left(&c)));
    check_times(evc_buf_view(&text));
    rc = evc_aws_reply_read(arena(), form, &origin, &text, &creds, NULL);
    if (rc == 0) {
        FUZZ_DEMAND(creds->id[0] && creds->secret.bytes);
        FUZZ_DEMAND(creds->token.bytes || form->may_have_no_token);
    } else {
        FUZZ_DEMAND(!creds && text.size == 0);
        FUZZ_DEMAND(rc == ENVCRYPT_E_PROTOCOL || rc == ENVCRYPT_E_BAD_CREDENTIALS ||
                    rc == ENVCRYPT_E_JSON);
    }
    evc_creds_unref(creds);
    evc_buf_reset(&text);
    return 0;
}
