/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/json_value.h"

#include <string.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "codec/jscan.h"
#include "codec/json.h"

static evc_view
raw_value(evc_view body, const char *path)
{
    evc_view raw;

    if (evc_jscan_find((const char *)body.data, body.size, path, &raw, NULL))
        return evc_view_of(NULL, 0);
    return raw;
}

static bool
is_string(evc_view raw)
{
    return raw.size >= 2 && raw.data[0] == '"';
}

evc_view
evc_json_value_text(evc_view body, const char *path)
{
    evc_view raw = raw_value(body, path);
    evc_cursor c = evc_cursor_of_view(raw);

    if (!is_string(raw) || memchr(raw.data, '\\', raw.size))
        return evc_view_of(NULL, 0);
    (void)evc_cursor_u8(&c);
    return evc_cursor_bytes(&c, raw.size - 2);
}

/* The value alone goes through the parser. */
static int
parse_alone(evc_view raw, evc_json_doc **out, evc_error **err)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_u8(&text, '[');
    evc_buf_put_view(&text, raw);
    evc_buf_put_u8(&text, ']');
    rc = evc_buf_check(&text, err);
    if (!rc)
        rc = evc_json_parse(evc_buf_view(&text), "a value", out, err);
    evc_buf_reset(&text);
    return rc;
}

int
evc_json_value_copy(evc_view body, const char *path, char **out, evc_error **err)
{
    evc_view raw = raw_value(body, path);
    evc_json_doc *doc = NULL;
    const char *text;
    int rc;

    *out = NULL;
    if (!is_string(raw) || raw.size == 2)
        return 0;
    rc = parse_alone(raw, &doc, err);
    if (rc)
        return rc;
    text = evc_json_as_text(evc_json_at(evc_json_root(doc), 0));
    *out = evc_mem_strdup(text ? text : "");
    evc_json_free(doc);
    return *out ? 0 : evc_err_nomem(err);
}

bool
evc_json_value_integer(evc_view body, const char *path, int64_t min, int64_t max,
                       int64_t *out)
{
    int64_t value;

    if (!evc_decimal_read(raw_value(body, path), max, &value) || value < min)
        return false;
    *out = value;
    return true;
}

bool
evc_json_value_is_true(evc_view body, const char *path)
{
    return evc_view_is_text(raw_value(body, path), "true");
}
