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

/* The last cell of a row is not filled up with spaces. */
static void
print_cell(const table *t, size_t index)
{
    size_t column = index % t->columns;
    size_t width = text_columns(t->cells[index]);
    bool last = column + 1 == t->columns;

    for (size_t i = index + 1; !last && *t->cells[i] == '\0'; i++)
        last = (i + 1) % t->columns == 0;
    text_put_safe(stdout, t->cells[index], strlen(t->cells[index]), false);
    if (!last)
        (void)printf("%*s", (int)(width_of(t, column) - width + 2), "");
    else if (column + 1 == t->columns)
        (void)putchar('\n');
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
