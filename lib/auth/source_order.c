/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/source_order.h"

#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/nearest.h"

#define LIST_SIZE 160u /* the names of any cloud */

static evc_view
next_name(evc_cursor *c)
{
    evc_view name;

    while (evc_cursor_peek(c) == ' ')
        (void)evc_cursor_u8(c);
    name = evc_cursor_until(c, ',');
    while (name.size && name.data[name.size - 1] == ' ')
        name.size--;
    return name;
}

static int
refuse(evc_view name, const char *const *names, evc_error **err)
{
    char shown[EVC_SHOWN];
    char all[LIST_SIZE] = ""; /* ends with a NUL however full */
    const char *near;
    evc_buf list;

    evc_encode_shown(name, shown);
    near = evc_nearest(shown, names);
    evc_buf_init_fixed(&list, all, sizeof(all) - 1);
    for (size_t i = 0; names[i]; i++)
        evc_buf_put_format(&list, "%s%s", i ? ", " : "", names[i]);
    return evc_err(err, ENVCRYPT_E_UNKNOWN_OPTION,
                   "there is no source of credentials \"%s\" here; %s%s%s", shown,
                   near ? "did you mean \"" : "there are ", near ? near : all,
                   near ? "\"?" : "");
}

static int
add(evc_view name, const char *const *names, evc_source_order *out, evc_error **err)
{
    for (uint8_t i = 0; names[i]; i++) {
        if (!evc_view_is_text(name, names[i]))
            continue;
        if (evc_source_order_has(out, i))
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "the source of credentials %s is named twice", names[i]);
        out->at[out->count++] = i;
        return 0;
    }
    return refuse(name, names, err);
}

int
evc_source_order_parse(const char *text, const char *const *names,
                       evc_source_order *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(text));
    int rc = 0;

    *out = (evc_source_order){.count = 0};
    for (uint8_t i = 0; !text && names[i]; i++)
        out->at[out->count++] = i;
    while (!rc && evc_cursor_left(&c))
        rc = add(next_name(&c), names, out, err);
    return rc;
}

bool
evc_source_order_has(const evc_source_order *order, uint8_t index)
{
    return order->count && memchr(order->at, index, order->count) != NULL;
}
