/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_call.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cloud/context_form.h"
#include "cloud/ibm_key.h"
#include "codec/jscan.h"
#include "codec/jwrite.h"

/* As IBM's clients of 2026 send it; the documentation's examples have one for all actions. */
#define ACTION "application/vnd.ibm.kms.key_action_"

static evc_call *
call_of(const evc_operation *op)
{
    return op->user;
}

static const evc_ibm *
ibm_of(const evc_call *call)
{
    return call->kms->state;
}

static evc_arena *
arena_of(const evc_call *call)
{
    return evc_crypto_env(call->kms->crypto)->arena;
}

/* --- requests --- */

static int
begin_action(const evc_call *call, const char *action, const char *type,
             evc_exchange *x, evc_error **err)
{
    const evc_ibm *ibm = ibm_of(call);
    const char *const path[] = {"keys", ibm->key, "actions", action, NULL};

    return evc_ibm_request(x, "POST", &ibm->target, EVC_IBM_API, path, type, err);
}

/* The context as a list of one hash, and no list when it is empty. */
static int
put_aad(evc_jwrite *w, const evc_call *call, evc_error **err)
{
    char hash[EVC_CONTEXT_HASH_TEXT];
    int rc;

    if (evc_context_form_of(call->context, 0) == EVC_FORM_NONE)
        return 0;
    rc = evc_context_hash(call->kms->crypto, call->context, hash, err);
    if (rc)
        return rc;
    evc_jwrite_name(w, "aad");
    evc_jwrite_array(w);
    evc_jwrite_text(w, hash);
    evc_jwrite_end(w);
    return 0;
}

static int
end_body(evc_jwrite *w, const evc_call *call, evc_error **err)
{
    int rc = put_aad(w, call, err);

    if (rc)
        return rc;
    evc_jwrite_end(w);
    return evc_jwrite_finish(w, err);
}

static int
build_wrap(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = call_of(op);
    evc_jwrite w;
    int rc = begin_action(call, "wrap", ACTION "wrap+json", x, err);

    if (rc)
        return rc;
    evc_jwrite_begin(&w, &x->body, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "plaintext");
    evc_jwrite_base64(&w, call->input);
    return end_body(&w, call, err);
}

/* What a key of ours claimed may still be changed bytes; and the service must not be
 * asked under another context than the one that was bound. */
static int
check_edk(const evc_call *call, evc_error **err)
{
    evc_view wrapped = call->edk.ciphertext;
    evc_edk_service info;

    if (!evc_edk_service_parse(call->edk.info, &info) ||
        info.form != evc_context_form_of(call->context, 0))
        return evc_err(
            err, ENVCRYPT_E_UNWRAP,
            "a wrapped key of \"%s\" binds the encryption context in another "
            "form than the given one; the context is another one, or bytes "
            "were changed",
            call->kms->key_id);
    if (wrapped.size == 0 || wrapped.size > EVC_IBM_WRAPPED_MAX ||
        memchr(wrapped.data, 0, wrapped.size) || !evc_is_utf8(wrapped))
        return evc_err(err, ENVCRYPT_E_UNWRAP,
                       "a wrapped key of \"%s\" is no text of 1 to %u bytes, so bytes "
                       "were changed",
                       call->kms->key_id, EVC_IBM_WRAPPED_MAX);
    return 0;
}

static int
build_opening(const evc_call *call, const char *action, const char *type,
              evc_exchange *x, evc_error **err)
{
    evc_jwrite w;
    int rc = check_edk(call, err);

    if (!rc)
        rc = begin_action(call, action, type, x, err);
    if (rc)
        return rc;
    evc_jwrite_begin(&w, &x->body, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "ciphertext");
    evc_jwrite_view(&w, call->edk.ciphertext);
    return end_body(&w, call, err);
}

static int
build_unwrap(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    return build_opening(call_of(op), "unwrap", ACTION "unwrap+json", x, err);
}

static int
build_rewrap(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    return build_opening(call_of(op), "rewrap", ACTION "rewrap+json", x, err);
}

static int
build_rotate(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    int rc = begin_action(call_of(op), "rotate", ACTION "rotate+json", x, err);

    if (!rc)
        rc = evc_headers_add(&x->headers, "prefer", evc_view_text("return=minimal"),
                             err);
    return rc;
}

static int
build_probe(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_ibm *ibm = ibm_of(call_of(op));
    const char *const path[] = {"keys", ibm->key, "metadata", NULL};

    return evc_ibm_request(x, "GET", &ibm->target, EVC_IBM_API, path, NULL, err);
}

/* --- replies --- */

/* The EDK around a wrapped key of the service. version NULL: it did not tell. */
static int
make_edk(const evc_call *call, const char *wrapped, const char *version,
         evc_edk_out *out, evc_error **err)
{
    const evc_clock *clock = &evc_crypto_env(call->kms->crypto)->clock;
    int64_t now_s = evc_clock_wall_ms(clock) / 1000;
    evc_edk_service info = {
        .key_id = evc_view_text(call->kms->key_id),
        .key_version = evc_view_text(version),
        .form = evc_context_form_of(call->context, 0),
        .wrapped_s = now_s > 0 ? (uint64_t)now_s : 0,
    };

    evc_edk_out_reset(out);
    evc_buf_put_text(&out->provider, EVC_IBM_PROVIDER);
    evc_edk_service_info(&out->info, &info);
    evc_buf_put_text(&out->ciphertext, wrapped);
    return evc_edk_out_check(out, err);
}

static int
read_wrapped(const evc_json *root, const char **out, evc_error **err)
{
    int rc = evc_ibm_reply_check(evc_json_text(root, "ciphertext", out, err), err);

    if (!rc && (!(*out)[0] || strlen(*out) > EVC_IBM_WRAPPED_MAX))
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the wrapped key in the reply does not have 1 to %u characters",
                     EVC_IBM_WRAPPED_MAX);
    return rc;
}

/* The version that a member tells; NULL where there is none. */
static int
read_version(const evc_json *root, const char *member, const char **out,
             evc_error **err)
{
    *out = evc_ibm_reply_inner(root, member, "id");
    if (*out && strlen(*out) > EVC_EDK_VERSION_MAX)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the key version in the reply has more than %u bytes",
                       EVC_EDK_VERSION_MAX);
    return 0;
}

static bool
contains(evc_view text, evc_view part)
{
    for (size_t i = 0; i + part.size <= text.size; i++) {
        if (memcmp(&text.data[i], part.data, part.size) == 0)
            return true;
    }
    return false;
}

/*
 * The service gives a plaintext only where it made it. Should it send one nevertheless,
 * it is taken out before anything else reads the reply, and must be ours.
 */
static int
drop_plaintext(const evc_call *call, evc_exchange *x, evc_error **err)
{
    evc_secret echo = {0};
    int rc;

    if (!contains(evc_buf_view(&x->reply), evc_view_text("\"plaintext\"")))
        return 0;
    rc = evc_ibm_reply_check(evc_jscan_take_base64((char *)x->reply.data, x->reply.size,
                                                   "plaintext", arena_of(call),
                                                   EVC_ARENA_MAX_SLOT, &echo, err),
                             err);
    if (!rc && (echo.size != call->input.size ||
                !evc_mem_equal_secret(echo.bytes, call->input.data, echo.size)))
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "the service wrapped another data key than the one it was given");
    evc_secret_free(&echo);
    return rc;
}

static int
read_wrap(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_call *call = call_of(op);
    const char *version = NULL;
    const char *wrapped = NULL;
    evc_json_doc *doc = NULL;
    int rc = drop_plaintext(call, x, err);

    if (!rc)
        rc = evc_ibm_reply(x, &doc, err);
    if (!rc)
        rc = read_wrapped(evc_json_root(doc), &wrapped, err);
    /* A rewrap tells the version it came from as keyVersion. */
    if (!rc)
        rc = read_version(evc_json_root(doc), "rewrappedKeyVersion", &version, err);
    if (!rc && !version)
        rc = read_version(evc_json_root(doc), "keyVersion", &version, err);
    if (!rc)
        rc = make_edk(call, wrapped, version, &call->wrapped, err);
    evc_json_free(doc);
    return rc;
}

/* After a rotation the service adds what it would give for the key today. */
static int
read_replacement(evc_call *call, const evc_json *root, evc_error **err)
{
    const char *version = NULL;
    const char *newest = NULL;
    const char *wrapped = NULL;
    int rc = read_version(root, "keyVersion", &version, err);

    if (!rc)
        rc = read_version(root, "rewrappedKeyVersion", &newest, err);
    if (rc)
        return rc;
    evc_buf_clear(&call->version);
    evc_buf_put_text(&call->version, version);
    if (!newest || (version && strcmp(version, newest) == 0))
        return evc_buf_check(&call->version, err);
    call->stale = true;
    if (!evc_json_text(root, "ciphertext", &wrapped, NULL)) {
        rc = read_wrapped(root, &wrapped, err);
        if (!rc)
            rc = make_edk(call, wrapped, newest, &call->replacement, err);
    }
    return rc ? rc : evc_buf_check(&call->version, err);
}

static int
read_unwrap(evc_operation *op, evc_exchange *x, evc_error **err)
{
    evc_call *call = call_of(op);
    evc_json_doc *doc = NULL;
    int rc;

    evc_secret_free(&call->key);
    if (contains(evc_buf_view(&x->reply), evc_view_text("\"plaintext\":\"\"")))
        return evc_err(err, ENVCRYPT_E_BAD_DEK,
                       "the key \"%s\" gave a data key of no bytes", call->kms->key_id);
    /* Longer than any data key too: how long it is, kms.c judges. */
    rc = evc_ibm_reply_check(evc_jscan_take_base64((char *)x->reply.data, x->reply.size,
                                                   "plaintext", arena_of(call),
                                                   EVC_ARENA_MAX_SLOT, &call->key, err),
                             err);
    if (!rc)
        rc = evc_ibm_reply(x, &doc, err);
    if (!rc)
        rc = read_replacement(call, evc_json_root(doc), err);
    evc_json_free(doc);
    if (rc)
        evc_secret_free(&call->key);
    return rc;
}

static int
read_nothing(evc_operation *op, evc_exchange *x, evc_error **err)
{
    (void)op;
    (void)x;
    (void)err;
    return 0;
}

static int
read_probe(evc_operation *op, evc_exchange *x, evc_error **err)
{
    const evc_call *call = call_of(op);
    evc_json_doc *doc = NULL;
    evc_ibm_key key = {0};
    int rc = evc_ibm_reply(x, &doc, err);

    if (!rc)
        rc = evc_ibm_key_only(doc, &key, err);
    if (!rc && strcmp(key.crn, call->kms->key_id) != 0)
        rc = evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                     "the service showed another key than \"%s\"", call->kms->key_id);
    if (!rc)
        rc = evc_ibm_key_check(key.state, true, key.crn, err);
    evc_json_free(doc);
    return rc;
}

/* --- the tables --- */

/*
 * What goes out with a wrap is a data key. An answer that repeats it, and the
 * connection that carried it, are treated like those of an unwrap.
 */
static const evc_operation_kind wrap_kind = {
    .name = "wrap", .build = build_wrap, .read = read_wrap, .secret = true};
static const evc_operation_kind unwrap_kind = {
    .name = "unwrap", .build = build_unwrap, .read = read_unwrap, .secret = true};
static const evc_operation_kind rewrap_kind = {
    .name = "rewrap", .build = build_rewrap, .read = read_wrap};
/* A second one would count as another rotation, and is refused for an hour. */
static const evc_operation_kind rotate_kind = {
    .name = "rotate", .build = build_rotate, .read = read_nothing, .once = true};
static const evc_operation_kind probe_kind = {
    .name = "get key metadata", .build = build_probe, .read = read_probe};

const evc_operation_kind *
evc_ibm_kind_of(const evc_call *call)
{
    switch (call->operation) {
    case ENVCRYPT_OP_WRAP:
        return &wrap_kind;
    case ENVCRYPT_OP_UNWRAP:
        return &unwrap_kind;
    case ENVCRYPT_OP_REWRAP:
        return &rewrap_kind;
    case ENVCRYPT_OP_ROTATE:
        return &rotate_kind;
    case ENVCRYPT_OP_PROBE:
        return &probe_kind;
    default:
        return NULL;
    }
}
