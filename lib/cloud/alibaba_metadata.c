/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_metadata.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "cloud/alibaba_ask.h"
#include "envcrypt/kms.h"

static const struct state {
    const char *name;
    int32_t state;
    int code; /* 0 = works */
    const char *advice;
} states[] = {
    {"Enabled", ENVCRYPT_KEY_ENABLED, 0, NULL},
    {"Disabled", ENVCRYPT_KEY_DISABLED, ENVCRYPT_E_KEY_DISABLED, "enable it"},
    {"PendingDeletion", ENVCRYPT_KEY_PENDING_DELETION, ENVCRYPT_E_KEY_PENDING_DELETION,
     "cancel the deletion and enable it while there is time"},
    {"PendingImport", ENVCRYPT_KEY_PENDING_IMPORT, ENVCRYPT_E_KEY_PENDING_IMPORT,
     "import its material, which is missing or has expired"},
    {"Unavailable", ENVCRYPT_KEY_UNAVAILABLE, ENVCRYPT_E_KEY_UNAVAILABLE,
     "look at the KMS instance that holds it"},
};

static const struct state *
find_state(const evc_alibaba_metadata *metadata)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i].name, metadata->state) == 0)
            return &states[i];
    }
    return NULL;
}

int64_t
evc_alibaba_time(const evc_json *object, const char *name)
{
    const char *text = NULL;
    int64_t ms;

    if (evc_json_text_opt(object, name, &text, NULL) || !text ||
        evc_clock_parse(evc_view_text(text), &ms, NULL))
        return -1;
    return ms;
}

static int
read_members(evc_alibaba_metadata *out, evc_error **err)
{
    const struct member {
        const char *name;
        const char **text;
    } members[] = {
        {"Arn", &out->arn},      {"KeyId", &out->key_id},   {"KeyState", &out->state},
        {"KeySpec", &out->spec}, {"KeyUsage", &out->usage},
    };
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof(members) / sizeof(members[0]); i++)
        rc = evc_json_text(out->object, members[i].name, members[i].text, err);
    if (!rc)
        rc = evc_json_text_opt(out->object, "PrimaryKeyVersion", &out->version, err);
    if (rc)
        return rc;
    if (!evc_alibaba_arn_parse(evc_view_text(out->arn), &out->parts) ||
        !evc_view_is_text(out->parts.id, out->key_id))
        return evc_err(err, ENVCRYPT_E_JSON,
                       "member \"Arn\" is not the ARN of a key with that \"KeyId\"");
    out->created_ms = evc_alibaba_time(out->object, "CreationDate");
    return 0;
}

int
evc_alibaba_metadata_read(evc_json_doc *doc, evc_alibaba_metadata *out, evc_error **err)
{
    int rc;

    *out = (evc_alibaba_metadata){.created_ms = -1};
    rc = evc_json_object(evc_json_root(doc), "KeyMetadata", &out->object, err);
    if (!rc)
        rc = read_members(out, err);
    if (rc)
        *out = (evc_alibaba_metadata){.created_ms = -1};
    else
        out->doc = doc;
    return rc;
}

void
evc_alibaba_metadata_reset(evc_alibaba_metadata *metadata)
{
    evc_json_free(metadata->doc);
    *metadata = (evc_alibaba_metadata){.created_ms = -1};
}

static const evc_operation_kind describe_key = EVC_ALIBABA_ASKS("DescribeKey");

int
evc_alibaba_describe(evc_peer *peer, const char *key_id, evc_wait *wait,
                     evc_alibaba_metadata *out, evc_error **err)
{
    const evc_alibaba_parameter parameters[] = {{"KeyId", key_id}, {NULL, NULL}};
    evc_alibaba_ask ask = {.parameters = parameters};
    int rc = evc_alibaba_ask_run(peer, &describe_key, key_id, &ask, wait, err);

    *out = (evc_alibaba_metadata){.created_ms = -1};
    if (rc)
        return rc;
    rc = evc_alibaba_metadata_read(ask.doc, out, err);
    if (rc)
        evc_json_free(ask.doc);
    return evc_alibaba_wire_result("DescribeKey", rc, err);
}

int32_t
evc_alibaba_metadata_state(const evc_alibaba_metadata *metadata)
{
    const struct state *found = find_state(metadata);

    return found ? found->state : ENVCRYPT_KEY_UNKNOWN;
}

int
evc_alibaba_metadata_check_kind(const evc_alibaba_metadata *metadata, evc_error **err)
{
    static const char *const symmetric[] = {"Aliyun_AES_256", "Aliyun_AES_128",
                                            "Aliyun_AES_192", "Aliyun_SM4"};
    bool known = false;
    char spec[EVC_SHOWN];
    char usage[EVC_SHOWN];

    for (size_t i = 0; i < sizeof(symmetric) / sizeof(symmetric[0]); i++)
        known = known || strcmp(symmetric[i], metadata->spec) == 0;
    if (known && strcmp(metadata->usage, "ENCRYPT/DECRYPT") == 0)
        return 0;
    evc_encode_shown(evc_view_text(metadata->spec), spec);
    evc_encode_shown(evc_view_text(metadata->usage), usage);
    return evc_err(err, ENVCRYPT_E_KEY_UNSUITABLE,
                   "the key \"%s\" is of the type %s for %s and cannot wrap data keys; "
                   "take one of Aliyun_AES_256 for ENCRYPT/DECRYPT",
                   metadata->arn, spec, usage);
}

int
evc_alibaba_metadata_check_state(const evc_alibaba_metadata *metadata, evc_error **err)
{
    const struct state *found = find_state(metadata);
    char shown[EVC_SHOWN];
    int code = found ? found->code : ENVCRYPT_E_KEY_UNAVAILABLE;

    if (code == 0)
        return 0;
    evc_encode_shown(evc_view_text(metadata->state), shown);
    code = evc_err(err, code, "the key \"%s\" is not enabled, its state is %s; %s",
                   metadata->arn, shown,
                   found ? found->advice : "see what that is in the console");
    if (err)
        evc_err_set_key_state(*err, shown);
    return code;
}
