/* SPDX-License-Identifier: Apache-2.0 */
#include "api-fixture.h"
#include "envelope/dek.h"
#include "evc-alloc.h"
#include "evc-child.h"

static const uint8_t bytes[32] = {1, 2, 3};

START_TEST(generates_and_exports)
{
    uint8_t out[33] = {0};
    envcrypt_dek *dek;
    size_t size;

    EVC_CHECK_OK(envcrypt_dek_generate(client, 32, &dek, NULL));
    ck_assert_uint_eq(envcrypt_dek_size(dek), 32);
    EVC_CHECK_OK(envcrypt_dek_export(dek, out, sizeof(out), &size, NULL));
    ck_assert_uint_eq(size, 32);
    ck_assert_mem_eq(out, dek->key.bytes, 32);
    envcrypt_dek_free(dek);
}
END_TEST

START_TEST(two_keys_differ)
{
    envcrypt_dek *a;
    envcrypt_dek *b;

    EVC_CHECK_OK(envcrypt_dek_generate(client, 16, &a, NULL));
    EVC_CHECK_OK(envcrypt_dek_generate(client, 16, &b, NULL));
    ck_assert_mem_ne(a->key.bytes, b->key.bytes, 16);
    envcrypt_dek_free(a);
    envcrypt_dek_free(b);
}
END_TEST

START_TEST(imports_what_it_exports)
{
    uint8_t out[32];
    envcrypt_dek *dek;
    size_t size;

    EVC_CHECK_OK(envcrypt_dek_import(client, bytes, 24, 0, &dek, NULL));
    EVC_CHECK_OK(envcrypt_dek_export(dek, out, 24, &size, NULL));
    ck_assert_uint_eq(size, 24);
    ck_assert_mem_eq(out, bytes, 24);
    envcrypt_dek_free(dek);
}
END_TEST

START_TEST(export_tells_the_room_it_needs)
{
    uint8_t out[31] = {0};
    envcrypt_dek *dek;
    size_t size;

    EVC_CHECK_OK(envcrypt_dek_import(client, bytes, 32, 0, &dek, NULL));
    EVC_CHECK_CODE(envcrypt_dek_export(dek, out, 31, &size, NULL),
                   ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(size, 32);
    ck_assert_uint_eq(out[0], 0);
    EVC_CHECK_CODE(envcrypt_dek_export(dek, NULL, 0, &size, NULL),
                   ENVCRYPT_E_BUFFER_TOO_SMALL);
    envcrypt_dek_free(dek);
}
END_TEST

START_TEST(a_key_of_zeros_is_for_reading_only)
{
    static const uint8_t zeros[16];
    envcrypt_dek *dek;

    EVC_CHECK_CODE(envcrypt_dek_import(client, zeros, 16, 0, &dek, NULL),
                   ENVCRYPT_E_BAD_DEK);
    ck_assert_ptr_null(dek);
    EVC_CHECK_OK(
        envcrypt_dek_import(client, zeros, 16, ENVCRYPT_DEK_READ_ONLY, &dek, NULL));
    envcrypt_dek_free(dek);
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
    envcrypt_dek *dek;

    EVC_CHECK_CODE(envcrypt_dek_import(client, bytes, 16, 2, &dek, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(dek);
}
END_TEST

START_TEST(destroy_wipes_and_keeps_the_handle)
{
    uint8_t out[32];
    envcrypt_dek *dek;
    size_t size;

    EVC_CHECK_OK(envcrypt_dek_generate(client, 32, &dek, NULL));
    envcrypt_dek_destroy(dek);
    ck_assert_uint_eq(envcrypt_client_arena_used(client), 0);
    ck_assert_uint_eq(envcrypt_dek_size(dek), 0);
    EVC_CHECK_CODE(envcrypt_dek_export(dek, out, 32, &size, NULL),
                   ENVCRYPT_E_DESTROYED);
    ck_assert_uint_eq(size, 0);
    envcrypt_dek_free(dek);
}
END_TEST

START_TEST(null_is_an_argument_error)
{
    uint8_t out[32];
    envcrypt_dek *dek;
    size_t size;

    EVC_CHECK_CODE(envcrypt_dek_generate(NULL, 32, &dek, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_dek_generate(client, 32, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_dek_import(client, NULL, 32, 0, &dek, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_dek_export(NULL, out, 32, &size, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_dek_generate(client, 32, &dek, NULL));
    EVC_CHECK_CODE(envcrypt_dek_export(dek, NULL, 32, &size, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_dek_export(dek, out, 32, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    envcrypt_dek_free(dek);
    ck_assert_uint_eq(envcrypt_dek_size(NULL), 0);
    envcrypt_dek_destroy(NULL);
    envcrypt_dek_free(NULL);
}
END_TEST

static int
use_in_child(void *user)
{
    envcrypt_dek *dek = user;
    uint8_t out[32];
    size_t size;

    if (envcrypt_dek_size(dek) != 0)
        return 1;
    if (envcrypt_dek_export(dek, out, 32, &size, NULL) != ENVCRYPT_E_FORKED)
        return 2;
    envcrypt_dek_destroy(dek);
    envcrypt_dek_free(dek);
    return 0;
}

START_TEST(a_child_of_fork_may_only_free_it)
{
    envcrypt_dek *dek;

    EVC_CHECK_OK(envcrypt_dek_generate(client, 32, &dek, NULL));
    EVC_CHECK_CHILD(use_in_child, dek);
    envcrypt_dek_free(dek);
}
END_TEST

static int
generate(void *user)
{
    envcrypt_dek *dek;
    int rc = envcrypt_dek_generate(user, 32, &dek, NULL);

    envcrypt_dek_free(dek);
    return rc;
}

START_TEST(survives_lack_of_memory)
{
    EVC_CHECK_OK(generate(client)); /* the generator of random keys is made once */
    ck_assert_uint_ge(evc_alloc_sweep(generate, client), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        generates_and_exports,
        two_keys_differ,
        imports_what_it_exports,
        export_tells_the_room_it_needs,
        a_key_of_zeros_is_for_reading_only,
        unknown_flags_are_refused,
        destroy_wipes_and_keeps_the_handle,
        null_is_an_argument_error,
        a_child_of_fork_may_only_free_it,
        survives_lack_of_memory,
        NULL,
    };

    api_add(suite, "dek", tests);
}

EVC_TEST_MAIN("dek", add_tests)
