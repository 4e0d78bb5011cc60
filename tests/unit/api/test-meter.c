/* SPDX-License-Identifier: Apache-2.0 */
#include "api/meter.h"

#include "evc-alloc.h"
#include "evc-check.h"

static envcrypt_meter *meter;

/* Two rows; figure f of row r is 10 r + f. */
static void
set_up(void)
{
    EVC_CHECK_OK(evc_meter_lines_new(2, &meter, NULL));
    for (size_t r = 0; r < 2; r++) {
        meter->lines[r].provider = r ? "b" : "a";
        meter->lines[r].operation = r ? "y" : "x";
        for (size_t f = 0; f < EVC_METER_FIGURES; f++)
            meter->lines[r].figures[f] = 10 * r + f + 1;
    }
}

static void
tear_down(void)
{
    envcrypt_meter_free(meter);
}

START_TEST(rows_are_read_by_their_figures)
{
    ck_assert_uint_eq(envcrypt_meter_rows(meter), 2);
    ck_assert_str_eq(envcrypt_meter_provider(meter, 1), "b");
    ck_assert_str_eq(envcrypt_meter_operation(meter, 0), "x");
    ck_assert_uint_eq(envcrypt_meter_figure(meter, 0, ENVCRYPT_METER_CALLS), 1);
    ck_assert_uint_eq(envcrypt_meter_figure(meter, 1, ENVCRYPT_METER_LATENCY_MAX_MS),
                      18);
}
END_TEST

START_TEST(there_is_nothing_past_the_end)
{
    ck_assert_ptr_null(envcrypt_meter_provider(meter, 2));
    ck_assert_ptr_null(envcrypt_meter_operation(meter, 2));
    ck_assert_uint_eq(envcrypt_meter_figure(meter, 2, ENVCRYPT_METER_CALLS), 0);
    ck_assert_uint_eq(envcrypt_meter_figure(meter, 0, 0), 0);
    ck_assert_uint_eq(envcrypt_meter_figure(meter, 0, -1), 0);
    ck_assert_uint_eq(
        envcrypt_meter_figure(meter, 0, ENVCRYPT_METER_LATENCY_MAX_MS + 1), 0);
}
END_TEST

static int
make(void *unused)
{
    envcrypt_meter *one = NULL;
    int rc = evc_meter_lines_new(3, &one, NULL);

    (void)unused;
    envcrypt_meter_free(one);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(make, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("meter");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, rows_are_read_by_their_figures);
    tcase_add_test(tcase, there_is_nothing_past_the_end);
    tcase_add_test(tcase, survives_any_failed_allocation);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("meter", add_tests)
