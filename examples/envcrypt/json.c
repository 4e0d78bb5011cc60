/* SPDX-License-Identifier: Apache-2.0 */
/* JSON on standard output, for programs: one value, on one line. */
#include "cli.h"

#include <inttypes.h>
#include <string.h>

static bool begun;

/* What is not UTF-8 (file names, mostly) is shown by U+FFFD. */
static void
put_character(const unsigned char *at, size_t step)
{
    if (step == 0)
        (void)fputs("\\ufffd", stdout);
    else if (*at == '"' || *at == '\\')
        (void)printf("\\%c", *at);
    else if (*at < 0x20 || *at == 0x7f)
        (void)printf("\\u%04x", *at);
    else
        (void)fwrite(at, 1, step, stdout);
}

static void
put_string(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t size = strlen(text);

    (void)putchar('"');
    while (size) {
        uint32_t point = 0;
        size_t step = utf8_size(at, size, &point);

        put_character(at, step);
        step = step ? step : 1;
        at += step;
        size -= step;
    }
    (void)putchar('"');
}

static void
begin(json *j, const char *name)
{
    begun = true;
    if (j->depth && j->has_item[j->depth - 1])
        (void)fputs(", ", stdout);
    if (j->depth)
        j->has_item[j->depth - 1] = true;
    if (name) {
        put_string(name);
        (void)fputs(": ", stdout);
    }
}

void
json_open(json *j, const char *name, char bracket)
{
    begin(j, name);
    (void)putchar(bracket);
    j->closing[j->depth] = bracket == '{' ? '}' : ']';
    j->has_item[j->depth++] = false;
}

void
json_close(json *j)
{
    (void)putchar(j->closing[--j->depth]);
    if (j->depth == 0)
        (void)putchar('\n');
}

void
json_text(json *j, const char *name, const char *text)
{
    begin(j, name);
    if (text)
        put_string(text);
    else
        (void)fputs("null", stdout);
}

void
json_number(json *j, const char *name, int64_t number)
{
    begin(j, name);
    (void)printf("%" PRId64, number);
}

void
json_bool(json *j, const char *name, bool value)
{
    begin(j, name);
    (void)fputs(value ? "true" : "false", stdout);
}

/* The library indents; a line end inside a string would be escaped, so each one is layout. */
void
json_raw(json *j, const char *name, const envcrypt_buffer *made)
{
    const char *at = envcrypt_buffer_data(made);

    begin(j, name);
    while (*at) {
        size_t line = strcspn(at, "\n");

        (void)fwrite(at, 1, line, stdout);
        if (line && at[line - 1] == ',')
            (void)putchar(' ');
        at += line;
        at += strspn(at, "\n ");
    }
}

void
json_event(const char *event, const envcrypt_buffer *report)
{
    json j = {0};

    json_open(&j, NULL, '{');
    json_text(&j, "event", event);
    json_raw(&j, "report", report);
    json_close(&j);
}

static void
new_line(int depth)
{
    (void)printf("\n%*s", 2 * depth, "");
}

/* What the library made has no spaces outside of strings. */
void
json_lines(const envcrypt_buffer *made)
{
    bool in_string = false;
    int depth = 0;

    begun = true;
    for (const char *at = envcrypt_buffer_data(made); *at; at++) {
        char closing = (char)(*at == '{' ? '}' : *at == '[' ? ']' : '\0');
        bool pair = in_string ? *at == '\\' && at[1] : closing && at[1] == closing;

        if (!in_string && (*at == '}' || *at == ']'))
            new_line(--depth);
        (void)putchar(*at);
        if (pair) /* an escape, or a list without items */
            (void)putchar(*++at);
        else if (*at == '"')
            in_string = !in_string;
        else if (!in_string && *at == ',')
            new_line(depth);
        else if (!in_string && *at == ':')
            (void)putchar(' ');
        else if (!in_string && closing)
            new_line(++depth);
    }
    (void)putchar('\n');
}

bool
json_is_begun(void)
{
    return begun;
}

/* {"input": …, "output": …, "header": {…}} */
void
json_files(const cli *c, const envcrypt_buffer *header)
{
    const char *from = c->arg_count ? c->args[0] : NULL;
    json j = {0};

    if (!c->json)
        return;
    json_open(&j, NULL, '{');
    json_text(&j, "input", input_is_standard(from) ? NULL : from);
    json_text(&j, "output", c->output);
    if (header)
        json_raw(&j, "header", header);
    json_close(&j);
}
