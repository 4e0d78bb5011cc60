/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_errors.h"

#include <string.h>

#include "codec/json.h"

typedef struct reason {
    const char *name;
    evc_verdict verdict;
    int code;
    int64_t retry_after_ms; /* -1 = says nothing */
    const char *key_state;
    const char *advice;
} reason;

#define FAIL EVC_VERDICT_FAIL
#define EXPIRED EVC_VERDICT_EXPIRED

static const char check_access[] =
    "check the instance's id, and that the identity has a service role on it";

static const char root_only[] = "only root keys wrap, and this is a standard key";
static const char new_token[] = "take a new import token";

static const reason reasons[] = {
    /* Who asks. */
    {"UNAUTHORIZED_ERR", EXPIRED, ENVCRYPT_E_AUTH, -1, NULL, check_access},
    {"BEARER_SUB_EXTRACTION_ERR", EXPIRED, ENVCRYPT_E_AUTH, -1, NULL, check_access},
    /* Who may. */
    {"RESOURCE_OWNER_ERR", FAIL, ENVCRYPT_E_DENIED, -1, NULL,
     "the identity is not of the account that owns the instance"},
    {"SERVICE_ONLY_ERR", FAIL, ENVCRYPT_E_DENIED, -1, NULL,
     "only IBM's own services may do this"},
    {"FEATURE_RESTRICTED_ERR", FAIL, ENVCRYPT_E_DENIED, -1, NULL,
     "the feature is not open to this account or plan"},
    {"CONFIG_RULE_CONFLICT_ERR", FAIL, ENVCRYPT_E_DENIED, -1, NULL,
     "a Config rule of the account forbids it; ask who manages the account"},
    {"KEY_CREATE_IMPORT_ACCESS_ERR", FAIL, ENVCRYPT_E_DENIED, -1, NULL,
     "a policy of the instance forbids to create or import keys of this kind"},
    /* What state the key is in. */
    {"KEY_DELETED_ERR", FAIL, ENVCRYPT_E_KEY_DESTROYED, -1, "Destroyed",
     "a deleted key can be restored for 30 days"},
    {EVC_IBM_INVALID_STATE, FAIL, ENVCRYPT_E_KEY_DISABLED, -1, NULL,
     "the key must be active"},
    {EVC_IBM_INVALID_STATE_OLD, FAIL, ENVCRYPT_E_KEY_DISABLED, -1, NULL,
     "the key must be active"},
    {"KEY_EXPIRED_ERR", FAIL, ENVCRYPT_E_KEY_DECRYPT_ONLY, -1, "Deactivated",
     "the key has expired; wrap under another one"},
    {"KEY_RESTORE_EXPIRED", FAIL, ENVCRYPT_E_KEY_DESTROYED, -1, "Destroyed",
     "the 30 days in which it can be restored are over"},
    {"KEY_ROOT_REQ_REG_ERR", FAIL, ENVCRYPT_E_KEY_UNSUITABLE, -1, NULL, root_only},
    {"KEY_ROOT_REQ_ERR", FAIL, ENVCRYPT_E_KEY_UNSUITABLE, -1, NULL, root_only},
    /* What was wrapped. */
    {"UNPROCESSABLE_CIPHERTEXT_ERR", FAIL, ENVCRYPT_E_CONTEXT, -1, NULL, NULL},
    /* KEY_VERSION_INVALID is a 422, whose meaning depends on the request. */
    /* What was asked. */
    {"BAD_BODY_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, NULL},
    {"INVALID_FIELD_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, NULL},
    {"NO_BODY_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, NULL},
    {"COLLECTION_TOTAL_MISMATCH_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, NULL},
    {"KEY_PAYLOAD_REQ_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL,
     "the material of this key was imported, so it is rotated by importing the next "
     "one"},
    {"BODY_QUERY_PARAM_MISMATCH_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, NULL},
    {"NUM_COLLECTION_RESOURCE_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, NULL},
    {"INVALID_SIG_EXP_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, NULL},
    {"KEY_IMPT_REQ_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL,
     "this service restores imported keys only"},
    {"INCORRECT_NONCE_IV_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, new_token},
    {"INCORRECT_NONCE_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, new_token},
    {"IMPORT_TOKEN_EXPIRED_ERR", FAIL, ENVCRYPT_E_REQUEST_REFUSED, -1, NULL, new_token},
    /* When. */
    {"REQ_TOO_EARLY_ERR", FAIL, ENVCRYPT_E_SERVICE_CONFLICT, EVC_IBM_SETTLE_MS, NULL,
     "the key was changed a moment ago; try again 30 seconds after that"},
    {EVC_IBM_ROTATED_LATELY, FAIL, ENVCRYPT_E_SERVICE_CONFLICT, EVC_IBM_ROTATION_MS,
     NULL,
     "a key is rotated once an hour at most; try again an hour after the last time"},
    /* What holds the key. */
    {"AUTHORIZATIONS_NOT_MET", FAIL, ENVCRYPT_E_SERVICE_CONFLICT, -1, NULL,
     "the key is deleted only when two people ask for it, and one did not yet"},
    {"PROTECTED_RESOURCE_ERR", FAIL, ENVCRYPT_E_SERVICE_CONFLICT, -1, NULL,
     "resources are registered as protected by this key; list its registrations"},
    {"PREV_KEY_DEL_ERR", FAIL, ENVCRYPT_E_SERVICE_CONFLICT, -1, NULL,
     "a registered resource has a retention policy that forbids to delete the key"},
    {"NOT_DUAL_AUTH_ERR", FAIL, ENVCRYPT_E_SERVICE_CONFLICT, -1, NULL,
     "the key has no policy of dual authorization"},
    {"KEY_ALIAS_NOT_UNIQUE_ERR", FAIL, ENVCRYPT_E_SERVICE_CONFLICT, -1, NULL,
     "another key of the instance has this alias"},
    /* A 500 that stays. */
    {"INCOMPLETE_METADATA_ERR", FAIL, ENVCRYPT_E_KEY_UNAVAILABLE, -1, NULL,
     "what the service knows of this key is damaged; open a case with IBM"},
};

/* The first reason's code, or what the resource controller has in its place; "" when the
 * body does not tell. */
static void
read_reason(const evc_exchange *x, evc_fault *fault)
{
    const evc_json *list;
    const char *name = NULL;
    evc_json_doc *doc;

    if (evc_json_parse(evc_buf_view(&x->reply), "the reply", &doc, NULL))
        return;
    if (!evc_json_text(evc_json_root(doc), "error_code", &name, NULL) ||
        (!evc_json_array(evc_json_root(doc), "resources", &list, NULL) &&
         evc_json_at(list, 0) &&
         !evc_json_array(evc_json_at(list, 0), "reasons", &list, NULL) &&
         evc_json_at(list, 0) &&
         !evc_json_text(evc_json_at(list, 0), "code", &name, NULL)))
        evc_fault_set_code(fault, evc_view_text(name));
    evc_json_free(doc);
}

static void
read_request_id(const evc_exchange *x, evc_fault *fault)
{
    static const char *const names[] = {"correlation-id", "x-correlation-id",
                                        "x-request-id", "transaction-id"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = evc_headers_find(&x->reply_headers, names[i]);

        if (value && value[0]) {
            evc_fault_set_request_id(fault, evc_view_text(value));
            return;
        }
    }
}

/* Whether a wrapped key was in the request: /actions/unwrap, /actions/rewrap. */
static bool
was_opening(const evc_exchange *x)
{
    static const char tail[] = "wrap";
    evc_view path = evc_buf_view(&x->path);
    evc_cursor c = evc_cursor_of_view(path);

    if (path.size < sizeof("un/wrap"))
        return false;
    (void)evc_cursor_bytes(&c, path.size - strlen(tail) - 3);
    path = evc_cursor_bytes(&c, 3 + strlen(tail));
    return evc_view_is_text(path, "/unwrap") || evc_view_is_text(path, "/rewrap");
}

static void
set(evc_fault *fault, evc_verdict verdict, int code)
{
    fault->verdict = verdict;
    fault->code = code;
}

static void
classify_status(const evc_exchange *x, evc_fault *fault)
{
    switch (x->status) {
    case 401:
        set(fault, EXPIRED, ENVCRYPT_E_AUTH);
        fault->advice = check_access;
        return;
    case 403:
        set(fault, FAIL, ENVCRYPT_E_DENIED);
        fault->advice = "check the identity's service role, and the allowed networks "
                        "of the instance";
        return;
    case 404:
        set(fault, FAIL, ENVCRYPT_E_KEY_NOT_FOUND);
        fault->advice = "check the ids of instance and key, and the key ring";
        return;
    case 409:
        set(fault, FAIL, ENVCRYPT_E_SERVICE_CONFLICT);
        return;
    case 410:
        set(fault, FAIL, ENVCRYPT_E_KEY_DESTROYED);
        return;
    case 422:
        set(fault, FAIL,
            was_opening(x) ? ENVCRYPT_E_CONTEXT : ENVCRYPT_E_REQUEST_REFUSED);
        return;
    case 429:
        set(fault, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED);
        return;
    case 501:
        set(fault, FAIL, ENVCRYPT_E_UNSUPPORTED);
        return;
    default:
        break;
    }
    if (x->status >= 500)
        set(fault, EVC_VERDICT_AGAIN, ENVCRYPT_E_SERVICE_DOWN);
    else if (x->status >= 400)
        set(fault, FAIL, ENVCRYPT_E_REQUEST_REFUSED);
    else
        set(fault, FAIL, ENVCRYPT_E_PROTOCOL);
}

void
evc_ibm_classify(const evc_exchange *x, evc_fault *fault)
{
    read_reason(x, fault);
    read_request_id(x, fault);
    classify_status(x, fault);
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        const reason *r = &reasons[i];

        if (strcmp(fault->provider_code, r->name) != 0)
            continue;
        set(fault, r->verdict, r->code);
        fault->key_state = r->key_state;
        fault->advice = r->advice;
        if (r->retry_after_ms >= 0 && fault->retry_after_ms < 0)
            fault->retry_after_ms = r->retry_after_ms;
    }
}
