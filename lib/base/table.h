/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of text under named columns: what a key service lists. A public envcrypt_table.
 * In the list of columns a # before a name, which is no part of it, says that the cells are whole
 * numbers in decimal: programs that write JSON want to know.
 * One thread fills it; then any number may read.
 */
#ifndef EVC_BASE_TABLE_H
#define EVC_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/view.h"

#define EVC_TABLE_ROWS 1000000u

typedef struct envcrypt_table {
    const char *const *columns; /* NULL-ended; static; by evc_table_column() */
    size_t width;
    char **cells; /* row by row; NULL = does not apply, or unknown */
    size_t rows;
    size_t capacity; /* rows */
} evc_table;

int evc_table_new(const char *const *columns, evc_table **out,
                  evc_error **err) EVC_MUST_CHECK;
void evc_table_free(evc_table *table); /* NULL is fine */
/* An empty row at the end. NOMEM; PROTOCOL past EVC_TABLE_ROWS. */
int evc_table_add_row(evc_table *table, evc_error **err) EVC_MUST_CHECK;
/* Of the last row, by the column's name. text NULL = leaves the cell empty. NOMEM;
 * INTERNAL for a column that there is not, and a text that is no number in one of numbers. */
int evc_table_set(evc_table *table, const char *column, const char *text,
                  evc_error **err) EVC_MUST_CHECK;
/* Same, of a number. */
int evc_table_set_number(evc_table *table, const char *column, int64_t number,
                         evc_error **err) EVC_MUST_CHECK;
/* Same, of milliseconds since 1970; negative = leaves it empty. */
int evc_table_set_time(evc_table *table, const char *column, int64_t wall_ms,
                       evc_error **err) EVC_MUST_CHECK;
void evc_table_clear(evc_table *table); /* of all rows */
/* Its name; NULL past the end. */
const char *evc_table_column(const evc_table *table, size_t column);
bool evc_table_is_number(const evc_table *table, size_t column);
/* The place of a column; the width where there is none such. */
size_t evc_table_find(const evc_table *table, const char *column);
/* NULL past the ends, and for an empty cell. */
const char *evc_table_cell(const evc_table *table, size_t row, size_t column);
/* Same, by the column's name; "" instead of NULL. */
const char *evc_table_text(const evc_table *table, size_t row, const char *column);

#endif
