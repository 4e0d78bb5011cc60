/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648 section 4) for sealed values in places that hold text. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
base64_encode(const unsigned char *bytes, size_t size, size_t *made)
{
    char *text = malloc((size + 2) / 3 * 4 + 1);
    char *at = text;

    if (!text)
        return NULL;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t three = (uint32_t)bytes[i] << 16 |
                         (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);

        *at++ = alphabet[three >> 18];
        *at++ = alphabet[three >> 12 & 63];
        *at++ = left > 1 ? alphabet[three >> 6 & 63] : '=';
        *at++ = left > 2 ? alphabet[three & 63] : '=';
    }
    *at = '\0';
    *made = (size_t)(at - text);
    return text;
}

/* The bytes of four characters; false unless they are what the encoder makes. */
static bool
decode_four(const unsigned char four[4], unsigned char *out, size_t *made)
{
    uint32_t bits = 0;
    size_t letters = 0;

    for (; letters < 4 && four[letters] != '='; letters++) {
        const char *found = four[letters] ? strchr(alphabet, four[letters]) : NULL;

        if (!found)
            return false;
        bits |= (uint32_t)(found - alphabet) << (18 - 6 * letters);
    }
    if (letters < 2 || (letters == 2 && four[3] != '='))
        return false;
    *made = letters - 1;
    for (size_t i = 0; i < *made; i++)
        out[i] = (unsigned char)(bits >> (16 - 8 * i));
    return (bits & ((1u << 8 * (3 - *made)) - 1)) == 0;
}

unsigned char *
base64_decode(const unsigned char *text, size_t size, size_t *made)
{
    unsigned char *bytes = malloc(size / 4 * 3 + 1);
    unsigned char four[4];
    size_t have = 0;
    size_t part = 3;

    *made = 0;
    for (size_t i = 0; bytes && i < size; i++) {
        if (strchr(" \t\r\n", text[i]) && text[i])
            continue;
        four[have++] = text[i];
        if (have < 4)
            continue;
        have = 0;
        /* Nothing follows the padding. */
        if (part != 3 || !decode_four(four, bytes + *made, &part)) {
            have = 1;
            break;
        }
        *made += part;
    }
    if (have == 0)
        return bytes;
    free(bytes);
    return NULL;
}
