/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_metadata.h"

#include <string.h>

#include "cloud/aws_wire.h"
#include "cloud/json_reply.h"
#include "envcrypt/kms.h"

/* --- reading --- */

static int
read_texts(evc_aws_metadata *m, evc_error **err)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {
        {"KeyId", &m->key_id},
        {"KeyState", &m->state},
        {"KeySpec", &m->spec},
        {"KeyUsage", &m->usage},
        {"KeyManager", &m->manager},
        {"Origin", &m->origin},
        {"Description", &m->description},
        {"CurrentKeyMaterialId", &m->material},
    };
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++)
        rc = evc_json_text_opt(m->root, texts[i].name, texts[i].to, err);
    if (!rc && !m->spec)
        rc = evc_json_text_opt(m->root, "CustomerMasterKeySpec", &m->spec, err);
    return rc;
}

static int
read_members(evc_aws_metadata *m, evc_error **err)
{
    int rc = evc_json_text(m->root, "Arn", &m->arn, err);

    if (!rc &&
        (!evc_aws_arn_parse(evc_view_text(m->arn), &m->parts) || m->parts.is_alias))
        rc = evc_err(err, ENVCRYPT_E_JSON, "member \"Arn\" is not the ARN of a key");
    if (!rc)
        rc = read_texts(m, err);
    if (!rc)
        rc = evc_json_bool_opt(m->root, "MultiRegion", &m->multi_region, err);
    if (!rc)
        rc = evc_json_seconds_opt(m->root, "CreationDate", &m->created_ms, err);
    if (!rc)
        rc = evc_json_seconds_opt(m->root, "DeletionDate", &m->deletion_ms, err);
    if (!rc)
        rc = evc_json_seconds_opt(m->root, "ValidTo", &m->valid_to_ms, err);
    return rc;
}

int
evc_aws_metadata_read(evc_json_doc *doc, const char *name, evc_aws_metadata *out,
                      evc_error **err)
{
    int rc;

    *out = (evc_aws_metadata){.created_ms = -1, .deletion_ms = -1, .valid_to_ms = -1};
    rc = evc_json_object(evc_json_root(doc), name, &out->root, err);
    if (!rc)
        rc = read_members(out, err);
    if (rc)
        *out = (evc_aws_metadata){.doc = NULL};
    else
        out->doc = doc;
    return rc;
}

void
evc_aws_metadata_reset(evc_aws_metadata *metadata)
{
    evc_json_free(metadata->doc);
    *metadata = (evc_aws_metadata){.doc = NULL};
}

/* --- states --- */

static const struct state {
    const char *text;
    int32_t state;
    int code; /* of operations on data */
    const char *what;
} states[] = {
    {"Enabled", ENVCRYPT_KEY_ENABLED, 0, NULL},
    {"Updating", ENVCRYPT_KEY_ENABLED, 0, NULL},
    {"Disabled", ENVCRYPT_KEY_DISABLED, ENVCRYPT_E_KEY_DISABLED,
     "is disabled; enable it to use it"},
    {"PendingDeletion", ENVCRYPT_KEY_PENDING_DELETION, ENVCRYPT_E_KEY_PENDING_DELETION,
     "waits to be deleted; cancel that while there is time"},
    {"PendingReplicaDeletion", ENVCRYPT_KEY_PENDING_DELETION,
     ENVCRYPT_E_KEY_PENDING_DELETION,
     "waits for its replicas to be deleted, and then will be too; cancel that while "
     "there is time"},
    {"PendingImport", ENVCRYPT_KEY_PENDING_IMPORT, ENVCRYPT_E_KEY_PENDING_IMPORT,
     "has no key material; import it"},
    {"Unavailable", ENVCRYPT_KEY_UNAVAILABLE, ENVCRYPT_E_KEY_UNAVAILABLE,
     "is unavailable; reconnect the custom key store that holds it"},
    {"Creating", ENVCRYPT_KEY_CREATING, ENVCRYPT_E_KEY_NOT_READY,
     "is being made; try again in a minute"},
};

static const struct state *
find_state(const evc_aws_metadata *metadata)
{
    for (size_t i = 0; metadata->state && i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i].text, metadata->state) == 0)
            return &states[i];
    }
    return NULL;
}

int32_t
evc_aws_metadata_state(const evc_aws_metadata *metadata)
{
    const struct state *row = find_state(metadata);

    return row ? row->state : ENVCRYPT_KEY_UNKNOWN;
}

int
evc_aws_metadata_check_kind(const evc_aws_metadata *metadata, evc_error **err)
{
    if (metadata->spec && strcmp(metadata->spec, "SYMMETRIC_DEFAULT") != 0)
        return evc_err(err, ENVCRYPT_E_KEY_UNSUITABLE,
                       "the key %s is not symmetric, so it does not wrap data keys; "
                       "take a key of the spec SYMMETRIC_DEFAULT",
                       metadata->arn);
    if (metadata->usage && strcmp(metadata->usage, "ENCRYPT_DECRYPT") != 0)
        return evc_err(err, ENVCRYPT_E_KEY_UNSUITABLE,
                       "the key %s is not for encryption, so it does not wrap data "
                       "keys; take a key of the usage ENCRYPT_DECRYPT",
                       metadata->arn);
    return 0;
}

int
evc_aws_metadata_check_state(const evc_aws_metadata *metadata, evc_error **err)
{
    const struct state *row = find_state(metadata);
    int rc;

    if (!row || row->code == 0)
        return 0;
    rc = evc_err(err, row->code, "the key %s %s", metadata->arn, row->what);
    if (err)
        evc_err_set_key_state(*err, row->text);
    return rc;
}

/* --- DescribeKey --- */

static int
build_describe(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_aws_describe *describe = op->user;
    evc_jwrite w;
    int rc = evc_aws_wire_begin(x, op->kind->name, &w, err);

    evc_aws_wire_list(&w, "GrantTokens", describe->grant_tokens);
    evc_aws_wire_text(&w, "KeyId", describe->key_id);
    return rc ? rc : evc_aws_wire_end(&w, err);
}

static int
read_describe(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_aws_describe *describe = op->user;
    evc_json_doc *doc = NULL;
    int rc = evc_json_reply_parse(x, &doc, err);

    if (!rc)
        rc = evc_aws_metadata_read(doc, "KeyMetadata", &describe->metadata, err);
    if (rc)
        evc_json_free(doc);
    return evc_aws_wire_result(op->kind->name, rc, err);
}

const evc_operation_kind evc_aws_describe_kind = {
    .name = "DescribeKey",
    .build = build_describe,
    .read = read_describe,
};

int
evc_aws_describe_run(evc_peer *peer, evc_aws_describe *describe, evc_wait *wait,
                     evc_error **err)
{
    evc_operation op;
    int rc;

    describe->metadata = (evc_aws_metadata){.doc = NULL};
    evc_operation_init(&op, &evc_aws_describe_kind, peer, describe);
    op.subject = describe->key_id;
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    return rc;
}
