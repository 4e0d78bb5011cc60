/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operation lends to a wrap or unwrap on its way: a cipher context that it will
 * key for itself next, or give back, a key that was drawn together with random bytes of
 * its own, and the first of these as an IV: they are random, public and used once, which
 * is all that an IV has to be. It spares a key schedule and two system calls. For use
 * within the call that it was passed to alone, on the same thread. Everywhere but in draw a loan
 * may be NULL: then each function serves itself.
 */
#ifndef EVC_CRYPTO_LOAN_H
#define EVC_CRYPTO_LOAN_H

#include "base/arena.h"
#include "crypto/gcm.h"

#define EVC_LOAN_KEY 32u

typedef struct evc_loan {
    evc_gcm *gcm;   /* of who lends; NULL = none */
    evc_secret key; /* that was drawn, until somebody takes it */
    uint8_t iv[EVC_GCM_IV];
    bool has_iv; /* not used yet */
} evc_loan;

/* Draws a key and own_size bytes for who lends, at least those of an IV. The errors of
 * evc_random_key and evc_secret_new. */
int evc_loan_draw(evc_loan *loan, evc_crypto *crypto, void *own, size_t own_size,
                  evc_error **err) EVC_MUST_CHECK;
void evc_loan_end(evc_loan *loan); /* wipes what nobody took; the context stays */

/* A new secret of size random bytes and a random IV, of the loan when it still has one. */
int evc_loan_key(evc_loan *loan, evc_crypto *crypto, size_t size, evc_secret *out,
                 evc_error **err) EVC_MUST_CHECK;
void evc_loan_iv(evc_loan *loan, uint8_t iv[EVC_GCM_IV]);

/*
 * The context of the loan, or one of the pool, keyed; it goes back by return, which leaves
 * the key in a lent one to its owner.
 */
int evc_loan_borrow(evc_loan *loan, evc_crypto *crypto, evc_view key, evc_gcm **out,
                    evc_error **err) EVC_MUST_CHECK;
void evc_loan_return(const evc_loan *loan, evc_gcm *gcm); /* gcm may be NULL */

#endif
