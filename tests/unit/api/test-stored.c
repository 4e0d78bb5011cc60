/* SPDX-License-Identifier: Apache-2.0 */
/* The same whether the build has Kubernetes or not. */
#include "base/encode.h"
#include "envcrypt/envcrypt.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "stored-vectors.h"

static envcrypt_client *client;
static unsigned char value[256];
static size_t size;

static void
put_hex(const char *text)
{
    size = strlen(text) / 2;
    EVC_CHECK_OK(evc_decode_hex(evc_view_text(text), value, size, NULL));
}

static void
begin(void)
{
    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    put_hex(STORED_V2);
}

static void
end(void)
{
    envcrypt_client_unref(client);
}

/* NULL in a build that has none. */
static envcrypt_stored *
inspect(void)
{
    envcrypt_stored *stored;
    int rc = envcrypt_stored_inspect(client, value, size, &stored, NULL);

    if (rc == ENVCRYPT_E_NOT_BUILT)
        ck_assert_ptr_null(stored);
    else
        EVC_CHECK_OK(rc);
    return stored;
}

START_TEST(tells_what_protects_a_value)
{
    envcrypt_stored *stored = inspect();
    size_t length;

    if (!stored)
        return;
    memset(value, 0, sizeof(value)); /* it was copied */
    ck_assert_int_eq(envcrypt_stored_provider(stored), ENVCRYPT_STORED_KMS_V2);
    ck_assert_str_eq(envcrypt_stored_provider_name(stored), "kms v2");
    ck_assert_str_eq(envcrypt_stored_name(stored), "libenvcrypt");
    ck_assert_str_eq(envcrypt_stored_key_id(stored), "kek-1");
    ck_assert_mem_eq(envcrypt_stored_dek_source(stored, &length), "wrapped-seed", 12);
    ck_assert_uint_eq(length, 12);
    ck_assert_int_eq(envcrypt_stored_dek_type(stored), ENVCRYPT_STORED_DEK_SEED);
    ck_assert_int_eq(envcrypt_stored_is_protobuf(stored), 0);
    ck_assert_uint_eq(envcrypt_stored_size(stored), size);
    envcrypt_stored_free(stored);
}
END_TEST

/* printf %s wrapped-seed | sha256sum */
START_TEST(tells_the_digest_of_the_wrapped_key)
{
    envcrypt_stored *stored = inspect();

    if (!stored)
        return;
    ck_assert_str_eq(
        envcrypt_stored_dek_digest(stored),
        "6865734ee4d8c307bc9fa1602c28ea31e369a055d50a1b4549a6bfeb960391b4");
    envcrypt_stored_free(stored);
}
END_TEST

START_TEST(tells_annotations)
{
    envcrypt_stored *stored = inspect();
    size_t length;

    if (!stored)
        return;
    ck_assert_uint_eq(envcrypt_stored_annotations(stored), 1);
    ck_assert_str_eq(envcrypt_stored_annotation_name(stored, 0), "v.example.com");
    ck_assert_str_eq(envcrypt_stored_annotation_value(stored, 0, &length), "1");
    ck_assert_uint_eq(length, 1);
    ck_assert_ptr_null(envcrypt_stored_annotation_name(stored, 1));
    ck_assert_ptr_null(envcrypt_stored_annotation_value(stored, 1, &length));
    ck_assert_uint_eq(length, 0);
    envcrypt_stored_free(stored);
}
END_TEST

START_TEST(a_value_in_the_clear_has_neither_name_nor_key)
{
    envcrypt_stored *stored;

    memcpy(value, "k8s\0\x0a", 5);
    size = 5;
    stored = inspect();
    if (!stored)
        return;
    ck_assert_int_eq(envcrypt_stored_provider(stored), ENVCRYPT_STORED_IDENTITY);
    ck_assert_int_eq(envcrypt_stored_is_protobuf(stored), 1);
    ck_assert_str_eq(envcrypt_stored_name(stored), "");
    ck_assert_str_eq(envcrypt_stored_key_id(stored), "");
    ck_assert_str_eq(envcrypt_stored_dek_digest(stored), "");
    ck_assert_ptr_null(envcrypt_stored_dek_source(stored, NULL));
    ck_assert_int_eq(envcrypt_stored_dek_type(stored), ENVCRYPT_STORED_DEK_NONE);
    envcrypt_stored_free(stored);
}
END_TEST

START_TEST(control_characters_of_names_are_not_shown)
{
    envcrypt_stored *stored;

    size = (size_t)snprintf((char *)value, sizeof(value),
                            "k8s:enc:aesgcm:v1:a\x1b[2Jb:%028d", 0);
    stored = inspect();
    if (!stored)
        return;
    ck_assert_str_eq(envcrypt_stored_name(stored), "a?[2Jb");
    envcrypt_stored_free(stored);
}
END_TEST

START_TEST(a_damaged_value_is_an_error)
{
    envcrypt_stored *stored = (void *)&size;
    int rc;

    size = 40;
    rc = envcrypt_stored_inspect(client, value, size, &stored, NULL);
    ck_assert(rc == ENVCRYPT_E_STORED || rc == ENVCRYPT_E_NOT_BUILT);
    ck_assert_ptr_null(stored);
    rc = envcrypt_stored_inspect(client, value, (size_t)1 << 30, &stored, NULL);
    ck_assert(rc == ENVCRYPT_E_STORED || rc == ENVCRYPT_E_NOT_BUILT);
}
END_TEST

static int
inspect_once(void *user)
{
    envcrypt_stored *stored;
    int rc = envcrypt_stored_inspect(client, value, size, &stored, NULL);

    (void)user;
    envcrypt_stored_free(stored);
    return rc == ENVCRYPT_E_NOT_BUILT ? 0 : rc;
}

START_TEST(survives_any_lack_of_memory)
{
    (void)inspect_once(NULL); /* contexts are in the pool then */
    (void)evc_alloc_sweep(inspect_once, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_what_protects_a_value,
        tells_the_digest_of_the_wrapped_key,
        tells_annotations,
        a_value_in_the_clear_has_neither_name_nor_key,
        control_characters_of_names_are_not_shown,
        a_damaged_value_is_an_error,
        survives_any_lack_of_memory,
        NULL,
    };
    TCase *tcase = tcase_create("stored");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("stored", add_tests)
