/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rsa_key.h"

#include "crypto/pem.h"
#include "crypto/rsa_private.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define BITS_MIN 2048
#define BITS_MAX 16384

static EVP_PKEY *
parse_public(const evc_crypto *crypto, evc_view der)
{
    const unsigned char *at = der.data;
    EVP_PKEY *key =
        d2i_PUBKEY_ex(NULL, &at, (long)der.size, crypto->library, crypto->properties);

    if (key && (size_t)(at - der.data) == der.size)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

/* Takes over info, which is NULL when nothing could be read. */
static EVP_PKEY *
parse_info(const evc_crypto *crypto, PKCS8_PRIV_KEY_INFO *info)
{
    const ASN1_OBJECT *algorithm = NULL;
    const unsigned char *der = NULL;
    EVP_PKEY *key = NULL;
    int size = 0;

    if (info && PKCS8_pkey_get0(&algorithm, &der, &size, NULL, info) == 1 &&
        OBJ_obj2nid(algorithm) == NID_rsaEncryption)
        key = evc_rsa_private_read(crypto, evc_view_of(der, (size_t)size));
    PKCS8_PRIV_KEY_INFO_free(info); /* wipes */
    return key;
}

static EVP_PKEY *
parse_private(const evc_crypto *crypto, evc_view der)
{
    const unsigned char *at = der.data;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.size);

    if (info && (size_t)(at - der.data) == der.size)
        return parse_info(crypto, info);
    PKCS8_PRIV_KEY_INFO_free(info);
    return NULL;
}

/* EVC_NOT_AUTHENTIC when the passphrase does not open it; *key NULL when it is
 * malformed. */
static int
parse_encrypted(const evc_crypto *crypto, evc_view der, evc_view passphrase,
                EVP_PKEY **key)
{
    const unsigned char *at = der.data;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &at, (long)der.size);
    PKCS8_PRIV_KEY_INFO *info = NULL;

    *key = NULL;
    if (!sealed || (size_t)(at - der.data) != der.size) {
        X509_SIG_free(sealed);
        return 0;
    }
    if (passphrase.size > 0)
        info =
            PKCS8_decrypt_ex(sealed, (const char *)passphrase.data,
                             (int)passphrase.size, crypto->library, crypto->properties);
    X509_SIG_free(sealed);
    if (!info)
        return EVC_NOT_AUTHENTIC;
    *key = parse_info(crypto, info);
    return 0;
}

/* An even modulus, or an exponent of 1, would encrypt nothing. */
static bool
has_sound_numbers(const EVP_PKEY *key)
{
    BIGNUM *n = NULL;
    BIGNUM *e = NULL;
    bool sound = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
                 EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
                 BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e);

    BN_free(n);
    BN_free(e);
    return sound;
}

/* Takes over key, which is NULL when nothing could be read; gives it on if it is sound.
 */
static int
check_key(EVP_PKEY *key, bool is_private, EVP_PKEY **out, evc_error **err)
{
    const char *kind = is_private ? "private" : "public";
    int bits = key ? EVP_PKEY_get_bits(key) : 0;
    int rc = 0;

    if (!key)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the %s key cannot be read; it must be an RSA key as %s", kind,
                     is_private ? "PKCS #8" : "SubjectPublicKeyInfo");
    else if (!EVP_PKEY_is_a(key, "RSA"))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT, "the %s key is not for RSA encryption",
                     kind);
    else if (bits < BITS_MIN || bits > BITS_MAX)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the RSA %s key has %d bits; %d to %d are accepted", kind, bits,
                     BITS_MIN, BITS_MAX);
    else if (!has_sound_numbers(key))
        rc = evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "the RSA %s key has an even modulus or exponent, or the exponent 1", kind);
    if (rc)
        EVP_PKEY_free(key);
    else
        *out = key;
    return rc;
}

static int
not_pem(evc_error **err, const char *wanted)
{
    return evc_err(
        err, ENVCRYPT_E_ARGUMENT,
        "the RSA key does not begin with a PEM block of the kind %s; convert it "
        "with `openssl pkey`",
        wanted);
}

static int
public_from_block(const evc_crypto *crypto, evc_view label, evc_view der,
                  EVP_PKEY **out, evc_error **err)
{
    if (!evc_view_is_text(label, PEM_STRING_PUBLIC))
        return not_pem(err, "PUBLIC KEY");
    return check_key(parse_public(crypto, der), false, out, err);
}

static int
private_from_block(const evc_crypto *crypto, evc_view label, evc_view der,
                   evc_view passphrase, EVP_PKEY **out, evc_error **err)
{
    EVP_PKEY *key;

    if (evc_view_is_text(label, PEM_STRING_PKCS8INF))
        return check_key(parse_private(crypto, der), true, out, err);
    if (!evc_view_is_text(label, PEM_STRING_PKCS8))
        return not_pem(err, "PRIVATE KEY or ENCRYPTED PRIVATE KEY");
    if (parse_encrypted(crypto, der, passphrase, &key))
        return evc_err(err, ENVCRYPT_E_PASSPHRASE,
                       passphrase.size ? "the passphrase does not open the private key"
                                       : "the private key is encrypted; give its "
                                         "passphrase");
    return check_key(key, true, out, err);
}

int
evc_rsa_key_from_pem(const evc_crypto *crypto, bool is_private, evc_view pem,
                     evc_view passphrase, EVP_PKEY **out, evc_error **err)
{
    evc_buf der;
    evc_view label;
    int rc;

    *out = NULL;
    evc_buf_init(&der);
    ERR_set_mark();
    rc = evc_pem_read(pem, &label, &der, err);
    if (rc == ENVCRYPT_E_ENCODING)
        rc = not_pem(err, is_private ? "PRIVATE KEY" : "PUBLIC KEY");
    else if (rc == 0 && is_private)
        rc =
            private_from_block(crypto, label, evc_buf_view(&der), passphrase, out, err);
    else if (rc == 0)
        rc = public_from_block(crypto, label, evc_buf_view(&der), out, err);
    evc_buf_reset(&der);
    ERR_pop_to_mark();
    evc_crypto_leave_thread(crypto);
    return rc;
}

int
evc_rsa_key_from_der(const evc_crypto *crypto, bool is_private, evc_view der,
                     EVP_PKEY **out, evc_error **err)
{
    int rc;

    *out = NULL;
    ERR_set_mark();
    rc = check_key(is_private ? parse_private(crypto, der) : parse_public(crypto, der),
                   is_private, out, err);
    ERR_pop_to_mark();
    evc_crypto_leave_thread(crypto);
    return rc;
}
