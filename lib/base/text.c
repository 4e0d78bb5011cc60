/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"

int
evc_text_set(char **to, const char *text, evc_error **err)
{
    char *copy = text ? evc_mem_strdup(text) : NULL;

    if (text && !copy)
        return evc_err_nomem(err);
    evc_mem_free(*to);
    *to = copy;
    return 0;
}

int
evc_text_take(char **to, evc_buf *text, evc_error **err)
{
    int rc = evc_buf_check(text, err);
    char *copy = rc ? NULL : evc_mem_text(text->data, text->size);

    evc_buf_reset(text);
    if (rc == 0 && !copy)
        rc = evc_err_nomem(err);
    if (rc)
        return rc;
    evc_mem_free(*to);
    *to = copy;
    return 0;
}

void
evc_text_format(char *out, size_t room, const char *format, va_list arguments)
{
    if (vsnprintf(out, room, format, arguments) < 0)
        out[0] = '\0';
    evc_utf8_clean(out);
}
