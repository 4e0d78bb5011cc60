/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One OSSL_LIB_CTX per client with every algorithm fetched once, and pools of contexts
 * that are ready for use. Any number of threads.
 *
 * In this layer 0 is success, a negative ENVCRYPT_E_… a failure, and EVC_NOT_AUTHENTIC
 * (positive) says that a tag or signature does not hold, or that OpenSSL lacked memory when
 * it looked, which it does not tell apart. No error object is made for that, since only the
 * caller knows what was wrong. OpenSSL's error queue is left as it was found.
 *
 * Every function of this layer that takes or stems from an evc_crypto gives
 * ENVCRYPT_E_FORKED in a child of fork; freeing there is legal and leaves what belongs to
 * OpenSSL alone.
 */
#ifndef EVC_CRYPTO_CRYPTO_H
#define EVC_CRYPTO_CRYPTO_H

#include "base/env.h"
#include "base/err.h"

#define EVC_NOT_AUTHENTIC 1

typedef struct evc_crypto evc_crypto;

/* Holds a reference on env. ENVCRYPT_E_CRYPTO when OpenSSL lacks an algorithm. */
int evc_crypto_open(evc_env *env, evc_crypto **out, evc_error **err) EVC_MUST_CHECK;
evc_crypto *evc_crypto_ref(evc_crypto *crypto);
void evc_crypto_unref(evc_crypto *crypto); /* NULL is fine */
evc_env *evc_crypto_env(const evc_crypto *crypto);

#endif
