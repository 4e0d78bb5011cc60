/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a case. */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "wycheproof.h"

static evc_buf *
next_buffer(wp_case *c)
{
    if (c->used == WP_BUFFERS)
        abort(); /* a runner asks for more than any case has */
    return &c->buffers[c->used++];
}

uint8_t *
wp_room(wp_case *c, size_t size)
{
    uint8_t *room =
        evc_buf_extend(next_buffer(c), size + 1); /* never NULL for size 0 */

    if (!room)
        abort(); /* out of memory */
    return room;
}

evc_view
wp_bytes_of(wp_case *c, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    size_t size = text ? strlen(text) / 2 : 0;
    uint8_t *room = wp_room(c, size);

    if (!text || evc_decode_hex(evc_view_text(text), room, size, NULL))
        c->malformed = true;
    return evc_view_of(room, size);
}

evc_view
wp_bytes(wp_case *c, const char *name)
{
    return wp_bytes_of(c, c->test, name);
}

const char *
wp_text_of(wp_case *c, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    if (!text)
        c->malformed = true;
    return text ? text : "";
}

size_t
wp_number_of(wp_case *c, const json_t *object, const char *name)
{
    const json_t *number = json_object_get(object, name);

    if (json_is_integer(number) && json_integer_value(number) >= 0)
        return (size_t)json_integer_value(number);
    c->malformed = true;
    return 0;
}

void
wp_release(wp_case *c)
{
    for (size_t i = 0; i < c->used; i++)
        evc_buf_reset(&c->buffers[i]);
    c->used = 0;
}

wp_verdict
wp_verdict_of(int rc)
{
    switch (rc) {
    case 0:
        return WP_ACCEPTED;
    case EVC_NOT_AUTHENTIC:
    case ENVCRYPT_E_ARGUMENT:
    case ENVCRYPT_E_KEY_SIZE:
        return WP_REJECTED;
    default:
        return WP_WRONG;
    }
}
