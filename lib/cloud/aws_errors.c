/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_errors.h"

#include <string.h>

#include "auth/aws.h"
#include "codec/json.h"

/* --- permissions --- */

/* What must be allowed for an operation that was denied. */
#define ALLOW(operation) ALLOW_AS(operation, "kms:" operation)
#define ALLOW_AS(operation, action)                                       \
    {                                                                     \
        "TrentService." operation,                                        \
            "allow " action " to these credentials, by the key's policy " \
            "or by an IAM policy"                                         \
    }
static const struct permission {
    const char *target;
    const char *advice;
} permissions[] = {
    ALLOW("Encrypt"),
    ALLOW_AS("Decrypt", "kms:Decrypt (which is also what is missing when the wrapped "
                        "key is of a key that they cannot see)"),
    ALLOW("GenerateDataKey"),
    ALLOW("GenerateDataKeyWithoutPlaintext"),
    ALLOW_AS("ReEncrypt", "kms:ReEncryptFrom and kms:ReEncryptTo"),
    ALLOW("DescribeKey"),
    ALLOW("ListKeys"),
    ALLOW("ListAliases"),
    ALLOW_AS("CreateKey", "kms:CreateKey (and kms:TagResource for tags)"),
    ALLOW_AS("ReplicateKey", "kms:ReplicateKey there and kms:CreateKey in the other "
                             "Region"),
    ALLOW_AS("CreateAlias", "kms:CreateAlias on the alias and on the key"),
    ALLOW_AS("UpdateAlias", "kms:UpdateAlias on the alias and on both keys"),
    ALLOW("GetKeyPolicy"),
    ALLOW("PutKeyPolicy"),
    ALLOW("CreateGrant"),
    ALLOW("ListGrants"),
    ALLOW("EnableKeyRotation"),
    ALLOW("RotateKeyOnDemand"),
    ALLOW("ListKeyRotations"),
    ALLOW("GetKeyRotationStatus"),
    ALLOW("GetKeyLastUsage"),
    ALLOW("EnableKey"),
    ALLOW("DisableKey"),
    ALLOW("ScheduleKeyDeletion"),
    ALLOW("CancelKeyDeletion"),
};

static const char *
permission_advice(const evc_exchange *x)
{
    const char *target = evc_headers_find(&x->headers, "x-amz-target");

    for (size_t i = 0; target && i < sizeof(permissions) / sizeof(permissions[0]);
         i++) {
        if (strcmp(permissions[i].target, target) == 0)
            return permissions[i].advice;
    }
    return "allow the operation to these credentials, by the key's policy or by an IAM "
           "policy";
}

/* --- key states --- */

#define CANCEL "cancel the deletion and enable the key while there is time"

/* How the messages of two errors end tells the state of the key. */
static const struct tail {
    const char *text;
    int code;
    evc_verdict verdict;
    const char *state;
    const char *advice;
} tails[] = {
    {"pending replica deletion", ENVCRYPT_E_KEY_PENDING_DELETION, EVC_VERDICT_FAIL,
     "PendingReplicaDeletion", CANCEL},
    {"pending deletion", ENVCRYPT_E_KEY_PENDING_DELETION, EVC_VERDICT_FAIL,
     "PendingDeletion", CANCEL},
    {"pending import", ENVCRYPT_E_KEY_PENDING_IMPORT, EVC_VERDICT_FAIL, "PendingImport",
     "import the key material, which is missing or has expired"},
    {"unavailable", ENVCRYPT_E_KEY_UNAVAILABLE, EVC_VERDICT_FAIL, "Unavailable",
     "reconnect the custom key store that holds the key"},
    {"creating", ENVCRYPT_E_KEY_NOT_READY, EVC_VERDICT_AGAIN, "Creating",
     "the replica is being made; try again in a minute"},
    {"updating", ENVCRYPT_E_KEY_NOT_READY, EVC_VERDICT_AGAIN, "Updating",
     "the key is being changed; try again in a minute"},
    {"disabled", ENVCRYPT_E_KEY_DISABLED, EVC_VERDICT_FAIL, "Disabled",
     "enable the key to use it"},
};

/* The message of the service, which nobody is shown; NULL when it sent none. */
static const char *
message_of(const evc_json *root)
{
    const char *text = NULL;

    if (evc_json_text(root, "message", &text, NULL) != 0)
        (void)!evc_json_text(root, "Message", &text, NULL);
    return text;
}

static void
classify_state(const evc_exchange *x, evc_fault *fault)
{
    evc_json_doc *doc = NULL;
    const char *message = NULL;

    if (evc_json_parse(evc_buf_view(&x->reply), "the answer", &doc, NULL) == 0)
        message = message_of(evc_json_root(doc));
    for (size_t i = 0; message && i < sizeof(tails) / sizeof(tails[0]); i++) {
        if (!strstr(message, tails[i].text))
            continue;
        fault->code = tails[i].code;
        fault->verdict = tails[i].verdict;
        fault->key_state = tails[i].state;
        fault->advice = tails[i].advice;
        break;
    }
    evc_json_free(doc);
}

/* --- names --- */

static const struct name {
    const char *name;
    int code;
    evc_verdict verdict;
    const char *advice;
} names[] = {
    {"KMSInternalException", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {"DependencyTimeoutException", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN, NULL},
    {"KeyUnavailableException", ENVCRYPT_E_KEY_UNAVAILABLE, EVC_VERDICT_AGAIN, NULL},
    {"InvalidGrantTokenException", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL,
     "give grant tokens that CreateGrant returned, or none"},
    {"DisabledException", ENVCRYPT_E_KEY_DISABLED, EVC_VERDICT_FAIL,
     "enable the key to use it"},
    {"KMSInvalidStateException", ENVCRYPT_E_KEY_UNAVAILABLE, EVC_VERDICT_FAIL,
     "describe the key to see its state"},
    {"NotFoundException", ENVCRYPT_E_KEY_NOT_FOUND, EVC_VERDICT_FAIL,
     "check the key, its account and its Region"},
    {"CustomKeyStoreNotFoundException", ENVCRYPT_E_KEY_UNAVAILABLE, EVC_VERDICT_FAIL,
     "the custom key store of the key does not exist"},
    {"CustomKeyStoreInvalidStateException", ENVCRYPT_E_KEY_UNAVAILABLE,
     EVC_VERDICT_FAIL, "reconnect the custom key store that holds the key"},
    {"IncorrectKeyException", ENVCRYPT_E_KEY_MISMATCH, EVC_VERDICT_FAIL,
     "the wrapped key was made under another key than the one that it names"},
    {"IncorrectKeyMaterialException", ENVCRYPT_E_KEY_MISMATCH, EVC_VERDICT_FAIL, NULL},
    {"InvalidCiphertextException", ENVCRYPT_E_CONTEXT, EVC_VERDICT_FAIL,
     "the wrapped key was changed, or the encryption context is another one"},
    {"InvalidKeyUsageException", ENVCRYPT_E_KEY_UNSUITABLE, EVC_VERDICT_FAIL,
     "take a symmetric key (SYMMETRIC_DEFAULT) for ENCRYPT_DECRYPT"},
    {"InvalidArnException", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     "check the ARN"},
    {"InvalidAliasNameException", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     "an alias is alias/ and a-z A-Z 0-9 / _ -; alias/aws/ is reserved"},
    {"MalformedPolicyDocumentException", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     "a principal of the policy does not exist, or nobody could change the policy any "
     "more"},
    {"UnsupportedOperationException", ENVCRYPT_E_UNSUPPORTED, EVC_VERDICT_FAIL,
     "this kind of key cannot do that"},
    {"LimitExceededException", ENVCRYPT_E_SERVICE_QUOTA, EVC_VERDICT_FAIL, NULL},
    {"AlreadyExistsException", ENVCRYPT_E_SERVICE_CONFLICT, EVC_VERDICT_FAIL, NULL},
    {"ConflictException", ENVCRYPT_E_SERVICE_CONFLICT, EVC_VERDICT_FAIL, NULL},
    {"InvalidGrantIdException", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL},
    {"InvalidMarkerException", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL},
    {"TagException", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL, NULL},
    {EVC_AWS_DRY_RUN, ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL,
     "it was a dry run, and would have worked"},
};

static const struct name *
find_name(const char *code)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i].name, code) == 0)
            return &names[i];
    }
    return NULL;
}

void
evc_aws_kms_classify(const evc_exchange *x, evc_fault *fault)
{
    bool common = evc_aws_classify_common(x, fault);
    const struct name *row = find_name(fault->provider_code);

    if (row) {
        fault->code = row->code;
        fault->verdict = row->verdict;
        fault->advice = row->advice;
        if (strcmp(row->name, "DisabledException") == 0)
            fault->key_state = "Disabled";
        if (strcmp(row->name, "DisabledException") == 0 ||
            strcmp(row->name, "KMSInvalidStateException") == 0)
            classify_state(x, fault);
    } else if (!common) {
        bool down = x->status >= 500;

        fault->code = down ? ENVCRYPT_E_SERVICE_DOWN : ENVCRYPT_E_REQUEST_REFUSED;
        fault->verdict = down ? EVC_VERDICT_AGAIN : EVC_VERDICT_FAIL;
    }
    if (fault->code == ENVCRYPT_E_DENIED && !fault->advice)
        fault->advice = permission_advice(x);
}
