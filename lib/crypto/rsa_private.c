/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rsa_private.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#define INTEGER 0x02u
#define SEQUENCE 0x30u

#define PRIMES_MAX 5u /* of OpenSSL */
#define NUMBERS_MAX (3 + 3 * PRIMES_MAX)

/*
 * The numbers of a key on their way into OpenSSL. As "secure" numbers they are wiped
 * wherever OpenSSL frees them, even if the host has set up no secure heap.
 */
typedef struct numbers {
    OSSL_PARAM_BLD *builder;
    BIGNUM *all[NUMBERS_MAX];
    size_t count;
} numbers;

static const char *const prime_names[PRIMES_MAX] = {
    OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
    OSSL_PKEY_PARAM_RSA_FACTOR3, OSSL_PKEY_PARAM_RSA_FACTOR4,
    OSSL_PKEY_PARAM_RSA_FACTOR5};
static const char *const exponent_names[PRIMES_MAX] = {
    OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
    OSSL_PKEY_PARAM_RSA_EXPONENT3, OSSL_PKEY_PARAM_RSA_EXPONENT4,
    OSSL_PKEY_PARAM_RSA_EXPONENT5};
static const char *const coefficient_names[PRIMES_MAX - 1] = {
    OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_COEFFICIENT2,
    OSSL_PKEY_PARAM_RSA_COEFFICIENT3, OSSL_PKEY_PARAM_RSA_COEFFICIENT4};

/* -- DER (X.690) --------------------------------------------------------------------- */

static size_t
read_length(evc_cursor *c)
{
    uint8_t first = evc_cursor_u8(c);
    size_t size;

    if (first < 0x80)
        return first;
    size = first == 0x81 ? evc_cursor_u8(c) : evc_cursor_u16(c);
    if (first > 0x82 || size < (first == 0x81 ? 0x80 : 0x100))
        c->failed = true; /* too long for a key, or not the shortest form */
    return size;
}

static evc_cursor
read_element(evc_cursor *c, uint8_t tag)
{
    if (evc_cursor_u8(c) != tag)
        c->failed = true;
    return evc_cursor_of_view(evc_cursor_bytes(c, read_length(c)));
}

/* A number that is not negative, without the zero byte that keeps it so. */
static evc_view
read_unsigned(evc_cursor *c)
{
    evc_view digits = read_element(c, INTEGER).input;
    evc_cursor rest = evc_cursor_of_view(digits);
    bool padded = digits.size > 1 && evc_cursor_u8(&rest) == 0;

    if (padded)
        digits = evc_cursor_bytes(&rest, evc_cursor_left(&rest));
    if (digits.size == 0 || (digits.data[0] & 0x80u) != (padded ? 0x80u : 0))
        c->failed = true;
    return digits;
}

/* -- numbers ------------------------------------------------------------------------- */

static void
take(evc_cursor *c, numbers *n, const char *name)
{
    evc_view digits = read_unsigned(c);
    BIGNUM *number = c->failed ? NULL : BN_secure_new();

    if (!number) {
        c->failed = true;
        return;
    }
    n->all[n->count++] = number;
    if (!BN_bin2bn(digits.data, (int)digits.size, number) ||
        OSSL_PARAM_BLD_push_BN(n->builder, name, number) != 1)
        c->failed = true;
}

/* The third prime and those after it; the first two stand in the key itself. */
static void
take_further_primes(evc_cursor *key, numbers *n)
{
    evc_cursor list = read_element(key, SEQUENCE);
    size_t i = 2;

    for (; i < PRIMES_MAX && evc_cursor_left(&list) > 0; i++) {
        evc_cursor prime = read_element(&list, SEQUENCE);

        take(&prime, n, prime_names[i]);
        take(&prime, n, exponent_names[i]);
        take(&prime, n, coefficient_names[i - 1]);
        if (!evc_cursor_done(&prime))
            key->failed = true;
    }
    if (i == 2 || !evc_cursor_done(&list))
        key->failed = true;
}

static bool
take_all(evc_view der, numbers *n)
{
    evc_cursor whole = evc_cursor_of_view(der);
    evc_cursor key = read_element(&whole, SEQUENCE);
    evc_view version = read_unsigned(&key);
    bool more_primes = version.size == 1 && version.data[0] == 1;

    if (version.size != 1 || version.data[0] > 1)
        return false;
    take(&key, n, OSSL_PKEY_PARAM_RSA_N);
    take(&key, n, OSSL_PKEY_PARAM_RSA_E);
    take(&key, n, OSSL_PKEY_PARAM_RSA_D);
    take(&key, n, prime_names[0]);
    take(&key, n, prime_names[1]);
    take(&key, n, exponent_names[0]);
    take(&key, n, exponent_names[1]);
    take(&key, n, coefficient_names[0]);
    if (more_primes)
        take_further_primes(&key, n);
    return evc_cursor_done(&key) && evc_cursor_done(&whole);
}

static EVP_PKEY *
import(const evc_crypto *crypto, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new_from_name(crypto->library, "RSA", crypto->properties);
    EVP_PKEY *key = NULL;

    if (context && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params);
    EVP_PKEY_CTX_free(context);
    return key;
}

EVP_PKEY *
evc_rsa_private_read(const evc_crypto *crypto, evc_view der)
{
    numbers n = {.builder = OSSL_PARAM_BLD_new()};
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (n.builder && take_all(der, &n))
        params = OSSL_PARAM_BLD_to_param(n.builder);
    if (params)
        key = import(crypto, params);
    OSSL_PARAM_free(params); /* wipes what is secure */
    OSSL_PARAM_BLD_free(n.builder);
    for (size_t i = 0; i < n.count; i++)
        BN_clear_free(n.all[i]);
    return key;
}
