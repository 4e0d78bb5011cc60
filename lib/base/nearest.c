/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/encode.h"

#define LONGEST 64u
#define FARTHEST 3u

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions and replacements; b is at most LONGEST characters. */
static size_t
distance(const char *a, const char *b)
{
    size_t row[LONGEST + 1];
    size_t size = strlen(b);

    for (size_t j = 0; j <= size; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0]; /* of the row above */

        row[0] = i + 1;
        for (size_t j = 0; j < size; j++) {
            size_t replaced = diagonal + (lower(a[i]) != lower(b[j]));

            diagonal = row[j + 1];
            row[j + 1] = smaller(smaller(row[j], diagonal) + 1, replaced);
        }
    }
    return row[size];
}

const char *
evc_nearest(const char *name, const char *const *names)
{
    const char *nearest = NULL;
    size_t size = strlen(name);
    /* What differs in more than half has nothing in common. */
    size_t best = smaller(FARTHEST, size / 2) + 1;

    if (size > LONGEST)
        return NULL;
    for (; *names; names++) {
        size_t far = distance(*names, name);

        if (far < best) {
            best = far;
            nearest = *names;
        }
    }
    return nearest;
}

int
evc_nearest_refuse(const char *subject, const char *name, const char *const *names,
                   evc_error **err)
{
    const char *nearest = evc_nearest(name, names);
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(name), shown);
    return evc_err(err, ENVCRYPT_E_UNKNOWN_OPTION, "%s no option \"%s\"%s%s%s", subject,
                   shown, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}
