/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that an object owns, or NULL. */
#ifndef EVC_BASE_TEXT_H
#define EVC_BASE_TEXT_H

#include <stdarg.h>

#include "base/buf.h"
#include "base/err.h"

/* A copy in *to in the place of what stood there; text NULL = none. NOMEM. */
int evc_text_set(char **to, const char *text, evc_error **err) EVC_MUST_CHECK;
/* Same, of what a buffer holds, which is empty then. The buffer's own errors. */
int evc_text_take(char **to, evc_buf *text, evc_error **err) EVC_MUST_CHECK;

/* Into a place of a fixed size, in which a NUL must fit: cut there, and cleaned as
 * evc_utf8_clean() does, since what is told may be of somebody else. */
void evc_text_format(char *out, size_t room, const char *format, va_list arguments)
    EVC_PRINTF(3, 0);

#endif
