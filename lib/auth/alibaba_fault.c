/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An error's message may quote what was signed, a security token in it: so no part of the
 * body goes to a parser that keeps copies.
 */
#include <string.h>

#include "auth/alibaba.h"
#include "auth/json_value.h"
#include "codec/xml.h"

#define HINT_MAX_MS 600000 /* a larger one is no hint */

static const char clock_advice[] = "set the clock of this host right";
static const char key_advice[] =
    "look whether this access key still exists, is active, and has this secret";
static const char billing_advice[] =
    "look in the console of Alibaba Cloud whether a bill is open";
static const char enable_advice[] =
    "activate the service in the console of Alibaba Cloud";

typedef struct meaning {
    const char *code;
    bool prefix;
    evc_verdict verdict;
    int means;
    const char *advice;
} meaning;

static const meaning meanings[] = {
    {"Rejected.Throttling", false, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {"Throttling", true, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {"InternalFailure", false, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"InternalError", false, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"ServiceUnavailable", true, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"SignatureNonceUsed", false, EVC_VERDICT_AGAIN, ENVCRYPT_E_AUTH, NULL},
    {"InvalidTimeStamp", true, EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH, clock_advice},
    {"IllegalTimestamp", false, EVC_VERDICT_SKEWED, ENVCRYPT_E_AUTH, clock_advice},
    {"InvalidSecurityToken", true, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH, NULL},
    {"InvalidAccessKeyId", true, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH, key_advice},
    {"Forbidden.AccessKey", false, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH, key_advice},
    {"SignatureDoesNotMatch", false, EVC_VERDICT_FAIL, ENVCRYPT_E_AUTH, key_advice},
    {"IncompleteSignature", false, EVC_VERDICT_FAIL, ENVCRYPT_E_AUTH, key_advice},
    {"Forbidden.KmsServiceNotEnabled", false, EVC_VERDICT_FAIL, ENVCRYPT_E_BILLING,
     enable_advice},
    {"Forbidden.InDebt", true, EVC_VERDICT_FAIL, ENVCRYPT_E_BILLING, billing_advice},
    {"Forbidden.ProhibitedByRiskControl", false, EVC_VERDICT_FAIL, ENVCRYPT_E_BILLING,
     billing_advice},
    {"Forbidden.NoPermission", false, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED, NULL},
    {"Forbidden.RAM", false, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED, NULL},
    {"NoPermission", false, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED, NULL},
    {"AccessDenied", true, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED, NULL},
    {"Forbidden", false, EVC_VERDICT_FAIL, ENVCRYPT_E_DENIED, NULL},
};

typedef void set_function(evc_fault *fault, evc_view text);

/* JSON in either spelling, or the XML of a gateway that did not see that JSON was asked
 * for. */
static void
read_text(evc_view body, const char *name, const char *other, const char *in_xml,
          evc_fault *fault, set_function *set)
{
    evc_view text = evc_json_value_text(body, name);
    evc_buf found;
    bool any;

    if (!text.size)
        text = evc_json_value_text(body, other);
    evc_buf_init(&found);
    if (!text.size && body.size && evc_xml_find(body, in_xml, &found, &any, NULL) == 0)
        text = evc_buf_view(&found);
    set(fault, text);
    evc_buf_reset(&found);
}

static bool
is_meant(const meaning *m, const char *code)
{
    return m->prefix ? strncmp(code, m->code, strlen(m->code)) == 0
                     : strcmp(code, m->code) == 0;
}

/* "…,TimeLeft:53": milliseconds until the limit counts anew. */
static int64_t
time_left(const evc_exchange *x, const char *header)
{
    static const char name[] = "TimeLeft:";
    const char *value = evc_headers_find(&x->reply_headers, header);
    const char *at = value ? strstr(value, name) : NULL;
    int64_t left = 0;

    if (!at)
        return -1;
    for (size_t i = strlen(name); at[i] >= '0' && at[i] <= '9'; i++) {
        left = left * 10 + (at[i] - '0');
        if (left > HINT_MAX_MS)
            return -1;
    }
    return left;
}

static void
read_hint(const evc_exchange *x, evc_fault *fault)
{
    int64_t by_api = time_left(x, "x-ratelimit-user-api");
    int64_t by_user = time_left(x, "x-ratelimit-user");

    fault->retry_after_ms = by_api > by_user ? by_api : by_user;
}

/* What says nothing that is known, by its status alone. */
static bool
read_status(int status, evc_fault *fault)
{
    if (status == 429) {
        fault->verdict = EVC_VERDICT_THROTTLED;
        fault->code = ENVCRYPT_E_THROTTLED;
        return true;
    }
    if (status >= 500) {
        fault->verdict = EVC_VERDICT_AGAIN;
        fault->code = ENVCRYPT_E_SERVICE_DOWN;
        return true;
    }
    return false;
}

static bool
read_code(int status, evc_fault *fault)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (!is_meant(&meanings[i], fault->provider_code))
            continue;
        fault->verdict = meanings[i].verdict;
        fault->code = meanings[i].means;
        fault->advice = meanings[i].advice;
        return true;
    }
    return read_status(status, fault);
}

bool
evc_alibaba_classify_common(const evc_exchange *x, evc_fault *fault)
{
    evc_view body = evc_buf_view(&x->reply);
    bool known;

    read_text(body, "RequestId", "requestId", "Error/RequestId", fault,
              evc_fault_set_request_id);
    if (!fault->request_id[0])
        evc_fault_set_request_id(fault, evc_view_text(evc_headers_find(
                                            &x->reply_headers, "x-acs-request-id")));
    read_text(body, "Code", "code", "Error/Code", fault, evc_fault_set_code);
    known = read_code(x->status, fault);
    if (known && fault->verdict == EVC_VERDICT_THROTTLED)
        read_hint(x, fault);
    return known;
}
