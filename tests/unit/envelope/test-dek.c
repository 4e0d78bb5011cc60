/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope-fixture.h"
#include "envelope/dek.h"
#include "evc-child.h"

static const uint8_t zeros[33];

START_TEST(generates_each_legal_size)
{
    static const size_t sizes[] = {16, 24, 32};
    evc_dek *dek = NULL;

    EVC_CHECK_OK(evc_dek_generate(crypto, sizes[_i], &dek, NULL));
    ck_assert_uint_eq(dek->key.size, sizes[_i]);
    ck_assert(!evc_mem_is_zero(dek->key.bytes, dek->key.size));
    ck_assert(!dek->read_only);
    EVC_CHECK_OK(evc_dek_check(dek, NULL));
    evc_dek_free(dek);
}
END_TEST

START_TEST(refuses_other_sizes)
{
    static const size_t sizes[] = {0, 1, 15, 17, 23, 25, 31, 33};
    uint8_t bytes[33] = {1};
    evc_dek *dek = NULL;

    EVC_CHECK_CODE(evc_dek_generate(crypto, sizes[_i], &dek, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(dek);
    EVC_CHECK_CODE(
        evc_dek_import(crypto, evc_view_of(bytes, sizes[_i]), false, &dek, NULL),
        ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(dek);
}
END_TEST

START_TEST(imports_a_copy)
{
    uint8_t bytes[24] = {1, 2, 3};
    evc_dek *dek;

    EVC_CHECK_OK(
        evc_dek_import(crypto, evc_view_of(bytes, sizeof(bytes)), false, &dek, NULL));
    ck_assert_ptr_ne(dek->key.bytes, bytes);
    ck_assert_mem_eq(dek->key.bytes, bytes, sizeof(bytes));
    evc_dek_free(dek);
}
END_TEST

START_TEST(refuses_a_key_of_zero_bytes_only)
{
    evc_dek *dek = NULL;

    EVC_CHECK_CODE(evc_dek_import(crypto, evc_view_of(zeros, 32), false, &dek, NULL),
                   ENVCRYPT_E_BAD_DEK);
    ck_assert_ptr_null(dek);
}
END_TEST

START_TEST(takes_zero_bytes_for_reading_only)
{
    evc_dek *dek = NULL;

    EVC_CHECK_OK(evc_dek_import(crypto, evc_view_of(zeros, 32), true, &dek, NULL));
    ck_assert(dek->read_only);
    evc_dek_free(dek);
}
END_TEST

START_TEST(adopts_a_secret)
{
    evc_secret key;
    uint8_t *bytes;
    evc_dek *dek;

    EVC_CHECK_OK(evc_secret_new(env->arena, 32, &key, NULL));
    bytes = key.bytes;
    EVC_CHECK_OK(evc_dek_adopt(crypto, &key, &dek, NULL));
    ck_assert_ptr_null(key.bytes);
    ck_assert_ptr_eq(dek->key.bytes, bytes);
    evc_dek_free(dek);
}
END_TEST

START_TEST(a_destroyed_key_says_so)
{
    evc_dek *dek;

    EVC_CHECK_OK(evc_dek_generate(crypto, 32, &dek, NULL));
    evc_dek_destroy(dek);
    EVC_CHECK_CODE(evc_dek_check(dek, NULL), ENVCRYPT_E_DESTROYED);
    evc_dek_destroy(dek);
    evc_dek_free(dek);
}
END_TEST

static int
use_in_child(void *user)
{
    evc_dek *dek = user;

    if (evc_dek_check(dek, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    evc_dek_free(dek);
    return 0;
}

START_TEST(a_child_of_fork_may_only_free_it)
{
    evc_dek *dek;

    EVC_CHECK_OK(evc_dek_generate(crypto, 32, &dek, NULL));
    EVC_CHECK_CHILD(use_in_child, dek);
    evc_dek_free(dek);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        imports_a_copy,
        refuses_a_key_of_zero_bytes_only,
        takes_zero_bytes_for_reading_only,
        adopts_a_secret,
        a_destroyed_key_says_so,
        a_child_of_fork_may_only_free_it,
        NULL,
    };
    TCase *sizes = tcase_create("sizes");

    tcase_add_checked_fixture(sizes, open_crypto, close_crypto);
    tcase_add_loop_test(sizes, generates_each_legal_size, 0, 3);
    tcase_add_loop_test(sizes, refuses_other_sizes, 0, 8);
    suite_add_tcase(suite, sizes);
    envelope_add(suite, "dek", tests);
}

EVC_TEST_MAIN("dek", add_tests)
