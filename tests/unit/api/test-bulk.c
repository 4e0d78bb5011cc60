/* SPDX-License-Identifier: Apache-2.0 */
#include "api-fixture.h"

#define MANY 100u

static envcrypt_keyring *keyring;
static envcrypt_context *context;
static envcrypt_bulk *bulk;
static envcrypt_error *err;

static void
set_up(void)
{
    open_client();
    keyring = open_keyring("a", "b");
    EVC_CHECK_OK(envcrypt_context_new(&context, NULL));
    EVC_CHECK_OK(envcrypt_context_add(context, "table", "users", NULL));
    EVC_CHECK_OK(envcrypt_bulk_new(keyring, &bulk, NULL));
}

static void
tear_down(void)
{
    envcrypt_error_free(err);
    envcrypt_bulk_free(bulk);
    envcrypt_context_free(context);
    envcrypt_keyring_unref(keyring);
    close_client();
}

static void
check_equal(envcrypt_bulk *a, envcrypt_bulk *b, size_t index)
{
    uint8_t bytes[2][32];
    size_t size;
    envcrypt_dek *deks[2];

    EVC_CHECK_OK(envcrypt_bulk_take_dek(a, index, &deks[0], NULL));
    EVC_CHECK_OK(envcrypt_bulk_take_dek(b, index, &deks[1], NULL));
    for (size_t i = 0; i < 2; i++) {
        EVC_CHECK_OK(envcrypt_dek_export(deks[i], bytes[i], 32, &size, NULL));
        envcrypt_dek_free(deks[i]);
    }
    ck_assert_mem_eq(bytes[0], bytes[1], 32);
}

START_TEST(many_keys_are_made_and_unwrapped_by_their_records)
{
    envcrypt_bulk *back;

    EVC_CHECK_OK(envcrypt_bulk_new(keyring, &back, NULL));
    for (size_t i = 0; i < MANY; i++)
        EVC_CHECK_OK(envcrypt_bulk_add_generate(bulk, 32, context, NULL));
    EVC_CHECK_OK(envcrypt_bulk_run(bulk, 0, NULL, NULL));
    for (size_t i = 0; i < MANY; i++) {
        size_t size;
        const void *record = envcrypt_bulk_record(bulk, i, &size);

        EVC_CHECK_OK(envcrypt_bulk_add_unwrap(back, record, size, context, NULL));
    }
    ck_assert_uint_eq(envcrypt_bulk_count(back), MANY);
    EVC_CHECK_OK(envcrypt_bulk_run(back, 8, NULL, NULL));
    for (size_t i = 0; i < MANY; i++)
        check_equal(bulk, back, i);
    envcrypt_bulk_free(back);
}
END_TEST

START_TEST(a_key_that_only_reads_or_was_destroyed_is_not_added)
{
    static const unsigned char key[32] = {1};
    envcrypt_dek *dek;

    EVC_CHECK_OK(
        envcrypt_dek_import(client, key, 32, ENVCRYPT_DEK_READ_ONLY, &dek, NULL));
    EVC_CHECK_CODE(envcrypt_bulk_add_wrap(bulk, dek, NULL, NULL),
                   ENVCRYPT_E_KEY_READ_ONLY);
    envcrypt_dek_destroy(dek);
    EVC_CHECK_CODE(envcrypt_bulk_add_wrap(bulk, dek, NULL, NULL), ENVCRYPT_E_DESTROYED);
    envcrypt_dek_free(dek);
    ck_assert_uint_eq(envcrypt_bulk_count(bulk), 0);
}
END_TEST

START_TEST(a_key_is_wrapped_from_a_copy)
{
    envcrypt_dek *dek;
    envcrypt_dek *again;
    const void *record;
    size_t size;

    EVC_CHECK_OK(envcrypt_dek_generate(client, 24, &dek, NULL));
    EVC_CHECK_OK(envcrypt_bulk_add_wrap(bulk, dek, context, NULL));
    envcrypt_dek_free(dek);
    EVC_CHECK_OK(envcrypt_bulk_run(bulk, 1, NULL, NULL));
    record = envcrypt_bulk_record(bulk, 0, &size);
    EVC_CHECK_OK(
        envcrypt_dek_unwrap(keyring, record, size, context, NULL, &again, NULL));
    ck_assert_uint_eq(envcrypt_dek_size(again), 24);
    envcrypt_dek_free(again);
}
END_TEST

START_TEST(a_width_up_to_the_limit_is_taken)
{
    EVC_CHECK_OK(envcrypt_bulk_run(bulk, 1024, NULL, NULL));
    EVC_CHECK_CODE(envcrypt_bulk_run(bulk, 1025, NULL, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_failure_of_one_is_told_and_leaves_the_others)
{
    envcrypt_dek *dek;

    EVC_CHECK_OK(envcrypt_bulk_add_unwrap(bulk, "no record", 9, NULL, NULL));
    EVC_CHECK_OK(envcrypt_bulk_add_generate(bulk, 32, NULL, NULL));
    EVC_CHECK_CODE(envcrypt_bulk_run(bulk, 0, NULL, &err), ENVCRYPT_E_RECORD);
    ck_assert_int_eq(envcrypt_bulk_code(bulk, 0), ENVCRYPT_E_RECORD);
    ck_assert_int_eq(envcrypt_error_code(envcrypt_bulk_error(bulk, 0)),
                     ENVCRYPT_E_RECORD);
    ck_assert_int_eq(envcrypt_bulk_code(bulk, 1), 0);
    ck_assert_ptr_null(envcrypt_bulk_record(bulk, 0, NULL));
    EVC_CHECK_OK(envcrypt_bulk_take_dek(bulk, 1, &dek, NULL));
    envcrypt_dek_free(dek);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        many_keys_are_made_and_unwrapped_by_their_records,
        a_key_that_only_reads_or_was_destroyed_is_not_added,
        a_key_is_wrapped_from_a_copy,
        a_width_up_to_the_limit_is_taken,
        a_failure_of_one_is_told_and_leaves_the_others,
    };
    TCase *tcase = tcase_create("bulk");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("bulk", add_tests)
