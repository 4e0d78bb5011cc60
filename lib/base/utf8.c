/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

typedef struct lead {
    uint8_t first, last;             /* this range of lead bytes ... */
    uint8_t second_low, second_high; /* ... wants a second byte of this range */
    uint8_t size;
} lead;

/* The table of RFC 3629 section 4; third and fourth bytes are always 80 to BF. */
static const lead leads[] = {
    {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static const lead *
find_lead(uint8_t byte)
{
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    }
    return NULL;
}

/* The size of the character at the index at; 0 when it is malformed or cut. */
static size_t
character_size(evc_view text, size_t at)
{
    const lead *found = find_lead(text.data[at]);

    if (!found || found->size > text.size - at)
        return 0;
    for (size_t i = 1; i < found->size; i++) {
        uint8_t byte = text.data[at + i];
        uint8_t low = i == 1 ? found->second_low : 0x80;
        uint8_t high = i == 1 ? found->second_high : 0xbf;

        if (byte < low || byte > high)
            return 0;
    }
    return found->size;
}

bool
evc_is_utf8(evc_view text)
{
    size_t size;

    for (size_t at = 0; at < text.size; at += size) {
        size = character_size(text, at);
        if (size == 0)
            return false;
    }
    return true;
}

static bool
is_control(evc_view text, size_t at, size_t size)
{
    uint8_t byte = text.data[at];

    if (size == 2)
        return byte == 0xc2 && text.data[at + 1] < 0xa0;
    return size == 1 && (byte < 0x20 || byte == 0x7f);
}

void
evc_utf8_clean(char *text)
{
    evc_view view = evc_view_text(text);
    size_t size;

    for (size_t at = 0; at < view.size; at += size) {
        size = character_size(view, at);
        if (size == 0) {
            text[at] = '?';
            size = 1;
        } else if (is_control(view, at, size)) {
            memset(&text[at], '?', size);
        }
    }
}

void
evc_utf8_copy(char *to, size_t room, const char *text)
{
    (void)snprintf(to, room, "%s", text);
    evc_utf8_clean(to);
}
