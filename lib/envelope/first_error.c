/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/first_error.h"

#include <stdio.h>

int
evc_first_error_keep(evc_first_error *first, int code, evc_error *const *err)
{
    const char *message = err && *err ? evc_error_message(*err) : evc_error_text(code);

    first->code = code;
    (void)snprintf(first->message, sizeof first->message, "%s", message);
    return code;
}

int
evc_first_error_again(const evc_first_error *first, evc_error **err)
{
    return first->code ? evc_err(err, first->code, "%s", first->message) : 0;
}
