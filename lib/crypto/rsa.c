/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rsa.h"

#include <openssl/crypto.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/buf.h"
#include "base/mem.h"
#include "crypto/rsa_key.h"
#include "crypto/state.h"

#define PKCS1_OVERHEAD 11u /* RFC 8017, 7.2.1 */

struct evc_rsa {
    atomic_size_t refs;
    evc_crypto *crypto;
    EVP_PKEY *key;
    size_t size;
    bool is_private;
};

/* Takes over key. */
static int
rsa_new(evc_crypto *crypto, EVP_PKEY *key, bool is_private, evc_rsa **out,
        evc_error **err)
{
    evc_rsa *rsa = evc_mem_new(sizeof *rsa);

    if (!rsa) {
        EVP_PKEY_free(key);
        return evc_err_nomem(err);
    }
    atomic_init(&rsa->refs, 1);
    rsa->crypto = evc_crypto_ref(crypto);
    rsa->key = key;
    rsa->size = (size_t)EVP_PKEY_get_size(key);
    rsa->is_private = is_private;
    *out = rsa;
    return 0;
}

static int
check_text(const evc_crypto *crypto, evc_view text, evc_error **err)
{
    int rc = evc_crypto_check(crypto, err);

    if (rc)
        return rc;
    if (text.size > EVC_RSA_TEXT_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an RSA key was given as %zu bytes; at most %u are read",
                       text.size, EVC_RSA_TEXT_MAX);
    return 0;
}

static int
from_pem(evc_crypto *crypto, bool is_private, evc_view pem, evc_view passphrase,
         evc_rsa **out, evc_error **err)
{
    EVP_PKEY *key;
    int rc;

    *out = NULL;
    if ((rc = check_text(crypto, pem, err)))
        return rc;
    if (passphrase.size > EVC_RSA_PASSPHRASE_MAX)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "the passphrase of the private key has %zu bytes; at most %u are "
            "accepted",
            passphrase.size, EVC_RSA_PASSPHRASE_MAX);
    if ((rc = evc_rsa_key_from_pem(crypto, is_private, pem, passphrase, &key, err)))
        return rc;
    return rsa_new(crypto, key, is_private, out, err);
}

static int
from_der(evc_crypto *crypto, bool is_private, evc_view der, evc_rsa **out,
         evc_error **err)
{
    EVP_PKEY *key;
    int rc;

    *out = NULL;
    if ((rc = check_text(crypto, der, err)) ||
        (rc = evc_rsa_key_from_der(crypto, is_private, der, &key, err)))
        return rc;
    return rsa_new(crypto, key, is_private, out, err);
}

int
evc_rsa_from_public_pem(evc_crypto *crypto, evc_view pem, evc_rsa **out,
                        evc_error **err)
{
    return from_pem(crypto, false, pem, evc_view_of(NULL, 0), out, err);
}

int
evc_rsa_from_private_pem(evc_crypto *crypto, evc_view pem, evc_view passphrase,
                         evc_rsa **out, evc_error **err)
{
    return from_pem(crypto, true, pem, passphrase, out, err);
}

int
evc_rsa_from_public_der(evc_crypto *crypto, evc_view der, evc_rsa **out,
                        evc_error **err)
{
    return from_der(crypto, false, der, out, err);
}

int
evc_rsa_from_private_der(evc_crypto *crypto, evc_view der, evc_rsa **out,
                         evc_error **err)
{
    return from_der(crypto, true, der, out, err);
}

evc_rsa *
evc_rsa_ref(evc_rsa *rsa)
{
    atomic_fetch_add_explicit(&rsa->refs, 1, memory_order_relaxed);
    return rsa;
}

void
evc_rsa_unref(evc_rsa *rsa)
{
    if (!rsa || atomic_fetch_sub_explicit(&rsa->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (evc_crypto_is_ours(rsa->crypto))
        EVP_PKEY_free(rsa->key); /* wipes the private numbers */
    evc_crypto_unref(rsa->crypto);
    evc_mem_free(rsa);
}

size_t
evc_rsa_size(const evc_rsa *rsa)
{
    return rsa->size;
}

unsigned
evc_rsa_bits(const evc_rsa *rsa)
{
    return (unsigned)EVP_PKEY_get_bits(rsa->key);
}

bool
evc_rsa_is_private(const evc_rsa *rsa)
{
    return rsa->is_private;
}

/* -- writing the public half ---------------------------------------------------------
 */

/* *out is freed by OPENSSL_free. */
static int
encode_public(const evc_rsa *rsa, const char *form, unsigned char **out, size_t *size,
              evc_error **err)
{
    OSSL_ENCODER_CTX *encoder;
    bool made;
    int rc = evc_crypto_check(rsa->crypto, err);

    *out = NULL;
    if (rc)
        return rc;
    ERR_set_mark();
    encoder =
        OSSL_ENCODER_CTX_new_for_pkey(rsa->key, EVP_PKEY_PUBLIC_KEY, form,
                                      "SubjectPublicKeyInfo", rsa->crypto->properties);
    made = encoder && OSSL_ENCODER_to_data(encoder, out, size) == 1;
    OSSL_ENCODER_CTX_free(encoder);
    ERR_pop_to_mark();
    return made ? 0 : evc_crypto_failed(err, "write an RSA public key");
}

int
evc_rsa_fingerprint(evc_rsa *rsa, uint8_t out[32], evc_error **err)
{
    unsigned char *der;
    evc_view part;
    size_t size;
    int rc = encode_public(rsa, "DER", &der, &size, err);

    if (rc)
        return rc;
    part = evc_view_of(der, size);
    rc = evc_digest(rsa->crypto, EVC_SHA256, &part, 1, out, err);
    OPENSSL_free(der);
    return rc;
}

int
evc_rsa_public_pem(evc_rsa *rsa, evc_buf *out, evc_error **err)
{
    unsigned char *text;
    size_t size;
    int rc = encode_public(rsa, "PEM", &text, &size, err);

    if (rc)
        return rc;
    evc_buf_put(out, text, size);
    OPENSSL_free(text);
    return evc_buf_check(out, err);
}

/* -- encryption ----------------------------------------------------------------------
 */

static bool
set_oaep(const evc_crypto *crypto, EVP_PKEY_CTX *context,
         const evc_rsa_padding *padding)
{
    const char *hash = EVP_MD_get0_name(crypto->hash[padding->hash]);
    const char *mgf1 = EVP_MD_get0_name(crypto->hash[padding->mgf1]);
    void *label;

    if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_oaep_md_name(context, hash, crypto->properties) != 1 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, mgf1, crypto->properties) != 1)
        return false;
    if (padding->label.size == 0)
        return true;
    label = OPENSSL_memdup(padding->label.data, padding->label.size);
    if (label &&
        EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, (int)padding->label.size) == 1)
        return true; /* the label is the context's */
    OPENSSL_free(label);
    return false;
}

/* NULL when OpenSSL fails. */
static EVP_PKEY_CTX *
make_context(const evc_rsa *rsa, const evc_rsa_padding *padding)
{
    const evc_crypto *crypto = rsa->crypto;
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_pkey(crypto->library, rsa->key, crypto->properties);

    if (context &&
        (rsa->is_private ? EVP_PKEY_decrypt_init(context)
                         : EVP_PKEY_encrypt_init(context)) == 1 &&
        (padding->pkcs1 ? EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
                        : set_oaep(crypto, context, padding)))
        return context;
    EVP_PKEY_CTX_free(context);
    return NULL;
}

static int
check_use(const evc_rsa *rsa, const evc_rsa_padding *padding, bool private_needed,
          evc_error **err)
{
    int rc = evc_crypto_check(rsa->crypto, err);

    if (rc)
        return rc;
    if (rsa->is_private != private_needed)
        return evc_err(err, ENVCRYPT_E_KEY_KIND,
                       private_needed
                           ? "an RSA public key was asked to decrypt"
                           : "an RSA private key was asked to encrypt; use its "
                             "public key");
    if (padding->label.size > EVC_RSA_LABEL_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the OAEP label has %zu bytes; at most %u are accepted",
                       padding->label.size, EVC_RSA_LABEL_MAX);
    return 0;
}

static size_t
overhead(const evc_rsa_padding *padding)
{
    return padding->pkcs1 ? PKCS1_OVERHEAD : 2 * evc_hash_size(padding->hash) + 2;
}

int
evc_rsa_encrypt(evc_rsa *rsa, const evc_rsa_padding *padding, evc_view plain,
                uint8_t *out, evc_error **err)
{
    static const uint8_t nothing[1];
    EVP_PKEY_CTX *context;
    size_t size = rsa->size;
    bool made;
    int rc = check_use(rsa, padding, false, err);

    if (rc)
        return rc;
    if (plain.size > rsa->size - overhead(padding))
        return evc_err(
            err, ENVCRYPT_E_KEY_SIZE,
            "%zu bytes were to be encrypted by RSA; this key and padding hold "
            "at most %zu",
            plain.size, rsa->size - overhead(padding));
    ERR_set_mark();
    context = make_context(rsa, padding);
    made = context &&
           EVP_PKEY_encrypt(context, out, &size, plain.size ? plain.data : nothing,
                            plain.size) == 1 &&
           size == rsa->size;
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    evc_crypto_leave_thread(rsa->crypto);
    return made ? 0 : evc_crypto_failed(err, "encrypt by RSA");
}

int
evc_rsa_decrypt(evc_rsa *rsa, const evc_rsa_padding *padding, evc_view cipher,
                uint8_t *out, size_t *size, evc_error **err)
{
    EVP_PKEY_CTX *context;
    bool ready;
    bool opened;
    int rc = check_use(rsa, padding, true, err);

    *size = 0;
    if (rc)
        return rc;
    if (cipher.size != rsa->size)
        return EVC_NOT_AUTHENTIC;
    *size = rsa->size;
    ERR_set_mark();
    context = make_context(rsa, padding);
    ready = context != NULL;
    opened =
        ready && EVP_PKEY_decrypt(context, out, size, cipher.data, cipher.size) == 1;
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    evc_crypto_leave_thread(rsa->crypto);
    if (opened)
        return 0;
    *size = 0;
    evc_mem_wipe(out, rsa->size);
    return ready ? EVC_NOT_AUTHENTIC : evc_crypto_failed(err, "decrypt by RSA");
}
