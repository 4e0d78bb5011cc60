/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "kms/protector_seal.h"
#include "protector-fixture.h"

#define TYPE (&evc_protector_rsa)

static evc_protectors *list;

static void
begin(void)
{
    open_fixture();
    list = new_list();
    add_rsa_public(list);
    EVC_CHECK_OK(make_protector(TYPE, list));
    add_rsa_private(list);
}

static void
end(void)
{
    evc_protectors_free(list);
    close_protector();
}

START_TEST(opens_after_a_way_through_the_file)
{
    write_and_read(TYPE);
    EVC_CHECK_OK(open_protector(TYPE, list));
}
END_TEST

START_TEST(public_half_does_not_open)
{
    evc_protectors *halves = new_list();

    add_rsa_public(halves);
    EVC_CHECK_CODE(open_protector(TYPE, halves), EVC_NOT_AUTHENTIC);
    evc_protectors_free(halves);
}
END_TEST

START_TEST(private_half_does_not_protect)
{
    evc_protector made;

    evc_protector_init(&made, ENVCRYPT_PROTECTOR_RSA);
    EVC_CHECK_CODE(TYPE->begin(list, &list->items[1], &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    evc_protector_reset(&made);
}
END_TEST

START_TEST(another_key_does_not_open)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072);
    BIO *bio = BIO_new(BIO_s_mem());
    evc_protectors *other = new_list();
    static char pem[4096];

    ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL),
                     1);
    ck_assert_int_gt(BIO_read(bio, pem, sizeof(pem) - 1), 0);
    EVC_CHECK_OK(evc_protectors_add_rsa_private(other, pem, NULL, NULL));
    EVC_CHECK_CODE(open_protector(TYPE, other), EVC_NOT_AUTHENTIC);
    evc_protectors_free(other);
    BIO_free(bio);
    EVP_PKEY_free(key);
}
END_TEST

START_TEST(changed_bytes_do_not_open)
{
    protector.wrapped.data[100] ^= 1;
    EVC_CHECK_CODE(open_protector(TYPE, list), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(another_protector_id_does_not_open)
{
    protector.id[0] ^= 1;
    EVC_CHECK_CODE(open_protector(TYPE, list), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(another_length_does_not_open)
{
    evc_buf_put_u8(&protector.wrapped, 0);
    EVC_CHECK_CODE(open_protector(TYPE, list), EVC_NOT_AUTHENTIC);
}
END_TEST

/* A key of the right recipient, but not of the right length. */
START_TEST(a_key_of_31_bytes_does_not_open)
{
    evc_protector_scope of = scope();

    EVC_CHECK_OK(TYPE->wrap(&of, NULL, evc_view_of(store_key, EVC_STORE_KEY - 1),
                            &protector, NULL));
    EVC_CHECK_CODE(open_protector(TYPE, list), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(wraps_anew_by_what_the_file_has)
{
    evc_protector_scope of = scope();
    evc_buf old = {0};

    write_and_read(TYPE);
    evc_buf_put_view(&old, evc_buf_view(&protector.wrapped));
    EVC_CHECK_OK(TYPE->wrap(&of, NULL, s_view(), &protector, NULL));
    ck_assert(!evc_view_equal(evc_buf_view(&old), evc_buf_view(&protector.wrapped)));
    EVC_CHECK_OK(open_protector(TYPE, list));
    evc_buf_reset(&old);
}
END_TEST

START_TEST(does_not_wrap_for_a_key_of_another_fingerprint)
{
    evc_protector_scope of = scope();

    protector.public_fingerprint[31] ^= 1;
    EVC_CHECK_CODE(TYPE->wrap(&of, NULL, s_view(), &protector, NULL),
                   ENVCRYPT_E_STORE_FORMAT);
}
END_TEST

START_TEST(does_not_wrap_for_text_that_is_no_key)
{
    evc_protector_scope of = scope();

    evc_buf_clear(&protector.public_pem);
    evc_buf_put_text(&protector.public_pem, "no key");
    EVC_CHECK_CODE(TYPE->wrap(&of, NULL, s_view(), &protector, NULL),
                   ENVCRYPT_E_STORE_FORMAT);
}
END_TEST

START_TEST(does_not_prove_the_origin)
{
    ck_assert(!TYPE->proves_origin);
}
END_TEST

/* A text of n bytes in hex as "wrapped". */
static int
read_wrapped_of(size_t n)
{
    evc_buf text = {0};
    int rc;

    evc_buf_put_text(&text, "{'public-key': 'x', 'fingerprint': '" HEX16 HEX16
                            "', 'wrapped': '");
    for (size_t i = 0; i < n; i++)
        evc_buf_put_text(&text, "5a");
    evc_buf_put_text(&text, "'}");
    evc_buf_put_u8(&text, 0);
    rc = read_text(TYPE, (const char *)text.data);
    evc_buf_reset(&text);
    return rc;
}

START_TEST(wrapped_key_has_the_size_of_a_modulus)
{
    EVC_CHECK_CODE(read_wrapped_of(383), ENVCRYPT_E_JSON);
    EVC_CHECK_OK(read_wrapped_of(384));
    EVC_CHECK_OK(read_wrapped_of(2048));
    EVC_CHECK_CODE(read_wrapped_of(2049), ENVCRYPT_E_JSON);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_after_a_way_through_the_file,
        public_half_does_not_open,
        private_half_does_not_protect,
        another_key_does_not_open,
        changed_bytes_do_not_open,
        another_protector_id_does_not_open,
        another_length_does_not_open,
        a_key_of_31_bytes_does_not_open,
        wraps_anew_by_what_the_file_has,
        does_not_wrap_for_a_key_of_another_fingerprint,
        does_not_wrap_for_text_that_is_no_key,
        does_not_prove_the_origin,
        wrapped_key_has_the_size_of_a_modulus,
        NULL,
    };
    TCase *tcase = tcase_create("protector_rsa");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("protector_rsa", add_tests)
