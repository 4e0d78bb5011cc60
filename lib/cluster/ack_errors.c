/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_errors.h"

#include <stdlib.h>
#include <string.h>

#include "auth/alibaba.h"
#include "base/decimal.h"

#define HINT_MAX_MS 600000 /* a larger one is no hint */

static const struct row {
    const char *name;
    bool prefix;
    int code;
    const char *advice;
} rows[] = {
    {"ErrorClusterNotFound", false, ENVCRYPT_E_CLUSTER_NOT_FOUND,
     "check the cluster's id, its Region and the account"},
    {"ForbiddenUpdateKMSState", false, ENVCRYPT_E_DENIED,
     "have the caller given the RBAC role of administrator or O&M engineer in the "
     "cluster (Authorizations, in the console of ACK)"},
    {"StatusForbidden", false, ENVCRYPT_E_DENIED,
     "allow the action of cs: on the cluster to these credentials, by a RAM policy"},
    {"ErrorCheckAcl", false, ENVCRYPT_E_DENIED,
     "authorise the role AliyunCSManagedSecurityRole for ACK"},
    {"Forbidden", true, ENVCRYPT_E_DENIED,
     "allow the action to these credentials, by a RAM policy"},
    {"EntityNotExist.", true, ENVCRYPT_E_REQUEST_REFUSED, NULL},
    {"ClusterNotSupport", true, ENVCRYPT_E_CLUSTER_KIND,
     "only Pro managed clusters encrypt Secrets with a key of KMS"},
};

static const struct row *
find_row(const char *code)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].prefix ? strncmp(code, rows[i].name, strlen(rows[i].name)) == 0
                           : strcmp(code, rows[i].name) == 0)
            return &rows[i];
    }
    return NULL;
}

/* Alibaba's own clients take it as milliseconds; no page says the unit. */
static int64_t
retry_after(const evc_exchange *x)
{
    const char *value = evc_headers_find(&x->reply_headers, "x-acs-retry-after");
    int64_t ms = -1;

    (void)evc_decimal_read(evc_view_text(value), HINT_MAX_MS, &ms);
    return ms;
}

static void
settle(evc_fault *fault, int code, evc_verdict verdict, const char *advice)
{
    fault->code = code;
    fault->verdict = verdict;
    fault->advice = advice;
}

void
evc_ack_errors_classify(const evc_exchange *x, evc_fault *fault)
{
    bool common = evc_alibaba_classify_common(x, fault);
    const struct row *row = find_row(fault->provider_code);

    if (row) {
        settle(fault, row->code, EVC_VERDICT_FAIL, row->advice);
    } else if (strstr(fault->provider_code, "Throttling")) {
        settle(fault, ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED, NULL);
    } else if (x->status == 409) {
        settle(fault, ENVCRYPT_E_CLUSTER_BUSY, EVC_VERDICT_FAIL,
               "another change is under way, or ended less than five minutes ago");
    } else if (!common) {
        settle(fault, x->status == 403 ? ENVCRYPT_E_DENIED : ENVCRYPT_E_REQUEST_REFUSED,
               EVC_VERDICT_FAIL, NULL);
    }
    if (fault->retry_after_ms < 0 && fault->verdict != EVC_VERDICT_FAIL)
        fault->retry_after_ms = retry_after(x);
}
