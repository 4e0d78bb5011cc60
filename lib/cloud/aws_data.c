/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_data.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cloud/aws_wire.h"
#include "cloud/json_reply.h"

/* --- requests --- */

static const evc_aws_key *
key_of(const evc_call *call)
{
    return call->kms->state;
}

/* A member with the ARN of the key that the call is about. */
static int
put_key(const evc_call *call, const char *name, evc_jwrite *w, evc_error **err)
{
    char arn[EVC_AWS_ARN_MAX + 1];
    evc_buf b;
    int rc;

    evc_buf_init_fixed(&b, arn, sizeof(arn));
    evc_aws_key_target(key_of(call), call->edk.info.size ? &call->edk : NULL, &b);
    rc = evc_buf_check(&b, err);
    if (!rc)
        evc_aws_wire_text(w, name, arn);
    return rc;
}

static void
put_bytes(evc_jwrite *w, const char *name, evc_view bytes)
{
    evc_jwrite_name(w, name);
    evc_jwrite_base64(w, bytes);
}

static int
build_encrypt(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = op->user;
    evc_jwrite w;
    int rc = evc_aws_wire_begin(x, op->kind->name, &w, err);

    if (!rc)
        rc = evc_aws_wire_context(&w, "EncryptionContext", call->context, err);
    evc_aws_wire_list(&w, "GrantTokens", key_of(call)->grant_tokens);
    if (!rc)
        rc = put_key(call, "KeyId", &w, err);
    put_bytes(&w, "Plaintext", call->input);
    return rc ? rc : evc_aws_wire_end(&w, err);
}

static int
build_decrypt(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = op->user;
    evc_jwrite w;
    int rc = evc_aws_wire_begin(x, op->kind->name, &w, err);

    put_bytes(&w, "CiphertextBlob", call->edk.ciphertext);
    if (!rc)
        rc = evc_aws_wire_context(&w, "EncryptionContext", call->context, err);
    evc_aws_wire_list(&w, "GrantTokens", key_of(call)->grant_tokens);
    if (!rc)
        rc = put_key(call, "KeyId", &w, err);
    return rc ? rc : evc_aws_wire_end(&w, err);
}

static int
build_generate(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = op->user;
    evc_jwrite w;
    int rc = evc_aws_wire_begin(x, op->kind->name, &w, err);

    if (!rc)
        rc = evc_aws_wire_context(&w, "EncryptionContext", call->context, err);
    evc_aws_wire_list(&w, "GrantTokens", key_of(call)->grant_tokens);
    if (!rc)
        rc = put_key(call, "KeyId", &w, err);
    evc_jwrite_name(&w, "NumberOfBytes");
    evc_jwrite_integer(&w, call->key_size ? (int64_t)call->key_size : 32);
    return rc ? rc : evc_aws_wire_end(&w, err);
}

static int
build_reencrypt(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = op->user;
    evc_jwrite w;
    int rc = evc_aws_wire_begin(x, op->kind->name, &w, err);

    put_bytes(&w, "CiphertextBlob", call->edk.ciphertext);
    if (!rc)
        rc = evc_aws_wire_context(&w, "DestinationEncryptionContext", call->context,
                                  err);
    if (!rc)
        rc = put_key(call, "DestinationKeyId", &w, err);
    evc_aws_wire_list(&w, "GrantTokens", key_of(call)->grant_tokens);
    if (!rc)
        rc = evc_aws_wire_context(&w, "SourceEncryptionContext", call->context, err);
    if (!rc)
        rc = put_key(call, "SourceKeyId", &w, err);
    return rc ? rc : evc_aws_wire_end(&w, err);
}

static int
build_rotate(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_jwrite w;
    int rc = evc_aws_wire_begin(x, op->kind->name, &w, err);

    if (!rc)
        rc = put_key(op->user, "KeyId", &w, err);
    return rc ? rc : evc_aws_wire_end(&w, err);
}

/* --- replies --- */

/* The service worked with the key that it was asked to. */
static int
check_key(const evc_call *call, const evc_json *root, const char *name, evc_error **err)
{
    char arn[EVC_AWS_ARN_MAX + 1];
    char shown[EVC_SHOWN];
    const char *used = NULL;
    evc_buf b;
    int rc = evc_json_text(root, name, &used, err);

    if (rc)
        return rc;
    evc_buf_init_fixed(&b, arn, sizeof(arn));
    evc_aws_key_target(key_of(call), call->edk.info.size ? &call->edk : NULL, &b);
    rc = evc_buf_check(&b, err);
    if (rc || strcmp(used, arn) == 0)
        return rc;
    evc_encode_shown(evc_view_text(used), shown);
    return evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                   "AWS KMS used the key \"%s\" where \"%s\" was expected; its answer "
                   "was not used",
                   shown, arn);
}

/* What is named is the algorithm of symmetric keys, or nothing. */
static int
check_algorithm(const evc_json *root, const char *name, evc_error **err)
{
    const char *algorithm = NULL;
    int rc = evc_json_text_opt(root, name, &algorithm, err);

    if (rc || !algorithm || strcmp(algorithm, "SYMMETRIC_DEFAULT") == 0)
        return rc;
    return evc_err(err, ENVCRYPT_E_KEY_UNSUITABLE,
                   "AWS KMS worked by another algorithm than SYMMETRIC_DEFAULT; take a "
                   "symmetric key");
}

/* *out: the material that the reply names, or NULL; other texts are left aside, since
 * nothing hangs on it. */
static int
read_material(const evc_json *root, const char *name, const char **out, evc_error **err)
{
    *out = NULL;
    if (evc_json_text_opt(root, name, out, err) != 0)
        return ENVCRYPT_E_JSON;
    if (*out && !evc_aws_key_is_material(*out))
        *out = NULL;
    return 0;
}

/* Appends the member's bytes. */
static int
read_blob(const evc_json *root, const char *name, evc_buf *out, evc_error **err)
{
    size_t begin = out->size;
    size_t size = 0;
    uint8_t *room = evc_buf_room(out, EVC_AWS_BLOB_MAX);
    int rc;

    if (!room)
        return evc_buf_check(out, err);
    rc = evc_json_base64(root, name, room, EVC_AWS_BLOB_MAX, &size, err);
    if (!rc && size == 0)
        rc = evc_err(err, ENVCRYPT_E_JSON, "member \"%s\" is empty", name);
    evc_buf_truncate(out, begin + size);
    return rc;
}

/* The EDK of a call: info is the ARN that the key was asked under. */
static int
read_wrapped(evc_call *call, const evc_json *root, evc_error **err)
{
    int rc = read_blob(root, "CiphertextBlob", &call->wrapped.ciphertext, err);

    if (rc)
        return rc;
    evc_buf_put_text(&call->wrapped.provider, EVC_AWS_PROVIDER);
    evc_buf_put_text(&call->wrapped.info, key_of(call)->arn);
    return evc_edk_out_check(&call->wrapped, err);
}

static int
set_version(evc_call *call, const char *material, evc_error **err)
{
    evc_buf_clear(&call->version);
    if (material)
        evc_buf_put_text(&call->version, material);
    return evc_buf_check(&call->version, err);
}

static int
read_encrypt(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_call *call = op->user;
    evc_json_doc *doc = NULL;
    int rc = evc_json_reply_parse(x, &doc, err);

    if (!rc)
        rc = check_key(call, evc_json_root(doc), "KeyId", err);
    if (!rc)
        rc = check_algorithm(evc_json_root(doc), "EncryptionAlgorithm", err);
    if (!rc)
        rc = read_wrapped(call, evc_json_root(doc), err);
    evc_json_free(doc);
    return evc_aws_wire_result(op->kind->name, rc, err);
}

static int
read_decrypted(evc_call *call, const evc_json *root, evc_error **err)
{
    const char *material;
    int rc = check_key(call, root, "KeyId", err);

    if (!rc)
        rc = check_algorithm(root, "EncryptionAlgorithm", err);
    if (!rc)
        rc = read_material(root, "KeyMaterialId", &material, err);
    if (rc || !material)
        return rc;
    call->stale = evc_aws_key_is_retired(call->kms->state, material);
    return set_version(call, material, err);
}

static int
read_generated(evc_call *call, const evc_json *root, evc_error **err)
{
    const char *material;
    int rc = check_key(call, root, "KeyId", err);

    if (!rc)
        rc = read_wrapped(call, root, err);
    if (!rc)
        rc = read_material(root, "KeyMaterialId", &material, err);
    return rc ? rc : set_version(call, material, err);
}

static int
read_with_key(evc_operation *op, evc_exchange *x, evc_json_reply_fn read,
              evc_error **err)
{
    evc_call *call = op->user;
    int rc = evc_json_reply_read(x, key_of(call)->arena, call, read, err);

    return evc_aws_wire_result(op->kind->name, rc, err);
}

static int
read_decrypt(evc_operation *op, evc_exchange *x, evc_error **err)
{
    return read_with_key(op, x, read_decrypted, err);
}

static int
read_generate(evc_operation *op, evc_exchange *x, evc_error **err)
{
    return read_with_key(op, x, read_generated, err);
}

static int
read_rewrapped(evc_call *call, const evc_json *root, evc_error **err)
{
    const char *material = NULL;
    int rc = check_key(call, root, "SourceKeyId", err);

    if (!rc)
        rc = check_key(call, root, "KeyId", err);
    if (!rc)
        rc = check_algorithm(root, "DestinationEncryptionAlgorithm", err);
    if (!rc)
        rc = read_wrapped(call, root, err);
    if (!rc)
        rc = read_material(root, "DestinationKeyMaterialId", &material, err);
    return rc ? rc : set_version(call, material, err);
}

static int
read_reencrypt(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_call *call = op->user;
    evc_json_doc *doc = NULL;
    int rc = evc_json_reply_parse(x, &doc, err);

    if (!rc)
        rc = read_rewrapped(call, evc_json_root(doc), err);
    evc_json_free(doc);
    return evc_aws_wire_result(op->kind->name, rc, err);
}

static int
read_rotate(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_json_doc *doc = NULL;
    const char *used = NULL;
    int rc = evc_json_reply_parse(x, &doc, err);

    /* The service answers with the ARN or the bare id; what it did cannot be undone, so
     * only another ARN is worth an error. */
    if (!rc)
        rc = evc_json_text(evc_json_root(doc), "KeyId", &used, err);
    if (!rc && evc_view_starts_with(evc_view_text(used), "arn:"))
        rc = check_key(op->user, evc_json_root(doc), "KeyId", err);
    evc_json_free(doc);
    return evc_aws_wire_result(op->kind->name, rc, err);
}

/* --- the kinds --- */

/* What goes out with a wrap is a data key: HTTP/2 would leave copies of it in memory. */
static const evc_operation_kind encrypt = {
    .name = "Encrypt",
    .build = build_encrypt,
    .read = read_encrypt,
    .secret = true,
};

static const evc_operation_kind decrypt = {
    .name = "Decrypt",
    .build = build_decrypt,
    .read = read_decrypt,
    .secret = true,
};

static const evc_operation_kind generate = {
    .name = "GenerateDataKey",
    .build = build_generate,
    .read = read_generate,
    .secret = true,
};

static const evc_operation_kind reencrypt = {
    .name = "ReEncrypt",
    .build = build_reencrypt,
    .read = read_reencrypt,
    .cap = EVC_REPLY_KEY_MAX,
};

static const evc_operation_kind rotate = {
    .name = "RotateKeyOnDemand",
    .build = build_rotate,
    .read = read_rotate,
    .once = true,
};

const evc_operation_kind *
evc_aws_data_kind(const evc_call *call)
{
    switch (call->operation) {
    case ENVCRYPT_OP_WRAP:
        return &encrypt;
    case ENVCRYPT_OP_UNWRAP:
        return &decrypt;
    case ENVCRYPT_OP_GENERATE:
        return &generate;
    case ENVCRYPT_OP_REWRAP:
        return &reencrypt;
    case ENVCRYPT_OP_ROTATE:
        return &rotate;
    default:
        return NULL;
    }
}

/* --- operations that are not calls --- */

static int
build_blind(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_aws_blind *blind = op->user;
    evc_jwrite w;
    int rc = evc_aws_wire_begin(x, op->kind->name, &w, err);

    if (!rc)
        rc = evc_aws_wire_context(&w, "EncryptionContext", blind->context, err);
    evc_aws_wire_list(&w, "GrantTokens", blind->grant_tokens);
    evc_aws_wire_text(&w, "KeyId", blind->key_id);
    evc_jwrite_name(&w, "NumberOfBytes");
    evc_jwrite_integer(&w, (int64_t)blind->size);
    return rc ? rc : evc_aws_wire_end(&w, err);
}

static int
read_blind(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_aws_blind *blind = op->user;
    evc_json_doc *doc = NULL;
    const char *material = NULL;
    const char *used = NULL;
    int rc = evc_json_reply_parse(x, &doc, err);

    if (!rc)
        rc = evc_json_text(evc_json_root(doc), "KeyId", &used, err);
    if (!rc && strcmp(used, blind->key_id) != 0)
        rc = evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                     "AWS KMS used another key than \"%s\"; its answer was not used",
                     blind->key_id);
    if (!rc)
        rc = read_material(evc_json_root(doc), "KeyMaterialId", &material, err);
    if (!rc)
        rc = read_blob(evc_json_root(doc), "CiphertextBlob", &blind->ciphertext, err);
    if (!rc && material)
        memcpy(blind->material, material, EVC_AWS_MATERIAL);
    evc_json_free(doc);
    return evc_aws_wire_result(op->kind->name, rc, err);
}

const evc_operation_kind evc_aws_blind_kind = {
    .name = "GenerateDataKeyWithoutPlaintext",
    .build = build_blind,
    .read = read_blind,
    .cap = EVC_REPLY_KEY_MAX,
};

static int
build_dry_run(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_aws_key *key = op->user;
    evc_jwrite w;
    int rc = evc_aws_wire_begin(x, "Encrypt", &w, err);

    evc_jwrite_name(&w, "DryRun");
    evc_jwrite_bool(&w, true);
    evc_aws_wire_list(&w, "GrantTokens", key->grant_tokens);
    evc_aws_wire_text(&w, "KeyId", key->arn);
    put_bytes(&w, "Plaintext", evc_view_text("dry run"));
    return rc ? rc : evc_aws_wire_end(&w, err);
}

static int
read_dry_run(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_json_doc *doc = NULL;
    const char *used = NULL;
    int rc = evc_json_reply_parse(x, &doc, err);

    if (!rc)
        rc = evc_json_text(evc_json_root(doc), "KeyId", &used, err);
    evc_json_free(doc);
    return evc_aws_wire_result(op->kind->name, rc, err);
}

const evc_operation_kind evc_aws_dry_run_kind = {
    .name = "Encrypt",
    .build = build_dry_run,
    .read = read_dry_run,
    .cap = EVC_REPLY_KEY_MAX,
};
