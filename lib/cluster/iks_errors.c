/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_errors.h"

#include <string.h>

#include "cluster/iks_status.h"

typedef struct reason {
    const char *name; /* a code; NULL: of a status */
    int status;
    evc_verdict verdict;
    int code;
    const char *advice;
} reason;

#define FAIL EVC_VERDICT_FAIL
#define AGAIN EVC_VERDICT_AGAIN

static const char look_again[] =
    "check its name or id, and give the resource group that it is in";

static const reason reasons[] = {
    {"G0004", 0, FAIL, ENVCRYPT_E_CLUSTER_NOT_FOUND, look_again},
    {"A0006", 0, FAIL, ENVCRYPT_E_CLUSTER_NOT_FOUND, look_again},
    {"A0002", 0, AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {"G3917", 0, FAIL, ENVCRYPT_E_CLUSTER_KIND,
     "clusters of this infrastructure do not take it"},
    {"E09c0", 0, FAIL, ENVCRYPT_E_DENIED,
     "Kubernetes Service may not read the key service: create an IAM authorization "
     "from "
     "Kubernetes Service to it with the service role Reader"},
    {NULL, 401, EVC_VERDICT_EXPIRED, ENVCRYPT_E_AUTH,
     "log in anew, or check the API key"},
    {NULL, 403, FAIL, ENVCRYPT_E_DENIED,
     "the identity needs the platform role Administrator and the service role Manager "
     "on the cluster"},
    {NULL, 404, FAIL, ENVCRYPT_E_CLUSTER_NOT_FOUND, look_again},
    {NULL, 408, AGAIN, ENVCRYPT_E_SERVICE_DOWN, NULL},
    {NULL, 409, FAIL, ENVCRYPT_E_SERVICE_CONFLICT, NULL},
    {NULL, 429, EVC_VERDICT_THROTTLED, ENVCRYPT_E_THROTTLED, NULL},
    {NULL, 501, FAIL, ENVCRYPT_E_UNSUPPORTED, NULL},
};

/* A member, and else that of the first of "errors", as IAM has it. */
static void
read_member(const evc_json *root, const char *name, evc_fault *fault,
            void (*keep)(evc_fault *fault, evc_view text))
{
    const evc_json *list = NULL;
    const char *text = NULL;

    if (evc_json_text(root, name, &text, NULL) &&
        (evc_json_array(root, "errors", &list, NULL) || !evc_json_at(list, 0) ||
         evc_json_text(evc_json_at(list, 0), name, &text, NULL)))
        return;
    keep(fault, evc_view_text(text));
}

void
evc_iks_classify(const evc_exchange *x, evc_fault *fault)
{
    evc_json_doc *doc;

    fault->verdict = x->status >= 500 ? AGAIN : FAIL;
    fault->code = x->status >= 500   ? ENVCRYPT_E_SERVICE_DOWN
                  : x->status >= 400 ? ENVCRYPT_E_REQUEST_REFUSED
                                     : ENVCRYPT_E_PROTOCOL;
    if (!evc_json_parse(evc_buf_view(&x->reply), "the reply", &doc, NULL)) {
        read_member(evc_json_root(doc), "code", fault, evc_fault_set_code);
        read_member(evc_json_root(doc), "trace", fault, evc_fault_set_request_id);
        read_member(evc_json_root(doc), "incidentID", fault, evc_fault_set_request_id);
        evc_json_free(doc);
    }
    for (size_t i = sizeof(reasons) / sizeof(reasons[0]); i-- > 0;) {
        const reason *r = &reasons[i]; /* codes stand first, and have the last word */

        if (r->name ? strcmp(r->name, fault->provider_code) != 0
                    : r->status != x->status)
            continue;
        fault->verdict = r->verdict;
        fault->code = r->code;
        fault->advice = r->advice;
    }
}

bool
evc_iks_says_former(evc_view reply)
{
    static const char *const words[] = {"previous",     "former",
                                        "reuse",        "used before",
                                        "already used", "for this cluster before"};
    const char *text = NULL;
    evc_json_doc *doc;
    bool says = false;

    if (evc_json_parse(reply, "the reply", &doc, NULL))
        return false;
    if (!evc_json_text(evc_json_root(doc), "description", &text, NULL)) {
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !says; i++)
            says = evc_iks_has(text, words[i]);
    }
    evc_json_free(doc);
    return says;
}
