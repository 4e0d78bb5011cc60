/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml_scalar.h"

#include <stddef.h>

static const struct word {
    const char *text;
    evc_yaml_scalar scalar;
} words[] = {
    {"", EVC_YAML_SCALAR_NULL},        {"~", EVC_YAML_SCALAR_NULL},
    {"null", EVC_YAML_SCALAR_NULL},    {"Null", EVC_YAML_SCALAR_NULL},
    {"NULL", EVC_YAML_SCALAR_NULL},    {"y", EVC_YAML_SCALAR_TRUE},
    {"Y", EVC_YAML_SCALAR_TRUE},       {"yes", EVC_YAML_SCALAR_TRUE},
    {"Yes", EVC_YAML_SCALAR_TRUE},     {"YES", EVC_YAML_SCALAR_TRUE},
    {"true", EVC_YAML_SCALAR_TRUE},    {"True", EVC_YAML_SCALAR_TRUE},
    {"TRUE", EVC_YAML_SCALAR_TRUE},    {"on", EVC_YAML_SCALAR_TRUE},
    {"On", EVC_YAML_SCALAR_TRUE},      {"ON", EVC_YAML_SCALAR_TRUE},
    {"n", EVC_YAML_SCALAR_FALSE},      {"N", EVC_YAML_SCALAR_FALSE},
    {"no", EVC_YAML_SCALAR_FALSE},     {"No", EVC_YAML_SCALAR_FALSE},
    {"NO", EVC_YAML_SCALAR_FALSE},     {"false", EVC_YAML_SCALAR_FALSE},
    {"False", EVC_YAML_SCALAR_FALSE},  {"FALSE", EVC_YAML_SCALAR_FALSE},
    {"off", EVC_YAML_SCALAR_FALSE},    {"Off", EVC_YAML_SCALAR_FALSE},
    {"OFF", EVC_YAML_SCALAR_FALSE},    {".nan", EVC_YAML_SCALAR_NUMBER},
    {".NaN", EVC_YAML_SCALAR_NUMBER},  {".NAN", EVC_YAML_SCALAR_NUMBER},
    {".inf", EVC_YAML_SCALAR_NUMBER},  {".Inf", EVC_YAML_SCALAR_NUMBER},
    {".INF", EVC_YAML_SCALAR_NUMBER},  {"+.inf", EVC_YAML_SCALAR_NUMBER},
    {"+.Inf", EVC_YAML_SCALAR_NUMBER}, {"+.INF", EVC_YAML_SCALAR_NUMBER},
    {"-.inf", EVC_YAML_SCALAR_NUMBER}, {"-.Inf", EVC_YAML_SCALAR_NUMBER},
    {"-.INF", EVC_YAML_SCALAR_NUMBER},
};

/* The next byte in lower case, 0 at the end; underscores are passed over everywhere. */
static char
peek(evc_cursor *c)
{
    evc_cursor ahead = *c;
    char byte = (char)evc_cursor_u8(&ahead);

    while (byte == '_') {
        *c = ahead;
        byte = (char)evc_cursor_u8(&ahead);
    }
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool
eat(evc_cursor *c, char wanted)
{
    if (peek(c) != wanted)
        return false;
    (void)evc_cursor_u8(c);
    return true;
}

/* How many digits of this base follow. */
static size_t
eat_digits(evc_cursor *c, char base)
{
    char last = base == 'b' ? '1' : base == 'o' ? '7' : '9';
    size_t count = 0;

    for (char byte = peek(c);
         (byte >= '0' && byte <= last) || (base == 'x' && byte >= 'a' && byte <= 'f');
         byte = peek(c)) {
        (void)evc_cursor_u8(c);
        count++;
    }
    return count;
}

static bool
ends(evc_cursor *c)
{
    return peek(c) == '\0' && evc_cursor_left(c) == 0;
}

static bool
is_decimal(evc_cursor c)
{
    size_t digits = eat_digits(&c, 'd');

    if (eat(&c, '.'))
        digits += eat_digits(&c, 'd');
    if (digits == 0)
        return false;
    if (eat(&c, 'e')) {
        if (!eat(&c, '+'))
            (void)eat(&c, '-');
        if (eat_digits(&c, 'd') == 0)
            return false;
    }
    return ends(&c);
}

static bool
is_based(evc_cursor c)
{
    static const char bases[] = "xob";

    if (!eat(&c, '0'))
        return false;
    for (size_t i = 0; bases[i]; i++) {
        if (eat(&c, bases[i]))
            return eat_digits(&c, bases[i]) > 0 && ends(&c);
    }
    return false;
}

/* A number begins with a digit, a sign or a point, not with an underscore. */
static bool
is_number(evc_view plain)
{
    evc_cursor c = evc_cursor_of_view(plain);

    if (plain.size > 0 && plain.data[0] == '_')
        return false;
    if (!eat(&c, '+'))
        (void)eat(&c, '-');
    return is_decimal(c) || is_based(c);
}

evc_yaml_scalar
evc_yaml_scalar_of(evc_view plain)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (evc_view_is_text(plain, words[i].text))
            return words[i].scalar;
    }
    return is_number(plain) ? EVC_YAML_SCALAR_NUMBER : EVC_YAML_SCALAR_TEXT;
}
