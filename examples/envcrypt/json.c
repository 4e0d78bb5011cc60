/* SPDX-License-Identifier: Apache-2.0 */
/* JSON for programs, on standard output or as an event on standard error: one value, on one line. */
#include "cli.h"

#include <inttypes.h>
#include <string.h>

static bool begun; /* on standard output */

static FILE *
place_of(const json *j)
{
    return j->to ? j->to : stdout;
}

/* What is not UTF-8 (file names, mostly) is shown by U+FFFD. */
static void
put_character(FILE *to, const unsigned char *at, size_t step)
{
    if (step == 0)
        (void)fputs("\\ufffd", to);
    else if (*at == '"' || *at == '\\')
        (void)fprintf(to, "\\%c", *at);
    else if (*at < 0x20 || *at == 0x7f)
        (void)fprintf(to, "\\u%04x", *at);
    else
        (void)fwrite(at, 1, step, to);
}

static void
put_string(FILE *to, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t size = strlen(text);

    (void)fputc('"', to);
    while (size) {
        uint32_t point = 0;
        size_t step = utf8_size(at, size, &point);

        put_character(to, at, step);
        step = step ? step : 1;
        at += step;
        size -= step;
    }
    (void)fputc('"', to);
}

/* What a name stands before; where to. */
static FILE *
begin(json *j, const char *name)
{
    FILE *to = place_of(j);

    begun |= to == stdout;
    if (j->depth && j->has_item[j->depth - 1])
        (void)fputs(", ", to);
    if (j->depth)
        j->has_item[j->depth - 1] = true;
    if (name) {
        put_string(to, name);
        (void)fputs(": ", to);
    }
    return to;
}

void
json_open(json *j, const char *name, char bracket)
{
    (void)fputc(bracket, begin(j, name));
    j->closing[j->depth] = bracket == '{' ? '}' : ']';
    j->has_item[j->depth++] = false;
}

void
json_close(json *j)
{
    (void)fputc(j->closing[--j->depth], place_of(j));
    if (j->depth == 0)
        (void)fputc('\n', place_of(j));
}

void
json_text(json *j, const char *name, const char *text)
{
    FILE *to = begin(j, name);

    if (text)
        put_string(to, text);
    else
        (void)fputs("null", to);
}

void
json_number(json *j, const char *name, int64_t number)
{
    (void)fprintf(begin(j, name), "%" PRId64, number);
}

void
json_bool(json *j, const char *name, bool value)
{
    (void)fputs(value ? "true" : "false", begin(j, name));
}

/* The library indents; a line end inside a string would be escaped, so each one is layout. */
void
json_raw(json *j, const char *name, const envcrypt_buffer *made)
{
    const char *at = envcrypt_buffer_data(made);
    FILE *to = begin(j, name);

    while (*at) {
        size_t line = strcspn(at, "\n");

        (void)fwrite(at, 1, line, to);
        if (line && at[line - 1] == ',')
            (void)fputc(' ', to);
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
