/* SPDX-License-Identifier: Apache-2.0 */
/* What is UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing past U+10FFFF). */
#ifndef EVC_BASE_UTF8_H
#define EVC_BASE_UTF8_H

#include <stdbool.h>

#include "base/view.h"

bool evc_is_utf8(evc_view text);

/*
 * Makes a text fit for a terminal and for callers that demand UTF-8: each byte of a
 * control character (C0, DEL, C1) and each malformed byte becomes '?'.
 */
void evc_utf8_clean(char *text);
/* A copy that is cleaned so, and cut to room with its NUL: words of a service that are shown. */
void evc_utf8_copy(char *to, size_t room, const char *text);

#endif
