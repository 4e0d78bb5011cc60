/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/arguments.h"

#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"
#include "cloud/service.h"

#define DIGITS_MAX 9u /* of a number that a person gives, zeros before it too */

static evc_view
without_blanks(evc_view text)
{
    evc_cursor c = evc_cursor_of_view(text);
    size_t end = text.size;

    while (end > 0 && text.data[end - 1] == ' ')
        end--;
    while (c.at < end && text.data[c.at] == ' ')
        (void)evc_cursor_u8(&c);
    return evc_cursor_bytes(&c, end - c.at);
}

bool
evc_arguments_next(evc_cursor *c, evc_view *out)
{
    if (evc_cursor_left(c) == 0)
        return false;
    *out = without_blanks(evc_cursor_until(c, ','));
    return true;
}

static int
add_pair(evc_view item, evc_kv *out, evc_error **err)
{
    const uint8_t *equals = item.size ? memchr(item.data, '=', item.size) : NULL;
    size_t size = equals ? (size_t)(equals - item.data) : 0;
    evc_cursor c = evc_cursor_of_view(item);
    evc_view name = evc_cursor_bytes(&c, size);

    if (size == 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "a pair has no name");
    (void)evc_cursor_u8(&c);
    return evc_kv_add(out, name, evc_cursor_bytes(&c, evc_cursor_left(&c)), err);
}

int
evc_arguments_pairs(const char *text, const char *what, evc_kv *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(text));
    evc_view item;
    int rc = 0;

    while (!rc && evc_arguments_next(&c, &item))
        rc = add_pair(item, out, err);
    if (rc == ENVCRYPT_E_ARGUMENT || rc == ENVCRYPT_E_CONTEXT_DUPLICATE)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the argument %s is name=value with commas between them, each "
                       "name once",
                       what);
    return rc;
}

int
evc_arguments_flag(const evc_kv *args, const char *name, const char **out,
                   evc_error **err)
{
    const char *text = evc_service_arg(args, name);

    *out = NULL;
    if (!text)
        return 0;
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "the argument %s is true or false",
                       name);
    *out = text;
    return 0;
}

int
evc_arguments_number(const evc_kv *args, const char *name, int64_t least, int64_t most,
                     int64_t *out, evc_error **err)
{
    const char *text = evc_service_arg(args, name);
    int64_t number;

    if (!text)
        return 0;
    if (strlen(text) > DIGITS_MAX ||
        !evc_decimal_read(evc_view_text(text), most, &number) || number < least)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the argument %s is a whole number from %" PRId64 " to %" PRId64,
                       name, least, most);
    *out = number;
    return 0;
}
