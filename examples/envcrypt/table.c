/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for eyes: columns as wide as their widest cell. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

void
table_cell(table *t, const char *format, ...)
{
    char **grown = realloc(t->cells, (t->count + 1) * sizeof *grown);
    va_list args;

    if (!grown) {
        t->failed = true;
        return;
    }
    t->cells = grown;
    va_start(args, format);
    t->cells[t->count] = text_format_args(format, args);
    va_end(args);
    if (t->cells[t->count])
        t->count++;
    else
        t->failed = true;
}

static size_t
width_of(const table *t, size_t column)
{
    size_t widest = 0;

    for (size_t i = column; i < t->count; i += t->columns) {
        size_t width = text_columns(t->cells[i]);

        widest = width > widest ? width : widest;
    }
    return widest;
}

#define GAP 2        /* between columns */
#define NARROWEST 24 /* of a last column that is worth breaking lines in */
#define INDENT 2     /* of a last cell that has a line of its own */

/* The last cell of a row, broken on a terminal that is narrower; below the others where it does
 * not fit beside them. */
static void
print_last(const table *t, size_t index)
{
    const char *text = t->cells[index];
    size_t width = wrap_columns();
    size_t at = 0;

    for (size_t column = 0; column + 1 < t->columns; column++)
        at += width_of(t, column) + GAP;
    if (width != SIZE_MAX && at + text_columns(text) > width &&
        (at + NARROWEST > width || at + wrap_longest_word(text) > width)) {
        (void)printf("\n%*s", INDENT, "");
        wrap_put(text, INDENT, INDENT);
    } else {
        wrap_put(text, at, at);
    }
    (void)putchar('\n');
}

/* The last cell of a row is not filled up with spaces. */
static void
print_cell(const table *t, size_t index)
{
    size_t column = index % t->columns;
    size_t width = text_columns(t->cells[index]);
    bool last = column + 1 == t->columns;

    for (size_t i = index + 1; !last && *t->cells[i] == '\0'; i++)
        last = (i + 1) % t->columns == 0;
    if (column + 1 == t->columns) {
        print_last(t, index);
        return;
    }
    text_put_safe(stdout, t->cells[index], strlen(t->cells[index]), false);
    if (!last)
        (void)printf("%*s", (int)(width_of(t, column) - width + GAP), "");
}

int
table_print(table *t)
{
    for (size_t i = 0; !t->failed && i < t->count; i++)
        print_cell(t, i);
    for (size_t i = 0; i < t->count; i++)
        free(t->cells[i]);
    free(t->cells);
    return t->failed ? refuse(ENVCRYPT_E_NOMEM, "out of memory") : 0;
}
