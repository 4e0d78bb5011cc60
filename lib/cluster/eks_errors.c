/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_errors.h"

#include <string.h>

#include "auth/aws.h"
#include "auth/json_value.h"

/* The first that fits. text: a part of the message, NULL = whatever it says. */
static const struct row {
    const char *type;
    const char *text;
    int code;
    evc_verdict verdict;
    const char *advice;
} rows[] = {
    {"ResourceNotFoundException", NULL, ENVCRYPT_E_CLUSTER_NOT_FOUND, EVC_VERDICT_FAIL,
     NULL},
    {"ResourceInUseException", "already exists", ENVCRYPT_E_SERVICE_CONFLICT,
     EVC_VERDICT_FAIL, "a cluster of this name exists; choose another name"},
    {"ResourceInUseException", NULL, ENVCRYPT_E_CLUSTER_BUSY, EVC_VERDICT_FAIL,
     "wait until the change that is under way is over"},
    {"InvalidParameterException", "already enabled", ENVCRYPT_E_SERVICE_CONFLICT,
     EVC_VERDICT_FAIL, "encryption is on already"},
    {"InvalidParameterException", "currently has update", ENVCRYPT_E_CLUSTER_BUSY,
     EVC_VERDICT_FAIL, "wait until the change that is under way is over"},
    {"InvalidRequestException", "currently has update", ENVCRYPT_E_CLUSTER_BUSY,
     EVC_VERDICT_FAIL, "wait until the change that is under way is over"},
    {"InvalidRequestException", "kms:CreateGrant", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL,
     "allow kms:CreateGrant on the key to these credentials, by the key's policy or by "
     "an IAM policy, for a key of another account by both; keys that AWS manages never "
     "allow it"},
    {"InvalidParameterException", "owned by caller", ENVCRYPT_E_REQUEST_REFUSED,
     EVC_VERDICT_FAIL, "EKS wants a key of the account of these credentials here"},
    {"InvalidParameterException", NULL, ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     NULL},
    {"InvalidRequestException", NULL, ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     "see that the cluster is ACTIVE and the key is enabled"},
    {"ClientException", NULL, ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     "see that these credentials may use EKS in this Region"},
    {"UnsupportedAvailabilityZoneException", NULL, ENVCRYPT_E_REQUEST_REFUSED,
     EVC_VERDICT_FAIL,
     "a zone of the subnets has no room for a cluster; name "
     "subnets of other zones"},
    {"ResourceLimitExceededException", NULL, ENVCRYPT_E_SERVICE_QUOTA, EVC_VERDICT_FAIL,
     NULL},
    {"ServerException", NULL, ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {"LimitExceededException", NULL, ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED, NULL},
};

/* What must be allowed, by method and path. */
static const struct permission {
    const char *method;
    const char *end; /* of the path */
    const char *advice;
} permissions[] = {
    {"POST", "/associate",
     "allow eks:AssociateEncryptionConfig on the cluster to these "
     "credentials by an IAM policy"},
    {"POST", "/clusters",
     "allow eks:CreateCluster, and iam:PassRole on the role of the "
     "cluster, to these credentials by an IAM policy"},
    {"GET", "/clusters",
     "allow eks:ListClusters to these credentials by an IAM policy"},
    {"GET", "/updates",
     "allow eks:ListUpdates on the cluster to these credentials by an IAM policy"},
    {"GET", "",
     "allow eks:DescribeCluster and eks:DescribeUpdate on the cluster to these "
     "credentials by an IAM policy"},
};

static bool
holds(evc_view text, const char *part)
{
    size_t size = strlen(part);

    for (size_t at = 0; at + size <= text.size; at++) {
        if (memcmp(&text.data[at], part, size) == 0)
            return true;
    }
    return false;
}

static bool
ends_with(evc_view text, const char *end)
{
    size_t size = strlen(end);

    return text.size >= size && memcmp(&text.data[text.size - size], end, size) == 0;
}

static const char *
permission_of(const evc_exchange *x)
{
    for (size_t i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++) {
        const struct permission *p = &permissions[i];

        if (x->method && strcmp(x->method, p->method) == 0 &&
            (!p->end[0] || ends_with(evc_buf_view(&x->path), p->end)))
            return p->advice;
    }
    return NULL;
}

void
evc_eks_classify(const evc_exchange *x, evc_fault *fault)
{
    evc_view body = evc_buf_view(&x->reply);
    evc_view text;

    if (evc_aws_classify_common(x, fault)) {
        if (fault->code == ENVCRYPT_E_DENIED)
            fault->advice = permission_of(x);
        return;
    }
    text = evc_json_value_text(body, "message");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];

        if (strcmp(row->type, fault->provider_code) != 0 ||
            (row->text && !holds(text, row->text)))
            continue;
        fault->code = row->code;
        fault->verdict = row->verdict;
        fault->advice = row->advice;
        return;
    }
    evc_aws_classify_any(x, fault);
}
