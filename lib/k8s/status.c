/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/status.h"

#include <string.h>

#include "auth/json_value.h"

#define TOKEN_MAX 8192u
#define RETRY_MAX_S 3600

typedef struct meaning {
    int status;
    int code;
    evc_verdict verdict;
    const char *advice;
} meaning;

static const meaning meanings[] = {
    {401, ENVCRYPT_E_AUTH, EVC_VERDICT_EXPIRED,
     "the API server does not take these credentials; see that they are of this "
     "cluster "
     "and still good"},
    {403, ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL,
     "ask for a role that permits it; kubectl auth can-i tells what is permitted"},
    {404, ENVCRYPT_E_KUBE_NOT_FOUND, EVC_VERDICT_FAIL, NULL},
    {409, ENVCRYPT_E_KUBE_CONFLICT, EVC_VERDICT_FAIL, NULL},
    {410, ENVCRYPT_E_KUBE_EXPIRED, EVC_VERDICT_FAIL, NULL},
    {422, ENVCRYPT_E_KUBE_INVALID, EVC_VERDICT_FAIL, NULL},
    {429, ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED, NULL},
    {500, ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {502, ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {503, ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {504, ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
};

/* Whatever else says that a request cannot be right. */
static const meaning refused = {0, ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL};
/* 501, 505 and the like do not pass. */
static const meaning broken = {0, ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_FAIL, NULL};

static const meaning *
meaning_of(int status)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].status == status)
            return &meanings[i];
    }
    return status < 500 ? &refused : &broken;
}

static bool
contains(evc_view text, const char *wanted)
{
    size_t size = strlen(wanted);

    for (size_t at = 0; at + size <= text.size; at++) {
        if (memcmp(&text.data[at], wanted, size) == 0)
            return true;
    }
    return false;
}

static bool
contains_any(evc_view text, const char *const *wanted)
{
    for (; *wanted; wanted++) {
        if (contains(text, *wanted))
            return true;
    }
    return false;
}

/*
 * What kube-apiserver says of a value that its transformers cannot read, all of it under
 * 500 InternalError (k8s.io/apiserver: storage/errors.go, etcd3/store.go,
 * etcd3/corrupt_obj_deleter.go, storage/value); lists have a reason of their own.
 */
static const char *const unreadable[] = {"unable to transform key",
                                         "is not transformable",
                                         "object not decodable",
                                         "corrupt object",
                                         "no matching prefix found",
                                         "no matching key was found",
                                         "failed to decrypt",
                                         "tried to read encrypted data",
                                         "message authentication failed",
                                         "invalid padding",
                                         NULL};
/*
 * The same when it is the plugin that does not answer, or never did since the server started
 * (server/options/encryptionconfig/config.go): that passes.
 */
static const char *const away[] = {"code = Unavailable", "code = DeadlineExceeded",
                                   "context deadline exceeded",
                                   "got unexpected nil transformer", NULL};

/*
 * Who refuses a change that the role permits says so in words alone, under 403 or whatever status a
 * webhook or policy names (k8s.io/apiserver, pkg/admission/plugin: resourcequota/controller.go,
 * webhook/errors/statuserror.go, policy/validating).
 */
static const struct {
    const char *says;
    const char *advice;
} forbidders[] = {
    {"exceeded quota",
     "a ResourceQuota of its namespace is used up; raise it, or delete what it counts "
     "(kubectl describe quota shows that)"},
    {"denied the request",
     "an admission webhook of the cluster refused it; its log tells why, and it has to "
     "let changes of metadata pass"},
    {"ValidatingAdmissionPolicy",
     "a ValidatingAdmissionPolicy of the cluster refused it; it has to let changes of "
     "metadata pass"},
};

static const char *
advice_of_refusal(evc_view body, const char *otherwise)
{
    for (size_t i = 0; i < sizeof(forbidders) / sizeof(forbidders[0]); i++) {
        if (contains(body, forbidders[i].says))
            return forbidders[i].advice;
    }
    return otherwise;
}

static bool
is_unreadable(evc_view reason, evc_view body)
{
    if (!evc_view_is_text(reason, "StorageReadError") &&
        (reason.size && !evc_view_is_text(reason, "InternalError")))
        return false;
    return evc_view_is_text(reason, "StorageReadError") ||
           contains_any(body, unreadable);
}

static void
judge_unreadable(evc_view body, evc_fault *fault)
{
    if (contains_any(body, away)) {
        fault->advice = "its KMS plugin does not answer; bring that back (kubectl get "
                        "--raw '/readyz?verbose' tells)";
        return;
    }
    fault->code = ENVCRYPT_E_KUBE_UNREADABLE;
    fault->verdict = EVC_VERDICT_FAIL;
}

void
evc_kube_classify(const evc_exchange *x, evc_fault *fault)
{
    evc_view body = evc_buf_view(&x->reply);
    evc_view reason = evc_json_value_text(body, "reason");
    const meaning *means = meaning_of(x->status);
    int64_t seconds;

    evc_fault_set_code(fault, reason);
    evc_fault_set_request_id(
        fault, evc_view_text(evc_headers_find(&x->reply_headers, "audit-id")));
    fault->code = means->code;
    fault->verdict = means->verdict;
    fault->advice = means->advice;
    if (x->status >= 400 && x->status < 500)
        fault->advice = advice_of_refusal(body, means->advice);
    if (evc_json_value_integer(body, "details.retryAfterSeconds", 0, RETRY_MAX_S,
                               &seconds))
        fault->retry_after_ms = seconds * 1000;
    if (x->status == 500 && is_unreadable(reason, body))
        judge_unreadable(body, fault);
}

int
evc_kube_status_continue(const evc_exchange *x, evc_buf *out, evc_error **err)
{
    evc_view token = evc_json_value_text(evc_buf_view(&x->reply), "metadata.continue");

    if (token.size > TOKEN_MAX)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the API server gave a token of more than %u bytes to go on "
                       "with a list",
                       TOKEN_MAX);
    evc_buf_put_view(out, token);
    return evc_buf_check(out, err);
}
