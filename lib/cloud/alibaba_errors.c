/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_errors.h"

#include <string.h>

#include "auth/alibaba.h"
#include "cloud/alibaba_wire.h"

/* --- permissions, by action --- */

#define ALLOW(action)                                                               \
    {                                                                               \
        action,                                                                     \
            "allow kms:" action " on the key to these credentials, by a RAM policy" \
    }
#define ALLOW_ALL(action)                                                    \
    {                                                                        \
        action, "allow kms:" action " to these credentials, by a RAM policy" \
    }

static const struct permission {
    const char *action;
    const char *advice;
} permissions[] = {
    ALLOW("Encrypt"),
    ALLOW("Decrypt"),
    ALLOW("GenerateDataKey"),
    ALLOW("GenerateDataKeyWithoutPlaintext"),
    {"ReEncrypt", "allow kms:ReEncryptFrom and kms:ReEncryptTo on the key to these "
                  "credentials, by a RAM policy"},
    ALLOW("DescribeKey"),
    ALLOW("ListKeyVersions"),
    ALLOW("UpdateRotationPolicy"),
    ALLOW("SetDeletionProtection"),
    ALLOW("CreateAlias"),
    ALLOW("UpdateAlias"),
    ALLOW("ListAliasesByKeyId"),
    ALLOW("EnableKey"),
    ALLOW("DisableKey"),
    ALLOW("ScheduleKeyDeletion"),
    ALLOW("CancelKeyDeletion"),
    ALLOW_ALL("CreateKey"),
    ALLOW_ALL("ListKeys"),
    ALLOW_ALL("ListAliases"),
    ALLOW_ALL("DescribeAccountKmsStatus"),
};

static const char *
permission_advice(const evc_exchange *x)
{
    evc_view action = evc_alibaba_wire_action(x);

    for (size_t i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++) {
        if (evc_view_is_text(action, permissions[i].action))
            return permissions[i].advice;
    }
    return "allow the action to these credentials, by a RAM policy";
}

/* --- codes --- */

#define NO_KEY "check the key's id or ARN, its account and its Region"
#define WRONG_GATEWAY                                                             \
    "a key of a KMS instance is used through the instance's own gateway (option " \
    "instance), or the instance must permit public access; keys that are not "    \
    "symmetric cannot do it at all"

/* Those of KMS alone. A name that ends with a dot begins codes. */
static const struct row {
    const char *name;
    int code;
    evc_verdict verdict;
    const char *state;
    const char *advice;
} rows[] = {
    {"Forbidden.KeyNotFound", ENVCRYPT_E_KEY_NOT_FOUND, EVC_VERDICT_FAIL, NULL, NO_KEY},
    {"Forbidden.AliasNotFound", ENVCRYPT_E_KEY_NOT_FOUND, EVC_VERDICT_FAIL, NULL,
     "check the alias, its account and its Region"},
    {"Forbidden.KeyVersionNotFound", ENVCRYPT_E_KEY_NOT_FOUND, EVC_VERDICT_FAIL, NULL,
     "the key has no such version"},
    {"Rejected.Disabled", ENVCRYPT_E_KEY_DISABLED, EVC_VERDICT_FAIL, "Disabled",
     "enable the key to use it"},
    {"Rejected.PendingDeletion", ENVCRYPT_E_KEY_PENDING_DELETION, EVC_VERDICT_FAIL,
     "PendingDeletion", "cancel the deletion and enable the key while there is time"},
    {"Rejected.PendingImport", ENVCRYPT_E_KEY_PENDING_IMPORT, EVC_VERDICT_FAIL,
     "PendingImport", "import the key material, which is missing or has expired"},
    {"Rejected.Unavailable", ENVCRYPT_E_KEY_UNAVAILABLE, EVC_VERDICT_FAIL,
     "Unavailable", "look at the KMS instance that holds the key"},
    {"Rejected.StateModifiedFailed", ENVCRYPT_E_SERVICE_CONFLICT, EVC_VERDICT_FAIL,
     NULL, "the key's state does not permit that change; describe the key"},
    {"Rejected.AlreadyExist", ENVCRYPT_E_SERVICE_CONFLICT, EVC_VERDICT_FAIL, NULL,
     NULL},
    {"Rejected.DeletionProtection", ENVCRYPT_E_SERVICE_CONFLICT, EVC_VERDICT_FAIL, NULL,
     "the key is protected from deletion; see who still needs it before that is taken "
     "away"},
    {"Rejected.LimitExceeded", ENVCRYPT_E_SERVICE_QUOTA, EVC_VERDICT_FAIL, NULL, NULL},
    {"InvalidParameter", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL, NULL},
    {"MissingParameter", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL, NULL},
    {"ValidationError", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL, NULL},
    {"ParseRequestParameterException", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     NULL, NULL},
    {"UnsupportedOperation", ENVCRYPT_E_UNSUPPORTED, EVC_VERDICT_FAIL, NULL,
     WRONG_GATEWAY},
    {"Unsupported.", ENVCRYPT_E_UNSUPPORTED, EVC_VERDICT_FAIL, NULL, WRONG_GATEWAY},
    {"DryRunOperationError", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL,
     "it was a dry run, and would have worked"},
};

static const struct row *
find_row(const char *code)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = strlen(rows[i].name);

        if (strcmp(rows[i].name, code) == 0 ||
            (rows[i].name[size - 1] == '.' && strncmp(rows[i].name, code, size) == 0))
            return &rows[i];
    }
    return NULL;
}

/*
 * What the service says of a ciphertext that it does not open is not documented; that a
 * parameter is not valid is most likely (kms-apis 3.6), and no other parameter of these
 * requests can be wrong.
 */
static bool
is_about_ciphertext(const evc_exchange *x, const evc_fault *fault)
{
    return evc_view_starts_with(evc_buf_view(&x->body), "CiphertextBlob=") &&
           strncmp(fault->provider_code, "Invalid", strlen("Invalid")) == 0 &&
           fault->code == ENVCRYPT_E_REQUEST_REFUSED;
}

void
evc_alibaba_kms_classify(const evc_exchange *x, evc_fault *fault)
{
    bool common = evc_alibaba_classify_common(x, fault);
    const struct row *row = find_row(fault->provider_code);

    if (row) {
        fault->code = row->code;
        fault->verdict = row->verdict;
        fault->key_state = row->state;
        fault->advice = row->advice;
    } else if (!common) {
        fault->verdict = EVC_VERDICT_FAIL;
        fault->code = x->status == 403 ? ENVCRYPT_E_DENIED : ENVCRYPT_E_REQUEST_REFUSED;
    }
    if (is_about_ciphertext(x, fault)) {
        fault->code = ENVCRYPT_E_CONTEXT;
        fault->advice = "the wrapped key was changed, or the encryption context is "
                        "another one";
    }
    if (fault->code == ENVCRYPT_E_DENIED && !fault->advice)
        fault->advice = permission_advice(x);
}
