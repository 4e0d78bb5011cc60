/* SPDX-License-Identifier: Apache-2.0 */
/* RSA encryption of keys: OAEP (RFC 8017 7.1), and PKCS #1 v1.5 for old messages. */
#ifndef EVC_CRYPTO_RSA_H
#define EVC_CRYPTO_RSA_H

#include "base/view.h"
#include "crypto/crypto.h"
#include "crypto/digest.h"

typedef struct evc_rsa evc_rsa; /* immutable; any number of threads; counted */

#define EVC_RSA_TEXT_MAX 65536u /* bytes of PEM or DER that are read */
#define EVC_RSA_PASSPHRASE_MAX 1024u
#define EVC_RSA_LABEL_MAX 65535u

typedef struct evc_rsa_padding {
    bool pkcs1; /* else OAEP with the two hashes */
    evc_hash hash;
    evc_hash mgf1;
    evc_view label; /* at most EVC_RSA_LABEL_MAX bytes, else ENVCRYPT_E_ARGUMENT */
} evc_rsa_padding;

/*
 * PEM: public = SubjectPublicKeyInfo, private = PKCS #8; the first block of the text
 * counts. ENVCRYPT_E_ARGUMENT when it is something else, malformed, not plain RSA, not
 * of 2,048 to 16,384 bits, or longer than the limits above. An encrypted private key
 * needs the passphrase (never asked for at a terminal), else ENVCRYPT_E_PASSPHRASE.
 */
int evc_rsa_from_public_pem(evc_crypto *crypto, evc_view pem, evc_rsa **out,
                            evc_error **err) EVC_MUST_CHECK;
int evc_rsa_from_private_pem(evc_crypto *crypto, evc_view pem, evc_view passphrase,
                             evc_rsa **out, evc_error **err) EVC_MUST_CHECK;
/* The same from DER, not encrypted; bytes after the key are ENVCRYPT_E_ARGUMENT. */
int evc_rsa_from_public_der(evc_crypto *crypto, evc_view der, evc_rsa **out,
                            evc_error **err) EVC_MUST_CHECK;
int evc_rsa_from_private_der(evc_crypto *crypto, evc_view der, evc_rsa **out,
                             evc_error **err) EVC_MUST_CHECK;
evc_rsa *evc_rsa_ref(evc_rsa *rsa);
void evc_rsa_unref(evc_rsa *rsa);

size_t evc_rsa_size(const evc_rsa *rsa); /* modulus, bytes */
unsigned evc_rsa_bits(const evc_rsa *rsa);
bool evc_rsa_is_private(const evc_rsa *rsa);
/* SHA-256 of the DER SubjectPublicKeyInfo: the key's identity. */
int evc_rsa_fingerprint(evc_rsa *rsa, uint8_t out[32], evc_error **err) EVC_MUST_CHECK;
/* PEM of the public half, of a public or private key; NUL-free text appended to out. */
struct envcrypt_buffer;
int evc_rsa_public_pem(evc_rsa *rsa, struct envcrypt_buffer *out,
                       evc_error **err) EVC_MUST_CHECK;

/*
 * Public keys encrypt and private keys decrypt, else ENVCRYPT_E_KEY_KIND.
 * out: evc_rsa_size bytes. ENVCRYPT_E_KEY_SIZE when plain does not fit.
 */
int evc_rsa_encrypt(evc_rsa *rsa, const evc_rsa_padding *padding, evc_view plain,
                    uint8_t *out, evc_error **err) EVC_MUST_CHECK;
/*
 * out: evc_rsa_size bytes. EVC_NOT_AUTHENTIC when it does not open. With PKCS #1 newer
 * OpenSSL returns random bytes instead: the caller judges by length and commitment.
 */
int evc_rsa_decrypt(evc_rsa *rsa, const evc_rsa_padding *padding, evc_view cipher,
                    uint8_t *out, size_t *size, evc_error **err) EVC_MUST_CHECK;

#endif
