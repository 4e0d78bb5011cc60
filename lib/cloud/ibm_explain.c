/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_explain.h"

#include <string.h>

#include "cloud/context_form.h"
#include "cloud/ibm_errors.h"

static bool
is_reason(const evc_error *err, const char *reason)
{
    const char *code = evc_error_provider_code(err);

    return code && strcmp(code, reason) == 0;
}

static evc_ibm_where
where_of(const evc_call *call)
{
    const evc_ibm *ibm = call->kms->state;

    return (evc_ibm_where){ibm->cloud.peer, &ibm->target, ibm->key, call->kms->key_id};
}

/* What the first error told stays told by the one in front of it. */
static void
keep_facts(evc_error *err)
{
    const evc_error *cause = evc_error_cause(err);

    evc_err_set_provider(err, evc_error_provider_code(cause),
                         evc_error_request_id(cause), evc_error_http_status(cause));
}

static int
explain_state(const evc_call *call, int code, evc_wait *wait, evc_error **err)
{
    evc_ibm_where where = where_of(call);
    evc_json_doc *doc = NULL;
    evc_error *why = NULL;
    evc_ibm_key key;
    int rc = 0;

    if (!evc_ibm_fetch_key(&where, wait, &doc, &key, NULL))
        rc = evc_ibm_key_check(key.state, call->operation == ENVCRYPT_OP_WRAP,
                               call->kms->key_id, &why);
    if (rc) {
        code = evc_err_wrap(err, rc, "%s", evc_error_message(why));
        keep_facts(*err);
        evc_err_set_key_state(*err, evc_ibm_key_state_name(key.state));
    }
    evc_error_free(why);
    evc_json_free(doc);
    return code;
}

int
evc_ibm_explain_rotation(const evc_ibm_where *where, int64_t now_ms, int code,
                         evc_wait *wait, evc_error **err)
{
    evc_json_doc *doc = NULL;
    char again[EVC_TIME_TEXT];
    evc_ibm_key key;
    int64_t again_ms;

    if (!err || !*err || !is_reason(*err, EVC_IBM_ROTATED_LATELY))
        return code;
    if (!evc_ibm_fetch_key(where, wait, &doc, &key, NULL) && key.rotated_ms >= 0) {
        again_ms = key.rotated_ms + EVC_IBM_ROTATION_MS;
        evc_clock_format(again_ms, again);
        code = evc_err_wrap(err, code,
                            "the key \"%s\" was rotated less than an hour ago, so it "
                            "was not rotated again; try again after %s",
                            where->subject, again);
        keep_facts(*err);
        evc_err_set_retry(*err, 0, again_ms > now_ms ? again_ms - now_ms : 0);
    }
    evc_json_free(doc);
    return code;
}

/* Whether Hyper Protect Crypto Services take additional data is not documented. */
static int
explain_context(const evc_call *call, evc_error **err)
{
    int code = evc_err_wrap(
        err, ENVCRYPT_E_UNSUPPORTED,
        "the instance of the key \"%s\" did not take the encryption context (aad): use "
        "no context with this key, or a key of Key Protect; it is never left out "
        "silently",
        call->kms->key_id);

    keep_facts(*err);
    return code;
}

int
evc_ibm_explain(const evc_call *call, int code, evc_wait *wait, evc_error **err)
{
    const evc_clock *clock = &evc_crypto_env(call->kms->crypto)->clock;
    const evc_ibm *ibm = call->kms->state;
    evc_ibm_where where = where_of(call);

    if (!err || !*err)
        return code;
    if (is_reason(*err, EVC_IBM_INVALID_STATE) ||
        is_reason(*err, EVC_IBM_INVALID_STATE_OLD))
        return explain_state(call, code, wait, err);
    if (call->operation == ENVCRYPT_OP_ROTATE)
        return evc_ibm_explain_rotation(&where, evc_clock_wall_ms(clock), code, wait,
                                        err);
    if (ibm->is_hpcs && code == ENVCRYPT_E_REQUEST_REFUSED &&
        evc_context_form_of(call->context, 0) != EVC_FORM_NONE)
        return explain_context(call, err);
    return code;
}
