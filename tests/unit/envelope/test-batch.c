/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/batch.h"

#include "envelope-fixture.h"
#include "envelope/record.h"
#include "evc-alloc.h"
#include "evc-child.h"

static toy service;
static evc_keyring *keyring;
static evc_batch *batch;
static evc_kv context;
static evc_error *err;
static evc_dek *dek;

static void
set_up(void)
{
    open_crypto();
    service = (toy){.ignores_versions = true};
    keyring = open_keyring(toy_open(&service, "a", TOY_BOTH), NULL, NULL, NULL);
    EVC_CHECK_OK(evc_batch_new(keyring, &batch, NULL));
    evc_kv_init(&context);
    add_pair(&context, "table", "users");
    err = NULL;
    dek = NULL;
}

static void
tear_down(void)
{
    evc_dek_free(dek);
    evc_error_free(err);
    evc_kv_reset(&context);
    evc_batch_free(batch);
    evc_keyring_unref(keyring);
    close_crypto();
}

static int
run(void)
{
    return evc_batch_run(batch, 0, NULL, &err);
}

static void
add_generated(size_t count)
{
    for (size_t i = 0; i < count; i++)
        EVC_CHECK_OK(evc_batch_add_generate(batch, 32, &context, NULL));
}

/* A record of a key of sevens, made by the call for one. */
static evc_buf
make_record(evc_record_purpose purpose)
{
    uint8_t key[32];
    evc_buf record;

    memset(key, 7, sizeof(key));
    evc_buf_init(&record);
    EVC_CHECK_OK(evc_record_wrap(keyring, evc_view_of(key, 32), purpose, &context, NULL,
                                 &record, NULL));
    return record;
}

static void
add_record(evc_view record)
{
    EVC_CHECK_OK(evc_batch_add_unwrap(batch, record, NULL, NULL));
}

/* --- wrapping --------------------------------------------------------------------- */

START_TEST(generated_keys_open_by_their_records)
{
    add_generated(5);
    EVC_CHECK_OK(run());
    for (size_t i = 0; i < 5; i++) {
        evc_secret again;

        EVC_CHECK_OK(evc_record_unwrap(keyring, evc_batch_record(batch, i),
                                       EVC_RECORD_KEY, &context, NULL, NULL, &again,
                                       NULL));
        EVC_CHECK_OK(evc_batch_take_dek(batch, i, &dek, NULL));
        ck_assert_uint_eq(dek->key.size, 32);
        ck_assert_mem_eq(dek->key.bytes, again.bytes, 32);
        evc_secret_free(&again);
        evc_dek_free(dek);
    }
    dek = NULL;
}
END_TEST

START_TEST(generated_keys_differ)
{
    evc_dek *other;

    add_generated(2);
    EVC_CHECK_OK(run());
    EVC_CHECK_OK(evc_batch_take_dek(batch, 0, &dek, NULL));
    EVC_CHECK_OK(evc_batch_take_dek(batch, 1, &other, NULL));
    ck_assert_mem_ne(dek->key.bytes, other->key.bytes, 32);
    evc_dek_free(other);
}
END_TEST

START_TEST(a_given_key_is_copied_and_wrapped)
{
    uint8_t key[16] = {1, 2, 3};
    evc_secret again;

    EVC_CHECK_OK(evc_batch_add_wrap(batch, evc_view_of(key, 16), NULL, NULL));
    key[0] = 9;
    EVC_CHECK_OK(run());
    EVC_CHECK_OK(evc_record_unwrap(keyring, evc_batch_record(batch, 0), EVC_RECORD_KEY,
                                   NULL, NULL, NULL, &again, NULL));
    ck_assert_uint_eq(again.size, 16);
    ck_assert_uint_eq(again.bytes[0], 1);
    evc_secret_free(&again);
}
END_TEST

static const size_t bad_sizes[] = {0, 15, 17, 31, 33, 64};

START_TEST(a_size_of_no_data_key_is_refused)
{
    EVC_CHECK_CODE(evc_batch_add_generate(batch, bad_sizes[_i], NULL, &err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(evc_batch_count(batch), 0);
}
END_TEST

/* Contexts count their serialized bytes: 2 + 2 + name + 2 + value. */
static int
wrap_with_context_of(size_t size)
{
    static char value[8300];
    evc_kv large;

    memset(value, 'x', sizeof(value) - 1);
    evc_kv_init(&large);
    EVC_CHECK_OK(evc_kv_add(&large, text("n"), evc_view_of(value, size - 7), NULL));
    EVC_CHECK_OK(evc_batch_add_generate(batch, 32, &large, NULL));
    evc_kv_reset(&large);
    return evc_batch_run(batch, 1, NULL, NULL);
}

START_TEST(a_context_at_the_limit_is_wrapped)
{
    EVC_CHECK_OK(wrap_with_context_of(8192));
}
END_TEST

START_TEST(a_context_past_the_limit_fails_its_item)
{
    EVC_CHECK_CODE(wrap_with_context_of(8193), ENVCRYPT_E_LIMIT_CONTEXT);
    ck_assert_uint_eq(service.wraps, 0);
}
END_TEST

/* --- unwrapping ------------------------------------------------------------------- */

START_TEST(records_give_their_keys)
{
    evc_buf record = make_record(EVC_RECORD_KEY);

    add_record(evc_buf_view(&record));
    evc_buf_reset(&record); /* it was copied */
    EVC_CHECK_OK(run());
    EVC_CHECK_OK(evc_batch_take_dek(batch, 0, &dek, NULL));
    ck_assert_uint_eq(dek->key.size, 32);
    ck_assert_uint_eq(dek->key.bytes[0], 7);
}
END_TEST

START_TEST(each_bad_record_fails_by_itself_and_in_its_place)
{
    evc_buf good = make_record(EVC_RECORD_KEY);
    evc_buf changed = make_record(EVC_RECORD_KEY);
    evc_buf values = make_record(EVC_RECORD_VALUES);
    evc_kv other;

    evc_kv_init(&other);
    add_pair(&other, "table", "orders");
    changed.data[changed.size - 1] ^= 1;
    add_record(text("garbage"));
    add_record(evc_buf_view(&changed));
    add_record(evc_buf_view(&values));
    EVC_CHECK_OK(evc_batch_add_unwrap(batch, evc_buf_view(&good), &other, NULL));
    EVC_CHECK_OK(evc_batch_add_unwrap(batch, evc_buf_view(&good), &context, NULL));
    add_record(evc_view_of(NULL, 0));
    EVC_CHECK_CODE(run(), ENVCRYPT_E_RECORD);
    ck_assert_int_eq(evc_batch_code(batch, 0), ENVCRYPT_E_RECORD);
    ck_assert_int_eq(evc_batch_code(batch, 1), ENVCRYPT_E_RECORD_MAC);
    ck_assert_int_eq(evc_batch_code(batch, 2), ENVCRYPT_E_RECORD_PURPOSE);
    ck_assert_int_eq(evc_batch_code(batch, 3), ENVCRYPT_E_CONTEXT_MISMATCH);
    ck_assert_int_eq(evc_batch_code(batch, 4), 0);
    ck_assert_int_eq(evc_batch_code(batch, 5), ENVCRYPT_E_RECORD);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(evc_error_code(evc_batch_error(batch, i)),
                         evc_batch_code(batch, i));
        if (i != 4) {
            ck_assert_uint_eq(evc_batch_record(batch, i).size, 0);
            EVC_CHECK_CODE(evc_batch_take_dek(batch, i, &dek, NULL),
                           evc_batch_code(batch, i));
            ck_assert_ptr_null(dek);
        }
    }
    ck_assert_uint_eq(service.unwraps, 2); /* of the changed and the good one */
    evc_kv_reset(&other);
    evc_buf_reset(&good);
    evc_buf_reset(&changed);
    evc_buf_reset(&values);
}
END_TEST

START_TEST(a_replacement_of_the_service_makes_a_new_record)
{
    evc_buf record = make_record(EVC_RECORD_KEY);
    evc_secret again;

    add_record(evc_buf_view(&record));
    service.version = "2";
    service.renews = true;
    EVC_CHECK_OK(run());
    service.renews = false;
    ck_assert(!evc_view_equal(evc_batch_renewed(batch, 0), evc_batch_record(batch, 0)));
    EVC_CHECK_OK(evc_record_unwrap(keyring, evc_batch_renewed(batch, 0), EVC_RECORD_KEY,
                                   &context, NULL, NULL, &again, NULL));
    ck_assert_uint_eq(again.bytes[0], 7);
    evc_secret_free(&again);
    evc_buf_reset(&record);
}
END_TEST

START_TEST(without_a_replacement_there_is_no_new_record)
{
    evc_buf record = make_record(EVC_RECORD_KEY);

    add_record(evc_buf_view(&record));
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(evc_batch_renewed(batch, 0).size, 0);
    ck_assert_uint_eq(evc_batch_renewed(batch, 1).size, 0);
    evc_buf_reset(&record);
}
END_TEST

/* --- the run ---------------------------------------------------------------------- */

START_TEST(the_error_of_the_run_is_that_of_the_first_failure)
{
    evc_buf record = make_record(EVC_RECORD_KEY);

    add_record(evc_buf_view(&record));
    add_record(text("garbage"));
    add_record(text("garbage"));
    EVC_CHECK_CODE(run(), ENVCRYPT_E_RECORD);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err),
                                 "2 of 3 data keys failed; the first is number "
                                 "1, counted from 0: this does not"));
    evc_buf_reset(&record);
}
END_TEST

START_TEST(the_error_of_the_run_has_the_facts_of_the_service)
{
    service.wrap_code = ENVCRYPT_E_TIMEOUT;
    service.retry_after_ms = 2000;
    add_generated(1);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_TIMEOUT);
    ck_assert_str_eq(evc_error_provider_code(err), "ToyFailure");
    ck_assert_str_eq(evc_error_request_id(err), "request-1");
    ck_assert_int_eq(evc_error_retry_after_ms(err), 2000);
    ck_assert_int_eq(evc_error_is_retryable(err), 1);
}
END_TEST

START_TEST(what_failed_is_run_again_and_what_is_done_is_not)
{
    evc_buf record = make_record(EVC_RECORD_KEY);

    add_record(evc_buf_view(&record));
    service.unwrap_code = ENVCRYPT_E_SERVICE_DOWN;
    add_generated(1);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(evc_batch_code(batch, 1), 0);
    service.unwrap_code = 0;
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(service.wraps, 2); /* one by make_record */
    ck_assert_uint_eq(service.unwraps, 2);
    ck_assert_ptr_null(evc_batch_error(batch, 0));
    evc_buf_reset(&record);
}
END_TEST

START_TEST(an_empty_batch_runs)
{
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(evc_batch_count(batch), 0);
}
END_TEST

/* --- results ---------------------------------------------------------------------- */

START_TEST(nothing_is_there_before_the_run)
{
    add_generated(1);
    ck_assert_int_eq(evc_batch_code(batch, 0), ENVCRYPT_E_STATE);
    ck_assert_ptr_null(evc_batch_error(batch, 0));
    ck_assert_uint_eq(evc_batch_record(batch, 0).size, 0);
    EVC_CHECK_CODE(evc_batch_take_dek(batch, 0, &dek, &err), ENVCRYPT_E_STATE);
}
END_TEST

START_TEST(nothing_is_there_past_the_end)
{
    add_generated(1);
    EVC_CHECK_OK(run());
    ck_assert_int_eq(evc_batch_code(batch, 1), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(evc_batch_error(batch, 1));
    ck_assert_uint_eq(evc_batch_record(batch, 1).size, 0);
    EVC_CHECK_CODE(evc_batch_take_dek(batch, 1, &dek, &err), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_key_is_taken_once)
{
    evc_dek *second;

    add_generated(1);
    EVC_CHECK_OK(run());
    EVC_CHECK_OK(evc_batch_take_dek(batch, 0, &dek, NULL));
    EVC_CHECK_CODE(evc_batch_take_dek(batch, 0, &second, &err), ENVCRYPT_E_STATE);
    ck_assert_ptr_null(second);
    ck_assert_uint_gt(evc_batch_record(batch, 0).size, 0);
}
END_TEST

/* --- memory and fork -------------------------------------------------------------- */

static evc_view swept_record;

static int
run_swept(void *unused)
{
    evc_batch *one = NULL;
    int rc = evc_batch_new(keyring, &one, NULL);

    (void)unused;
    if (!rc)
        rc = evc_batch_add_generate(one, 32, &context, NULL);
    if (!rc)
        rc = evc_batch_add_unwrap(one, swept_record, &context, NULL);
    if (!rc)
        rc = evc_batch_run(one, 2, NULL, NULL);
    if (!rc)
        rc = evc_batch_take_dek(one, 1, &dek, NULL);
    evc_dek_free(dek);
    dek = NULL;
    evc_batch_free(one);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    evc_buf record = make_record(EVC_RECORD_KEY);

    swept_record = evc_buf_view(&record);
    ck_assert_uint_gt(evc_alloc_sweep(run_swept, NULL), 20);
    evc_buf_reset(&record);
}
END_TEST

static int
free_in_child(void *unused)
{
    (void)unused;
    if (evc_batch_check(batch, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    evc_batch_free(batch);
    return 0;
}

START_TEST(a_child_of_fork_may_only_free_it)
{
    add_generated(2);
    EVC_CHECK_CHILD(free_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        generated_keys_open_by_their_records,
        generated_keys_differ,
        a_given_key_is_copied_and_wrapped,
        a_context_at_the_limit_is_wrapped,
        a_context_past_the_limit_fails_its_item,
        records_give_their_keys,
        each_bad_record_fails_by_itself_and_in_its_place,
        a_replacement_of_the_service_makes_a_new_record,
        without_a_replacement_there_is_no_new_record,
        the_error_of_the_run_is_that_of_the_first_failure,
        the_error_of_the_run_has_the_facts_of_the_service,
        what_failed_is_run_again_and_what_is_done_is_not,
        an_empty_batch_runs,
        nothing_is_there_before_the_run,
        nothing_is_there_past_the_end,
        a_key_is_taken_once,
        survives_any_failed_allocation,
        a_child_of_fork_may_only_free_it,
    };
    TCase *tcase = tcase_create("batch");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_size_of_no_data_key_is_refused, 0,
                        (int)(sizeof(bad_sizes) / sizeof(bad_sizes[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("batch", add_tests)
