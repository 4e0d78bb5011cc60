/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/ask.h"

#include "base/encode.h"
#include "base/fork.h"
#include "base/mem.h"

static int
refuse_operation(const evc_kms *kms, uint32_t operation, evc_error **err)
{
    const char *instead =
        kms->backend->instead ? kms->backend->instead(operation) : NULL;

    if (operation == ENVCRYPT_OP_WRAP)
        return evc_err(err, ENVCRYPT_E_KEY_READ_ONLY,
                       "the key \"%s\" of \"%s\" only opens, so nothing is wrapped "
                       "under it",
                       kms->key_id, kms->provider);
    return evc_err(err, ENVCRYPT_E_UNSUPPORTED,
                   "the key \"%s\" of \"%s\" cannot do what was asked of it%s%s",
                   kms->key_id, kms->provider, instead ? "; " : "",
                   instead ? instead : "");
}

int
evc_ask(evc_kms *kms, uint32_t operation, evc_call *near, evc_call **out,
        evc_error **err)
{
    int rc = evc_fork_check(kms->generation, "key", err);

    *out = NULL;
    if (rc)
        return rc;
    if ((kms->operations & operation) == operation) {
        if (!near || !kms->backend->at_once)
            return evc_call_new(kms, (int32_t)operation, out, err);
        evc_call_place(near, kms, (int32_t)operation);
        *out = near;
        return 0;
    }
    return refuse_operation(kms, operation, err);
}

int
evc_ask_wrap(evc_kms *kms, evc_view key, const evc_kv *context, evc_call *near,
             evc_call **out, evc_error **err)
{
    size_t most = kms->max_plaintext ? kms->max_plaintext : EVC_KMS_MAX_KEY;
    int rc = evc_ask(kms, ENVCRYPT_OP_WRAP, near, out, err);

    if (rc)
        return rc;
    (*out)->input = key;
    (*out)->context = context;
    if (key.size > 0 && key.size <= EVC_KMS_MAX_KEY && key.size <= most)
        return 0;
    evc_call_unref(*out);
    *out = NULL;
    return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                   "a data key of %zu bytes cannot be wrapped under the key \"%s\" of "
                   "\"%s\"",
                   key.size, kms->key_id, kms->provider);
}

/* Back ends take apart what they claimed, so nothing else may reach them. */
int
evc_ask_edk(evc_kms *kms, uint32_t operation, const evc_edk *edk, const evc_kv *context,
            evc_call *near, evc_call **out, evc_error **err)
{
    int rc = evc_ask(kms, operation, near, out, err);

    if (rc)
        return rc;
    (*out)->edk = *edk;
    (*out)->context = context;
    if (kms->backend->claims(kms, edk))
        return 0;
    evc_call_unref(*out);
    *out = NULL;
    return evc_err(err, ENVCRYPT_E_UNWRAP,
                   "this wrapped key is not one of the key \"%s\" of \"%s\"",
                   kms->key_id, kms->provider);
}

static int
refuse_key_id(const evc_kms *kms, evc_view used, evc_view expected, evc_error **err)
{
    char shown[EVC_SHOWN];
    char shown_expected[EVC_SHOWN];

    evc_encode_shown(used, shown);
    evc_encode_shown(expected, shown_expected);
    return evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                   "the key service \"%s\" used the key \"%s\" where \"%s\" was "
                   "expected; its answer was not used",
                   kms->provider, shown, shown_expected);
}

int
evc_ask_check_id(const evc_call *call, evc_error **err)
{
    const evc_kms *kms = call->kms;
    evc_view used = evc_buf_view(&call->key_id);
    evc_view expected = evc_view_text(kms->key_id);

    if (used.size == 0)
        return 0;
    if (kms->discovery) {
        evc_edk_facts facts;

        evc_edk_describe(&call->edk, &facts);
        expected = facts.key_id;
    }
    return evc_view_equal(used, expected) ? 0 : refuse_key_id(kms, used, expected, err);
}

static bool
is_key_size(size_t size, size_t wanted)
{
    if (wanted)
        return size == wanted;
    return size == 16 || size == 24 || size == 32;
}

/* The data key in the call has the right length and was not left empty. */
static int
check_key(const evc_call *call, evc_error **err)
{
    const evc_kms *kms = call->kms;

    if (!is_key_size(call->key.size, call->key_size))
        return evc_err(err, ENVCRYPT_E_BAD_DEK,
                       "the key \"%s\" of \"%s\" gave a data key of %zu bytes, which "
                       "is not what was asked for",
                       kms->key_id, kms->provider, call->key.size);
    if (evc_mem_is_zero(call->key.bytes, call->key.size))
        return evc_err(err, ENVCRYPT_E_BAD_DEK,
                       "the key \"%s\" of \"%s\" gave a data key of zero bytes only",
                       kms->key_id, kms->provider);
    return 0;
}

static int
check_wrapped(const evc_call *call, evc_error **err)
{
    const evc_kms *kms = call->kms;
    int rc = evc_edk_out_check(&call->wrapped, err);

    if (!rc && call->wrapped.ciphertext.size == 0)
        rc = evc_err(err, ENVCRYPT_E_INTERNAL,
                     "the key \"%s\" of \"%s\" gave no wrapped key; please report",
                     kms->key_id, kms->provider);
    return rc;
}

static void
move_wrapped(evc_call *call, evc_edk_out *out)
{
    *out = call->wrapped;
    evc_edk_out_init(&call->wrapped);
}

static void
move_key(evc_call *call, evc_secret *out)
{
    *out = call->key;
    call->key = (evc_secret){0};
}

int
evc_ask_take_wrapped(evc_call *call, evc_edk_out *out, evc_error **err)
{
    int rc = evc_ask_check_id(call, err);

    if (!rc)
        rc = check_wrapped(call, err);
    if (!rc)
        move_wrapped(call, out);
    return rc;
}

void
evc_unwrapped_reset(evc_unwrapped *about)
{
    evc_buf_reset(&about->version);
    evc_edk_out_reset(&about->replacement);
}

static void
move_about(evc_call *call, evc_unwrapped *about)
{
    about->stale = call->stale;
    about->version = call->version;
    about->replacement = call->replacement;
    evc_buf_init(&call->version);
    evc_edk_out_init(&call->replacement);
}

int
evc_ask_take_key(evc_call *call, evc_secret *out, evc_unwrapped *about, evc_error **err)
{
    int rc = evc_edk_out_check(&call->replacement, err);

    if (!rc)
        rc = evc_ask_check_id(call, err);
    if (!rc)
        rc = check_key(call, err);
    if (!rc) {
        move_key(call, out);
        move_about(call, about);
    }
    return rc;
}

int
evc_ask_take_both(evc_call *call, evc_secret *key, evc_edk_out *out, evc_error **err)
{
    int rc = evc_ask_check_id(call, err);

    if (!rc)
        rc = check_key(call, err);
    if (!rc)
        rc = check_wrapped(call, err);
    if (!rc)
        rc = evc_repeats_check(call->kms->repeats,
                               evc_view_of(call->key.bytes, call->key.size), err);
    if (!rc) {
        move_key(call, key);
        move_wrapped(call, out);
    }
    return rc;
}
