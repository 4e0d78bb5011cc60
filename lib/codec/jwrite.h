/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes one JSON object or array into a buffer that is wiped when it is freed, so also
 * JSON that bears secrets. Two-space indentation and a line end after the whole when
 * pretty, else no space at all. At most 16 levels deep.
 *
 * The first mistake sets the buffer's `failed` and ends the writing: a text that is not
 * valid UTF-8, or misuse (a value where a name must come, a value outside of the object
 * or array, an end too many). Check once, by evc_jwrite_finish. Names must differ
 * within an object; that is the caller's to see to.
 *
 * Beyond what JSON demands, DEL and U+0080 to U+009F are escaped too: on a terminal
 * they are commands.
 */
#ifndef EVC_CODEC_JWRITE_H
#define EVC_CODEC_JWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

#define EVC_JWRITE_MAX_DEPTH 16u

typedef struct evc_jwrite {
    evc_buf *out;
    bool pretty;
    bool written; /* the one object or array was begun */
    bool after_name;
    uint8_t depth;
    char closing[EVC_JWRITE_MAX_DEPTH]; /* '}' or ']' of each open level */
    bool has_item[EVC_JWRITE_MAX_DEPTH];
    int code; /* the first mistake */
} evc_jwrite;

void evc_jwrite_begin(evc_jwrite *w, evc_buf *out, bool pretty); /* appends to out */
void evc_jwrite_object(evc_jwrite *w);
void evc_jwrite_array(evc_jwrite *w);
void evc_jwrite_end(evc_jwrite *w); /* of the innermost object or array */
void evc_jwrite_name(evc_jwrite *w, const char *name);
void evc_jwrite_text(evc_jwrite *w, const char *text); /* NULL = null */
void evc_jwrite_view(evc_jwrite *w, evc_view text); /* a NUL is written as an escape */
void evc_jwrite_hex(evc_jwrite *w, evc_view bytes);
void evc_jwrite_base64(evc_jwrite *w, evc_view bytes);
void evc_jwrite_integer(evc_jwrite *w, int64_t value);
void evc_jwrite_bool(evc_jwrite *w, bool value);
void evc_jwrite_null(evc_jwrite *w);
/* A member of an object: name and value. */
void evc_jwrite_member_text(evc_jwrite *w, const char *name, const char *text);
void evc_jwrite_member_integer(evc_jwrite *w, const char *name, int64_t value);
void evc_jwrite_member_bool(evc_jwrite *w, const char *name, bool value);
/* A value that is JSON already, as it stands; nobody looks at it. */
void evc_jwrite_json(evc_jwrite *w, evc_view value);

/*
 * 0 when one whole object or array was written. ENVCRYPT_E_UTF8; INTERNAL (misuse, or
 * something is still open); NOMEM or BUFFER_TOO_SMALL of the buffer.
 */
int evc_jwrite_finish(evc_jwrite *w, evc_error **err) EVC_MUST_CHECK;

#endif
