/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include "envcrypt/buffer.h"

size_t
envcrypt_table_rows(const envcrypt_table *table)
{
    return table ? table->rows : 0;
}

size_t
envcrypt_table_columns(const envcrypt_table *table)
{
    return table ? table->width : 0;
}

const char *
envcrypt_table_column(const envcrypt_table *table, size_t column)
{
    return table ? evc_table_column(table, column) : NULL;
}

int32_t
envcrypt_table_is_number(const envcrypt_table *table, size_t column)
{
    return table && evc_table_is_number(table, column);
}

const char *
envcrypt_table_cell(const envcrypt_table *table, size_t row, size_t column)
{
    return table ? evc_table_cell(table, row, column) : NULL;
}

const char *
envcrypt_table_get(const envcrypt_table *table, size_t row, const char *column)
{
    if (!table || !column)
        return NULL;
    return evc_table_cell(table, row, evc_table_find(table, column));
}

void
envcrypt_table_free(envcrypt_table *table)
{
    evc_table_free(table);
}
