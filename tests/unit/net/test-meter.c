/* SPDX-License-Identifier: Apache-2.0 */
#include "net/meter.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

static evc_meter *meter;
static evc_meter_row *rows;
static size_t count;

static void
set_up(void)
{
    EVC_CHECK_OK(evc_meter_open(0, NULL, NULL, &meter, NULL));
    rows = NULL;
}

static void
tear_down(void)
{
    evc_mem_free(rows);
    evc_meter_close(meter);
}

static evc_meter_call
call_of(const char *provider, const char *operation)
{
    return (evc_meter_call){.provider = provider, .operation = operation};
}

static void
count_call(const char *provider, const char *operation)
{
    evc_meter_call call = call_of(provider, operation);

    evc_meter_count(meter, &call);
}

static void
snapshot(void)
{
    evc_mem_free(rows);
    EVC_CHECK_OK(evc_meter_snapshot(meter, &rows, &count, NULL));
}

START_TEST(nothing_was_counted_at_first)
{
    snapshot();
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(a_row_sums_up_the_calls_of_one_operation)
{
    evc_meter_call good = {"aws-kms", "Decrypt", 0, 1, 0, 100, 50, 20};
    evc_meter_call bad = {"aws-kms", "Decrypt", ENVCRYPT_E_THROTTLED, 3, 2, 300,
                          150,       4000};

    evc_meter_count(meter, &good);
    evc_meter_count(meter, &bad);
    evc_meter_count(meter, &good);
    snapshot();
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(rows[0].calls, 3);
    ck_assert_uint_eq(rows[0].failures, 1);
    ck_assert_uint_eq(rows[0].attempts, 5);
    ck_assert_uint_eq(rows[0].throttles, 2);
    ck_assert_uint_eq(rows[0].bytes_out, 500);
    ck_assert_uint_eq(rows[0].bytes_in, 250);
    ck_assert_int_eq(rows[0].latency_sum_ms, 4040);
    ck_assert_int_eq(rows[0].latency_max_ms, 4000);
}
END_TEST

START_TEST(rows_are_sorted_by_provider_and_operation)
{
    count_call("b", "x");
    count_call("a", "z");
    count_call("a", "y");
    snapshot();
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(rows[0].operation, "y");
    ck_assert_str_eq(rows[1].operation, "z");
    ck_assert_str_eq(rows[2].provider, "b");
}
END_TEST

static char names[EVC_METER_ROWS + 2][24];

static void
count_many(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%zu", i);
        count_call("many", names[i]);
    }
}

START_TEST(rows_go_up_to_the_limit)
{
    count_many(EVC_METER_ROWS);
    snapshot();
    ck_assert_uint_eq(count, EVC_METER_ROWS);
}
END_TEST

START_TEST(past_the_limit_one_row_takes_the_rest)
{
    count_many(EVC_METER_ROWS + 2);
    snapshot();
    ck_assert_uint_eq(count, EVC_METER_ROWS + 1);
    ck_assert_str_eq(rows[EVC_METER_ROWS].provider, "other");
    ck_assert_str_eq(rows[EVC_METER_ROWS].operation, "other");
    ck_assert_uint_eq(rows[EVC_METER_ROWS].calls, 2);
}
END_TEST

START_TEST(without_memory_for_a_row_the_call_is_counted_among_others)
{
    evc_alloc_fail(0, true);
    count_call("aws-kms", "Decrypt");
    (void)evc_alloc_stop();
    snapshot();
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(rows[0].provider, "other");
    ck_assert_uint_eq(rows[0].calls, 1);
}
END_TEST

START_TEST(a_budget_is_spent_to_the_last_request)
{
    evc_error *err = NULL;
    evc_meter *small;

    EVC_CHECK_OK(evc_meter_open(2, NULL, NULL, &small, NULL));
    EVC_CHECK_OK(evc_meter_spend(small, NULL));
    EVC_CHECK_OK(evc_meter_spend(small, NULL));
    EVC_CHECK_CODE(evc_meter_spend(small, &err), ENVCRYPT_E_CALL_BUDGET);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "2 requests"));
    EVC_CHECK_CODE(evc_meter_spend(small, NULL), ENVCRYPT_E_CALL_BUDGET);
    evc_error_free(err);
    evc_meter_close(small);
}
END_TEST

START_TEST(without_a_budget_nothing_is_refused)
{
    for (int i = 0; i < 1000; i++)
        EVC_CHECK_OK(evc_meter_spend(meter, NULL));
}
END_TEST

static evc_meter *told;
static size_t heard;
static evc_meter_call last;

/* Asks the meter itself, which would hang if a lock were held. */
static void
listen(void *user, const evc_meter_call *call)
{
    evc_meter_row *now;
    size_t n;

    ck_assert_ptr_eq(user, &heard);
    EVC_CHECK_OK(evc_meter_snapshot(told, &now, &n, NULL));
    ck_assert_uint_eq(n, 1);
    evc_mem_free(now);
    heard++;
    last = *call;
}

START_TEST(the_function_hears_of_each_call_without_a_lock)
{
    evc_meter_call call = {"aws-kms", "Decrypt", ENVCRYPT_E_DENIED, 2, 1, 3, 4, 5};

    EVC_CHECK_OK(evc_meter_open(0, listen, &heard, &told, NULL));
    heard = 0;
    evc_meter_count(told, &call);
    evc_meter_count(told, &call);
    ck_assert_uint_eq(heard, 2);
    ck_assert_str_eq(last.operation, "Decrypt");
    ck_assert_int_eq(last.code, ENVCRYPT_E_DENIED);
    ck_assert_uint_eq(last.attempts, 2);
    ck_assert_uint_eq(last.throttles, 1);
    ck_assert_uint_eq(last.bytes_out, 3);
    ck_assert_uint_eq(last.bytes_in, 4);
    ck_assert_int_eq(last.latency_ms, 5);
    evc_meter_close(told);
}
END_TEST

static int
make_and_count(void *unused)
{
    evc_meter *one;
    evc_meter_row *copy;
    size_t n;
    int rc = evc_meter_open(0, NULL, NULL, &one, NULL);

    (void)unused;
    if (rc)
        return rc;
    for (size_t i = 0; i < 20; i++) {
        evc_meter_call call = call_of("sweep", names[i]);

        evc_meter_count(one, &call);
    }
    rc = evc_meter_snapshot(one, &copy, &n, NULL);
    evc_mem_free(copy);
    evc_meter_close(one);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    count_many(20);
    ck_assert_uint_gt(evc_alloc_sweep(make_and_count, NULL), 2);
}
END_TEST

static evc_meter *limited;
static atomic_size_t allowed;

static void *
spend_and_count(void *unused)
{
    for (int i = 0; i < 1000; i++) {
        if (evc_meter_spend(limited, NULL) == 0)
            atomic_fetch_add(&allowed, 1);
        count_call("aws-kms", i % 2 ? "Encrypt" : "Decrypt");
    }
    return unused;
}

START_TEST(threads_spend_no_more_than_the_budget_and_lose_no_count)
{
    pthread_t threads[8];

    EVC_CHECK_OK(evc_meter_open(5000, NULL, NULL, &limited, NULL));
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, spend_and_count, NULL), 0);
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    snapshot();
    ck_assert_uint_eq(atomic_load(&allowed), 5000);
    ck_assert_uint_eq(rows[0].calls, 4000);
    ck_assert_uint_eq(rows[1].calls, 4000);
    evc_meter_close(limited);
}
END_TEST

static int
close_it(void *unused)
{
    (void)unused;
    evc_meter_close(meter);
    return 0;
}

START_TEST(a_child_of_fork_may_close_it)
{
    EVC_CHECK_CHILD(close_it, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        nothing_was_counted_at_first,
        a_row_sums_up_the_calls_of_one_operation,
        rows_are_sorted_by_provider_and_operation,
        rows_go_up_to_the_limit,
        past_the_limit_one_row_takes_the_rest,
        without_memory_for_a_row_the_call_is_counted_among_others,
        a_budget_is_spent_to_the_last_request,
        without_a_budget_nothing_is_refused,
        the_function_hears_of_each_call_without_a_lock,
        survives_any_failed_allocation,
        threads_spend_no_more_than_the_budget_and_lose_no_count,
        a_child_of_fork_may_close_it,
    };
    TCase *tcase = tcase_create("meter");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("meter", add_tests)
