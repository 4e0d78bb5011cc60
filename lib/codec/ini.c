/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ini.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

typedef struct parser {
    const char *what;
    evc_ini *out;
    size_t line;
    bool in_section;
    evc_view section;
    evc_view parent; /* of indented lines that follow */
} parser;

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static evc_view
trim(evc_view v)
{
    evc_cursor c;

    while (v.size && is_blank(v.data[v.size - 1]))
        v.size--;
    c = evc_cursor_of_view(v);
    while (evc_cursor_left(&c) && is_blank(v.data[c.at]))
        (void)evc_cursor_u8(&c);
    return evc_cursor_bytes(&c, evc_cursor_left(&c));
}

static evc_view
first_bytes(evc_view v, size_t size)
{
    return evc_view_of(v.data, size);
}

static evc_view
bytes_after(evc_view v, size_t size)
{
    evc_cursor c = evc_cursor_of_view(v);

    (void)evc_cursor_bytes(&c, size);
    return evc_cursor_bytes(&c, evc_cursor_left(&c));
}

/* v.size when it is not there. */
static size_t
place_of(evc_view v, uint8_t wanted)
{
    size_t at = 0;

    while (at < v.size && v.data[at] != wanted)
        at++;
    return at;
}

/* Up to a # or ; that begins the line or follows white space. */
static evc_view
without_comment(evc_view line)
{
    for (size_t i = 0; i < line.size; i++) {
        if ((line.data[i] == '#' || line.data[i] == ';') &&
            (i == 0 || is_blank(line.data[i - 1])))
            return first_bytes(line, i);
    }
    return line;
}

static int
refuse(const parser *p, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS, "line %zu of %s %s", p->line,
                   p->what, why);
}

static int
add(parser *p, evc_view parent, evc_view name, evc_view value, evc_error **err)
{
    evc_ini *ini = p->out;
    size_t capacity = ini->capacity ? 2 * ini->capacity : 32;
    evc_ini_item *items;

    if (ini->count == EVC_INI_MAX_ITEMS)
        return refuse(p, "is one section or setting too many", err);
    if (ini->count == ini->capacity) {
        items = evc_mem_grow(ini->items, ini->count, capacity, sizeof(*items));
        if (!items)
            return evc_err_nomem(err);
        ini->items = items;
        ini->capacity = capacity;
    }
    ini->items[ini->count++] = (evc_ini_item){p->section, parent, name, value};
    return 0;
}

static int
take_section(parser *p, evc_view line, evc_error **err)
{
    evc_view name;

    if (line.data[line.size - 1] != ']')
        return refuse(p, "begins a section and does not end with \"]\"", err);
    name = trim(bytes_after(first_bytes(line, line.size - 1), 1));
    if (name.size == 0)
        return refuse(p, "is a section without a name", err);
    p->in_section = true;
    p->section = name;
    p->parent = evc_view_of(NULL, 0);
    return add(p, p->parent, evc_view_of(NULL, 0), evc_view_of(NULL, 0), err);
}

static int
take_setting(parser *p, evc_view line, bool indented, evc_error **err)
{
    size_t equals = place_of(line, '=');
    evc_view name = trim(first_bytes(line, equals));
    evc_view value;

    if (equals == line.size || name.size == 0)
        return refuse(p, "is neither a [section], a comment nor name = value", err);
    if (!p->in_section)
        return refuse(p, "is a setting before the first [section]", err);
    value = trim(bytes_after(line, equals + 1));
    if (!indented)
        p->parent = evc_view_of(NULL, 0);
    if (p->parent.size)
        return add(p, p->parent, name, value, err);
    if (value.size == 0)
        p->parent = name;
    return add(p, evc_view_of(NULL, 0), name, value, err);
}

static int
take_line(parser *p, evc_view line, evc_error **err)
{
    bool indented;
    evc_view content;

    p->line++;
    if (line.size && line.data[line.size - 1] == '\r')
        line.size--;
    for (size_t i = 0; i < line.size; i++) {
        if ((line.data[i] < 0x20 && line.data[i] != '\t') || line.data[i] == 0x7f)
            return refuse(p, "has control bytes", err);
    }
    indented = line.size && is_blank(line.data[0]);
    content = trim(without_comment(line));
    if (content.size == 0)
        return 0;
    if (content.data[0] == '[')
        return take_section(p, content, err);
    return take_setting(p, content, indented, err);
}

int
evc_ini_parse(evc_view text, const char *what, evc_ini *out, evc_error **err)
{
    parser p = {.what = what, .out = out};
    int rc = 0;

    *out = (evc_ini){.items = NULL};
    if (text.size > EVC_INI_MAX_SIZE)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "%s has more than %zu bytes, which is not believed", what,
                       EVC_INI_MAX_SIZE);
    if (evc_view_starts_with(text, "\xef\xbb\xbf"))
        text = bytes_after(text, 3);
    while (rc == 0 && text.size) {
        size_t end = place_of(text, '\n');

        rc = take_line(&p, first_bytes(text, end), err);
        text = bytes_after(text, end < text.size ? end + 1 : end);
    }
    if (rc)
        evc_ini_reset(out);
    return rc;
}

void
evc_ini_reset(evc_ini *ini)
{
    evc_mem_free(ini->items);
    *ini = (evc_ini){.items = NULL};
}

static evc_view
unquote(evc_view v)
{
    if (v.size >= 2 && (v.data[0] == '"' || v.data[0] == '\'') &&
        v.data[v.size - 1] == v.data[0])
        return bytes_after(first_bytes(v, v.size - 1), 1);
    return v;
}

static bool
is_section(evc_view section, evc_ini_key key)
{
    size_t size;

    if (!key.kind)
        return evc_view_equal(unquote(section), key.name);
    size = strlen(key.kind);
    if (!evc_view_starts_with(section, key.kind) || section.size <= size ||
        !is_blank(section.data[size]))
        return false;
    return evc_view_equal(unquote(trim(bytes_after(section, size))), key.name);
}

/* In any case of letters. */
static bool
is_name(evc_view view, const char *name)
{
    return view.size == strlen(name) &&
           (view.size == 0 ||
            strncasecmp((const char *)view.data, name, view.size) == 0);
}

bool
evc_ini_has(const evc_ini *ini, evc_ini_key section)
{
    for (size_t i = 0; i < ini->count; i++) {
        if (ini->items[i].name.size == 0 && is_section(ini->items[i].section, section))
            return true;
    }
    return false;
}

bool
evc_ini_find(const evc_ini *ini, evc_ini_key section, const char *parent,
             const char *name, evc_view *value)
{
    *value = evc_view_of(NULL, 0);
    for (size_t i = ini->count; i > 0; i--) {
        const evc_ini_item *item = &ini->items[i - 1];

        if (is_name(item->name, name) && is_name(item->parent, parent ? parent : "") &&
            is_section(item->section, section)) {
            *value = item->value;
            return true;
        }
    }
    return false;
}
