/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes one secret out of JSON in the caller's own buffer, before the rest goes to
 * evc_json_parse: the string's characters are overwritten in place, so no copy
 * of them comes into being. Accepts no text that jansson would refuse or read otherwise:
 * a backslash in a member name, a duplicate member at depth 1, nesting past 64,
 * invalid UTF-8, a NUL, trailing bytes are ENVCRYPT_E_JSON.
 */
#ifndef EVC_CODEC_JSCAN_H
#define EVC_CODEC_JSCAN_H

#include "base/arena.h"
#include "base/err.h"

/*
 * Finds member `name` of the outermost object, a string of strict base64 of 1 to
 * max bytes, decodes it into a new slot of the arena and overwrites the string's content
 * by nothing: the value becomes "" padded with spaces after it. A missing member is
 * ENVCRYPT_E_JSON. The whole text is checked. On any failure the whole text is wiped.
 */
int evc_jscan_take_base64(char *text, size_t size, const char *name, evc_arena *arena,
                          size_t max, evc_secret *out, evc_error **err) EVC_MUST_CHECK;
/* Same for a plain string without escapes (a token), of 1 to max bytes. */
int evc_jscan_take_text(char *text, size_t size, const char *name, evc_arena *arena,
                        size_t max, evc_secret *out, evc_error **err) EVC_MUST_CHECK;

#endif
