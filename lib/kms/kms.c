/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/kms.h"

#include "base/fork.h"
#include "base/mem.h"

/* --- questions without a call --- */

bool
evc_kms_can(const evc_kms *kms, uint32_t operation)
{
    return (kms->operations & operation) == operation;
}

bool
evc_kms_claims(const evc_kms *kms, const evc_edk *edk)
{
    return kms->backend->claims(kms, edk);
}

int32_t
evc_kms_is_current(const evc_kms *kms, const evc_edk *edk)
{
    if (!kms->backend->is_current)
        return ENVCRYPT_UNKNOWN;
    return kms->backend->is_current(kms, edk);
}

int64_t
evc_kms_age_from_ms(const evc_kms *kms, const evc_edk *edk)
{
    return kms->backend->age_from_ms ? kms->backend->age_from_ms(kms, edk) : -1;
}

/* --- calls --- */

int
evc_kms_wrap(evc_kms *kms, evc_view key, const evc_kv *context, evc_wait *wait,
             evc_loan *loan, evc_edk_out *out, evc_error **err)
{
    EVC_UNSET evc_call near;
    evc_call *call;
    int rc = evc_ask_wrap(kms, key, context, &near, &call, err);

    evc_edk_out_init(out);
    if (rc)
        return rc;
    call->loan = loan;
    rc = evc_call_run(call, wait, err);
    if (!rc)
        rc = evc_ask_take_wrapped(call, out, err);
    evc_call_unref(call);
    return rc;
}

int
evc_kms_unwrap_about(evc_kms *kms, const evc_edk *edk, const evc_kv *context,
                     size_t key_size, evc_wait *wait, evc_loan *loan, evc_secret *out,
                     evc_unwrapped *about, evc_error **err)
{
    EVC_UNSET evc_call near;
    evc_call *call;
    int rc = evc_ask_edk(kms, ENVCRYPT_OP_UNWRAP, edk, context, &near, &call, err);

    *out = (evc_secret){0};
    *about = (evc_unwrapped){0};
    evc_buf_init(&about->version);
    evc_edk_out_init(&about->replacement);
    if (rc)
        return rc;
    call->key_size = key_size;
    call->loan = loan;
    rc = evc_call_run(call, wait, err);
    if (!rc)
        rc = evc_ask_take_key(call, out, about, err);
    evc_call_unref(call);
    return rc;
}

int
evc_kms_unwrap(evc_kms *kms, const evc_edk *edk, const evc_kv *context, size_t key_size,
               evc_wait *wait, evc_loan *loan, evc_secret *out, bool *stale,
               evc_error **err)
{
    evc_unwrapped about;
    int rc =
        evc_kms_unwrap_about(kms, edk, context, key_size, wait, loan, out, &about, err);

    if (stale)
        *stale = about.stale;
    evc_unwrapped_reset(&about);
    return rc;
}

/* At the service. */
static int
generate_there(evc_kms *kms, size_t key_size, const evc_kv *context, evc_wait *wait,
               evc_secret *key, evc_edk_out *out, evc_error **err)
{
    EVC_UNSET evc_call near;
    evc_call *call;
    int rc = evc_ask(kms, ENVCRYPT_OP_GENERATE, &near, &call, err);

    if (rc)
        return rc;
    call->context = context;
    call->key_size = key_size;
    rc = evc_call_run(call, wait, err);
    if (!rc)
        rc = evc_ask_take_both(call, key, out, err);
    evc_call_unref(call);
    return rc;
}

int
evc_kms_generate(evc_kms *kms, size_t key_size, const evc_kv *context, evc_wait *wait,
                 evc_loan *loan, evc_secret *key, evc_edk_out *out, evc_error **err)
{
    int rc = evc_fork_check(kms->generation, "key", err);

    *key = (evc_secret){0};
    evc_edk_out_init(out);
    if (rc)
        return rc;
    if (evc_kms_can(kms, ENVCRYPT_OP_GENERATE))
        return generate_there(kms, key_size, context, wait, key, out, err);
    rc = evc_loan_key(loan, kms->crypto, key_size, key, err);
    if (rc)
        return rc;
    rc = evc_kms_wrap(kms, evc_view_of(key->bytes, key->size), context, wait, loan, out,
                      err);
    if (rc)
        evc_secret_free(key);
    return rc;
}

int
evc_kms_rewrap(evc_kms *kms, const evc_edk *edk, const evc_kv *context, evc_wait *wait,
               evc_edk_out *out, evc_error **err)
{
    EVC_UNSET evc_call near;
    evc_call *call;
    int rc = evc_ask_edk(kms, ENVCRYPT_OP_REWRAP, edk, context, &near, &call, err);

    evc_edk_out_init(out);
    if (rc)
        return rc;
    rc = evc_call_run(call, wait, err);
    if (!rc)
        rc = evc_ask_take_wrapped(call, out, err);
    evc_call_unref(call);
    return rc;
}

int
evc_kms_describe(evc_kms *kms, evc_wait *wait, evc_key_info **out, evc_error **err)
{
    EVC_UNSET evc_call near;
    evc_call *call;
    int rc = evc_ask(kms, ENVCRYPT_OP_DESCRIBE, &near, &call, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = evc_call_run(call, wait, err);
    if (!rc)
        rc = evc_ask_check_id(call, err);
    if (!rc && !call->info)
        rc = evc_err(err, ENVCRYPT_E_INTERNAL,
                     "the key \"%s\" of \"%s\" was not described; please report",
                     kms->key_id, kms->provider);
    if (!rc) {
        *out = call->info;
        call->info = NULL;
    }
    evc_call_unref(call);
    return rc;
}

/* An operation whose only answer is whether it worked. */
static int
run_plain(evc_kms *kms, uint32_t operation, evc_wait *wait, evc_error **err)
{
    EVC_UNSET evc_call near;
    evc_call *call;
    int rc = evc_ask(kms, operation, &near, &call, err);

    if (rc)
        return rc;
    rc = evc_call_run(call, wait, err);
    if (!rc)
        rc = evc_ask_check_id(call, err);
    evc_call_unref(call);
    return rc;
}

int
evc_kms_rotate(evc_kms *kms, evc_wait *wait, evc_error **err)
{
    return run_plain(kms, ENVCRYPT_OP_ROTATE, wait, err);
}

/* Wraps a random key, and unwraps it where the key can. */
static int
probe_by_wrapping(evc_kms *kms, evc_wait *wait, evc_error **err)
{
    evc_secret key = {0};
    evc_secret back = {0};
    evc_edk_out wrapped;
    evc_edk edk;
    int rc = evc_loan_key(NULL, kms->crypto, 16, &key, err); /* fits every service */

    evc_edk_out_init(&wrapped);
    if (!rc)
        rc = evc_kms_wrap(kms, evc_view_of(key.bytes, key.size), NULL, wait, NULL,
                          &wrapped, err);
    if (!rc && evc_kms_can(kms, ENVCRYPT_OP_UNWRAP)) {
        edk = evc_edk_view(&wrapped);
        rc = evc_kms_unwrap(kms, &edk, NULL, key.size, wait, NULL, &back, NULL, err);
        if (!rc && !evc_mem_equal_secret(key.bytes, back.bytes, key.size))
            rc = evc_err(err, ENVCRYPT_E_BAD_DEK,
                         "the key \"%s\" of \"%s\" unwraps to something else than it "
                         "wrapped",
                         kms->key_id, kms->provider);
    }
    evc_secret_free(&key);
    evc_secret_free(&back);
    evc_edk_out_reset(&wrapped);
    return rc;
}

int
evc_kms_probe(evc_kms *kms, evc_wait *wait, evc_error **err)
{
    int rc = evc_fork_check(kms->generation, "key", err);

    if (rc)
        return rc;
    if (evc_kms_can(kms, ENVCRYPT_OP_WRAP) && !evc_kms_can(kms, ENVCRYPT_OP_PROBE))
        return probe_by_wrapping(kms, wait, err);
    return run_plain(kms, ENVCRYPT_OP_PROBE, wait, err);
}
