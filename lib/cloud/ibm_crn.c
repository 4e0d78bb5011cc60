/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_crn.h"

#include <string.h>

#define PARTS 10u

enum { CRN, VERSION, CNAME, CTYPE, SERVICE, REGION, SCOPE, INSTANCE, TYPE, RESOURCE };

static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
static const char token[] = "abcdefghijklmnopqrstuvwxyz0123456789-_"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool
is_of(evc_view text, const char *letters, size_t most)
{
    if (text.size == 0 || text.size > most)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == 0 || !strchr(letters, text.data[i]))
            return false;
    }
    return true;
}

bool
evc_ibm_is_token(evc_view text)
{
    return is_of(text, token, 255);
}

bool
evc_ibm_is_region(evc_view text)
{
    return is_of(text, lower, 63) && text.data[0] != '-' &&
           text.data[text.size - 1] != '-';
}

/* Exactly PARTS of them, between colons. */
static bool
split(evc_view text, evc_view parts[PARTS])
{
    evc_cursor c = evc_cursor_of_view(text);

    for (size_t i = 0; i < PARTS; i++) {
        size_t start = c.at;

        while (evc_cursor_left(&c) > 0 && text.data[c.at] != ':')
            (void)evc_cursor_u8(&c);
        parts[i] = evc_cursor_since(&c, start);
        if (i + 1 < PARTS && evc_cursor_u8(&c) != ':')
            return false;
    }
    return evc_cursor_done(&c);
}

bool
evc_ibm_crn_parse(evc_view text, evc_ibm_crn *out)
{
    evc_view parts[PARTS];
    evc_cursor scope;

    if (text.size > EVC_IBM_CRN_MAX || !split(text, parts))
        return false;
    scope = evc_cursor_of_view(parts[SCOPE]);
    if (!evc_view_is_text(evc_cursor_bytes(&scope, 2), "a/"))
        return false;
    *out = (evc_ibm_crn){
        .kind = parts[CTYPE],
        .service = parts[SERVICE],
        .region = parts[REGION],
        .account = evc_cursor_bytes(&scope, evc_cursor_left(&scope)),
        .instance = parts[INSTANCE],
        .key = parts[RESOURCE],
    };
    if (!evc_view_is_text(parts[CRN], "crn") ||
        !evc_view_is_text(parts[VERSION], "v1") || !evc_ibm_is_token(parts[CNAME]) ||
        !evc_ibm_is_token(out->kind) || !evc_ibm_is_region(out->region) ||
        !evc_ibm_is_token(out->account) || !evc_ibm_is_token(out->instance))
        return false;
    if (!evc_view_is_text(out->service, EVC_IBM_KEY_PROTECT) &&
        !evc_view_is_text(out->service, EVC_IBM_HPCS))
        return false;
    if (parts[TYPE].size == 0)
        return out->key.size == 0;
    return evc_view_is_text(parts[TYPE], "key") && evc_ibm_is_token(out->key);
}
