/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/loan.h"

#include <string.h>

#include "base/mem.h"
#include "crypto/random.h"

int
evc_loan_draw(evc_loan *loan, evc_crypto *crypto, void *own, size_t own_size,
              evc_error **err)
{
    size_t size = EVC_LOAN_KEY + EVC_GCM_IV + own_size;
    int rc = evc_secret_new(evc_crypto_env(crypto)->arena, size, &loan->fresh, err);

    if (!rc)
        rc = evc_random_key(crypto, loan->fresh.bytes, size, err);
    if (rc) {
        evc_loan_end(loan);
        return rc;
    }
    if (own_size)
        memcpy(own, &loan->fresh.bytes[EVC_LOAN_KEY + EVC_GCM_IV], own_size);
    loan->has_key = true;
    loan->has_iv = true;
    return 0;
}

void
evc_loan_end(evc_loan *loan)
{
    evc_secret_free(&loan->fresh);
    loan->has_key = false;
    loan->has_iv = false;
}

int
evc_loan_key(evc_loan *loan, evc_crypto *crypto, void *out, size_t size,
             evc_error **err)
{
    if (!loan || !loan->has_key || size > EVC_LOAN_KEY)
        return evc_random_key(crypto, out, size, err);
    memcpy(out, loan->fresh.bytes, size);
    evc_mem_wipe(loan->fresh.bytes, EVC_LOAN_KEY);
    loan->has_key = false;
    return 0;
}

void
evc_loan_iv(evc_loan *loan, uint8_t iv[EVC_GCM_IV])
{
    if (!loan || !loan->has_iv) {
        evc_random_public(iv, EVC_GCM_IV);
        return;
    }
    memcpy(iv, &loan->fresh.bytes[EVC_LOAN_KEY], EVC_GCM_IV);
    loan->has_iv = false;
}

int
evc_loan_borrow(evc_loan *loan, evc_crypto *crypto, evc_view key, evc_gcm **out,
                evc_error **err)
{
    int rc;

    if (!loan || !loan->gcm)
        return evc_gcm_take(crypto, key, out, err);
    rc = evc_gcm_set_key(loan->gcm, key, err);
    *out = rc ? NULL : loan->gcm;
    return rc;
}

void
evc_loan_return(const evc_loan *loan, evc_gcm *gcm)
{
    if (!loan || !loan->gcm)
        evc_gcm_give(gcm);
}
