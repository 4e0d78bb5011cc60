/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_data.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cloud/alibaba_wire.h"
#include "cloud/context_form.h"
#include "cloud/json_reply.h"
#include "codec/jwrite.h"

static evc_alibaba_key *
key_of(const evc_call *call)
{
    return call->kms->state;
}

static int64_t
now_ms(const evc_call *call)
{
    return evc_clock_wall_ms(&evc_crypto_env(call->kms->crypto)->clock);
}

/* --- the encryption context --- */

static void
put_hash(const char *hash, evc_buf *out)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "envcrypt-context");
    evc_jwrite_text(&w, hash);
    evc_jwrite_end(&w);
    if (evc_jwrite_finish(&w, NULL) != 0)
        out->failed = true;
}

static int
refuse_form(evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_UNWRAP,
                   "the wrapped key binds the encryption context in another form than "
                   "this context can have; the context is another one, or bytes were "
                   "changed");
}

int
evc_alibaba_put_context(evc_crypto *crypto, evc_buf *form, const char *name,
                        const evc_kv *context, evc_context_form how, evc_error **err)
{
    bool empty = !context || context->count == 0;
    char hash[EVC_CONTEXT_HASH_TEXT];
    evc_buf json;
    int rc = 0;

    if (empty != (how == EVC_FORM_NONE))
        return refuse_form(err);
    if (empty)
        return 0;
    evc_buf_init(&json);
    if (how == EVC_FORM_HASH) {
        rc = evc_context_hash(crypto, context, hash, err);
        if (!rc)
            put_hash(hash, &json);
    } else if (!evc_context_json(context, EVC_ALIBABA_CONTEXT_MAX, &json) &&
               !json.failed) {
        rc = refuse_form(err);
    }
    if (!rc)
        rc = evc_buf_check(&json, err);
    if (!rc)
        evc_form_add(form, name, evc_buf_view(&json));
    evc_buf_reset(&json);
    return rc;
}

/*
 * The form to wrap under. It is found twice, for the request and for the EDK that names
 * it: so want of memory must not look like a context that is too long.
 */
static int
choose_form(const evc_call *call, evc_context_form *out, evc_error **err)
{
    evc_buf json;
    bool fits;
    int rc;

    *out = EVC_FORM_NONE;
    if (!call->context || call->context->count == 0)
        return 0;
    evc_buf_init(&json);
    fits = evc_context_json(call->context, EVC_ALIBABA_CONTEXT_MAX, &json);
    rc = evc_buf_check(&json, err);
    evc_buf_reset(&json);
    *out = fits ? EVC_FORM_MAP : EVC_FORM_HASH;
    return rc;
}

/* --- requests --- */

static int
put_context(const evc_call *call, evc_exchange *x, const char *name,
            evc_context_form how, evc_error **err)
{
    return evc_alibaba_put_context(call->kms->crypto, &x->body, name, call->context,
                                   how, err);
}

static int
put_new_context(const evc_call *call, evc_exchange *x, const char *name,
                evc_error **err)
{
    evc_context_form how;
    int rc = choose_form(call, &how, err);

    return rc ? rc : put_context(call, x, name, how, err);
}

static int
build_encrypt(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = op->user;
    evc_buf text;
    int rc = evc_alibaba_wire_begin(x, op->kind->name, err);

    evc_buf_init(&text);
    evc_encode_base64(&text, call->input);
    if (!rc)
        rc = evc_buf_check(&text, err);
    evc_form_add(&x->body, "KeyId", evc_view_text(key_of(call)->arn));
    evc_form_add(&x->body, "Plaintext", evc_buf_view(&text));
    evc_buf_reset(&text);
    if (!rc)
        rc = put_new_context(call, x, "EncryptionContext", err);
    return rc ? rc : evc_alibaba_wire_end(x, err);
}

static int
build_generate(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = op->user;
    char size[8];
    evc_buf b;
    int rc = evc_alibaba_wire_begin(x, op->kind->name, err);

    evc_buf_init_fixed(&b, size, sizeof(size));
    evc_buf_put_format(&b, "%zu", call->key_size ? call->key_size : 32);
    if (!rc)
        rc = evc_buf_check(&b, err);
    evc_form_add(&x->body, "KeyId", evc_view_text(key_of(call)->arn));
    evc_form_add(&x->body, "NumberOfBytes", evc_buf_view(&b));
    if (!rc)
        rc = put_new_context(call, x, "EncryptionContext", err);
    return rc ? rc : evc_alibaba_wire_end(x, err);
}

/* The text of a service of ours: printable, without blanks. */
static bool
is_blob(evc_view text)
{
    if (text.size == 0 || text.size > EVC_ALIBABA_BLOB_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    }
    return true;
}

/* The ciphertext stands first: alibaba_errors.c looks for it there. */
static int
put_edk(const evc_call *call, evc_exchange *x, evc_edk_service *info, evc_error **err)
{
    if (!evc_alibaba_key_claims(key_of(call), &call->edk, info) ||
        !is_blob(call->edk.ciphertext))
        return evc_err(err, ENVCRYPT_E_UNWRAP,
                       "this wrapped key is none that Alibaba Cloud KMS made under "
                       "\"%s\"",
                       key_of(call)->arn);
    evc_form_add(&x->body, "CiphertextBlob", call->edk.ciphertext);
    return 0;
}

static int
build_decrypt(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = op->user;
    evc_edk_service info = {.form = EVC_FORM_NONE};
    int rc = evc_alibaba_wire_begin(x, op->kind->name, err);

    if (!rc)
        rc = put_edk(call, x, &info, err);
    if (!rc)
        rc = put_context(call, x, "EncryptionContext", info.form, err);
    return rc ? rc : evc_alibaba_wire_end(x, err);
}

static int
build_reencrypt(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = op->user;
    evc_edk_service info = {.form = EVC_FORM_NONE};
    int rc = evc_alibaba_wire_begin(x, op->kind->name, err);

    if (!rc)
        rc = put_edk(call, x, &info, err);
    evc_form_add(&x->body, "DestinationKeyId", evc_view_text(key_of(call)->arn));
    if (!rc)
        rc = put_context(call, x, "SourceEncryptionContext", info.form, err);
    if (!rc)
        rc = put_new_context(call, x, "DestinationEncryptionContext", err);
    return rc ? rc : evc_alibaba_wire_end(x, err);
}

/* --- replies --- */

/* The service worked with the key that was expected: it picks the key by what stands in
 * the wrapped key, and takes no wish (kms-apis 3.2). */
static int
check_key(const evc_call *call, const evc_json *root, evc_error **err)
{
    const evc_alibaba_key *key = key_of(call);
    char shown[EVC_SHOWN];
    const char *used = NULL;
    int rc = evc_json_text(root, "KeyId", &used, err);

    if (rc || evc_alibaba_arn_names(&key->parts, evc_view_text(used)))
        return rc;
    evc_encode_shown(evc_view_text(used), shown);
    return evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                   "Alibaba Cloud KMS used the key \"%s\" where \"%s\" was expected; "
                   "its answer was not used",
                   shown, key->arn);
}

/* Empty when the service does not tell. */
static int
read_version(evc_call *call, const evc_json *root, evc_error **err)
{
    const char *version = NULL;
    int rc = evc_json_text_opt(root, "KeyVersionId", &version, err);

    if (!rc && version && !evc_alibaba_is_version(version))
        rc = evc_err(err, ENVCRYPT_E_JSON, "member \"KeyVersionId\" is no key version");
    if (rc)
        return rc;
    evc_buf_clear(&call->version);
    evc_buf_put_text(&call->version, version ? version : "");
    evc_buf_put_u8(&call->version, 0);
    rc = evc_buf_check(&call->version, err);
    if (!rc)
        evc_buf_truncate(&call->version, call->version.size - 1);
    return rc;
}

static int
put_wrapped(evc_call *call, const char *blob, evc_error **err)
{
    int64_t now_s = now_ms(call) / 1000;
    evc_edk_service info = {
        .key_id = evc_view_text(key_of(call)->arn),
        .key_version = evc_buf_view(&call->version),
        .wrapped_s = now_s > 0 ? (uint64_t)now_s : 0,
    };
    int rc = choose_form(call, &info.form, err);

    if (rc)
        return rc;
    evc_buf_put_text(&call->wrapped.provider, EVC_ALIBABA_PROVIDER);
    evc_edk_service_info(&call->wrapped.info, &info);
    evc_buf_put_text(&call->wrapped.ciphertext, blob);
    return evc_edk_out_check(&call->wrapped, err);
}

/* The EDK, under the version that is current from now on. */
static int
read_wrapped(evc_call *call, const evc_json *root, evc_error **err)
{
    const char *blob = NULL;
    int rc = check_key(call, root, err);

    if (!rc)
        rc = evc_json_text(root, "CiphertextBlob", &blob, err);
    if (!rc && !is_blob(evc_view_text(blob)))
        rc = evc_err(err, ENVCRYPT_E_JSON,
                     "member \"CiphertextBlob\" is no wrapped key");
    if (!rc)
        rc = read_version(call, root, err);
    if (!rc)
        rc = put_wrapped(call, blob, err);
    if (!rc)
        evc_alibaba_key_learn(key_of(call), (const char *)call->version.data,
                              now_ms(call));
    return rc;
}

static int
read_unwrapped(evc_call *call, const evc_json *root, evc_error **err)
{
    evc_edk_service info;
    int rc = check_key(call, root, err);

    if (!rc)
        rc = read_version(call, root, err);
    if (!rc && evc_alibaba_key_claims(key_of(call), &call->edk, &info))
        call->stale =
            evc_alibaba_key_is_old(key_of(call), (const char *)call->version.data,
                                   evc_edk_service_wrapped_ms(&info));
    return rc;
}

static int
read_without_key(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_json_doc *doc = NULL;
    int rc = evc_json_reply_parse(x, &doc, err);

    if (!rc)
        rc = read_wrapped(op->user, evc_json_root(doc), err);
    evc_json_free(doc);
    return evc_alibaba_wire_result(op->kind->name, rc, err);
}

static int
read_with_key(evc_operation *op, evc_exchange *x, evc_json_reply_fn read,
              evc_error **err)
{
    evc_call *call = op->user;
    int rc = evc_json_reply_read(x, key_of(call)->arena, call, read, err);

    return evc_alibaba_wire_result(op->kind->name, rc, err);
}

static int
read_decrypt(evc_operation *op, evc_exchange *x, evc_error **err)
{
    return read_with_key(op, x, read_unwrapped, err);
}

static int
read_generate(evc_operation *op, evc_exchange *x, evc_error **err)
{
    return read_with_key(op, x, read_wrapped, err);
}

/* --- the kinds --- */

/* What goes out with a wrap is a data key: HTTP/2 would leave copies of it in memory. */
static const evc_operation_kind encrypt = {
    .name = "Encrypt",
    .build = build_encrypt,
    .read = read_without_key,
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
    .read = read_without_key,
    .cap = EVC_REPLY_KEY_MAX,
};

const evc_operation_kind *
evc_alibaba_data_kind(const evc_call *call)
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
    default:
        return NULL;
    }
}
