/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON into a buffer that is wiped when it is freed, so also JSON that bears
 * secrets. Two-space indentation when pretty, else none. Misuse (a value where a name
 * must come, unbalanced ends) sets the buffer's `failed`. At most 16 levels deep.
 */
#ifndef EVC_CODEC_JWRITE_H
#define EVC_CODEC_JWRITE_H

#include "base/buf.h"

typedef struct evc_jwrite {
    evc_buf *out;
    bool pretty;
    uint8_t depth;
    bool after_name;
    uint8_t kind[16]; /* '{' or '[' */
    bool has_item[16];
} evc_jwrite;

void evc_jwrite_begin(evc_jwrite *w, evc_buf *out, bool pretty);
void evc_jwrite_object(evc_jwrite *w);
void evc_jwrite_array(evc_jwrite *w);
void evc_jwrite_end(evc_jwrite *w); /* of the innermost object or array */
void evc_jwrite_name(evc_jwrite *w, const char *name);
void evc_jwrite_text(evc_jwrite *w, const char *text); /* valid UTF-8, else `failed`; NULL = null */
void evc_jwrite_view(evc_jwrite *w, evc_view text);
void evc_jwrite_hex(evc_jwrite *w, evc_view bytes);
void evc_jwrite_base64(evc_jwrite *w, evc_view bytes);
void evc_jwrite_integer(evc_jwrite *w, int64_t value);
void evc_jwrite_bool(evc_jwrite *w, bool value);
void evc_jwrite_null(evc_jwrite *w);

#endif
