/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pem.h"

#include <string.h>

#include "base/encode.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

/* Without the line feed and white space before it. */
static evc_view
next_line(evc_cursor *text)
{
    evc_cursor probe = *text;
    evc_view rest = evc_cursor_bytes(&probe, evc_cursor_left(text));
    const uint8_t *feed = rest.size ? memchr(rest.data, '\n', rest.size) : NULL;
    evc_view line =
        evc_cursor_bytes(text, feed ? (size_t)(feed - rest.data) : rest.size);

    if (feed)
        (void)evc_cursor_u8(text);
    while (line.size > 0 && line.data[line.size - 1] <= ' ')
        line.size--;
    return line;
}

/* The label of a line <start>label-----, or an empty view. */
static evc_view
label_of(evc_view line, const char *start)
{
    size_t before = strlen(start);
    size_t after = strlen(DASHES);
    evc_cursor c = evc_cursor_of_view(line);
    evc_view label;

    if (!evc_view_starts_with(line, start) || line.size < before + after)
        return evc_view_of(NULL, 0);
    (void)evc_cursor_bytes(&c, before);
    label = evc_cursor_bytes(&c, line.size - before - after);
    if (!evc_view_is_text(evc_cursor_bytes(&c, after), DASHES))
        return evc_view_of(NULL, 0);
    return label;
}

static evc_view
find_begin(evc_cursor *text)
{
    evc_view label = evc_view_of(NULL, 0);

    while (label.size == 0 && evc_cursor_left(text) > 0)
        label = label_of(next_line(text), BEGIN);
    return label;
}

/* Gathers the base64 up to the line that ends the block. */
static bool
gather(evc_cursor *text, evc_view label, evc_buf *base64)
{
    while (evc_cursor_left(text) > 0) {
        evc_view line = next_line(text);

        if (evc_view_starts_with(line, DASHES))
            return evc_view_equal(label_of(line, END), label);
        evc_buf_put_view(base64, line);
    }
    return false;
}

/* Appends what the base64 stands for. */
static int
decode(evc_view base64, evc_buf *der, evc_error **err)
{
    uint8_t *room = evc_buf_extend(der, base64.size);
    size_t size;
    int rc;

    if (!room)
        return evc_buf_check(der, err);
    rc = evc_decode_base64(base64, room, base64.size, &size, err);
    evc_buf_truncate(der, der->size - base64.size + size);
    return rc;
}

int
evc_pem_next(evc_cursor *text, evc_view *label, evc_buf *der, evc_error **err)
{
    evc_buf base64;
    int rc;

    evc_buf_init(&base64);
    *label = find_begin(text);
    if (label->size == 0 || !gather(text, *label, &base64) ||
        (base64.size == 0 && !base64.failed))
        rc = evc_err(err, ENVCRYPT_E_ENCODING, "the text has no whole PEM block");
    else if ((rc = evc_buf_check(&base64, err)) == 0)
        rc = decode(evc_buf_view(&base64), der, err);
    evc_buf_reset(&base64);
    return rc;
}

int
evc_pem_read(evc_view text, evc_view *label, evc_buf *der, evc_error **err)
{
    evc_cursor at = evc_cursor_of_view(text);

    return evc_pem_next(&at, label, der, err);
}
