/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rsa.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/mem.h"
#include "evc-child.h"
#include "rsa-keys.h"

static const char *const hash_names[] = {[EVC_SHA256] = "SHA256",
                                         [EVC_SHA384] = "SHA384",
                                         [EVC_SHA512] = "SHA512",
                                         [EVC_SHA1] = "SHA1"};

static evc_rsa *public_half;
static evc_rsa *private_half;
static uint8_t cipher[256];
static uint8_t plain[256];
static size_t size;

static void
open_halves(void)
{
    evc_buf pem = {0};

    encode_public(&pem, key2048, "PEM");
    EVC_CHECK_OK(
        evc_rsa_from_public_pem(crypto, evc_buf_view(&pem), &public_half, NULL));
    evc_buf_reset(&pem);
    encode_private(&pem, key2048, "PEM");
    EVC_CHECK_OK(evc_rsa_from_private_pem(crypto, evc_buf_view(&pem),
                                          evc_view_of(NULL, 0), &private_half, NULL));
    evc_buf_reset(&pem);
}

static void
close_halves(void)
{
    evc_rsa_unref(public_half);
    evc_rsa_unref(private_half);
}

static int
decrypt(const evc_rsa_padding *padding)
{
    return evc_rsa_decrypt(private_half, padding, evc_view_of(cipher, sizeof cipher),
                           plain, &size, NULL);
}

/* The 16 pairs of hashes; the pair of number i. */
static evc_rsa_padding
padding_of(int i)
{
    return (evc_rsa_padding){.hash = (evc_hash)(i / 4),
                             .mgf1 = (evc_hash)(i % 4),
                             .label = evc_view_text("label")};
}

START_TEST(opens_what_it_sealed)
{
    evc_rsa_padding padding = padding_of(_i);

    open_halves();
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &padding, evc_view_text("secret"), cipher, NULL));
    EVC_CHECK_OK(decrypt(&padding));
    ck_assert_uint_eq(size, 6);
    ck_assert_mem_eq(plain, "secret", 6);
    close_halves();
}
END_TEST

/* OpenSSL's own calls, with the key as they made it. */
static void
judge(bool decrypts, const evc_rsa_padding *padding, const void *in, size_t in_size)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key2048, NULL);
    uint8_t *out = decrypts ? plain : cipher;

    size = 256;
    ck_assert_int_eq(
        decrypts ? EVP_PKEY_decrypt_init(context) : EVP_PKEY_encrypt_init(context), 1);
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING);
    EVP_PKEY_CTX_set_rsa_oaep_md_name(context, hash_names[padding->hash], NULL);
    EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, hash_names[padding->mgf1], NULL);
    EVP_PKEY_CTX_set0_rsa_oaep_label(
        context, OPENSSL_memdup(padding->label.data, padding->label.size),
        (int)padding->label.size);
    ck_assert_int_eq(decrypts ? EVP_PKEY_decrypt(context, out, &size, in, in_size)
                              : EVP_PKEY_encrypt(context, out, &size, in, in_size),
                     1);
    EVP_PKEY_CTX_free(context);
}

START_TEST(openssl_opens_it)
{
    evc_rsa_padding padding = padding_of(_i);

    open_halves();
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &padding, evc_view_text("secret"), cipher, NULL));
    judge(true, &padding, cipher, sizeof cipher);
    ck_assert_uint_eq(size, 6);
    ck_assert_mem_eq(plain, "secret", 6);
    close_halves();
}
END_TEST

START_TEST(opens_what_openssl_sealed)
{
    evc_rsa_padding padding = padding_of(_i);

    open_halves();
    judge(false, &padding, "secret", 6);
    EVC_CHECK_OK(decrypt(&padding));
    ck_assert_uint_eq(size, 6);
    ck_assert_mem_eq(plain, "secret", 6);
    close_halves();
}
END_TEST

START_TEST(holds_as_much_as_the_padding_leaves)
{
    evc_rsa_padding padding = padding_of(_i);
    size_t most = 256 - 2 * evc_hash_size(padding.hash) - 2;
    uint8_t text[256] = {1, 2, 3};

    open_halves();
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &padding, evc_view_of(text, most), cipher, NULL));
    EVC_CHECK_OK(decrypt(&padding));
    ck_assert_uint_eq(size, most);
    EVC_CHECK_CODE(evc_rsa_encrypt(public_half, &padding, evc_view_of(text, most + 1),
                                   cipher, NULL),
                   ENVCRYPT_E_KEY_SIZE);
    close_halves();
}
END_TEST

/* -- single -------------------------------------------------------------------------- */

static const evc_rsa_padding oaep = {.hash = EVC_SHA256, .mgf1 = EVC_SHA256};

START_TEST(holds_nothing)
{
    open_halves();
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &oaep, evc_view_of(NULL, 0), cipher, NULL));
    EVC_CHECK_OK(decrypt(&oaep));
    ck_assert_uint_eq(size, 0);
    close_halves();
}
END_TEST

START_TEST(pkcs1_opens_what_it_sealed)
{
    evc_rsa_padding padding = {.pkcs1 = true};
    uint8_t text[246] = {1, 2, 3};

    open_halves();
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &padding, evc_view_of(text, 245), cipher, NULL));
    EVC_CHECK_OK(decrypt(&padding));
    ck_assert_uint_eq(size, 245);
    ck_assert_mem_eq(plain, text, 245);
    EVC_CHECK_CODE(
        evc_rsa_encrypt(public_half, &padding, evc_view_of(text, 246), cipher, NULL),
        ENVCRYPT_E_KEY_SIZE);
    close_halves();
}
END_TEST

static void
refuse(const evc_rsa_padding *padding, evc_view changed)
{
    memset(plain, 0xA5, sizeof plain);
    EVC_CHECK_CODE(evc_rsa_decrypt(private_half, padding, changed, plain, &size, NULL),
                   EVC_NOT_AUTHENTIC);
    ck_assert_uint_eq(size, 0);
}

START_TEST(refuses_other_hashes_and_labels)
{
    evc_rsa_padding other_hash = {.hash = EVC_SHA384, .mgf1 = EVC_SHA256};
    evc_rsa_padding other_mgf1 = {.hash = EVC_SHA256, .mgf1 = EVC_SHA1};
    evc_rsa_padding other_label = {
        .hash = EVC_SHA256, .mgf1 = EVC_SHA256, .label = evc_view_text("label")};

    open_halves();
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &oaep, evc_view_text("secret"), cipher, NULL));
    refuse(&other_hash, evc_view_of(cipher, 256));
    refuse(&other_mgf1, evc_view_of(cipher, 256));
    refuse(&other_label, evc_view_of(cipher, 256));
    close_halves();
}
END_TEST

START_TEST(refuses_changed_bytes_and_zeroes)
{
    open_halves();
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &oaep, evc_view_text("secret"), cipher, NULL));
    for (size_t at = 0; at < 256; at += 15) {
        cipher[at] ^= 1;
        refuse(&oaep, evc_view_of(cipher, 256));
        ck_assert(evc_mem_is_zero(plain, 256));
        cipher[at] ^= 1;
    }
    EVC_CHECK_OK(decrypt(&oaep));
    close_halves();
}
END_TEST

START_TEST(refuses_ciphertexts_of_other_sizes)
{
    uint8_t longer[257] = {0};

    open_halves();
    refuse(&oaep, evc_view_of(NULL, 0));
    refuse(&oaep, evc_view_of(longer, 255));
    refuse(&oaep, evc_view_of(longer, 257));
    close_halves();
}
END_TEST

START_TEST(label_has_at_most_65535_bytes)
{
    static uint8_t label[EVC_RSA_LABEL_MAX + 1];
    evc_rsa_padding padding = oaep;

    open_halves();
    padding.label = evc_view_of(label, EVC_RSA_LABEL_MAX);
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &padding, evc_view_text("secret"), cipher, NULL));
    EVC_CHECK_OK(decrypt(&padding));
    padding.label = evc_view_of(label, EVC_RSA_LABEL_MAX + 1);
    EVC_CHECK_CODE(
        evc_rsa_encrypt(public_half, &padding, evc_view_text("secret"), cipher, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(decrypt(&padding), ENVCRYPT_E_ARGUMENT);
    close_halves();
}
END_TEST

START_TEST(each_half_does_its_own_work)
{
    open_halves();
    EVC_CHECK_CODE(
        evc_rsa_encrypt(private_half, &oaep, evc_view_text("secret"), cipher, NULL),
        ENVCRYPT_E_KEY_KIND);
    EVC_CHECK_CODE(evc_rsa_decrypt(public_half, &oaep, evc_view_of(cipher, 256), plain,
                                   &size, NULL),
                   ENVCRYPT_E_KEY_KIND);
    close_halves();
}
END_TEST

START_TEST(fingerprint_is_of_the_public_der)
{
    evc_buf der = {0};
    evc_view part;
    uint8_t prints[3][32];

    open_halves();
    encode_public(&der, key2048, "DER");
    part = evc_buf_view(&der);
    EVC_CHECK_OK(evc_digest(crypto, EVC_SHA256, &part, 1, prints[0], NULL));
    EVC_CHECK_OK(evc_rsa_fingerprint(public_half, prints[1], NULL));
    EVC_CHECK_OK(evc_rsa_fingerprint(private_half, prints[2], NULL));
    ck_assert_mem_eq(prints[0], prints[1], 32);
    ck_assert_mem_eq(prints[0], prints[2], 32);
    evc_buf_reset(&der);
    close_halves();
}
END_TEST

START_TEST(public_pem_is_that_of_openssl)
{
    evc_buf expected = {0};
    evc_buf from_public = {0};
    evc_buf from_private = {0};

    open_halves();
    encode_public(&expected, key2048, "PEM");
    EVC_CHECK_OK(evc_rsa_public_pem(public_half, &from_public, NULL));
    EVC_CHECK_OK(evc_rsa_public_pem(private_half, &from_private, NULL));
    ck_assert(evc_view_equal(evc_buf_view(&expected), evc_buf_view(&from_public)));
    ck_assert(evc_view_equal(evc_buf_view(&expected), evc_buf_view(&from_private)));
    evc_buf_reset(&expected);
    evc_buf_reset(&from_public);
    evc_buf_reset(&from_private);
    close_halves();
}
END_TEST

START_TEST(public_pem_says_when_it_does_not_fit)
{
    uint8_t memory[64];
    evc_buf small;

    open_halves();
    evc_buf_init_fixed(&small, memory, sizeof memory);
    EVC_CHECK_CODE(evc_rsa_public_pem(public_half, &small, NULL),
                   ENVCRYPT_E_BUFFER_TOO_SMALL);
    close_halves();
}
END_TEST

START_TEST(lives_until_the_last_reference)
{
    open_halves();
    ck_assert_ptr_eq(evc_rsa_ref(public_half), public_half);
    evc_rsa_unref(public_half);
    EVC_CHECK_OK(
        evc_rsa_encrypt(public_half, &oaep, evc_view_text("secret"), cipher, NULL));
    close_halves();
    evc_rsa_unref(NULL);
}
END_TEST

static int
use_in_child(void *user)
{
    evc_view text = evc_view_of(cipher, 6);
    evc_view none = evc_view_of(NULL, 0);
    evc_buf pem = {0};
    evc_rsa *made = NULL;

    (void)user;
    if (evc_rsa_encrypt(public_half, &oaep, text, cipher, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (decrypt(&oaep) != ENVCRYPT_E_FORKED)
        return 2;
    if (evc_rsa_fingerprint(public_half, plain, NULL) != ENVCRYPT_E_FORKED)
        return 3;
    if (evc_rsa_public_pem(public_half, &pem, NULL) != ENVCRYPT_E_FORKED)
        return 4;
    if (evc_rsa_from_public_pem(crypto, text, &made, NULL) != ENVCRYPT_E_FORKED || made)
        return 5;
    if (evc_rsa_from_private_pem(crypto, text, none, &made, NULL) != ENVCRYPT_E_FORKED)
        return 6;
    if (evc_rsa_from_private_der(crypto, text, &made, NULL) != ENVCRYPT_E_FORKED)
        return 7;
    close_halves();
    return 0;
}

START_TEST(tells_bits_and_bytes_of_the_modulus)
{
    open_halves();
    ck_assert_uint_eq(evc_rsa_bits(public_half), 2048);
    ck_assert_uint_eq(evc_rsa_size(private_half), 256);
    close_halves();
}
END_TEST

START_TEST(child_of_fork_gets_an_error_and_may_free)
{
    open_halves();
    EVC_CHECK_CHILD(use_in_child, NULL);
    close_halves();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const pair_tests[] = {
        opens_what_it_sealed,
        openssl_opens_it,
        opens_what_openssl_sealed,
        holds_as_much_as_the_padding_leaves,
        NULL,
    };
    const TTest *const single_tests[] = {
        holds_nothing,
        pkcs1_opens_what_it_sealed,
        refuses_other_hashes_and_labels,
        refuses_changed_bytes_and_zeroes,
        refuses_ciphertexts_of_other_sizes,
        label_has_at_most_65535_bytes,
        each_half_does_its_own_work,
        fingerprint_is_of_the_public_der,
        public_pem_is_that_of_openssl,
        public_pem_says_when_it_does_not_fit,
        lives_until_the_last_reference,
        tells_bits_and_bytes_of_the_modulus,
        child_of_fork_gets_an_error_and_may_free,
        NULL,
    };

    rsa_add(suite, "each pair of hashes", pair_tests, 16);
    rsa_add(suite, "rsa", single_tests, 1);
}

EVC_TEST_MAIN("rsa", add_tests)
