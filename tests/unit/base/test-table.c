/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include <check.h>

#include "evc-alloc.h"
#include "evc-check.h"

static const char *const columns[] = {"id", "made", "#count", NULL};

START_TEST(cells_stand_where_they_were_set)
{
    evc_table *table;

    EVC_CHECK_OK(evc_table_new(columns, &table, NULL));
    for (int i = 0; i < 40; i++) {
        EVC_CHECK_OK(evc_table_add_row(table, NULL));
        EVC_CHECK_OK(evc_table_set(table, "id", i % 2 ? "odd" : "even", NULL));
    }
    EVC_CHECK_OK(evc_table_set_time(table, "made", 0, NULL));
    ck_assert_uint_eq(table->rows, 40);
    ck_assert_str_eq(evc_table_cell(table, 0, 0), "even");
    ck_assert_str_eq(evc_table_cell(table, 39, 0), "odd");
    ck_assert_str_eq(evc_table_cell(table, 39, 1), "1970-01-01T00:00:00Z");
    evc_table_free(table);
}
END_TEST

START_TEST(what_is_not_there_is_null)
{
    evc_table *table;

    EVC_CHECK_OK(evc_table_new(columns, &table, NULL));
    ck_assert_ptr_null(evc_table_cell(table, 0, 0));
    EVC_CHECK_OK(evc_table_add_row(table, NULL));
    EVC_CHECK_OK(evc_table_set(table, "id", NULL, NULL));
    EVC_CHECK_OK(evc_table_set_time(table, "made", -1, NULL));
    ck_assert_ptr_null(evc_table_cell(table, 0, 0));
    ck_assert_ptr_null(evc_table_cell(table, 0, 1));
    ck_assert_ptr_null(evc_table_cell(table, 0, 2));
    ck_assert_ptr_null(evc_table_cell(table, 1, 0));
    evc_table_free(table);
    evc_table_free(NULL);
}
END_TEST

START_TEST(texts_stand_under_their_names)
{
    evc_table *table = NULL;

    EVC_CHECK_OK(evc_table_new(columns, &table, NULL));
    EVC_CHECK_OK(evc_table_add_row(table, NULL));
    EVC_CHECK_OK(evc_table_set_number(table, "count", 7, NULL));
    ck_assert_str_eq(evc_table_text(table, 0, "count"), "7");
    ck_assert_str_eq(evc_table_text(table, 0, "made"), "");
    ck_assert_str_eq(evc_table_text(table, 0, "#count"), "");
    ck_assert_str_eq(evc_table_text(table, 1, "count"), "");
    evc_table_free(table);
}
END_TEST

START_TEST(a_column_that_there_is_not_is_our_mistake)
{
    evc_table *table;

    EVC_CHECK_OK(evc_table_new(columns, &table, NULL));
    ck_assert_int_eq(evc_table_set(table, "id", "x", NULL), ENVCRYPT_E_INTERNAL);
    EVC_CHECK_OK(evc_table_add_row(table, NULL));
    ck_assert_int_eq(evc_table_set(table, "none", "x", NULL), ENVCRYPT_E_INTERNAL);
    evc_table_free(table);
}
END_TEST

START_TEST(a_column_of_numbers_takes_numbers_alone)
{
    static const char *const numbers[] = {"0", "-1", "12", "9007199254740993"};
    static const char *const others[] = {"", "-", "01", "+1", "1.5", "1e3", " 1", "x"};
    evc_table *table;

    EVC_CHECK_OK(evc_table_new(columns, &table, NULL));
    EVC_CHECK_OK(evc_table_add_row(table, NULL));
    ck_assert_str_eq(evc_table_column(table, 2), "count");
    ck_assert(evc_table_is_number(table, 2));
    ck_assert(!evc_table_is_number(table, 1) && !evc_table_is_number(table, 3));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        EVC_CHECK_OK(evc_table_set(table, "count", numbers[i], NULL));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        ck_assert_int_eq(evc_table_set(table, "count", others[i], NULL),
                         ENVCRYPT_E_INTERNAL);
    EVC_CHECK_OK(evc_table_set_number(table, "count", INT64_MIN, NULL));
    ck_assert_str_eq(evc_table_cell(table, 0, 2), "-9223372036854775808");
    ck_assert_int_eq(evc_table_set(table, "#count", "1", NULL), ENVCRYPT_E_INTERNAL);
    evc_table_free(table);
}
END_TEST

START_TEST(a_cleared_table_is_filled_anew)
{
    evc_table *table;

    EVC_CHECK_OK(evc_table_new(columns, &table, NULL));
    EVC_CHECK_OK(evc_table_add_row(table, NULL));
    EVC_CHECK_OK(evc_table_set(table, "id", "x", NULL));
    evc_table_clear(table);
    ck_assert_ptr_null(evc_table_cell(table, 0, 0));
    EVC_CHECK_OK(evc_table_add_row(table, NULL));
    ck_assert_ptr_null(evc_table_cell(table, 0, 0));
    evc_table_free(table);
}
END_TEST

static int
fill(void *unused)
{
    evc_table *table;
    int rc = evc_table_new(columns, &table, NULL);

    (void)unused;
    for (int i = 0; !rc && i < 20; i++) {
        rc = evc_table_add_row(table, NULL);
        if (!rc)
            rc = evc_table_set(table, "id", "x", NULL);
    }
    evc_table_free(table);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(fill, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {cells_stand_where_they_were_set,
                                texts_stand_under_their_names,
                                what_is_not_there_is_null,
                                a_column_that_there_is_not_is_our_mistake,
                                a_column_of_numbers_takes_numbers_alone,
                                a_cleared_table_is_filled_anew,
                                survives_any_failed_allocation,
                                NULL};

    evc_check_add(suite, "table", all);
}

EVC_TEST_MAIN("table", add_tests)
