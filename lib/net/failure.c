/* SPDX-License-Identifier: Apache-2.0 */
#include "net/failure.h"

#include <string.h>

/* "aws-kms Decrypt for "key" at host failed after 2 attempts". */
#define WHAT "%s %s%s%s%s at %s failed %s"
#define WHAT_ARGS(what, times)                                               \
    (what)->provider, (what)->operation, (what)->subject ? " for \"" : "",   \
        (what)->subject ? (what)->subject : "", (what)->subject ? "\"" : "", \
        (what)->host, (times)

#define TIMES 40u

static const char *
times_of(const evc_failed *what, char out[TIMES])
{
    evc_buf b;

    if (what->attempts == 0)
        return "before it was sent";
    evc_buf_init_fixed(&b, out, TIMES);
    evc_buf_put_format(&b, "after %u attempt%s", (unsigned int)what->attempts,
                       what->attempts == 1 ? "" : "s");
    evc_buf_put_u8(&b, 0);
    return out;
}

static const char *
text_or_null(const char *text)
{
    return text[0] ? text : NULL;
}

int
evc_failure_of_service(const evc_failed *what, const evc_fault *fault,
                       int64_t retry_after_ms, evc_error **err)
{
    const char *text = evc_error_text(fault->code);
    int sentence = (int)(fault->advice ? strcspn(text, ";") : strlen(text));
    char times[TIMES];
    int rc;

    if (!err)
        return fault->code;
    rc = evc_err(err, fault->code, WHAT " (HTTP %d%s%s): %.*s%s%s",
                 WHAT_ARGS(what, times_of(what, times)), what->status,
                 fault->provider_code[0] ? ", " : "", fault->provider_code, sentence,
                 text, fault->advice ? "; " : "", fault->advice ? fault->advice : "");
    evc_err_set_provider(*err, text_or_null(fault->provider_code),
                         text_or_null(fault->request_id), what->status);
    evc_err_set_key_state(*err, fault->key_state);
    evc_err_set_retry(*err,
                      fault->verdict == EVC_VERDICT_AGAIN ||
                          fault->verdict == EVC_VERDICT_THROTTLED,
                      retry_after_ms);
    return rc;
}

int
evc_failure_of_ours(const evc_failed *what, const evc_fault *fault, int code,
                    evc_error **err)
{
    char times[TIMES];
    int retryable;
    int rc;

    if (!err)
        return code;
    retryable = evc_error_is_retryable(*err);
    rc = evc_err(err, code, WHAT ": %s%s%s", WHAT_ARGS(what, times_of(what, times)),
                 *err ? evc_error_message(*err) : evc_error_text(code),
                 fault->provider_code[0] ? "; what the service said last was " : "",
                 fault->provider_code);
    evc_err_set_provider(*err, text_or_null(fault->provider_code),
                         text_or_null(fault->request_id), what->status);
    evc_err_set_retry(*err, retryable, -1);
    return rc;
}
