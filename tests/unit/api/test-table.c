/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include "envcrypt/buffer.h"
#include "evc-check.h"

static const char *const columns[] = {"id", "state", "#age", NULL};

/* Two rows, of which the second has no state. */
static envcrypt_table *
make(void)
{
    evc_table *table;

    EVC_CHECK_OK(evc_table_new(columns, &table, NULL));
    EVC_CHECK_OK(evc_table_add_row(table, NULL));
    EVC_CHECK_OK(evc_table_set(table, "id", "a", NULL));
    EVC_CHECK_OK(evc_table_set(table, "state", "enabled", NULL));
    EVC_CHECK_OK(evc_table_add_row(table, NULL));
    EVC_CHECK_OK(evc_table_set(table, "id", "b", NULL));
    return table;
}

START_TEST(cells_are_found_by_place_and_by_name)
{
    envcrypt_table *table = make();

    ck_assert_uint_eq(envcrypt_table_rows(table), 2);
    ck_assert_uint_eq(envcrypt_table_columns(table), 3);
    ck_assert_str_eq(envcrypt_table_column(table, 1), "state");
    ck_assert_str_eq(envcrypt_table_cell(table, 0, 1), "enabled");
    ck_assert_str_eq(envcrypt_table_get(table, 1, "id"), "b");
    envcrypt_table_free(table);
}
END_TEST

START_TEST(what_is_not_there_is_null)
{
    envcrypt_table *table = make();

    ck_assert_ptr_null(envcrypt_table_cell(table, 1, 1));
    ck_assert_ptr_null(envcrypt_table_cell(table, 2, 0));
    ck_assert_ptr_null(envcrypt_table_cell(table, 0, 3));
    ck_assert_ptr_null(envcrypt_table_column(table, 3));
    ck_assert_ptr_null(envcrypt_table_get(table, 2, "id"));
    ck_assert_ptr_null(envcrypt_table_get(table, 0, "name"));
    ck_assert_ptr_null(envcrypt_table_get(table, 0, NULL));
    envcrypt_table_free(table);
}
END_TEST

START_TEST(columns_of_numbers_are_told_apart)
{
    envcrypt_table *table = make();

    ck_assert_str_eq(envcrypt_table_column(table, 2), "age");
    ck_assert_int_eq(envcrypt_table_is_number(table, 2), 1);
    ck_assert_int_eq(envcrypt_table_is_number(table, 1), 0);
    ck_assert_int_eq(envcrypt_table_is_number(table, 3), 0);
    EVC_CHECK_OK(evc_table_set_number(table, "age", 7, NULL));
    ck_assert_str_eq(envcrypt_table_get(table, 1, "age"), "7");
    envcrypt_table_free(table);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {cells_are_found_by_place_and_by_name,
                                  what_is_not_there_is_null,
                                  columns_of_numbers_are_told_apart, NULL};

    evc_check_add(suite, "table", tests);
}

EVC_TEST_MAIN("table", add_tests)
