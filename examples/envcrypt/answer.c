/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that the library gives: for eyes, and as JSON. */
#include "cli.h"

/* "key-id" as "KEY ID". */
static void
put_title(table *t, const char *name)
{
    char title[64];
    size_t size = 0;

    for (; *name && size + 1 < sizeof title; name++) {
        char c = *name;

        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        title[size++] = c == '-' ? ' ' : c;
    }
    title[size] = '\0';
    table_cell(t, "%s", title);
}

static const char *
cell_of(const envcrypt_table *answer, size_t row, size_t column)
{
    const char *cell = envcrypt_table_cell(answer, row, column);

    return cell ? cell : "-";
}

/* A name and its value a line. */
static int
show_one(const envcrypt_table *answer)
{
    table t = {.columns = 2};

    for (size_t i = 0; i < envcrypt_table_columns(answer); i++) {
        put_title(&t, envcrypt_table_column(answer, i));
        table_cell(&t, "%s", cell_of(answer, 0, i));
    }
    return table_print(&t);
}

int
table_show(const envcrypt_table *answer)
{
    size_t columns = envcrypt_table_columns(answer);
    table t = {.columns = columns};

    if (envcrypt_table_rows(answer) == 1)
        return show_one(answer);
    for (size_t i = 0; i < columns; i++)
        put_title(&t, envcrypt_table_column(answer, i));
    for (size_t row = 0; row < envcrypt_table_rows(answer); row++) {
        for (size_t i = 0; i < columns; i++)
            table_cell(&t, "%s", cell_of(answer, row, i));
    }
    return table_print(&t);
}

void
table_json(json *j, const char *name, const envcrypt_table *answer)
{
    json_open(j, name, '[');
    for (size_t row = 0; row < envcrypt_table_rows(answer); row++) {
        json_open(j, NULL, '{');
        for (size_t i = 0; i < envcrypt_table_columns(answer); i++)
            json_text(j, envcrypt_table_column(answer, i),
                      envcrypt_table_cell(answer, row, i));
        json_close(j);
    }
    json_close(j);
}
