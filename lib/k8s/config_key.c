/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_key.h"

#include <string.h>

#include "base/encode.h"

#define TEXT_MAX ((EVC_CONFIG_KEY_MAX + 2) / 3 * 4)

static void
copy_without_breaks(evc_view text, evc_buf *out)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != '\r' && text.data[i] != '\n')
            evc_buf_put_u8(out, text.data[i]);
}

/* The last character before the padding has bits of no byte: they become 0. */
static void
clear_spare_bits(evc_buf *text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t padding = 0;
    const char *found;
    uint8_t *last;

    while (padding < 2 && padding < text->size &&
           text->data[text->size - 1 - padding] == '=')
        padding++;
    if (padding == 0 || padding == text->size)
        return;
    last = &text->data[text->size - 1 - padding];
    found = *last ? strchr(letters, *last) : NULL;
    if (found)
        *last =
            (uint8_t)letters[(size_t)(found - letters) & ~(padding == 2 ? 15u : 3u)];
}

static int
refuse_size(evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                   "a key of an EncryptionConfiguration has no bytes, or too many");
}

static int
decode(const evc_buf *text, evc_arena *arena, evc_secret *out, evc_error **err)
{
    evc_secret room;
    size_t size;
    int rc;

    if (text->size == 0)
        return refuse_size(err);
    /* Twice, since a slot of the right size is known only afterwards. */
    rc = evc_secret_new(arena, EVC_CONFIG_KEY_MAX, &room, err);
    if (rc)
        return rc;
    rc = evc_decode_base64(evc_buf_view(text), room.bytes, room.size, &size, err);
    if (!rc && size == 0)
        rc = refuse_size(err);
    if (!rc)
        rc = evc_secret_copy(arena, evc_view_of(room.bytes, size), out, err);
    evc_secret_free(&room);
    return rc;
}

int
evc_config_key_decode(evc_view base64, evc_arena *arena, evc_secret *out,
                      evc_error **err)
{
    evc_buf text;
    int rc;

    *out = (evc_secret){0};
    evc_buf_init(&text);
    copy_without_breaks(base64, &text);
    rc = evc_buf_check(&text, err);
    if (!rc && text.size > TEXT_MAX)
        rc = refuse_size(err);
    if (!rc) {
        clear_spare_bits(&text);
        rc = decode(&text, arena, out, err);
    }
    evc_buf_reset(&text);
    return rc;
}
