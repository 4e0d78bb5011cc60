/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long texts on standard output: on a terminal they are broken between words to its width. In a
 * pipe or a file a line stays a line, whatever its length, for grep and for other programs.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t
wrap_columns(void)
{
    size_t columns = terminal_columns(STDOUT_FILENO);

    return columns ? columns : SIZE_MAX;
}

static size_t
columns_of(const char *text, size_t size)
{
    char *copy = strndup(text, size);
    size_t columns = copy ? text_columns(copy) : size;

    free(copy);
    return columns;
}

size_t
wrap_longest_word(const char *text)
{
    size_t longest = 0;

    while (*text) {
        size_t size = strcspn(text, " ");
        size_t columns = columns_of(text, size);

        longest = columns > longest ? columns : longest;
        text += size;
        text += strspn(text, " ");
    }
    return longest;
}

void
wrap_put(const char *text, size_t at, size_t indent)
{
    size_t width = wrap_columns();

    if (width == SIZE_MAX || text_columns(text) <= width - at) {
        text_put_safe(stdout, text, strlen(text), false);
        return;
    }
    for (bool first = true; *text; first = false) {
        size_t size = strcspn(text, " ");
        size_t columns = columns_of(text, size);

        if (!first && at + 1 + columns > width) {
            (void)printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            (void)putchar(' ');
            at++;
        }
        text_put_safe(stdout, text, size, false);
        at += columns;
        text += size;
        text += *text == ' ';
    }
}

void
wrap_say(size_t indent, const char *text)
{
    (void)printf("%*s", (int)indent, "");
    wrap_put(text, indent, indent);
    (void)putchar('\n');
}
