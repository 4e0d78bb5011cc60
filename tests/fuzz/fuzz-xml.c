/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of XML: looking for one and taking it agree, and what is taken is gone from the
 * text while the rest stays as readable as it was.
 */
#include "codec/xml.h"

#include <string.h>

#include "base/mem.h"
#include "fuzz.h"

#define PATH "R/A/B"
#define MAX_TEXT 4096u

static evc_arena *
arena(void)
{
    static evc_arena *one; /* never closed */

    if (!one)
        FUZZ_DEMAND(evc_arena_open(EVC_ARENA_CHUNK, false, &one, NULL) == 0);
    return one;
}

static void
check_taken(const char *text, size_t size, const evc_buf *field,
            const evc_secret *secret)
{
    evc_buf again;
    bool found = false;

    FUZZ_DEMAND(secret->size == field->size);
    FUZZ_DEMAND(memcmp(secret->bytes, field->data, field->size) == 0);
    evc_buf_init(&again);
    FUZZ_DEMAND(evc_xml_find(evc_view_of(text, size), PATH, &again, &found, NULL) == 0);
    FUZZ_DEMAND(found);
    for (size_t i = 0; i < again.size; i++)
        FUZZ_DEMAND(again.data[i] == ' ');
    evc_buf_reset(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[MAX_TEXT];
    evc_secret secret;
    evc_buf field;
    bool found;
    int looked;
    int taken;

    if (size > sizeof text)
        return 0;
    if (size)
        memcpy(text, data, size);
    evc_buf_init(&field);
    looked = evc_xml_find(evc_view_of(text, size), PATH, &field, &found, NULL);
    taken = evc_xml_take(text, size, PATH, arena(), MAX_TEXT, &secret, NULL);
    FUZZ_DEMAND(looked == 0 || looked == ENVCRYPT_E_PROTOCOL);
    FUZZ_DEMAND((taken == 0) == (looked == 0 && found && field.size > 0));
    if (taken == 0) {
        check_taken(text, size, &field, &secret);
    } else {
        FUZZ_DEMAND(!secret.bytes);
        FUZZ_DEMAND(evc_mem_is_zero(text, size));
    }
    evc_secret_free(&secret);
    evc_buf_reset(&field);
    return 0;
}
