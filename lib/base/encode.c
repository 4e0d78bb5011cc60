/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

#include <stdbool.h>

#include <sodium.h>

#include "base/mem.h"

/*
 * libsodium writes a NUL after what it encodes, for which a fixed buffer may have no
 * room. So pieces go through an array; 48 bytes end on a boundary of base64.
 */
#define PIECE 48u
#define SHOWN_MOST 64u

enum form {
    HEX,
    BASE64 = sodium_base64_VARIANT_ORIGINAL,
    BASE64URL = sodium_base64_VARIANT_URLSAFE_NO_PADDING
};

static void
encode(evc_buf *out, evc_view bytes, enum form form)
{
    char text[PIECE * 2 + 1];
    evc_cursor c = evc_cursor_of_view(bytes);

    while (evc_cursor_left(&c) > 0) {
        size_t left = evc_cursor_left(&c);
        evc_view piece = evc_cursor_bytes(&c, left < PIECE ? left : PIECE);

        if (form == HEX)
            (void)sodium_bin2hex(text, sizeof(text), piece.data, piece.size);
        else
            (void)sodium_bin2base64(text, sizeof(text), piece.data, piece.size,
                                    (int)form);
        evc_buf_put_text(out, text);
    }
    evc_mem_wipe(text, sizeof(text));
}

void
evc_encode_hex(evc_buf *out, evc_view bytes)
{
    if (evc_buf_reserve(out, bytes.size * 2))
        encode(out, bytes, HEX);
}

void
evc_encode_base64(evc_buf *out, evc_view bytes)
{
    if (evc_buf_reserve(out, evc_encode_base64_size(bytes.size)))
        encode(out, bytes, BASE64);
}

void
evc_encode_base64url(evc_buf *out, evc_view bytes)
{
    if (evc_buf_reserve(out, evc_encode_base64_size(bytes.size)))
        encode(out, bytes, BASE64URL);
}

size_t
evc_encode_base64_size(size_t bytes)
{
    return bytes / 3 * 4 + (bytes % 3 ? 4 : 0);
}

int
evc_decode_hex(evc_view text, void *out, size_t size, evc_error **err)
{
    const char *characters = (const char *)text.data;
    size_t made = 0;

    if (text.size == 0 && size == 0)
        return 0;
    /* The half of the text's size: twice size could overflow. */
    if (text.size % 2 == 0 && text.size / 2 == size &&
        sodium_hex2bin(out, size, characters, text.size, NULL, &made, NULL) == 0 &&
        made == size)
        return 0;
    evc_mem_wipe(out, size);
    return evc_err(err, ENVCRYPT_E_ENCODING,
                   "cannot decode %zu characters as hex of %zu bytes", text.size, size);
}

/* In constant time, since the text may be a secret. */
static bool
is_ascii(evc_view text)
{
    evc_cursor c = evc_cursor_of_view(text);
    uint8_t all = 0;

    while (evc_cursor_left(&c) > 0)
        all |= evc_cursor_u8(&c);
    return all < 0x80;
}

/* libsodium 1.0.18 takes each byte past 0x7f for a digit. */
static int
decode(evc_view text, int variant, void *out, size_t capacity, size_t *size,
       evc_error **err)
{
    const char *characters = (const char *)text.data;

    *size = 0;
    if (text.size == 0)
        return 0;
    if (is_ascii(text) && sodium_base642bin(out, capacity, characters, text.size, NULL,
                                            size, NULL, variant) == 0)
        return 0;
    *size = 0;
    evc_mem_wipe(out, capacity);
    return evc_err(
        err, ENVCRYPT_E_ENCODING,
        "cannot decode %zu characters as canonical base64 of at most %zu bytes",
        text.size, capacity);
}

int
evc_decode_base64(evc_view text, void *out, size_t capacity, size_t *size,
                  evc_error **err)
{
    return decode(text, sodium_base64_VARIANT_ORIGINAL, out, capacity, size, err);
}

int
evc_decode_base64url(evc_view text, void *out, size_t capacity, size_t *size,
                     evc_error **err)
{
    return decode(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out, capacity, size,
                  err);
}

void
evc_encode_shown(evc_view text, char out[EVC_SHOWN])
{
    static const char digits[] = "0123456789abcdef";
    bool cut = text.size > SHOWN_MOST;
    size_t shown = cut ? SHOWN_MOST : text.size;
    evc_buf b;

    evc_buf_init_fixed(&b, out, EVC_SHOWN);
    for (size_t i = 0; i < shown; i++) {
        uint8_t byte = text.data[i];

        if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
            evc_buf_put_u8(&b, byte);
        } else {
            evc_buf_put_text(&b, "\\x");
            evc_buf_put_u8(&b, (uint8_t)digits[byte >> 4]);
            evc_buf_put_u8(&b, (uint8_t)digits[byte & 15]);
        }
    }
    evc_buf_put_text(&b, cut ? "..." : "");
    evc_buf_put_u8(&b, 0);
}
