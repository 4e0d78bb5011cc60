/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_arn.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* 1 to most characters, each of them one of those. */
static bool
is_made_of(evc_view text, const char *those, size_t most)
{
    if (text.size == 0 || text.size > most)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == 0 || !strchr(those, text.data[i]))
            return false;
    }
    return true;
}

static bool
skip_text(evc_cursor *c, const char *text)
{
    return evc_view_is_text(evc_cursor_bytes(c, strlen(text)), text) && !c->failed;
}

/* What stands before the next colon, which is taken too. */
static evc_view
take_field(evc_cursor *c)
{
    size_t start = c->at;
    evc_view field;

    while (evc_cursor_left(c) > 0) {
        if (evc_cursor_u8(c) == ':') {
            field = evc_cursor_since(c, start);
            field.size--;
            return field;
        }
    }
    return evc_view_of(NULL, 0);
}

bool
evc_alibaba_is_key_id(evc_view text)
{
    return is_made_of(text, LOWER UPPER DIGITS "-_", 128);
}

bool
evc_alibaba_is_alias_name(evc_view text)
{
    evc_cursor c = evc_cursor_of_view(text);

    return text.size <= EVC_ALIBABA_ALIAS_MAX && skip_text(&c, "alias/") &&
           is_made_of(evc_cursor_bytes(&c, evc_cursor_left(&c)),
                      LOWER UPPER DIGITS "/_-", EVC_ALIBABA_ALIAS_MAX);
}

bool
evc_alibaba_arn_is_region(evc_view text)
{
    return is_made_of(text, LOWER DIGITS "-", 63);
}

bool
evc_alibaba_is_instance(evc_view text)
{
    return is_made_of(text, LOWER DIGITS "-", 63) && text.data[0] != '-';
}

bool
evc_alibaba_arn_parse(evc_view text, evc_alibaba_arn *out)
{
    evc_cursor c = evc_cursor_of_view(text);

    *out = (evc_alibaba_arn){.id = {NULL, 0}};
    if (text.size > EVC_ALIBABA_ARN_MAX || !skip_text(&c, "acs:kms:"))
        return false;
    out->region = take_field(&c);
    out->account = take_field(&c);
    if (!skip_text(&c, "key/"))
        return false;
    out->id = evc_cursor_bytes(&c, evc_cursor_left(&c));
    return evc_alibaba_arn_is_region(out->region) &&
           is_made_of(out->account, DIGITS, 32) && evc_alibaba_is_key_id(out->id);
}

bool
evc_alibaba_arn_names(const evc_alibaba_arn *arn, evc_view text)
{
    evc_alibaba_arn other;

    if (!evc_alibaba_arn_parse(text, &other))
        return evc_view_equal(text, arn->id);
    return evc_view_equal(other.region, arn->region) &&
           evc_view_equal(other.account, arn->account) &&
           evc_view_equal(other.id, arn->id);
}
