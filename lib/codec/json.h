/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON that bears no secret, over jansson. Stricter than that: duplicate
 * members and nesting past 64 are refused. No error quotes the text, only line and
 * column.
 *
 * Values are borrowed from their document and end with it. A document that nobody
 * changes may be read by any number of threads.
 */
#ifndef EVC_CODEC_JSON_H
#define EVC_CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define EVC_JSON_MAX_DEPTH 64u /* objects and arrays that are open at one place */

typedef struct evc_json_doc evc_json_doc;
typedef struct evc_json evc_json;

/*
 * Reads one object or array and nothing after it. what names the text in messages
 * ("key store /path"). ENVCRYPT_E_JSON, NOMEM; memory that runs out inside of jansson
 * may show as either.
 */
int evc_json_parse(evc_view text, const char *what, evc_json_doc **out,
                   evc_error **err) EVC_MUST_CHECK;
void evc_json_free(evc_json_doc *doc); /* NULL is fine */
const evc_json *evc_json_root(const evc_json_doc *doc);

/*
 * Typed getters. A missing or wrong member is ENVCRYPT_E_JSON with the member's name;
 * an _opt form leaves the out-parameter alone when the member is absent or null. On
 * failure no out-parameter is touched, save bytes that are decoded into room of the
 * caller's.
 */
int evc_json_object(const evc_json *of, const char *name, const evc_json **out,
                    evc_error **err) EVC_MUST_CHECK;
int evc_json_array(const evc_json *of, const char *name, const evc_json **out,
                   evc_error **err) EVC_MUST_CHECK;
int evc_json_text(const evc_json *of, const char *name, const char **out,
                  evc_error **err) EVC_MUST_CHECK;
int evc_json_text_opt(const evc_json *of, const char *name, const char **out,
                      evc_error **err) EVC_MUST_CHECK;
/*
 * Integers between min and max. Some services send times as reals: a real without a
 * fraction counts too, below 2^53 either way; beyond, two integers share one real.
 */
int evc_json_integer(const evc_json *of, const char *name, int64_t min, int64_t max,
                     int64_t *out, evc_error **err) EVC_MUST_CHECK;
int evc_json_integer_opt(const evc_json *of, const char *name, int64_t min, int64_t max,
                         int64_t *out, evc_error **err) EVC_MUST_CHECK;
int evc_json_bool_opt(const evc_json *of, const char *name, bool *out,
                      evc_error **err) EVC_MUST_CHECK;
/* A time in seconds since 1970, with a fraction or without, up to the year 9999: in
 * milliseconds. */
int evc_json_seconds_opt(const evc_json *of, const char *name, int64_t *ms,
                         evc_error **err) EVC_MUST_CHECK;
/* Strict hex of exactly size bytes, or strict base64 of at most capacity;
 * base/encode.h. */
int evc_json_hex(const evc_json *of, const char *name, void *out, size_t size,
                 evc_error **err) EVC_MUST_CHECK;
int evc_json_base64(const evc_json *of, const char *name, void *out, size_t capacity,
                    size_t *size, evc_error **err) EVC_MUST_CHECK;

size_t evc_json_count(const evc_json *array_or_object); /* 0 for other values */
const evc_json *evc_json_at(const evc_json *array,
                            size_t index);           /* NULL past the end */
const char *evc_json_as_text(const evc_json *value); /* NULL when not a string */
/*
 * The member names in the order of the text: the first for NULL, else the one that
 * follows after, which must be a name that this function gave for this object. NULL at
 * the end.
 */
const char *evc_json_next_name(const evc_json *object, const char *after);
/* ENVCRYPT_E_JSON when the object has a member that is not in the NULL-ended list. */
int evc_json_only(const evc_json *object, const char *const *names,
                  evc_error **err) EVC_MUST_CHECK;

#endif
