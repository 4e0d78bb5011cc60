/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/aws.h"
#include "auth/json_value.h"
#include "base/decimal.h"
#include "codec/xml.h"

/* kms-apis 1.6 and 1.8; botocore's and JavaScript's lists of what is retried. */
static const struct row {
    const char *name;
    evc_verdict verdict;
    int code;
    const char *advice;
} rows[] = {
    {"InternalFailure", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"InternalServerError", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"InternalError", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"ServiceUnavailable", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"ServiceUnavailableException", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"RequestTimeout", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"RequestTimeoutException", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"PriorRequestNotComplete", EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},

    {"Throttling", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {"ThrottlingException", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {"ThrottledException", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {"RequestThrottled", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {"RequestThrottledException", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {"TooManyRequestsException", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {"RequestLimitExceeded", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {"SlowDown", EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},

    {"ExpiredToken", EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH, NULL},
    {"ExpiredTokenException", EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH, NULL},
    {"UnrecognizedClientException", EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH,
     "the access key or its session token is unknown; check which is used"},
    {"InvalidClientTokenId", EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH,
     "the access key or its session token is unknown; check which is used"},

    {"RequestExpired", EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH, "check the clock"},
    {"RequestInTheFuture", EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH, "check the clock"},
    {"RequestTimeTooSkewed", EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH, "check the clock"},
    /* For a wrong date and for a wrong secret: the reply's Date tells which, since another
     * attempt is made only when it is far from ours. */
    {"InvalidSignatureException", EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH,
     "the secret access key is not that of the access key, or the clock is wrong"},
    {"SignatureDoesNotMatch", EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH,
     "the secret access key is not that of the access key, or the clock is wrong"},
    {"AuthFailure", EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH, NULL},

    {"MissingAuthenticationToken", EVC_VERDICT_FAIL, ENVCRYPT_E_AUTH, NULL},
    {"MissingAuthenticationTokenException", EVC_VERDICT_FAIL, ENVCRYPT_E_AUTH, NULL},
    {"IncompleteSignature", EVC_VERDICT_FAIL, ENVCRYPT_E_AUTH, NULL},
    {"IncompleteSignatureException", EVC_VERDICT_FAIL, ENVCRYPT_E_AUTH, NULL},
    {"OptInRequired", EVC_VERDICT_FAIL, ENVCRYPT_E_BILLING,
     "sign up for the service with this account"},
    {"SubscriptionRequiredException", EVC_VERDICT_FAIL, ENVCRYPT_E_BILLING,
     "sign up for the service with this account"},

    {"AccessDenied", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED, NULL},
    {"AccessDeniedException", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED, NULL},
    {"NotAuthorized", EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED, NULL},

    {"ValidationError", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED, NULL},
    {"ValidationException", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED, NULL},
    {"SerializationException", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED, NULL},
    {"UnknownOperationException", EVC_VERDICT_FAIL, ENVCRYPT_E_UNSUPPORTED,
     "the endpoint does not know the operation; check that it is that service"},
    {"InvalidAction", EVC_VERDICT_FAIL, ENVCRYPT_E_UNSUPPORTED,
     "the endpoint does not know the operation; check that it is that service"},
    {"InvalidParameterValue", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED, NULL},
    {"MissingParameter", EVC_VERDICT_FAIL, ENVCRYPT_E_REQUEST_REFUSED, NULL},
};

static size_t
place_of(evc_view text, uint8_t wanted)
{
    size_t at = 0;

    while (at < text.size && text.data[at] != wanted)
        at++;
    return at;
}

/* What stands after a namespace's # and before a colon. */
static evc_view
bare_name(evc_view text)
{
    size_t hash = place_of(text, '#');
    evc_cursor c = evc_cursor_of_view(text);

    if (hash < text.size)
        (void)evc_cursor_bytes(&c, hash + 1);
    text = evc_cursor_bytes(&c, evc_cursor_left(&c));
    return evc_view_of(text.data, place_of(text, ':'));
}

static bool
is_xml(evc_view body)
{
    evc_cursor c = evc_cursor_of_view(body);
    uint8_t first;

    do
        first = evc_cursor_u8(&c);
    while (first == ' ' || first == '\t' || first == '\r' || first == '\n');
    return first == '<';
}

/* The first of the paths that is there. */
static void
read_xml(evc_view body, const char *const *paths, evc_fault *fault,
         void (*set)(evc_fault *fault, evc_view text))
{
    evc_buf text;
    bool found = false;

    evc_buf_init(&text);
    for (; *paths && !found; paths++) {
        if (evc_xml_find(body, *paths, &text, &found, NULL) != 0)
            break;
        if (found)
            set(fault, evc_buf_view(&text));
    }
    evc_buf_reset(&text);
}

static void
read_body(evc_view body, evc_fault *fault)
{
    static const char *const codes[] = {
        "ErrorResponse/Error/Code", "ErrorResponse/Errors/Error/Code",
        "Response/Errors/Error/Code", "Error/Code", NULL};
    static const char *const ids[] = {"ErrorResponse/RequestId",
                                      "ErrorResponse/Error/RequestId",
                                      "Response/RequestID", "Error/RequestId", NULL};
    evc_view name;

    if (is_xml(body)) {
        read_xml(body, codes, fault, evc_fault_set_code);
        read_xml(body, ids, fault, evc_fault_set_request_id);
        return;
    }
    name = evc_json_value_text(body, "__type");
    if (name.size == 0)
        name = evc_json_value_text(body, "code");
    if (name.size == 0) /* the query protocol's, when JSON was asked for */
        name = evc_json_value_text(body, "Error.Code");
    evc_fault_set_code(fault, bare_name(name));
}

static void
read_names(const evc_exchange *x, evc_fault *fault)
{
    const char *name = evc_headers_find(&x->reply_headers, "x-amzn-errortype");
    const char *id = evc_headers_find(&x->reply_headers, "x-amzn-requestid");

    if (!id)
        id = evc_headers_find(&x->reply_headers, "x-amz-request-id");
    read_body(evc_buf_view(&x->reply), fault);
    if (name)
        evc_fault_set_code(fault, bare_name(evc_view_text(name)));
    if (id)
        evc_fault_set_request_id(fault, evc_view_text(id));
}

/* In milliseconds (kms-apis 1.8); -1 = none. */
static int64_t
hint_of(const evc_exchange *x)
{
    const char *value = evc_headers_find(&x->reply_headers, "x-amz-retry-after");
    int64_t ms = -1;

    (void)evc_decimal_read(evc_view_text(value), INT32_MAX, &ms);
    return ms;
}

bool
evc_aws_classify_common(const evc_exchange *x, evc_fault *fault)
{
    fault->retry_after_ms = hint_of(x);
    read_names(x, fault);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, fault->provider_code) != 0)
            continue;
        fault->verdict = rows[i].verdict;
        fault->code = rows[i].code;
        fault->advice = rows[i].advice;
        return true;
    }
    if (x->status != 429)
        return false;
    fault->verdict = EVC_VERDICT_THROTTLED;
    fault->code = ENVCRYPT_E_THROTTLED;
    return true;
}

static void
classify_status(int status, evc_fault *fault)
{
    fault->verdict = EVC_VERDICT_FAIL;
    switch (status) {
    case 401:
        fault->code = ENVCRYPT_E_AUTH;
        break;
    case 403:
        fault->code = ENVCRYPT_E_DENIED;
        break;
    default:
        fault->code =
            status >= 500 ? ENVCRYPT_E_SERVICE_DOWN : ENVCRYPT_E_REQUEST_REFUSED;
    }
    if (fault->code == ENVCRYPT_E_SERVICE_DOWN)
        fault->verdict = EVC_VERDICT_AGAIN;
}

void
evc_aws_classify_any(const evc_exchange *x, evc_fault *fault)
{
    if (!evc_aws_classify_common(x, fault))
        classify_status(x->status, fault);
}
