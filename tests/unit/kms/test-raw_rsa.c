/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rsa.h"
#include "evc-alloc.h"
#include "kms/keys.h"
#include "known-edks.h"

#define RSA "rsa-4096"

static void
setup(void)
{
    open_crypto();
    open_known();
}

static void
teardown(void)
{
    close_known();
    close_crypto();
}

static int
open_key(const char *public_pem, const char *private_pem, int32_t padding,
         uint32_t flags, evc_kms **out)
{
    *out = (evc_kms *)1;
    return evc_raw_rsa_open(crypto, "ns", "name", public_pem, private_pem, padding,
                            flags, out, NULL);
}

static evc_kms *
open_both(int32_t padding)
{
    evc_kms *kms;

    EVC_CHECK_OK(open_key(known_rsa(RSA, "public_pem"), known_rsa(RSA, "private_pem"),
                          padding, ENVCRYPT_RAW_WRITE_PKCS1, &kms));
    return kms;
}

static int32_t
padding_of(const char *name)
{
    static const char *const names[] = {[ENVCRYPT_RSA_PKCS1] = "pkcs1",
                                        [ENVCRYPT_RSA_OAEP_SHA1] = "oaep-sha1",
                                        [ENVCRYPT_RSA_OAEP_SHA256] = "oaep-sha256",
                                        [ENVCRYPT_RSA_OAEP_SHA384] = "oaep-sha384",
                                        [ENVCRYPT_RSA_OAEP_SHA512] = "oaep-sha512"};
    int32_t padding = ENVCRYPT_RSA_PKCS1;

    while (strcmp(names[padding], name) != 0)
        padding++;
    return padding;
}

static void
check_answer(const known_edk *k)
{
    evc_kms *kms;
    evc_secret key;

    EVC_CHECK_OK(evc_raw_rsa_open(crypto, (const char *)k->bytes[0].data, k->name, NULL,
                                  known_rsa(k->kek_name, "private_pem"),
                                  padding_of(k->padding), 0, &kms, NULL));
    ck_assert(evc_kms_claims(kms, &k->edk));
    EVC_CHECK_OK(evc_kms_unwrap(kms, &k->edk, &k->context, k->key.size, NULL, NULL,
                                &key, NULL, NULL));
    ck_assert(evc_view_equal(view_of_secret(&key), k->key));
    evc_secret_free(&key);
    evc_kms_unref(kms);
}

START_TEST(opens_keys_of_published_messages)
{
    ck_assert_uint_eq(each_known("raw-rsa", check_answer), 5);
}
END_TEST

static void
wrap(evc_kms *kms, evc_edk_out *out)
{
    evc_secret key = make_secret(32, 1);

    EVC_CHECK_OK(evc_kms_wrap(kms, view_of_secret(&key), NULL, NULL, NULL, out, NULL));
    evc_secret_free(&key);
}

static int
unwrap(evc_kms *kms, const evc_edk_out *wrapped)
{
    evc_edk edk = evc_edk_view(wrapped);
    evc_secret key;
    int rc = evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &key, NULL, NULL);

    if (!rc)
        ck_assert_uint_eq(key.bytes[31], 32);
    evc_secret_free(&key);
    return rc;
}

START_TEST(opens_what_it_wraps_with_every_padding)
{
    for (int32_t padding = ENVCRYPT_RSA_PKCS1; padding <= ENVCRYPT_RSA_OAEP_SHA512;
         padding++) {
        evc_kms *kms = open_both(padding);
        evc_edk_out out;

        wrap(kms, &out);
        ck_assert(evc_view_is_text(evc_buf_view(&out.provider), "ns"));
        ck_assert(evc_view_is_text(evc_buf_view(&out.info), "name"));
        ck_assert_uint_eq(out.ciphertext.size, 512);
        EVC_CHECK_OK(unwrap(kms, &out));
        evc_edk_out_reset(&out);
        evc_kms_unref(kms);
    }
}
END_TEST

START_TEST(another_padding_does_not_open)
{
    evc_kms *sha256 = open_both(ENVCRYPT_RSA_OAEP_SHA256);
    evc_kms *sha1 = open_both(ENVCRYPT_RSA_OAEP_SHA1);
    evc_edk_out out;

    wrap(sha256, &out);
    EVC_CHECK_CODE(unwrap(sha1, &out), ENVCRYPT_E_UNWRAP);
    evc_edk_out_reset(&out);
    evc_kms_unref(sha256);
    evc_kms_unref(sha1);
}
END_TEST

START_TEST(changed_bytes_do_not_open)
{
    evc_kms *kms = open_both(ENVCRYPT_RSA_OAEP_SHA256);
    evc_edk_out out;

    wrap(kms, &out);
    out.ciphertext.data[511] ^= 1;
    EVC_CHECK_CODE(unwrap(kms, &out), ENVCRYPT_E_UNWRAP);
    evc_buf_truncate(&out.ciphertext, 511);
    EVC_CHECK_CODE(unwrap(kms, &out), ENVCRYPT_E_UNWRAP);
    evc_buf_truncate(&out.ciphertext, 0);
    EVC_CHECK_CODE(unwrap(kms, &out), ENVCRYPT_E_UNWRAP);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

/* A newer OpenSSL gives random bytes for PKCS #1 that does not open. */
START_TEST(changed_bytes_do_not_give_the_key_with_pkcs1)
{
    evc_kms *kms = open_both(ENVCRYPT_RSA_PKCS1);
    evc_edk_out out;
    evc_edk edk;
    evc_secret key;

    wrap(kms, &out);
    out.ciphertext.data[511] ^= 1;
    edk = evc_edk_view(&out);
    if (evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &key, NULL, NULL) == 0)
        ck_assert_mem_ne(key.bytes, "\1\2\3\4\5\6\7\10", 8);
    evc_secret_free(&key);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(what_a_key_can_do_depends_on_its_halves)
{
    const char *public_pem = known_rsa(RSA, "public_pem");
    const char *private_pem = known_rsa(RSA, "private_pem");
    evc_kms *kms;

    EVC_CHECK_OK(open_key(public_pem, NULL, ENVCRYPT_RSA_OAEP_SHA256, 0, &kms));
    ck_assert_uint_eq(kms->operations, ENVCRYPT_OP_WRAP);
    evc_kms_unref(kms);
    EVC_CHECK_OK(open_key(NULL, private_pem, ENVCRYPT_RSA_OAEP_SHA256, 0, &kms));
    ck_assert_uint_eq(kms->operations, ENVCRYPT_OP_UNWRAP);
    evc_kms_unref(kms);
    EVC_CHECK_OK(open_key(public_pem, private_pem, ENVCRYPT_RSA_OAEP_SHA256, 0, &kms));
    ck_assert_uint_eq(kms->operations, ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(pkcs1_writes_only_when_told_to)
{
    const char *public_pem = known_rsa(RSA, "public_pem");
    const char *private_pem = known_rsa(RSA, "private_pem");
    evc_kms *kms;

    EVC_CHECK_OK(open_key(public_pem, private_pem, ENVCRYPT_RSA_PKCS1, 0, &kms));
    ck_assert_uint_eq(kms->operations, ENVCRYPT_OP_UNWRAP);
    evc_kms_unref(kms);
    EVC_CHECK_OK(
        open_key(public_pem, NULL, ENVCRYPT_RSA_PKCS1, ENVCRYPT_RAW_WRITE_PKCS1, &kms));
    ck_assert_uint_eq(kms->operations, ENVCRYPT_OP_WRAP);
    evc_kms_unref(kms);
    EVC_CHECK_CODE(open_key(public_pem, NULL, ENVCRYPT_RSA_PKCS1, 0, &kms),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(kms);
}
END_TEST

START_TEST(a_key_has_at_least_one_half)
{
    evc_kms *kms;

    EVC_CHECK_CODE(open_key(NULL, NULL, ENVCRYPT_RSA_OAEP_SHA256, 0, &kms),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(kms);
}
END_TEST

START_TEST(the_halves_are_not_taken_for_each_other)
{
    evc_kms *kms;

    EVC_CHECK_CODE(open_key(known_rsa(RSA, "private_pem"), NULL,
                            ENVCRYPT_RSA_OAEP_SHA256, 0, &kms),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        open_key(NULL, known_rsa(RSA, "public_pem"), ENVCRYPT_RSA_OAEP_SHA256, 0, &kms),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_key("", NULL, ENVCRYPT_RSA_OAEP_SHA256, 0, &kms),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

/* Of another key than the private half of the vectors. */
static const char other_public_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2a3KpKukKzLF+ydAYPCh\n"
    "y3xNZHNJqb8fKE0Sen2dvXADjNEec93o/2qJNTA2Efy2/zT7LKx2eM0jT7SWU9T9\n"
    "+MCYXavnM2y5cx3oujSIlVxlCdTk2RSg124dM1KlIeAlJ7sKeRUzPbDJ6UtRwM2v\n"
    "56el0czRi6HC+2HBIDC1QJGYV6ybssHAC101OVLKyLiN6ITqL5B1IfH0aglAGzJw\n"
    "VI12LrFceULamyOOgZiYSqScQsy6pzcIqSt9c7eOgzEMXXswcXJGPvIiIg3ZJAMi\n"
    "dS6b8IVGvOxeRUlHOSw2ndRBj8tSqzdfH3Pv3qlJfnvf7w+TbnN9nzKCgKrapAm2\n"
    "mQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

START_TEST(halves_of_two_keys_are_refused)
{
    evc_kms *kms;

    EVC_CHECK_CODE(open_key(other_public_pem, known_rsa(RSA, "private_pem"),
                            ENVCRYPT_RSA_OAEP_SHA256, 0, &kms),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(kms);
}
END_TEST

/* 2,048 bits: 256 - 2 * 64 - 2 and 256 - 11. */
START_TEST(knows_how_much_fits)
{
    evc_kms *kms;

    EVC_CHECK_OK(open_key(other_public_pem, NULL, ENVCRYPT_RSA_OAEP_SHA512, 0, &kms));
    ck_assert_uint_eq(kms->max_plaintext, 126);
    evc_kms_unref(kms);
    EVC_CHECK_OK(open_key(other_public_pem, NULL, ENVCRYPT_RSA_PKCS1,
                          ENVCRYPT_RAW_WRITE_PKCS1, &kms));
    ck_assert_uint_eq(kms->max_plaintext, 245);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(other_paddings_and_flags_are_refused)
{
    const char *pem = known_rsa(RSA, "public_pem");
    evc_kms *kms;

    EVC_CHECK_CODE(open_key(pem, NULL, 0, 0, &kms), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_key(pem, NULL, ENVCRYPT_RSA_OAEP_SHA512 + 1, 0, &kms),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_key(pem, NULL, -1, 0, &kms), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_key(pem, NULL, ENVCRYPT_RSA_OAEP_SHA256, 2, &kms),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
try_names(const char *name_space, const char *name)
{
    evc_kms *kms;
    int rc = evc_raw_rsa_open(crypto, name_space, name, known_rsa(RSA, "public_pem"),
                              NULL, ENVCRYPT_RSA_OAEP_SHA256, 0, &kms, NULL);

    evc_kms_unref(kms);
    return rc;
}

START_TEST(names_are_checked)
{
    static char long_name[1026];

    memset(long_name, 'n', 1025);
    EVC_CHECK_CODE(try_names("aws-kms", "name"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_names("envcrypt-x", "name"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_names("", "name"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_names("ns", ""), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_names("ns", long_name), ENVCRYPT_E_ARGUMENT);
    long_name[1024] = '\0';
    EVC_CHECK_OK(try_names("ns", long_name));
}
END_TEST

START_TEST(claims_its_own_edks_alone)
{
    evc_kms *kms = open_both(ENVCRYPT_RSA_OAEP_SHA256);
    evc_edk edk = {text("ns"), text("name"), text("x")};

    ck_assert(evc_kms_claims(kms, &edk));
    edk.info = text("name2");
    ck_assert(!evc_kms_claims(kms, &edk));
    edk.info = text("name");
    edk.provider = text("ns2");
    ck_assert(!evc_kms_claims(kms, &edk));
    evc_kms_unref(kms);
}
END_TEST

/* Somebody else may wrap what is no data key: more than 64 bytes. */
START_TEST(what_is_no_data_key_does_not_come_out)
{
    static const uint8_t plain[65] = {1};
    const evc_rsa_padding padding = {
        .hash = EVC_SHA256, .mgf1 = EVC_SHA256, .label = {NULL, 0}};
    evc_kms *kms = open_both(ENVCRYPT_RSA_OAEP_SHA256);
    evc_rsa *rsa;
    uint8_t cipher[512];
    evc_edk edk = {text("ns"), text("name"), evc_view_of(cipher, 512)};
    evc_secret key;

    EVC_CHECK_OK(evc_rsa_from_public_pem(crypto, text(known_rsa(RSA, "public_pem")),
                                         &rsa, NULL));
    EVC_CHECK_OK(evc_rsa_encrypt(rsa, &padding, evc_view_of(plain, 65), cipher, NULL));
    EVC_CHECK_CODE(evc_kms_unwrap(kms, &edk, NULL, 0, NULL, NULL, &key, NULL, NULL),
                   ENVCRYPT_E_UNWRAP);
    EVC_CHECK_OK(evc_rsa_encrypt(rsa, &padding, evc_view_of(plain, 0), cipher, NULL));
    EVC_CHECK_CODE(evc_kms_unwrap(kms, &edk, NULL, 0, NULL, NULL, &key, NULL, NULL),
                   ENVCRYPT_E_UNWRAP);
    evc_rsa_unref(rsa);
    evc_kms_unref(kms);
}
END_TEST

static int
open_wrap_unwrap(void *user)
{
    const char *const *pems = user;
    static const uint8_t key[32] = {1};
    evc_kms *kms;
    evc_secret back = {0};
    evc_edk_out out;
    evc_edk edk;
    int rc = open_key(pems[0], pems[1], ENVCRYPT_RSA_OAEP_SHA256, 0, &kms);

    if (rc)
        return rc;
    rc = evc_kms_wrap(kms, evc_view_of(key, 32), NULL, NULL, NULL, &out, NULL);
    edk = evc_edk_view(&out);
    if (!rc)
        rc = evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &back, NULL, NULL);
    evc_secret_free(&back);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    const char *pems[] = {known_rsa(RSA, "public_pem"), known_rsa(RSA, "private_pem")};

    EVC_CHECK_OK(open_wrap_unwrap(pems)); /* warms the pools */
    evc_alloc_sweep(open_wrap_unwrap, pems);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {opens_keys_of_published_messages,
                                  opens_what_it_wraps_with_every_padding,
                                  another_padding_does_not_open,
                                  changed_bytes_do_not_open,
                                  changed_bytes_do_not_give_the_key_with_pkcs1,
                                  what_a_key_can_do_depends_on_its_halves,
                                  pkcs1_writes_only_when_told_to,
                                  a_key_has_at_least_one_half,
                                  the_halves_are_not_taken_for_each_other,
                                  halves_of_two_keys_are_refused,
                                  knows_how_much_fits,
                                  other_paddings_and_flags_are_refused,
                                  names_are_checked,
                                  claims_its_own_edks_alone,
                                  what_is_no_data_key_does_not_come_out,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("raw_rsa");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("raw_rsa", add_tests)
