/* SPDX-License-Identifier: Apache-2.0 */
/* What the functions evc_rsa_from_… read and refuse. */
#include "rsa-keys.h"

static evc_buf text;
static evc_rsa *rsa;

static evc_view
read_text(void)
{
    return evc_buf_view(&text);
}

static void
done(void)
{
    evc_rsa_unref(rsa);
    evc_buf_reset(&text);
}

/* Reads text as kind (PEM or DER, private or public) and expects ARGUMENT and its word. */
static void
refuse(bool is_pem, bool is_private, const char *word)
{
    evc_view none = evc_view_of(NULL, 0);
    evc_error *err = NULL;
    int rc;

    if (is_pem)
        rc = is_private
                 ? evc_rsa_from_private_pem(crypto, read_text(), none, &rsa, &err)
                 : evc_rsa_from_public_pem(crypto, read_text(), &rsa, &err);
    else
        rc = is_private ? evc_rsa_from_private_der(crypto, read_text(), &rsa, &err)
                        : evc_rsa_from_public_der(crypto, read_text(), &rsa, &err);
    EVC_CHECK_CODE(rc, ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(rsa);
    ck_assert_msg(strstr(envcrypt_error_message(err), word) != NULL, "%s",
                  envcrypt_error_message(err));
    envcrypt_error_free(err);
    done();
}

/* -- accepted ------------------------------------------------------------------------ */

START_TEST(reads_a_public_pem)
{
    encode_public(&text, key2048, "PEM");
    EVC_CHECK_OK(evc_rsa_from_public_pem(crypto, read_text(), &rsa, NULL));
    ck_assert_uint_eq(evc_rsa_size(rsa), 256);
    ck_assert(!evc_rsa_is_private(rsa));
    done();
}
END_TEST

START_TEST(reads_a_private_pem)
{
    encode_private(&text, key2048, "PEM");
    EVC_CHECK_OK(evc_rsa_from_private_pem(crypto, read_text(), evc_view_of(NULL, 0),
                                          &rsa, NULL));
    ck_assert_uint_eq(evc_rsa_size(rsa), 256);
    ck_assert(evc_rsa_is_private(rsa));
    done();
}
END_TEST

START_TEST(reads_a_public_der)
{
    encode_public(&text, key2048, "DER");
    EVC_CHECK_OK(evc_rsa_from_public_der(crypto, read_text(), &rsa, NULL));
    ck_assert(!evc_rsa_is_private(rsa));
    done();
}
END_TEST

START_TEST(reads_a_private_der)
{
    encode_private(&text, key2048, "DER");
    EVC_CHECK_OK(evc_rsa_from_private_der(crypto, read_text(), &rsa, NULL));
    ck_assert(evc_rsa_is_private(rsa));
    done();
}
END_TEST

START_TEST(skips_text_before_the_pem_block)
{
    evc_buf_put_text(&text, "friendlyName: recovery\n\n");
    encode_public(&text, key2048, "PEM");
    EVC_CHECK_OK(evc_rsa_from_public_pem(crypto, read_text(), &rsa, NULL));
    done();
}
END_TEST

/* A file without a NUL at its end, and without a line feed. */
START_TEST(reads_no_byte_past_the_text)
{
    evc_view whole;
    uint8_t *exact;

    encode_public(&text, key2048, "PEM");
    whole = evc_view_of(text.data, text.size - 1);
    exact = malloc(whole.size);
    ck_assert(whole.data && exact);
    memcpy(exact, whole.data, whole.size);
    EVC_CHECK_OK(
        evc_rsa_from_public_pem(crypto, evc_view_of(exact, whole.size), &rsa, NULL));
    free(exact);
    done();
}
END_TEST

START_TEST(reads_the_largest_modulus)
{
    BIGNUM *n = BN_new();
    EVP_PKEY *key;

    BN_set_bit(n, 16383);
    BN_set_bit(n, 0);
    key = public_of(n, 65537);
    encode_public(&text, key, "DER");
    EVC_CHECK_OK(evc_rsa_from_public_der(crypto, read_text(), &rsa, NULL));
    ck_assert_uint_eq(evc_rsa_size(rsa), 2048);
    EVP_PKEY_free(key);
    BN_free(n);
    done();
}
END_TEST

/* -- passphrases --------------------------------------------------------------------- */

static int
read_encrypted(const char *passphrase)
{
    return evc_rsa_from_private_pem(crypto, read_text(), evc_view_text(passphrase),
                                    &rsa, NULL);
}

static void
encrypt_key(const char *passphrase)
{
    encode(&text, key2048, EVP_PKEY_KEYPAIR, "PEM", "EncryptedPrivateKeyInfo",
           passphrase);
}

START_TEST(reads_an_encrypted_pem)
{
    encrypt_key("open sesame");
    EVC_CHECK_OK(read_encrypted("open sesame"));
    ck_assert(evc_rsa_is_private(rsa));
    done();
}
END_TEST

START_TEST(refuses_a_wrong_passphrase)
{
    encrypt_key("open sesame");
    EVC_CHECK_CODE(read_encrypted("open barley"), ENVCRYPT_E_PASSPHRASE);
    ck_assert_ptr_null(rsa);
    done();
}
END_TEST

/* And asks nobody for it. */
START_TEST(refuses_a_missing_passphrase)
{
    encrypt_key("open sesame");
    EVC_CHECK_CODE(read_encrypted(NULL), ENVCRYPT_E_PASSPHRASE);
    ck_assert_ptr_null(rsa);
    done();
}
END_TEST

START_TEST(takes_the_longest_passphrase)
{
    char passphrase[EVC_RSA_PASSPHRASE_MAX + 2] = {0};

    memset(passphrase, 'x', EVC_RSA_PASSPHRASE_MAX);
    encrypt_key(passphrase);
    EVC_CHECK_OK(read_encrypted(passphrase));
    evc_rsa_unref(rsa);
    passphrase[EVC_RSA_PASSPHRASE_MAX] = 'x';
    EVC_CHECK_CODE(read_encrypted(passphrase), ENVCRYPT_E_ARGUMENT);
    done();
}
END_TEST

START_TEST(passphrase_does_no_harm_to_a_plain_key)
{
    encode_private(&text, key2048, "PEM");
    EVC_CHECK_OK(read_encrypted("not needed"));
    done();
}
END_TEST

/* The old way of PEM headers, at which OpenSSL would ask at the terminal. */
START_TEST(refuses_pem_headers)
{
    encode(&text, key2048, EVP_PKEY_KEYPAIR, "PEM", "type-specific", "old");
    refuse(true, true, "PRIVATE KEY");
}
END_TEST

START_TEST(refuses_a_damaged_encrypted_key)
{
    evc_buf_put_text(&text, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAMCAQA=\n"
                            "-----END ENCRYPTED PRIVATE KEY-----\n");
    EVC_CHECK_CODE(read_encrypted("any"), ENVCRYPT_E_ARGUMENT);
    done();
}
END_TEST

/* -- refused ------------------------------------------------------------------------- */

START_TEST(refuses_no_text)
{
    refuse(_i & 1, _i & 2, "the ");
}
END_TEST

START_TEST(refuses_noise)
{
    evc_buf_put_text(&text,
                     "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    refuse(_i & 1, _i & 2, "key");
}
END_TEST

START_TEST(refuses_the_other_kind)
{
    const char *form = _i & 1 ? "PEM" : "DER";

    if (_i & 2)
        encode_public(&text, key2048, form);
    else
        encode_private(&text, key2048, form);
    refuse(_i & 1, _i & 2, "key");
}
END_TEST

START_TEST(refuses_bytes_after_the_key)
{
    if (_i & 2)
        encode_private(&text, key2048, "DER");
    else
        encode_public(&text, key2048, "DER");
    evc_buf_put_u8(&text, 0);
    refuse(false, _i & 2, "cannot be read");
}
END_TEST

START_TEST(refuses_a_key_cut_short)
{
    encode_private(&text, key2048, "DER");
    text.size--;
    refuse(false, true, "cannot be read");
}
END_TEST

START_TEST(refuses_the_old_private_form)
{
    encode(&text, key2048, EVP_PKEY_KEYPAIR, "PEM", "type-specific", NULL);
    refuse(true, true, "convert it");
}
END_TEST

START_TEST(refuses_keys_that_are_not_rsa)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

    if (_i & 2)
        encode_private(&text, key, "PEM");
    else
        encode_public(&text, key, "PEM");
    EVP_PKEY_free(key);
    refuse(true, _i & 2, _i & 2 ? "must be an RSA key" : "not for RSA encryption");
}
END_TEST

START_TEST(refuses_keys_for_rsa_signatures)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    EVP_PKEY_keygen_init(context);
    ck_assert_int_eq(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    encode_public(&text, key, "PEM");
    EVP_PKEY_free(key);
    refuse(true, false, "not for RSA encryption");
}
END_TEST

START_TEST(refuses_one_bit_less)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2047);

    encode_private(&text, key, "PEM");
    EVP_PKEY_free(key);
    refuse(true, true, "has 2047 bits");
}
END_TEST

static void
refuse_number(int top_bit, bool odd, unsigned long exponent, const char *word)
{
    BIGNUM *n = BN_new();
    EVP_PKEY *key;

    BN_set_bit(n, top_bit);
    if (odd)
        BN_set_bit(n, 0);
    key = public_of(n, exponent);
    encode_public(&text, key, "DER");
    EVP_PKEY_free(key);
    BN_free(n);
    refuse(false, false, word);
}

START_TEST(refuses_one_bit_more)
{
    refuse_number(16384, true, 65537, "has 16385 bits");
}
END_TEST

START_TEST(refuses_an_even_modulus)
{
    refuse_number(2047, false, 65537, "even modulus");
}
END_TEST

/* Encryption would change nothing. */
START_TEST(refuses_the_exponent_one)
{
    refuse_number(2047, true, 1, "exponent 1");
}
END_TEST

START_TEST(refuses_an_even_exponent)
{
    refuse_number(2047, true, 65536, "exponent");
}
END_TEST

START_TEST(reads_at_most_64_kib)
{
    encode_public(&text, key2048, "PEM");
    while (text.size < EVC_RSA_TEXT_MAX)
        evc_buf_put_text(&text, "\n");
    EVC_CHECK_OK(evc_rsa_from_public_pem(crypto, read_text(), &rsa, NULL));
    evc_rsa_unref(rsa);
    rsa = NULL;
    evc_buf_put_text(&text, "\n");
    refuse(_i & 1, _i & 2, "at most 65536");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const single_tests[] = {
        reads_a_public_pem,
        reads_a_private_pem,
        reads_a_public_der,
        reads_a_private_der,
        skips_text_before_the_pem_block,
        reads_no_byte_past_the_text,
        reads_the_largest_modulus,
        reads_an_encrypted_pem,
        refuses_a_wrong_passphrase,
        refuses_a_missing_passphrase,
        takes_the_longest_passphrase,
        passphrase_does_no_harm_to_a_plain_key,
        refuses_pem_headers,
        refuses_a_damaged_encrypted_key,
        refuses_a_key_cut_short,
        refuses_the_old_private_form,
        refuses_keys_for_rsa_signatures,
        refuses_one_bit_less,
        refuses_one_bit_more,
        refuses_an_even_modulus,
        refuses_the_exponent_one,
        refuses_an_even_exponent,
        NULL,
    };
    const TTest *const form_tests[] = {
        refuses_no_text,
        refuses_noise,
        refuses_the_other_kind,
        refuses_bytes_after_the_key,
        refuses_keys_that_are_not_rsa,
        reads_at_most_64_kib,
        NULL,
    };

    rsa_add(suite, "reading", single_tests, 1);
    rsa_add(suite, "each form", form_tests, 4);
}

EVC_TEST_MAIN("rsa_key", add_tests)
