/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of text under named columns: what a key service lists. A public envcrypt_table.
 * One thread fills it; then any number may read.
 */
#ifndef EVC_BASE_TABLE_H
#define EVC_BASE_TABLE_H

#include <stddef.h>

#include "base/err.h"
#include "base/view.h"

#define EVC_TABLE_ROWS 1000000u

typedef struct envcrypt_table {
    const char *const *columns; /* NULL-ended; static */
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
 * INTERNAL for a column that there is not. */
int evc_table_set(evc_table *table, const char *column, const char *text,
                  evc_error **err) EVC_MUST_CHECK;
/* Same, of milliseconds since 1970; negative = leaves it empty. */
int evc_table_set_time(evc_table *table, const char *column, int64_t wall_ms,
                       evc_error **err) EVC_MUST_CHECK;
void evc_table_clear(evc_table *table); /* of all rows */
/* NULL past the ends, and for an empty cell. */
const char *evc_table_cell(const evc_table *table, size_t row, size_t column);

#endif
