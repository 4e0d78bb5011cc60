/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/protectors.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "crypto/argon2.h"
#include "evc-alloc.h"
#include "evc-child.h"
#include "store-fixture.h"

static evc_protectors *list;

static void
begin(void)
{
    open_fixture();
    list = new_list();
}

static void
end(void)
{
    evc_protectors_free(list);
    close_fixture();
}

static int
add_passphrase_of(size_t size)
{
    static const char text[EVC_PASSPHRASE_MAX + 1];

    return evc_protectors_add_passphrase(list, evc_view_of(text, size), NULL);
}

static int
add_raw_of(size_t size)
{
    static const char bytes[64] = "not all zero";

    return evc_protectors_add_raw_key(list, evc_view_of(bytes, size), NULL);
}

START_TEST(keeps_passphrases_in_the_arena)
{
    evc_arena_status status;

    EVC_CHECK_OK(evc_protectors_add_passphrase(list, evc_view_text(PASSPHRASE), NULL));
    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 1);
    ck_assert_mem_eq(list->items[0].secret.bytes, PASSPHRASE, strlen(PASSPHRASE));
    ck_assert_int_eq(list->items[0].type, ENVCRYPT_PROTECTOR_PASSPHRASE);
}
END_TEST

START_TEST(passphrase_has_1_to_4096_bytes)
{
    EVC_CHECK_CODE(add_passphrase_of(0), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(add_passphrase_of(1));
    EVC_CHECK_OK(add_passphrase_of(EVC_PASSPHRASE_MAX));
    EVC_CHECK_CODE(add_passphrase_of(EVC_PASSPHRASE_MAX + 1), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(list->count, 2);
}
END_TEST

START_TEST(raw_key_has_32_bytes)
{
    EVC_CHECK_CODE(add_raw_of(31), ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_OK(add_raw_of(32));
    EVC_CHECK_CODE(add_raw_of(33), ENVCRYPT_E_KEY_SIZE);
    ck_assert_uint_eq(list->count, 1);
}
END_TEST

START_TEST(refuses_a_raw_key_of_zeros)
{
    static const char zeros[32];

    EVC_CHECK_CODE(evc_protectors_add_raw_key(list, evc_view_of(zeros, 32), NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
add_key_file(const char *content, mode_t mode)
{
    evc_folder_put("key", content, mode);
    return evc_protectors_add_key_file(list, evc_folder_path("key"), NULL);
}

START_TEST(reads_a_key_file)
{
    EVC_CHECK_OK(add_key_file("0123456789abcdef0123456789abcdef", 0600));
    ck_assert_int_eq(list->items[0].type, ENVCRYPT_PROTECTOR_KEY_FILE);
    ck_assert_mem_eq(list->items[0].secret.bytes, "0123456789abcdef0123456789abcdef",
                     32);
}
END_TEST

START_TEST(key_file_has_exactly_32_bytes)
{
    EVC_CHECK_CODE(add_key_file("0123456789abcdef0123456789abcde", 0600),
                   ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_CODE(add_key_file("0123456789abcdef0123456789abcdef\n", 0600),
                   ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_CODE(
        add_key_file("0123456789abcdef0123456789abcdef0123456789abcdef\n", 0600),
        ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_CODE(add_key_file("", 0600), ENVCRYPT_E_KEY_SIZE);
}
END_TEST

START_TEST(refuses_a_key_file_that_others_can_read)
{
    EVC_CHECK_CODE(add_key_file("0123456789abcdef0123456789abcdef", 0640),
                   ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(says_that_a_key_file_is_missing)
{
    EVC_CHECK_CODE(evc_protectors_add_key_file(list, evc_folder_path("none"), NULL),
                   ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(takes_both_halves_of_an_rsa_key)
{
    add_rsa_public(list);
    add_rsa_private(list);
    ck_assert(!evc_rsa_is_private(list->items[0].rsa));
    ck_assert(evc_rsa_is_private(list->items[1].rsa));
}
END_TEST

START_TEST(refuses_text_that_is_no_rsa_key)
{
    EVC_CHECK_CODE(evc_protectors_add_rsa_public(list, "no key", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_protectors_add_rsa_private(list, "no key", NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

/* A new RSA key as the PEM of its public half. */
static int
add_rsa_of(size_t bits)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits);
    BIO *bio = BIO_new(BIO_s_mem());
    static char pem[4096];
    int rc;

    ck_assert_int_eq(PEM_write_bio_PUBKEY(bio, key), 1);
    ck_assert_int_gt(BIO_read(bio, pem, sizeof(pem) - 1), 0);
    rc = evc_protectors_add_rsa_public(list, pem, NULL);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return rc;
}

START_TEST(refuses_an_rsa_key_of_3071_bits)
{
    EVC_CHECK_CODE(add_rsa_of(EVC_PROTECTOR_RSA_BITS - 1), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(list->count, 0);
}
END_TEST

START_TEST(costs_have_limits)
{
    EVC_CHECK_OK(evc_protectors_set_argon2(list, 16, EVC_ARGON2_MAX_KIB, NULL));
    EVC_CHECK_CODE(evc_protectors_set_argon2(list, 17, TEST_KIB, NULL),
                   ENVCRYPT_E_STORE_KDF);
    EVC_CHECK_CODE(evc_protectors_set_argon2(list, 0, TEST_KIB, NULL),
                   ENVCRYPT_E_STORE_KDF);
    EVC_CHECK_CODE(evc_protectors_set_argon2(list, 1, TEST_KIB - 1, NULL),
                   ENVCRYPT_E_STORE_KDF);
    EVC_CHECK_CODE(evc_protectors_set_argon2(list, 1, EVC_ARGON2_MAX_KIB + 1, NULL),
                   ENVCRYPT_E_STORE_KDF);
    ck_assert_uint_eq(list->passes, 16);
    ck_assert_uint_eq(list->memory_kib, EVC_ARGON2_MAX_KIB);
}
END_TEST

START_TEST(costs_are_dear_by_default)
{
    evc_protectors *fresh;

    EVC_CHECK_OK(evc_protectors_new(crypto, &fresh, NULL));
    ck_assert_uint_eq(fresh->passes, 3);
    ck_assert_uint_eq(fresh->memory_kib, 262144);
    evc_protectors_free(fresh);
}
END_TEST

static int
make_and_fill(void *user)
{
    evc_protectors *fresh = NULL;
    int rc = evc_protectors_new(crypto, &fresh, NULL);

    (void)user;
    if (!rc)
        rc = evc_protectors_add_passphrase(fresh, evc_view_text("a"), NULL);
    if (!rc)
        rc = evc_protectors_add_raw_key(
            fresh, evc_view_text("0123456789abcdef0123456789abcdef"), NULL);
    evc_protectors_free(fresh);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(make_and_fill, NULL), 0);
}
END_TEST

static int
add_in_child(void *user)
{
    (void)user;
    return add_passphrase_of(1) != ENVCRYPT_E_FORKED;
}

START_TEST(child_of_fork_gets_an_error)
{
    EVC_CHECK_CHILD(add_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        keeps_passphrases_in_the_arena,
        passphrase_has_1_to_4096_bytes,
        raw_key_has_32_bytes,
        refuses_a_raw_key_of_zeros,
        reads_a_key_file,
        key_file_has_exactly_32_bytes,
        refuses_a_key_file_that_others_can_read,
        says_that_a_key_file_is_missing,
        takes_both_halves_of_an_rsa_key,
        refuses_text_that_is_no_rsa_key,
        refuses_an_rsa_key_of_3071_bits,
        costs_have_limits,
        costs_are_dear_by_default,
        survives_memory_that_runs_out,
        child_of_fork_gets_an_error,
        NULL,
    };
    TCase *tcase = tcase_create("protectors");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("protectors", add_tests)
