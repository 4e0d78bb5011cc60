/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rsa_private.h"

#include "rsa-keys.h"

static evc_buf der;

static EVP_PKEY *
read_der(void)
{
    return evc_rsa_private_read(crypto, evc_buf_view(&der));
}

static void
encode_numbers(EVP_PKEY *key)
{
    encode(&der, key, EVP_PKEY_KEYPAIR, "DER", "type-specific", NULL);
}

static void
refuse(void)
{
    EVP_PKEY *key = read_der();

    ck_assert_ptr_null(key);
    evc_buf_reset(&der);
    ERR_clear_error(); /* the caller's duty, which is to keep the host's entry */
    ERR_raise(ERR_LIB_USER, HOST_REASON);
}

/* Appends an INTEGER of one byte, or with two a zero byte before it. */
static void
put_integer(unsigned value)
{
    evc_buf_put_u8(&der, 0x02);
    if (value > 0xFF) {
        evc_buf_put_u8(&der, 2);
        evc_buf_put_u16(&der, (uint16_t)value);
    } else {
        evc_buf_put_u8(&der, 1);
        evc_buf_put_u8(&der, (uint8_t)value);
    }
}

/* A toy key of nine integers below 128: version, n, e, d, p, q, dp, dq and qinv. */
static const unsigned toy[] = {0, 15, 3, 3, 5, 3, 3, 1, 2};

static void
put_toy(size_t changed, unsigned value)
{
    evc_buf_put_u8(&der, 0x30);
    evc_buf_put_u8(&der, changed < 9 && value > 0xFF ? 28 : 27);
    for (size_t i = 0; i < 9; i++)
        put_integer(i == changed ? value : toy[i]);
}

START_TEST(reads_every_number)
{
    EVP_PKEY *key;

    encode_numbers(key2048);
    key = read_der();
    ck_assert_ptr_nonnull(key);
    ck_assert_int_eq(EVP_PKEY_eq(key, key2048), 1);
    for (size_t i = 0; i < 5; i++) {
        static const char *const names[] = {
            OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
            OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT2,
            OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
        BIGNUM *made = NULL;
        BIGNUM *expected = NULL;

        ck_assert_int_eq(EVP_PKEY_get_bn_param(key, names[i], &made), 1);
        ck_assert_int_eq(EVP_PKEY_get_bn_param(key2048, names[i], &expected), 1);
        ck_assert_int_eq(BN_cmp(made, expected), 0);
        BN_free(made);
        BN_free(expected);
    }
    EVP_PKEY_free(key);
    evc_buf_reset(&der);
}
END_TEST

/* 2,048 bits in three to five primes; OpenSSL makes no more for that size than three. */
START_TEST(reads_three_primes)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    size_t primes = 3;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_PRIMES, &primes),
        OSSL_PARAM_construct_end()};
    EVP_PKEY *made = NULL;
    EVP_PKEY *key;
    BIGNUM *coefficient = NULL;

    EVP_PKEY_keygen_init(context);
    EVP_PKEY_CTX_set_params(context, params);
    ck_assert_int_eq(EVP_PKEY_generate(context, &made), 1);
    EVP_PKEY_CTX_free(context);
    encode_numbers(made);
    key = read_der();
    ck_assert_ptr_nonnull(key);
    ck_assert_int_eq(
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT2, &coefficient), 1);
    BN_free(coefficient);
    EVP_PKEY_free(made);
    EVP_PKEY_free(key);
    evc_buf_reset(&der);
}
END_TEST

START_TEST(reads_the_shortest_lengths)
{
    EVP_PKEY *key;

    put_toy(9, 0);
    key = read_der();
    ck_assert_ptr_nonnull(key);
    EVP_PKEY_free(key);
    evc_buf_reset(&der);
}
END_TEST

START_TEST(refuses_every_shorter_text)
{
    encode_numbers(key2048);
    for (size_t size = 0; size < der.size; size++) {
        EVP_PKEY *key = evc_rsa_private_read(crypto, evc_view_of(der.data, size));

        ck_assert_ptr_null(key);
    }
    evc_buf_reset(&der);
}
END_TEST

START_TEST(refuses_bytes_after_the_key)
{
    put_toy(9, 0);
    evc_buf_put_u8(&der, 0);
    refuse();
}
END_TEST

START_TEST(refuses_bytes_inside_after_the_numbers)
{
    put_toy(9, 0);
    put_integer(1);
    der.data[1] += 3;
    refuse();
}
END_TEST

START_TEST(refuses_a_negative_number)
{
    put_toy((size_t)_i, 0x80);
    refuse();
}
END_TEST

START_TEST(refuses_a_number_longer_than_needed)
{
    evc_buf_put_u8(&der, 0x30);
    evc_buf_put_u8(&der, 28);
    for (size_t i = 0; i < 9; i++)
        if (i == (size_t)_i) {
            evc_buf_put_u8(&der, 0x02);
            evc_buf_put_u8(&der, 2);
            evc_buf_put_u16(&der, (uint16_t)toy[i]);
        } else
            put_integer(toy[i]);
    refuse();
}
END_TEST

START_TEST(refuses_an_empty_number)
{
    evc_buf_put_u8(&der, 0x30);
    evc_buf_put_u8(&der, 26);
    for (size_t i = 0; i < 9; i++)
        if (i == (size_t)_i)
            evc_buf_put_u16(&der, 0x0200);
        else
            put_integer(toy[i]);
    refuse();
}
END_TEST

START_TEST(refuses_other_tags)
{
    put_toy(9, 0);
    der.data[_i ? 2 + 3 * (_i - 1) : 0] ^= 1;
    refuse();
}
END_TEST

START_TEST(refuses_other_versions)
{
    put_toy(0, 2);
    refuse();
    put_toy(0, 0x100);
    refuse();
}
END_TEST

/* Version 1 announces further primes. */
START_TEST(refuses_missing_further_primes)
{
    put_toy(0, 1);
    refuse();
    put_toy(0, 1);
    evc_buf_put_u16(&der, 0x3000);
    der.data[1] += 2;
    refuse();
}
END_TEST

START_TEST(refuses_more_numbers_for_a_prime)
{
    put_toy(0, 1);
    evc_buf_put_u16(&der, 0x300E);
    evc_buf_put_u16(&der, 0x300C);
    for (unsigned i = 0; i < 4; i++)
        put_integer(7);
    der.data[1] += 16;
    refuse();
}
END_TEST

START_TEST(refuses_more_than_five_primes)
{
    put_toy(0, 1);
    evc_buf_put_u8(&der, 0x30);
    evc_buf_put_u8(&der, 4 * 11);
    for (int i = 0; i < 4; i++) {
        evc_buf_put_u16(&der, 0x3009);
        put_integer(7);
        put_integer(3);
        put_integer(1);
    }
    der.data[1] += 2 + 4 * 11;
    refuse();
}
END_TEST

START_TEST(refuses_lengths_longer_than_needed)
{
    put_toy(9, 0);
    if (_i) {
        evc_buf_put_u16(&der, 0);
        memmove(&der.data[4], &der.data[2], 27);
        memcpy(&der.data[1], (uint8_t[]){0x82, 0, 27}, 3);
    } else {
        evc_buf_put_u8(&der, 0);
        memmove(&der.data[3], &der.data[2], 27);
        memcpy(&der.data[1], (uint8_t[]){0x81, 27}, 2);
    }
    refuse();
}
END_TEST

START_TEST(refuses_lengths_of_other_forms)
{
    static const uint8_t forms[] = {0x80, 0x83, 0xFF};

    put_toy(9, 0);
    der.data[1] = forms[_i];
    refuse();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const single_tests[] = {
        reads_every_number,
        reads_three_primes,
        reads_the_shortest_lengths,
        refuses_every_shorter_text,
        refuses_bytes_after_the_key,
        refuses_bytes_inside_after_the_numbers,
        refuses_other_versions,
        refuses_missing_further_primes,
        refuses_more_numbers_for_a_prime,
        refuses_more_than_five_primes,
        NULL,
    };
    const TTest *const number_tests[] = {
        refuses_a_negative_number,
        refuses_a_number_longer_than_needed,
        refuses_an_empty_number,
        NULL,
    };
    const TTest *const tag_tests[] = {refuses_other_tags, NULL};
    const TTest *const longer_tests[] = {refuses_lengths_longer_than_needed, NULL};
    const TTest *const form_tests[] = {refuses_lengths_of_other_forms, NULL};

    rsa_add(suite, "numbers", single_tests, 1);
    rsa_add(suite, "each number", number_tests, 9);
    rsa_add(suite, "each tag", tag_tests, 10);
    rsa_add(suite, "long lengths", longer_tests, 2);
    rsa_add(suite, "other lengths", form_tests, 3);
}

EVC_TEST_MAIN("rsa_private", add_tests)
