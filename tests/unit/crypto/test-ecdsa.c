/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ecdsa.h"

#include "crypto-fixture.h"
#include "crypto/digest.h"
#include "evc-child.h"

/* RFC 6979, A.2.5 and A.2.6: keys, and signatures of "sample" with the curve's hash. */
static const struct curve_case {
    evc_curve curve;
    evc_hash hash;
    const char *x;
    const char *y;
    const char *signature; /* DER */
} cases[] = {
    {EVC_P256, EVC_SHA256,
     "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
     "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
     "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
     "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
    {EVC_P384, EVC_SHA384,
     "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
     "def8f0ea9055866064a254515480bc13",
     "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
     "288b231c3ae0d4fe7344fd2533264720",
     "306602310094edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
     "81a648152e44acf96e36dd1e80fabe46"
     "02310099ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329"
     "c145786e679e7b82c71a38628ac8"},
};

static uint8_t digest[EVC_HASH_MAX];

/* The curve's own digest of a text. */
static evc_view
digest_for(int i, const char *text)
{
    evc_view part = evc_view_text(text);

    EVC_CHECK_OK(evc_digest(crypto, cases[i].hash, &part, 1, digest, NULL));
    return evc_view_of(digest, evc_hash_size(cases[i].hash));
}

/* The point of case i after a first byte: 2 and 3 are compressed, others have x and y. */
static bytes
point(int i, uint8_t first)
{
    bytes x = hex(cases[i].x);
    bytes y = hex(cases[i].y);
    bytes p = {.size = 1 + x.size};

    p.data[0] = first;
    memcpy(&p.data[1], x.data, x.size);
    if (first != 2 && first != 3) {
        memcpy(&p.data[1 + x.size], y.data, y.size);
        p.size += y.size;
    }
    return p;
}

/* 2 or 3, as the published y is even or odd. */
static uint8_t
sign_of_y(int i)
{
    bytes y = hex(cases[i].y);

    return 2 + (y.data[y.size - 1] & 1);
}

static evc_ec *
import(int i, bytes p)
{
    evc_ec *ec;

    EVC_CHECK_OK(evc_ec_from_point(crypto, cases[i].curve, view(&p), &ec, NULL));
    return ec;
}

static evc_ec *
generate(int i)
{
    evc_ec *ec;

    EVC_CHECK_OK(evc_ec_generate(crypto, cases[i].curve, &ec, NULL));
    return ec;
}

START_TEST(verifies_a_published_signature)
{
    bytes signature = hex(cases[_i].signature);
    evc_ec *ec = import(_i, point(_i, 4));

    EVC_CHECK_OK(evc_ec_verify(ec, digest_for(_i, "sample"), view(&signature), NULL));
    evc_ec_free(ec);
}
END_TEST

/* RFC 6979, A.2.5 and A.2.6, of "sample" too. */
static const struct other_hash {
    int curve_case;
    evc_hash hash;
    const char *signature;
} other_hashes[] = {
    {0, EVC_SHA384,
     "304402200eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719"
     "02204861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954"},
    {0, EVC_SHA512,
     "30450221008496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00"
     "02202362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe"},
    {1, EVC_SHA256,
     "3065023021b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33bde1"
     "e888e63355d92fa2b3c36d8fb2cd023100f3aa443fb107745bf4bd77cb3891674632068a10ca"
     "67e3d45db2266fa7d1feebefdc63eccd1ac42ec0cb8668a4fa0ab0"},
};

START_TEST(verifies_digests_of_the_other_hashes)
{
    const struct other_hash *other = &other_hashes[_i];
    bytes signature = hex(other->signature);
    evc_view part = evc_view_text("sample");
    evc_ec *ec = import(other->curve_case, point(other->curve_case, 4));

    EVC_CHECK_OK(evc_digest(crypto, other->hash, &part, 1, digest, NULL));
    EVC_CHECK_OK(evc_ec_verify(ec, evc_view_of(digest, evc_hash_size(other->hash)),
                               view(&signature), NULL));
    evc_ec_free(ec);
}
END_TEST

START_TEST(does_not_sign_digests_of_the_other_hashes)
{
    const struct other_hash *other = &other_hashes[_i];
    evc_view of = evc_view_of(digest, evc_hash_size(other->hash));
    evc_ec *ec = generate(other->curve_case);
    uint8_t out[EVC_EC_SIGNATURE_MAX];
    size_t size;

    EVC_CHECK_CODE(evc_ec_sign(ec, of, out, &size, NULL), ENVCRYPT_E_ARGUMENT);
    evc_ec_free(ec);
}
END_TEST

START_TEST(verifies_by_a_compressed_point)
{
    bytes signature = hex(cases[_i].signature);
    evc_ec *ec = import(_i, point(_i, sign_of_y(_i)));

    EVC_CHECK_OK(evc_ec_verify(ec, digest_for(_i, "sample"), view(&signature), NULL));
    evc_ec_free(ec);
}
END_TEST

START_TEST(other_sign_of_y_is_another_key)
{
    bytes signature = hex(cases[_i].signature);
    evc_ec *ec = import(_i, point(_i, sign_of_y(_i) ^ 1));

    EVC_CHECK_CODE(evc_ec_verify(ec, digest_for(_i, "sample"), view(&signature), NULL),
                   EVC_NOT_AUTHENTIC);
    evc_ec_free(ec);
}
END_TEST

START_TEST(writes_the_compressed_point)
{
    bytes expected = point(_i, sign_of_y(_i));
    evc_ec *ec = import(_i, point(_i, 4));
    uint8_t out[EVC_EC_POINT_MAX];
    size_t size;

    EVC_CHECK_OK(evc_ec_point(ec, out, &size, NULL));
    ck_assert_uint_eq(size, expected.size);
    ck_assert_mem_eq(out, expected.data, size);
    evc_ec_free(ec);
}
END_TEST

START_TEST(refuses_any_changed_bit_of_a_signature)
{
    bytes signature = hex(cases[_i].signature);
    evc_ec *ec = import(_i, point(_i, 4));
    evc_view of = digest_for(_i, "sample");

    for (size_t bit = 0; bit < signature.size * 8; bit++) {
        signature.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        EVC_CHECK_CODE(evc_ec_verify(ec, of, view(&signature), NULL),
                       EVC_NOT_AUTHENTIC);
        signature.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    evc_ec_free(ec);
}
END_TEST

START_TEST(refuses_signatures_of_odd_sizes)
{
    static const uint8_t zeros[EVC_EC_SIGNATURE_MAX + 1];
    bytes signature = hex(cases[_i].signature);
    evc_ec *ec = import(_i, point(_i, 4));
    evc_view of = digest_for(_i, "sample");

    EVC_CHECK_CODE(evc_ec_verify(ec, of, evc_view_of(NULL, 0), NULL),
                   EVC_NOT_AUTHENTIC);
    EVC_CHECK_CODE(evc_ec_verify(ec, of, evc_view_of(zeros, sizeof zeros), NULL),
                   EVC_NOT_AUTHENTIC);
    EVC_CHECK_CODE(
        evc_ec_verify(ec, of, evc_view_of(signature.data, signature.size - 1), NULL),
        EVC_NOT_AUTHENTIC);
    EVC_CHECK_CODE(
        evc_ec_verify(ec, of, evc_view_of(signature.data, signature.size + 1), NULL),
        EVC_NOT_AUTHENTIC);
    evc_ec_free(ec);
}
END_TEST

/* Half of all signatures have that size by themselves, so 24 in a row are no accident. */
START_TEST(signs_in_one_size)
{
    evc_ec *ec = generate(_i);
    evc_view of = digest_for(_i, "sample");

    for (int i = 0; i < 24; i++) {
        uint8_t out[EVC_EC_SIGNATURE_MAX];
        size_t size;

        EVC_CHECK_OK(evc_ec_sign(ec, of, out, &size, NULL));
        ck_assert_uint_eq(size, evc_ec_signature_size(cases[_i].curve));
        EVC_CHECK_OK(evc_ec_verify(ec, of, evc_view_of(out, size), NULL));
    }
    evc_ec_free(ec);
}
END_TEST

START_TEST(public_half_verifies)
{
    evc_ec *private_half = generate(_i);
    bytes p;
    bytes signature;
    evc_ec *public_half;

    EVC_CHECK_OK(evc_ec_point(private_half, p.data, &p.size, NULL));
    public_half = import(_i, p);
    EVC_CHECK_OK(evc_ec_sign(private_half, digest_for(_i, "text"), signature.data,
                             &signature.size, NULL));
    EVC_CHECK_OK(
        evc_ec_verify(public_half, digest_for(_i, "text"), view(&signature), NULL));
    EVC_CHECK_CODE(
        evc_ec_verify(public_half, digest_for(_i, "other"), view(&signature), NULL),
        EVC_NOT_AUTHENTIC);
    evc_ec_free(private_half);
    evc_ec_free(public_half);
}
END_TEST

START_TEST(public_key_does_not_sign)
{
    uint8_t out[EVC_EC_SIGNATURE_MAX];
    size_t size;
    evc_ec *ec = import(_i, point(_i, 4));

    EVC_CHECK_CODE(evc_ec_sign(ec, digest_for(_i, "text"), out, &size, NULL),
                   ENVCRYPT_E_KEY_KIND);
    evc_ec_free(ec);
}
END_TEST

START_TEST(refuses_digests_of_other_sizes)
{
    uint8_t out[EVC_EC_SIGNATURE_MAX] = {0};
    size_t size = evc_hash_size(cases[_i].hash);
    const size_t wrong[] = {0, size - 1, size + 1};
    evc_ec *ec = generate(_i);

    for (size_t i = 0; i < 3; i++) {
        evc_view of = evc_view_of(digest, wrong[i]);
        size_t made;

        EVC_CHECK_CODE(evc_ec_sign(ec, of, out, &made, NULL), ENVCRYPT_E_ARGUMENT);
        EVC_CHECK_CODE(evc_ec_verify(ec, of, evc_view_of(out, 70), NULL),
                       ENVCRYPT_E_ARGUMENT);
    }
    evc_ec_free(ec);
}
END_TEST

/* -- points -------------------------------------------------------------------------- */

static void
refuse_point(int i, bytes p)
{
    evc_error *err = NULL;
    evc_ec *ec;

    EVC_CHECK_CODE(evc_ec_from_point(crypto, cases[i].curve, view(&p), &ec, &err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(ec);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "is not a point of P-"));
    envcrypt_error_free(err);
}

START_TEST(refuses_a_point_off_the_curve)
{
    bytes p = point(_i, 4);

    p.data[p.size - 1] ^= 1;
    refuse_point(_i, p);
}
END_TEST

/* On both curves no point has x = 1. */
START_TEST(refuses_a_compressed_point_off_the_curve)
{
    bytes p = point(_i, 2);

    memset(&p.data[1], 0, p.size - 1);
    p.data[p.size - 1] = 1;
    refuse_point(_i, p);
}
END_TEST

/* x + p would be the same point to a careless reader; so here all bits set, past p. */
START_TEST(refuses_a_coordinate_past_the_field)
{
    bytes p = point(_i, 2);

    memset(&p.data[1], 0xFF, p.size - 1);
    refuse_point(_i, p);
}
END_TEST

START_TEST(refuses_the_point_at_infinity)
{
    bytes p = {.size = 1};

    refuse_point(_i, p);
}
END_TEST

START_TEST(refuses_no_bytes)
{
    bytes p = {.size = 0};

    refuse_point(_i, p);
}
END_TEST

START_TEST(refuses_the_hybrid_form)
{
    refuse_point(_i, point(_i, 4 + sign_of_y(_i)));
}
END_TEST

START_TEST(refuses_other_first_bytes)
{
    bytes uncompressed = point(_i, 4);
    bytes compressed = point(_i, sign_of_y(_i));

    uncompressed.data[0] = 2;
    refuse_point(_i, uncompressed);
    uncompressed.data[0] = 0;
    refuse_point(_i, uncompressed);
    compressed.data[0] = 4;
    refuse_point(_i, compressed);
}
END_TEST

START_TEST(refuses_points_of_other_sizes)
{
    bytes uncompressed = point(_i, 4);
    bytes compressed = point(_i, sign_of_y(_i));

    uncompressed.size--;
    refuse_point(_i, uncompressed);
    uncompressed.size += 2;
    refuse_point(_i, uncompressed);
    compressed.size--;
    refuse_point(_i, compressed);
    compressed.size += 2;
    refuse_point(_i, compressed);
}
END_TEST

START_TEST(refuses_a_point_of_the_other_curve)
{
    refuse_point(1 - _i, point(_i, 4));
}
END_TEST

/* -- others -------------------------------------------------------------------------- */

START_TEST(signature_sizes_are_those_of_the_message_format)
{
    ck_assert_uint_eq(evc_ec_signature_size(EVC_P256), 71);
    ck_assert_uint_eq(evc_ec_signature_size(EVC_P384), 103);
}
END_TEST

START_TEST(free_of_nothing_is_fine)
{
    evc_ec_free(NULL);
}
END_TEST

START_TEST(generated_keys_differ)
{
    uint8_t points[2][EVC_EC_POINT_MAX] = {{0}};
    size_t size;

    for (int i = 0; i < 2; i++) {
        evc_ec *ec = generate(0);

        EVC_CHECK_OK(evc_ec_point(ec, points[i], &size, NULL));
        evc_ec_free(ec);
    }
    ck_assert_mem_ne(points[0], points[1], size);
}
END_TEST

static int
use_in_child(void *user)
{
    static const uint8_t zeros[EVC_EC_SIGNATURE_MAX];
    evc_view of = evc_view_of(zeros, 32);
    uint8_t out[EVC_EC_SIGNATURE_MAX];
    evc_ec *ec = NULL;
    size_t size;

    if (evc_ec_generate(crypto, EVC_P256, &ec, NULL) != ENVCRYPT_E_FORKED || ec)
        return 1;
    if (evc_ec_from_point(crypto, EVC_P256, of, &ec, NULL) != ENVCRYPT_E_FORKED || ec)
        return 2;
    if (evc_ec_sign(user, of, out, &size, NULL) != ENVCRYPT_E_FORKED)
        return 3;
    if (evc_ec_verify(user, of, evc_view_of(zeros, 70), NULL) != ENVCRYPT_E_FORKED)
        return 4;
    return evc_ec_point(user, out, &size, NULL) == ENVCRYPT_E_FORKED ? 0 : 5;
}

START_TEST(child_of_fork_gets_an_error)
{
    evc_ec *ec = generate(0);

    EVC_CHECK_CHILD(use_in_child, ec);
    evc_ec_free(ec);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const curve_tests[] = {
        verifies_a_published_signature,
        verifies_by_a_compressed_point,
        other_sign_of_y_is_another_key,
        writes_the_compressed_point,
        refuses_any_changed_bit_of_a_signature,
        refuses_signatures_of_odd_sizes,
        signs_in_one_size,
        public_half_verifies,
        public_key_does_not_sign,
        refuses_digests_of_other_sizes,
        refuses_a_point_off_the_curve,
        refuses_a_compressed_point_off_the_curve,
        refuses_a_coordinate_past_the_field,
        refuses_the_point_at_infinity,
        refuses_no_bytes,
        refuses_the_hybrid_form,
        refuses_other_first_bytes,
        refuses_points_of_other_sizes,
        refuses_a_point_of_the_other_curve,
        NULL,
    };
    const TTest *const other_tests[] = {
        signature_sizes_are_those_of_the_message_format,
        free_of_nothing_is_fine,
        generated_keys_differ,
        child_of_fork_gets_an_error,
        NULL,
    };
    const TTest *const hash_tests[] = {
        verifies_digests_of_the_other_hashes,
        does_not_sign_digests_of_the_other_hashes,
        NULL,
    };
    TCase *each = tcase_create("each curve");
    TCase *hashes = tcase_create("other hashes");

    tcase_set_timeout(each, 60);
    tcase_add_checked_fixture(each, open_crypto, close_crypto);
    for (const TTest *const *test = curve_tests; *test; test++)
        tcase_add_loop_test(each, *test, 0, 2);
    suite_add_tcase(suite, each);
    tcase_add_checked_fixture(hashes, open_crypto, close_crypto);
    for (const TTest *const *test = hash_tests; *test; test++)
        tcase_add_loop_test(hashes, *test, 0, 3);
    suite_add_tcase(suite, hashes);
    crypto_add(suite, "ecdsa", other_tests);
}

EVC_TEST_MAIN("ecdsa", add_tests)
