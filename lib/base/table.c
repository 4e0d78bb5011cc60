/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

int
evc_table_new(const char *const *columns, evc_table **out, evc_error **err)
{
    evc_table *table = evc_mem_new(sizeof(*table));

    *out = table;
    if (!table)
        return evc_err_nomem(err);
    table->columns = columns;
    while (columns[table->width])
        table->width++;
    return 0;
}

void
evc_table_clear(evc_table *table)
{
    for (size_t i = 0; i < table->rows * table->width; i++) {
        evc_mem_free(table->cells[i]);
        table->cells[i] = NULL;
    }
    table->rows = 0;
}

void
evc_table_free(evc_table *table)
{
    if (!table)
        return;
    evc_table_clear(table);
    evc_mem_free(table->cells);
    evc_mem_free(table);
}

int
evc_table_add_row(evc_table *table, evc_error **err)
{
    size_t capacity = table->capacity ? 2 * table->capacity : 16;
    char **cells;

    if (table->rows == EVC_TABLE_ROWS)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the service lists more than %u things, which is not believed",
                       EVC_TABLE_ROWS);
    if (table->rows == table->capacity) {
        cells = evc_mem_grow(table->cells, table->rows * table->width,
                             capacity * table->width, sizeof(*cells));
        if (!cells)
            return evc_err_nomem(err);
        table->cells = cells;
        table->capacity = capacity;
    }
    table->rows++;
    return 0;
}

bool
evc_table_is_number(const evc_table *table, size_t column)
{
    return column < table->width && table->columns[column][0] == '#';
}

const char *
evc_table_column(const evc_table *table, size_t column)
{
    if (column >= table->width)
        return NULL;
    return evc_table_is_number(table, column) ? &table->columns[column][1]
                                              : table->columns[column];
}

size_t
evc_table_find(const evc_table *table, const char *column)
{
    size_t at = 0;

    while (at < table->width && strcmp(evc_table_column(table, at), column) != 0)
        at++;
    return at;
}

/* As JSON has it, so that it can be written there as it is. */
static bool
is_number(const char *text)
{
    size_t sign = text[0] == '-';
    size_t digits = strspn(&text[sign], "0123456789");

    return digits > 0 && text[sign + digits] == '\0' &&
           (text[sign] != '0' || digits == 1);
}

int
evc_table_set(evc_table *table, const char *column, const char *text, evc_error **err)
{
    size_t at = evc_table_find(table, column);
    char **cell;

    if (at == table->width || table->rows == 0)
        return evc_err(err, ENVCRYPT_E_INTERNAL,
                       "a table has no column \"%s\"; please report", column);
    if (!text)
        return 0;
    if (evc_table_is_number(table, at) && !is_number(text))
        return evc_err(err, ENVCRYPT_E_INTERNAL,
                       "the column \"%s\" of a table takes numbers; please report",
                       column);
    cell = &table->cells[(table->rows - 1) * table->width + at];
    evc_mem_free(*cell);
    *cell = evc_mem_strdup(text);
    return *cell ? 0 : evc_err_nomem(err);
}

int
evc_table_set_number(evc_table *table, const char *column, int64_t number,
                     evc_error **err)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRId64, number);
    return evc_table_set(table, column, text, err);
}

int
evc_table_set_time(evc_table *table, const char *column, int64_t wall_ms,
                   evc_error **err)
{
    char text[EVC_TIME_TEXT];

    if (wall_ms < 0)
        return 0;
    evc_clock_format(wall_ms, text);
    return evc_table_set(table, column, text, err);
}

const char *
evc_table_cell(const evc_table *table, size_t row, size_t column)
{
    if (row >= table->rows || column >= table->width)
        return NULL;
    return table->cells[row * table->width + column];
}

const char *
evc_table_text(const evc_table *table, size_t row, const char *column)
{
    const char *cell = evc_table_cell(table, row, evc_table_find(table, column));

    return cell ? cell : "";
}
