/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodings: what is encoded decodes to itself; what decodes is the one encoding of its
 * bytes; UTF-8 is judged as jansson judges it.
 */
#include <jansson.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "fuzz.h"

static void
check_base64_of(evc_view bytes)
{
    evc_buf text;
    uint8_t *back = evc_mem_new(bytes.size + 1);
    size_t size = 0;

    FUZZ_DEMAND(back);
    evc_buf_init(&text);
    evc_encode_base64(&text, bytes);
    FUZZ_DEMAND(!text.failed && text.size == evc_encode_base64_size(bytes.size));
    FUZZ_DEMAND(!evc_decode_base64(evc_buf_view(&text), back, bytes.size, &size, NULL));
    FUZZ_DEMAND(evc_view_equal(evc_view_of(back, size), bytes));
    if (bytes.size > 0)
        FUZZ_DEMAND(evc_decode_base64(evc_buf_view(&text), back, bytes.size - 1, &size,
                                      NULL) == ENVCRYPT_E_ENCODING);
    evc_buf_reset(&text);
    evc_mem_free(back);
}

static void
check_hex_of(evc_view bytes)
{
    evc_buf text;
    uint8_t *back = evc_mem_new(bytes.size + 1);

    FUZZ_DEMAND(back);
    evc_buf_init(&text);
    evc_encode_hex(&text, bytes);
    FUZZ_DEMAND(!text.failed && text.size == 2 * bytes.size);
    FUZZ_DEMAND(!evc_decode_hex(evc_buf_view(&text), back, bytes.size, NULL));
    FUZZ_DEMAND(evc_view_equal(evc_view_of(back, bytes.size), bytes));
    FUZZ_DEMAND(evc_decode_hex(evc_buf_view(&text), back, bytes.size + 1, NULL) ==
                ENVCRYPT_E_ENCODING);
    evc_buf_reset(&text);
    evc_mem_free(back);
}

static void
check_as_base64(evc_view text)
{
    uint8_t *bytes = evc_mem_new(text.size + 1);
    size_t size = 0;
    evc_buf again;

    FUZZ_DEMAND(bytes);
    evc_buf_init(&again);
    if (!evc_decode_base64(text, bytes, text.size, &size, NULL)) {
        evc_encode_base64(&again, evc_view_of(bytes, size));
        FUZZ_DEMAND(evc_view_equal(evc_buf_view(&again), text));
    }
    evc_buf_reset(&again);
    evc_mem_free(bytes);
}

static uint8_t
lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'F' ? (uint8_t)(byte + 'a' - 'A') : byte;
}

static void
check_as_hex(evc_view text)
{
    uint8_t *bytes = evc_mem_new(text.size + 1);
    evc_buf again;

    FUZZ_DEMAND(bytes);
    evc_buf_init(&again);
    if (!evc_decode_hex(text, bytes, text.size / 2, NULL)) {
        evc_encode_hex(&again, evc_view_of(bytes, text.size / 2));
        FUZZ_DEMAND(again.size == text.size);
        for (size_t i = 0; i < text.size; i++)
            FUZZ_DEMAND(again.data[i] == lower(text.data[i]));
    }
    evc_buf_reset(&again);
    evc_mem_free(bytes);
}

static void
check_as_utf8(evc_view text)
{
    json_t *judge = json_stringn(text.size ? (const char *)text.data : "", text.size);

    FUZZ_DEMAND(evc_is_utf8(text) == (judge != NULL));
    json_decref(judge);
}

static void
check_shown(evc_view text)
{
    char shown[272];
    size_t size;

    memset(shown, 0x7f, sizeof shown);
    evc_encode_shown(text, shown);
    size = strnlen(shown, sizeof shown);
    FUZZ_DEMAND(size < sizeof shown);
    for (size_t i = 0; i < size; i++)
        FUZZ_DEMAND(shown[i] >= 0x20 && shown[i] < 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_view input = evc_view_of(data, size);

    check_base64_of(input);
    check_hex_of(input);
    check_as_base64(input);
    check_as_hex(input);
    check_as_utf8(input);
    check_shown(input);
    return 0;
}
