/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/signature.h"

#include "../crypto/crypto-fixture.h"
#include "kms/context.h"

static const uint16_t suites[] = {0x0214, 0x0346, 0x0378, 0x0578};
#define SUITES 4

static evc_kv context;
static evc_signature writer;
static evc_signature reader;
static uint8_t footer[EVC_FOOTER_MAX];
static size_t footer_size;

static void
drop(void)
{
    evc_signature_end(&writer);
    evc_signature_end(&reader);
    evc_kv_reset(&context);
    close_crypto();
}

static int
begin_read(const evc_suite *suite)
{
    return evc_signature_begin_read(&reader, crypto, suite, &context, NULL);
}

/* Signs text, and makes the reader ready to verify it. */
static void
sign(const evc_suite *suite, const char *text)
{
    EVC_CHECK_OK(evc_signature_begin_write(&writer, crypto, suite, &context, NULL));
    EVC_CHECK_OK(evc_signature_add(&writer, evc_view_text(text), NULL));
    EVC_CHECK_OK(evc_signature_sign(&writer, footer, &footer_size, NULL));
    EVC_CHECK_OK(begin_read(suite));
}

static int
verify(const char *text)
{
    EVC_CHECK_OK(evc_signature_add(&reader, evc_view_text(text), NULL));
    return evc_signature_verify(&reader, evc_view_of(footer, footer_size), NULL);
}

static void
set_public_key(const char *text)
{
    EVC_CHECK_OK(evc_kv_set(&context, evc_view_text(EVC_CONTEXT_PUBLIC_KEY),
                            evc_view_text(text), NULL));
}

START_TEST(a_signature_holds_for_what_was_signed)
{
    sign(evc_suite_find(suites[_i]), "message");
    EVC_CHECK_OK(verify("message"));
}
END_TEST

START_TEST(a_signature_does_not_hold_for_anything_else)
{
    sign(evc_suite_find(suites[_i]), "message");
    EVC_CHECK_CODE(verify("massage"), ENVCRYPT_E_SIGNATURE);
}
END_TEST

START_TEST(bytes_may_come_in_pieces)
{
    sign(evc_suite_find(suites[_i]), "message");
    EVC_CHECK_OK(evc_signature_add(&reader, evc_view_text("mess"), NULL));
    EVC_CHECK_OK(verify("age"));
}
END_TEST

START_TEST(every_flipped_bit_of_the_footer_is_refused)
{
    const evc_suite *suite = evc_suite_find(0x0214);

    sign(suite, "message");
    for (size_t bit = 0; bit < 8 * footer_size; bit++) {
        footer[bit / 8] ^= (uint8_t)(1u << bit % 8);
        evc_signature_end(&reader);
        EVC_CHECK_OK(begin_read(suite));
        EVC_CHECK_CODE(verify("message"), ENVCRYPT_E_SIGNATURE);
        footer[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(every_truncation_of_the_footer_is_refused)
{
    const evc_suite *suite = evc_suite_find(0x0214);

    sign(suite, "message");
    while (footer_size-- > 0) {
        evc_signature_end(&reader);
        EVC_CHECK_OK(begin_read(suite));
        EVC_CHECK_CODE(verify("message"), ENVCRYPT_E_SIGNATURE);
    }
}
END_TEST

START_TEST(an_empty_signature_is_refused)
{
    sign(evc_suite_find(suites[_i]), "message");
    memset(footer, 0, 2);
    footer_size = 2;
    EVC_CHECK_CODE(verify("message"), ENVCRYPT_E_SIGNATURE);
}
END_TEST

START_TEST(the_size_of_the_footer_is_known_beforehand)
{
    const evc_suite *suite = evc_suite_find(suites[_i]);

    sign(suite, "message");
    ck_assert_uint_eq(footer_size, evc_signature_footer_size(suite));
    ck_assert_uint_eq(footer_size, 2u + (suite->curve == EVC_P256 ? 71 : 103));
}
END_TEST

START_TEST(the_footer_tells_its_size)
{
    static const uint8_t long_footer[] = {0x01, 0x02, 0xff};

    ck_assert_uint_eq(evc_signature_footer_needs(evc_view_of(NULL, 0)), 2);
    ck_assert_uint_eq(evc_signature_footer_needs(evc_view_of(long_footer, 1)), 2);
    ck_assert_uint_eq(evc_signature_footer_needs(evc_view_of(long_footer, 2)), 260);
    ck_assert_uint_eq(evc_signature_footer_needs(evc_view_of(long_footer, 3)), 260);
}
END_TEST

START_TEST(the_public_key_is_a_compressed_point_in_base64)
{
    const evc_suite *suite = evc_suite_find(suites[_i]);
    uint8_t point[EVC_EC_POINT_MAX];
    const evc_pair *pair;
    size_t size;

    sign(suite, "");
    pair = evc_kv_find(&context, evc_view_text(EVC_CONTEXT_PUBLIC_KEY));
    ck_assert_ptr_nonnull(pair);
    EVC_CHECK_OK(evc_decode_base64(pair->value, point, sizeof point, &size, NULL));
    ck_assert_uint_eq(size, suite->curve == EVC_P256 ? 33 : 49);
    ck_assert(point[0] == 2 || point[0] == 3);
}
END_TEST

START_TEST(each_message_has_a_key_pair_of_its_own)
{
    const evc_suite *suite = evc_suite_find(0x0578);
    evc_signature other = {0};
    evc_kv other_context;

    evc_kv_init(&other_context);
    sign(suite, "");
    EVC_CHECK_OK(
        evc_signature_begin_write(&other, crypto, suite, &other_context, NULL));
    ck_assert(!evc_view_equal(context.pairs[0].value, other_context.pairs[0].value));
    evc_signature_end(&other);
    evc_kv_reset(&other_context);
}
END_TEST

START_TEST(refuses_a_context_without_public_key)
{
    EVC_CHECK_CODE(begin_read(evc_suite_find(suites[_i])), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_a_public_key_that_is_not_base64)
{
    set_public_key("no base64");
    EVC_CHECK_CODE(begin_read(evc_suite_find(suites[_i])), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_a_public_key_that_is_not_on_the_curve)
{
    const evc_suite *suite = evc_suite_find(suites[_i]);

    /* 02, then an x of FF bytes, which is no number of the field */
    set_public_key(suite->curve == EVC_P256
                       ? "Av//////////////////////////////////////////"
                       : "Av//////////////////////////////////////////////////////////"
                         "////////");
    EVC_CHECK_CODE(begin_read(suite), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_a_point_that_is_not_compressed)
{
    /* the generator of P-256 */
    set_public_key(
        "BGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivO"
        "M1drMV7Oy7ZAaDe/UfU=");
    EVC_CHECK_CODE(begin_read(evc_suite_find(0x0214)), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_a_point_of_the_other_curve)
{
    sign(evc_suite_find(0x0214), "");
    evc_signature_end(&reader);
    EVC_CHECK_CODE(begin_read(evc_suite_find(0x0578)), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(does_nothing_for_unsigned_suites)
{
    const evc_suite *suite = evc_suite_find(0x0478);

    sign(suite, "message");
    ck_assert_uint_eq(context.count, 0);
    ck_assert_uint_eq(footer_size, 0);
    ck_assert_uint_eq(evc_signature_footer_size(suite), 0);
    EVC_CHECK_OK(verify("anything"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const of_all_suites[] = {
        a_signature_holds_for_what_was_signed,
        a_signature_does_not_hold_for_anything_else,
        bytes_may_come_in_pieces,
        an_empty_signature_is_refused,
        the_size_of_the_footer_is_known_beforehand,
        the_public_key_is_a_compressed_point_in_base64,
        refuses_a_context_without_public_key,
        refuses_a_public_key_that_is_not_base64,
        refuses_a_public_key_that_is_not_on_the_curve,
        NULL,
    };
    const TTest *const of_one[] = {
        every_flipped_bit_of_the_footer_is_refused,
        every_truncation_of_the_footer_is_refused,
        the_footer_tells_its_size,
        each_message_has_a_key_pair_of_its_own,
        refuses_a_point_that_is_not_compressed,
        refuses_a_point_of_the_other_curve,
        does_nothing_for_unsigned_suites,
        NULL,
    };
    TCase *tcase = tcase_create("signature");

    tcase_add_checked_fixture(tcase, open_crypto, drop);
    for (const TTest *const *test = of_one; *test; test++)
        tcase_add_test(tcase, *test);
    for (const TTest *const *test = of_all_suites; *test; test++)
        tcase_add_loop_test(tcase, *test, 0, SUITES);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("signature", add_tests)
