/* SPDX-License-Identifier: Apache-2.0 */
/* Text: making it, reading numbers from it, and what of it a terminal may be sent. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static bool ascii_only;

/* Of a locale that is not installed: by its name, as "en_US.UTF-8". */
static bool
is_named_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *name = NULL;
    const char *charset;

    for (size_t i = 0; i < 3 && (!name || !*name); i++)
        name = getenv(variables[i]); /* NOLINT(concurrency-mt-unsafe): no threads yet */
    charset = name ? strchr(name, '.') : NULL;
    return charset &&
           (strcasecmp(charset, ".utf-8") == 0 || strcasecmp(charset, ".utf8") == 0);
}

/* Bytes past ASCII are safe on a terminal that takes them for UTF-8 alone: elsewhere some of
 * them are control characters. */
void
text_begin(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);

    if (!locale) {
        ascii_only = !is_named_utf8();
        return;
    }
    ascii_only = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") != 0;
    freelocale(locale);
}

bool
text_is_ascii_only(void)
{
    return ascii_only;
}

char *
text_format_args(const char *format, va_list args)
{
    va_list again;
    char *text;
    int size;

    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (text && vsnprintf(text, (size_t)size + 1, format, args) < 0)
        text[0] = '\0';
    return text;
}

char *
text_format(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = text_format_args(format, args);
    va_end(args);
    return text;
}

/* Bytes of the character that begins so; 0: none does. */
static size_t
utf8_wanted(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2)
        return 0;
    if (first < 0xe0)
        return 2;
    return first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

size_t
utf8_size(const unsigned char *text, size_t size, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t wanted = utf8_wanted(*text);

    if (wanted == 0 || wanted > size)
        return 0;
    *point = wanted == 1 ? *text : *text & (0x7fu >> wanted);
    for (size_t i = 1; i < wanted; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *point = *point << 6 | (text[i] & 0x3f);
    }
    if (*point < least[wanted] || *point > 0x10ffff || (*point >> 11) == 0x1b)
        return 0;
    return wanted;
}

/* What could move the cursor, hide text or turn its direction is not for a terminal. */
static bool
is_visible(uint32_t point)
{
    return point >= 0x20 && (point < 0x7f || (point > 0x9f && !ascii_only)) &&
           !(point >= 0x200b && point <= 0x200f) &&
           !(point >= 0x2028 && point <= 0x202e) &&
           !(point >= 0x2066 && point <= 0x2069) && point != 0xfeff;
}

void
text_put_safe(FILE *to, const char *text, size_t size, bool lines)
{
    const unsigned char *at = (const unsigned char *)text;

    while (size) {
        uint32_t point = 0;
        size_t step = utf8_size(at, size, &point);

        if (step &&
            (is_visible(point) || (lines && (point == '\n' || point == '\t')))) {
            (void)fwrite(at, 1, step, to);
        } else {
            step = step ? step : 1;
            for (size_t i = 0; i < step; i++)
                (void)fprintf(to, "\\x%02x", at[i]);
        }
        at += step;
        size -= step;
    }
}

/* Whether a piece ends within a character; *awaited: how many bytes of it are missing. */
static bool
is_cut(const unsigned char *at, size_t size, size_t *awaited)
{
    size_t wanted = utf8_wanted(*at);

    if (wanted <= size)
        return false;
    *awaited = wanted - size;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return false;
    }
    return true;
}

bool
text_is_safe(const char *text, size_t size, size_t *awaited)
{
    const unsigned char *at = (const unsigned char *)text;

    for (; size && *awaited; size--, --*awaited) {
        if ((*at++ & 0xc0) != 0x80)
            return false;
    }
    while (size) {
        uint32_t point = 0;
        size_t step = utf8_size(at, size, &point);

        if (step == 0)
            return !ascii_only && is_cut(at, size, awaited);
        if (!is_visible(point) && point != '\n' && point != '\t' && point != '\r')
            return false;
        at += step;
        size -= step;
    }
    return true;
}

/* Columns of a character: none when it stands on the one before, two when it is wide (the main
 * blocks of Unicode's East_Asian_Width W and F). */
static size_t
width_of(uint32_t point)
{
    static const uint32_t wide[][2] = {
        {0x1100, 0x115f},   {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},  {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
        {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

    if ((point >= 0x300 && point <= 0x36f) || (point >= 0xfe00 && point <= 0xfe0f))
        return 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (point >= wide[i][0] && point <= wide[i][1])
            return 2;
    }
    return 1;
}

size_t
text_columns(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t size = strlen(text);
    size_t columns = 0;

    while (size) {
        uint32_t point = 0;
        size_t step = utf8_size(at, size, &point);

        if (step && is_visible(point))
            columns += width_of(point);
        else
            columns += 4 * (step ? step : 1);
        step = step ? step : 1;
        at += step;
        size -= step;
    }
    return columns;
}

int64_t
now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
format_time(int64_t ms, char out[24])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;

    if (ms < 0 || !gmtime_r(&seconds, &utc) ||
        strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        memcpy(out, "-", 2);
}

void
format_size(uint64_t bytes, char out[16])
{
    static const char units[] = " KMGTPE";
    size_t unit = 0;
    double value = (double)bytes;

    for (; value >= 1000 && unit < sizeof units - 2; unit++)
        value /= 1024;
    if (unit == 0)
        (void)snprintf(out, 16, "%u B", (unsigned)bytes);
    else
        (void)snprintf(out, 16, value < 9.95 ? "%.1f %ciB" : "%.0f %ciB", value,
                       units[unit]);
}

void
format_span(uint64_t ms, char out[32])
{
    unsigned long seconds = (unsigned long)(ms / 1000);

    if (seconds == 0 && ms > 0)
        (void)snprintf(out, 32, "%lu ms", (unsigned long)ms);
    else if (seconds < 10 && ms % 1000)
        (void)snprintf(out, 32, "%lu.%lu s", seconds, (unsigned long)(ms / 100 % 10));
    else if (seconds < 60)
        (void)snprintf(out, 32, "%lu s", seconds);
    else if (seconds < 3600)
        (void)snprintf(out, 32, "%lu min %02lu s", seconds / 60, seconds % 60);
    else
        (void)snprintf(out, 32, "%lu h %02lu min", seconds / 3600, seconds / 60 % 60);
}

bool
parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end = NULL;
    unsigned long long value;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno || *end || value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool
parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    static const char units[] = "KMGT";
    char number[24];
    size_t size = strlen(text);
    const char *unit = size ? strchr(units, text[size - 1]) : NULL;
    unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
    uint64_t value = 0;

    if (size == 0 || size >= sizeof number)
        return false;
    memcpy(number, text, size + 1);
    if (shift)
        number[size - 1] = '\0';
    if (!parse_number(number, 0, UINT64_MAX >> shift, &value))
        return false;
    value <<= shift;
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

#define NAME_MAX_COMPARED 32

/* How many letters must be put in, taken out or changed to come from a to b. */
static size_t
distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_COMPARED + 1];
    size_t b_size = strlen(b);

    if (b_size > NAME_MAX_COMPARED)
        return SIZE_MAX;
    for (size_t k = 0; k <= b_size; k++)
        row[k] = k;
    for (size_t i = 1; *a; i++, a++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t k = 1; k <= b_size; k++) {
            size_t change = diagonal + (*a != b[k - 1]);
            size_t move = 1 + (row[k] < row[k - 1] ? row[k] : row[k - 1]);

            diagonal = row[k];
            row[k] = change < move ? change : move;
        }
    }
    return row[b_size];
}

/* FNV-1a, and a mix of its high bits into the low ones. */
uint64_t
text_hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325u;

    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 0x100000001b3u;
    value ^= value >> 32;
    value *= 0x9e3779b97f4a7c15u;
    return value ^ value >> 32;
}

char *
text_quote(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-./:=,@%+";
    char *quoted;
    char *at;

    if (*text && strspn(text, plain) == strlen(text))
        return text_format("%s", text);
    quoted = malloc(4 * strlen(text) + 3);
    if (!quoted)
        return NULL;
    at = quoted;
    *at++ = '\'';
    for (; *text; text++) {
        if (*text == '\'') { /* ends the quotes, and begins them again */
            memcpy(at, "'\\'", 3);
            at += 3;
        }
        *at++ = *text;
    }
    *at++ = '\'';
    *at = '\0';
    return quoted;
}

const char *
text_nearest(const char *name, const char *const *among, size_t count)
{
    const char *best = NULL;
    size_t least = 4; /* so many changes make another word, */

    if (strlen(name) <= 2 * (least - 1)) /* and half of a short one does */
        least = strlen(name) / 2 + 1;

    for (size_t i = 0; i < count; i++) {
        size_t far = distance(name, among[i]);

        if (far < least && far < strlen(among[i])) {
            least = far;
            best = among[i];
        }
    }
    return best;
}

void
wipe_free(void *bytes, size_t size)
{
    if (bytes)
        explicit_bzero(bytes, size);
    free(bytes);
}
