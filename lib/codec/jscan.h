/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes one secret out of JSON in the caller's own buffer, before the rest goes to
 * evc_json_parse: it is moved to the arena and its characters are overwritten in place,
 * so no other copy of it comes into being. And finds other values of JSON whose rest
 * must not go there.
 *
 * Accepts no text that jansson would refuse or read otherwise, and refuses some that
 * jansson accepts. ENVCRYPT_E_JSON are: an outermost value that is not an object, a
 * backslash in a member name, a member twice in one object, invalid UTF-8, a NUL (also
 * as an escape), bytes after the end, nesting past EVC_JSON_MAX_DEPTH, more than
 * EVC_JSCAN_MAX_NAMES members of the objects that are open at one place, integers past
 * 64 bits, and reals that are longer than 64 characters or whose exponent is past 100.
 */
#ifndef EVC_CODEC_JSCAN_H
#define EVC_CODEC_JSCAN_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"

#define EVC_JSCAN_MAX_NAMES 128u

/*
 * Finds a member by its path: the name of one of the outermost object, or the names of
 * the objects around it, outermost first, and its own with dots between
 * ("roleCredentials.secretAccessKey"); a number stands for an element of an array
 * ("profiles.0.sts_token"). It must be a string of strict base64 of 1 to
 * max bytes (at most EVC_ARENA_MAX_SLOT), and decodes it into a new slot of the arena.
 * In the text the value becomes "" with spaces after it, so that the size stays and the
 * rest can be parsed; further secrets can be taken by further calls. The whole text is
 * checked first.
 *
 * ENVCRYPT_E_JSON: the text, the lack of the member, or its value. The errors of
 * evc_secret_new. On any failure the whole text is wiped and *out holds nothing.
 */
int evc_jscan_take_base64(char *text, size_t size, const char *name, evc_arena *arena,
                          size_t max, evc_secret *out, evc_error **err) EVC_MUST_CHECK;
/* Same for a string that is the secret itself (a token), without escapes, of 1 to max
 * bytes. */
int evc_jscan_take_text(char *text, size_t size, const char *name, evc_arena *arena,
                        size_t max, evc_secret *out, evc_error **err) EVC_MUST_CHECK;
/* Same where there may be none: a member that is missing, no string, or empty is 0, and
 * *out holds nothing. */
int evc_jscan_take_text_opt(char *text, size_t size, const char *name, evc_arena *arena,
                            size_t max, evc_secret *out,
                            evc_error **err) EVC_MUST_CHECK;
/*
 * Finds a string, number or word by its path: *out is its text as it stands, of a string
 * with its quotes and escapes. Borrowed; empty when it is missing, or an object or array.
 * The whole text is checked first and is not changed. ENVCRYPT_E_JSON: the text.
 */
int evc_jscan_find(const char *text, size_t size, const char *path, evc_view *out,
                   evc_error **err) EVC_MUST_CHECK;

#endif
