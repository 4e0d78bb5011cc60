/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/loan.h"

#include <string.h>

#include "crypto/random.h"

/* Key and the lender's bytes in one slot, of which the key remains. 64 bytes are what the
 * kernel makes at once. */
int
evc_loan_draw(evc_loan *loan, evc_crypto *crypto, void *own, size_t own_size,
              evc_error **err)
{
    size_t size = EVC_LOAN_KEY + own_size;
    evc_cursor c;
    int rc = evc_secret_new(evc_crypto_env(crypto)->arena, size, &loan->key, err);

    if (!rc)
        rc = evc_random_key(crypto, loan->key.bytes, size, err);
    if (rc) {
        evc_loan_end(loan);
        return rc;
    }
    c = evc_cursor_of(loan->key.bytes, size);
    (void)evc_cursor_bytes(&c, EVC_LOAN_KEY);
    evc_cursor_copy(&c, own, own_size);
    memcpy(loan->iv, own, EVC_GCM_IV);
    loan->key.size = EVC_LOAN_KEY;
    loan->has_iv = true;
    return 0;
}

void
evc_loan_end(evc_loan *loan)
{
    evc_secret_free(&loan->key);
    loan->has_iv = false;
}

int
evc_loan_key(evc_loan *loan, evc_crypto *crypto, size_t size, evc_secret *out,
             evc_error **err)
{
    int rc;

    if (loan && loan->key.bytes && size <= EVC_LOAN_KEY) {
        *out = loan->key;
        out->size = size;
        loan->key = (evc_secret){0};
        return 0;
    }
    rc = evc_secret_new(evc_crypto_env(crypto)->arena, size, out, err);
    if (rc)
        return rc;
    rc = evc_random_key(crypto, out->bytes, size, err);
    if (rc)
        evc_secret_free(out);
    return rc;
}

void
evc_loan_iv(evc_loan *loan, uint8_t iv[EVC_GCM_IV])
{
    if (!loan || !loan->has_iv) {
        evc_random_public(iv, EVC_GCM_IV);
        return;
    }
    memcpy(iv, loan->iv, EVC_GCM_IV);
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
