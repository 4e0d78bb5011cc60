/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that the library gives: for eyes, and as JSON. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 80
#define GAP 2 /* between columns */

/* "key-id" and "key_id" as "KEY ID". */
static void
put_title(table *t, const char *name)
{
    char title[64];
    size_t size = 0;

    for (; *name && size + 1 < sizeof title; name++) {
        char c = *name;

        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        title[size++] = c == '-' || c == '_' ? ' ' : c;
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

/* Whether a row says something there; a table without rows shows all its columns. */
static bool
is_used(const envcrypt_table *answer, size_t column)
{
    for (size_t row = 0; row < envcrypt_table_rows(answer); row++) {
        if (envcrypt_table_cell(answer, row, column))
            return true;
    }
    return envcrypt_table_rows(answer) == 0;
}

static size_t
width_of(const envcrypt_table *answer, size_t column)
{
    size_t widest = strlen(envcrypt_table_column(answer, column));

    for (size_t row = 0; row < envcrypt_table_rows(answer); row++) {
        size_t width = text_columns(cell_of(answer, row, column));

        widest = width > widest ? width : widest;
    }
    return widest;
}

/* A name and its value a line; chosen: indexes of the columns. */
static int
show_one(const envcrypt_table *answer, size_t row, const size_t *chosen, size_t count)
{
    table t = {.columns = 2};

    for (size_t i = 0; i < count; i++) {
        if (!envcrypt_table_cell(answer, row, chosen[i]))
            continue;
        put_title(&t, envcrypt_table_column(answer, chosen[i]));
        table_cell(&t, "%s", cell_of(answer, row, chosen[i]));
    }
    return table_print(&t);
}

/* Row below row. */
static int
show_rows(const envcrypt_table *answer, const size_t *chosen, size_t count)
{
    int rc = 0;

    for (size_t row = 0; !rc && row < envcrypt_table_rows(answer); row++) {
        if (row > 0)
            say("\n");
        rc = show_one(answer, row, chosen, count);
    }
    return rc;
}

/* Side by side; chosen: indexes of the columns. */
static int
show_columns(const envcrypt_table *answer, const size_t *chosen, size_t count)
{
    table t = {.columns = count};

    for (size_t i = 0; i < count; i++)
        put_title(&t, envcrypt_table_column(answer, chosen[i]));
    for (size_t row = 0; row < envcrypt_table_rows(answer); row++) {
        for (size_t i = 0; i < count; i++)
            table_cell(&t, "%s", cell_of(answer, row, chosen[i]));
    }
    return table_print(&t);
}

/* What does not fit side by side stands row below row. */
int
table_show(const envcrypt_table *answer)
{
    size_t chosen[64];
    size_t rows = envcrypt_table_rows(answer);
    size_t count = 0;
    size_t width = 0;

    /* One text, a policy say, is for other programs as it is. */
    if (rows == 1 && envcrypt_table_columns(answer) == 1) {
        say("%s\n", cell_of(answer, 0, 0));
        return 0;
    }
    for (size_t i = 0; i < envcrypt_table_columns(answer) && count < 64; i++) {
        if (is_used(answer, i)) {
            chosen[count++] = i;
            width += width_of(answer, i) + GAP;
        }
    }
    if (rows != 1 && width <= WIDTH + GAP)
        return show_columns(answer, chosen, count);
    return show_rows(answer, chosen, count);
}

/* Of the last column there may be lines of its own. */
int
table_show_some(const envcrypt_table *answer, const char *const *names)
{
    size_t chosen[16];
    size_t count = 0;
    size_t width = 0;

    for (; *names && count < 16; names++) {
        for (size_t i = 0; i < envcrypt_table_columns(answer); i++) {
            if (strcmp(envcrypt_table_column(answer, i), *names) == 0 &&
                is_used(answer, i))
                chosen[count++] = i;
        }
    }
    for (size_t i = 0; i + 1 < count; i++)
        width += width_of(answer, chosen[i]) + GAP;
    return width > wrap_columns() ? show_rows(answer, chosen, count)
                                  : show_columns(answer, chosen, count);
}

static void
cell_json(json *j, const envcrypt_table *answer, size_t row, size_t column)
{
    const char *name = envcrypt_table_column(answer, column);
    const char *cell = envcrypt_table_cell(answer, row, column);

    if (cell && envcrypt_table_is_number(answer, column))
        json_number(j, name, strtoll(cell, NULL, 10));
    else
        json_text(j, name, cell);
}

void
table_json(json *j, const char *name, const envcrypt_table *answer)
{
    json_open(j, name, '[');
    for (size_t row = 0; row < envcrypt_table_rows(answer); row++) {
        json_open(j, NULL, '{');
        for (size_t i = 0; i < envcrypt_table_columns(answer); i++)
            cell_json(j, answer, row, i);
        json_close(j);
    }
    json_close(j);
}

int
table_tell(const cli *c, const envcrypt_table *answer, const char *const *names)
{
    json j = {0};

    if (!c->json)
        return names ? table_show_some(answer, names) : table_show(answer);
    json_open(&j, NULL, '{');
    table_json(&j, "rows", answer);
    json_close(&j);
    return 0;
}
