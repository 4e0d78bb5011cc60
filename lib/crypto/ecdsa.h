/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA (FIPS 186-5) over P-256 and P-384, DER signatures. Signs with SHA-256 over P-256 and
 * SHA-384 over P-384; verifies with any SHA-2 of either.
 */
#ifndef EVC_CRYPTO_ECDSA_H
#define EVC_CRYPTO_ECDSA_H

#include "base/view.h"
#include "crypto/crypto.h"

typedef enum evc_curve { EVC_P256, EVC_P384 } evc_curve;
#define EVC_EC_POINT_MAX 97
#define EVC_EC_SIGNATURE_MAX 104

typedef struct evc_ec evc_ec; /* one thread at a time */

int evc_ec_generate(evc_crypto *crypto, evc_curve curve, evc_ec **out,
                    evc_error **err) EVC_MUST_CHECK;
/* From a point, compressed or not (SEC 1, 2.3.4); ENVCRYPT_E_ARGUMENT for all else. */
int evc_ec_from_point(evc_crypto *crypto, evc_curve curve, evc_view point, evc_ec **out,
                      evc_error **err) EVC_MUST_CHECK;
void evc_ec_free(evc_ec *ec);

/* The compressed point: 33 or 49 bytes. */
int evc_ec_point(const evc_ec *ec, uint8_t out[EVC_EC_POINT_MAX], size_t *size,
                 evc_error **err) EVC_MUST_CHECK;
/*
 * Of a digest of 32 (P-256) or 48 (P-384) bytes, else ENVCRYPT_E_ARGUMENT; by a key
 * that was generated here, else ENVCRYPT_E_KEY_KIND. Signs again until the DER form has
 * 71 or 103 bytes, so that the size of a signed message is known beforehand.
 */
int evc_ec_sign(evc_ec *ec, evc_view digest, uint8_t out[EVC_EC_SIGNATURE_MAX],
                size_t *size, evc_error **err) EVC_MUST_CHECK;
size_t evc_ec_signature_size(evc_curve curve); /* 71 or 103 */
/* EVC_NOT_AUTHENTIC. A digest of 32, 48 or 64 bytes, else ENVCRYPT_E_ARGUMENT. */
int evc_ec_verify(evc_ec *ec, evc_view digest, evc_view signature,
                  evc_error **err) EVC_MUST_CHECK;

#endif
