/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What the library made and the caller owns: bytes, and tables of text.
 */
#ifndef ENVCRYPT_BUFFER_H
#define ENVCRYPT_BUFFER_H

#include "envcrypt/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Immutable bytes; any thread may read them, one frees them. */
typedef struct envcrypt_buffer envcrypt_buffer;

/**
 * The bytes. One NUL byte stands after them, so that text can be used as a C string.
 * @param buffer  a buffer, or NULL
 * @return a pointer that lives as long as the buffer; "" for NULL
 */
ENVCRYPT_API const void *envcrypt_buffer_data(const envcrypt_buffer *buffer);

/**
 * How many bytes, without the NUL.
 * @param buffer  a buffer, or NULL
 * @return bytes; 0 for NULL
 */
ENVCRYPT_API size_t envcrypt_buffer_size(const envcrypt_buffer *buffer);

/**
 * Wipes and frees.
 * @param buffer  a buffer, or NULL; ownership moves to the library
 */
ENVCRYPT_API void envcrypt_buffer_free(envcrypt_buffer *buffer);

/**
 * An answer in rows and named columns, all of it text: what a key service lists, what a check found.
 * Immutable; any thread may read it, one frees it.
 */
typedef struct envcrypt_table envcrypt_table;

/**
 * How many rows.
 * @param table  a table, or NULL
 * @return rows; 0 for NULL
 */
ENVCRYPT_API size_t envcrypt_table_rows(const envcrypt_table *table);

/**
 * How many columns.
 * @param table  a table, or NULL
 * @return columns; 0 for NULL
 */
ENVCRYPT_API size_t envcrypt_table_columns(const envcrypt_table *table);

/**
 * The name of a column: lower case, words joined by "-".
 * @param table   a table
 * @param column  0 to columns - 1
 * @return text that lives as long as the table; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_table_column(const envcrypt_table *table, size_t column);

/**
 * Whether the cells of a column are whole numbers in decimal, as JSON has them; NULL cells aside.
 * @param table   a table, or NULL
 * @param column  0 and up
 * @return 1 or 0; 0 past the end
 */
ENVCRYPT_API int32_t envcrypt_table_is_number(const envcrypt_table *table, size_t column);

/**
 * A cell by its place.
 * @param table   a table
 * @param row     0 to rows - 1
 * @param column  0 to columns - 1
 * @return UTF-8 that lives as long as the table; NULL where the column does not apply or nothing is
 *         known, and past the ends
 */
ENVCRYPT_API const char *envcrypt_table_cell(const envcrypt_table *table, size_t row,
                                             size_t column);

/**
 * A cell by the name of its column.
 * @param table   a table
 * @param row     0 to rows - 1
 * @param column  the name of a column
 * @return as envcrypt_table_cell(); NULL where the table has no such column, too
 */
ENVCRYPT_API const char *envcrypt_table_get(const envcrypt_table *table, size_t row,
                                            const char *column);

/**
 * Frees a table.
 * @param table  a table, or NULL
 */
ENVCRYPT_API void envcrypt_table_free(envcrypt_table *table);

#ifdef __cplusplus
}
#endif

#endif
