/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ecdsa.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/state.h"

/* Two tries are needed on average; with a right generator this many are never used up.
 */
#define SIGN_TRIES 256

struct evc_ec {
    evc_crypto *crypto;
    EVP_PKEY *key;
    evc_curve curve;
    bool is_private;
};

static const struct curve_facts {
    const char *name; /* OpenSSL's group */
    size_t field;     /* bytes of a coordinate */
    size_t digest;    /* bytes of the hash that goes with the curve */
    size_t signature; /* bytes of DER of which most signatures have as many */
} facts[] = {
    [EVC_P256] = {"P-256", 32, 32, 71},
    [EVC_P384] = {"P-384", 48, 48, 103},
};

size_t
evc_ec_signature_size(evc_curve curve)
{
    return facts[curve].signature;
}

static int
ec_new(evc_crypto *crypto, evc_curve curve, evc_ec **out, evc_error **err)
{
    evc_ec *ec;
    int rc = evc_crypto_check(crypto, err);

    *out = NULL;
    if (rc)
        return rc;
    ec = evc_mem_new(sizeof *ec);
    if (!ec)
        return evc_err_nomem(err);
    ec->crypto = evc_crypto_ref(crypto);
    ec->curve = curve;
    *out = ec;
    return 0;
}

void
evc_ec_free(evc_ec *ec)
{
    if (!ec)
        return;
    if (evc_crypto_is_ours(ec->crypto))
        EVP_PKEY_free(ec->key); /* wipes the private number */
    evc_crypto_unref(ec->crypto);
    evc_mem_free(ec);
}

int
evc_ec_generate(evc_crypto *crypto, evc_curve curve, evc_ec **out, evc_error **err)
{
    evc_ec *ec;
    int rc = ec_new(crypto, curve, &ec, err);

    *out = NULL;
    if (rc)
        return rc;
    ERR_set_mark();
    ec->key =
        EVP_PKEY_Q_keygen(crypto->library, crypto->properties, "EC", facts[curve].name);
    ERR_pop_to_mark();
    evc_crypto_leave_thread(crypto);
    if (!ec->key) {
        evc_ec_free(ec);
        return evc_crypto_failed(err, "make a key for signatures");
    }
    ec->is_private = true;
    *out = ec;
    return 0;
}

/* SEC 1, 2.3.3: the forms with a point. OpenSSL would take the hybrid form and infinity
 * too. */
static bool
has_point_form(const struct curve_facts *curve, evc_view point)
{
    if (point.size == 1 + curve->field)
        return point.data[0] == 2 || point.data[0] == 3;
    return point.size == 1 + 2 * curve->field && point.data[0] == 4;
}

/* NULL when the point is not on the curve. */
static EVP_PKEY *
import_point(evc_crypto *crypto, const struct curve_facts *curve, evc_view point)
{
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_name(crypto->library, "EC", crypto->properties);
    EVP_PKEY *key = NULL;
    char name[8];
    uint8_t bytes[EVC_EC_POINT_MAX]; /* OSSL_PARAM has no pointers to const */
    OSSL_PARAM params[3];

    memcpy(name, curve->name, strlen(curve->name) + 1);
    memcpy(bytes, point.data, point.size);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
    params[1] =
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes, point.size);
    params[2] = OSSL_PARAM_construct_end();
    if (context && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    return key;
}

int
evc_ec_from_point(evc_crypto *crypto, evc_curve curve, evc_view point, evc_ec **out,
                  evc_error **err)
{
    evc_ec *ec;
    int rc = ec_new(crypto, curve, &ec, err);

    *out = NULL;
    if (rc)
        return rc;
    if (has_point_form(&facts[curve], point)) {
        ERR_set_mark();
        ec->key = import_point(crypto, &facts[curve], point);
        ERR_pop_to_mark();
        evc_crypto_leave_thread(crypto);
    }
    if (!ec->key) {
        evc_ec_free(ec);
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "the public key for signatures is not a point of %s, compressed or "
            "uncompressed",
            facts[curve].name);
    }
    *out = ec;
    return 0;
}

int
evc_ec_point(const evc_ec *ec, uint8_t out[EVC_EC_POINT_MAX], size_t *size,
             evc_error **err)
{
    const struct curve_facts *curve = &facts[ec->curve];
    uint8_t whole[EVC_EC_POINT_MAX];
    bool written;
    size_t made;
    int rc = evc_crypto_check(ec->crypto, err);

    *size = 0;
    if (rc)
        return rc;
    ERR_set_mark();
    written =
        EVP_PKEY_get_octet_string_param(ec->key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                        whole, sizeof whole, &made) == 1;
    ERR_pop_to_mark();
    if (!written || made != 1 + 2 * curve->field || whole[0] != 4)
        return evc_crypto_failed(err, "write a public key for signatures");
    out[0] = 2 + (whole[made - 1] & 1);
    memcpy(&out[1], &whole[1], curve->field);
    *size = 1 + curve->field;
    return 0;
}

static int
check_to_sign(const evc_ec *ec, evc_view digest, evc_error **err)
{
    int rc = evc_crypto_check(ec->crypto, err);

    if (rc)
        return rc;
    if (digest.size != facts[ec->curve].digest)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "ECDSA over %s was given a digest of %zu bytes; it takes %zu",
                       facts[ec->curve].name, digest.size, facts[ec->curve].digest);
    if (!ec->is_private)
        return evc_err(err, ENVCRYPT_E_KEY_KIND, "a public key was asked to sign");
    return 0;
}

static int
check_to_verify(const evc_ec *ec, evc_view digest, evc_error **err)
{
    int rc = evc_crypto_check(ec->crypto, err);

    if (rc)
        return rc;
    if (digest.size != evc_hash_size(EVC_SHA256) &&
        digest.size != evc_hash_size(EVC_SHA384) &&
        digest.size != evc_hash_size(EVC_SHA512))
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "ECDSA was given a digest of %zu bytes to verify; it takes those of "
            "SHA-256, SHA-384 and SHA-512",
            digest.size);
    return 0;
}

int
evc_ec_sign(evc_ec *ec, evc_view digest, uint8_t out[EVC_EC_SIGNATURE_MAX],
            size_t *size, evc_error **err)
{
    size_t wanted = evc_ec_signature_size(ec->curve);
    EVP_PKEY_CTX *context;
    bool working;
    int rc = check_to_sign(ec, digest, err);

    *size = 0;
    if (rc)
        return rc;
    ERR_set_mark();
    context = EVP_PKEY_CTX_new_from_pkey(ec->crypto->library, ec->key,
                                         ec->crypto->properties);
    working = context && EVP_PKEY_sign_init(context) == 1;
    for (int i = 0; working && i < SIGN_TRIES && *size != wanted; i++) {
        *size = EVC_EC_SIGNATURE_MAX;
        working = EVP_PKEY_sign(context, out, size, digest.data, digest.size) == 1;
    }
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    evc_crypto_leave_thread(ec->crypto);
    if (working && *size == wanted)
        return 0;
    *size = 0;
    return evc_crypto_failed(err, "sign");
}

int
evc_ec_verify(evc_ec *ec, evc_view digest, evc_view signature, evc_error **err)
{
    EVP_PKEY_CTX *context;
    bool ready;
    bool holds;
    int rc = check_to_verify(ec, digest, err);

    if (rc)
        return rc;
    if (signature.size == 0 || signature.size > EVC_EC_SIGNATURE_MAX)
        return EVC_NOT_AUTHENTIC;
    ERR_set_mark();
    context = EVP_PKEY_CTX_new_from_pkey(ec->crypto->library, ec->key,
                                         ec->crypto->properties);
    ready = context && EVP_PKEY_verify_init(context) == 1;
    holds = ready && EVP_PKEY_verify(context, signature.data, signature.size,
                                     digest.data, digest.size) == 1;
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    evc_crypto_leave_thread(ec->crypto);
    if (!ready)
        return evc_crypto_failed(err, "verify a signature");
    return holds ? 0 : EVC_NOT_AUTHENTIC;
}
