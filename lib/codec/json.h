/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON that bears no secret, over jansson: duplicate members are refused, and no error
 * quotes the text, only line and column. A value is borrowed from its document.
 */
#ifndef EVC_CODEC_JSON_H
#define EVC_CODEC_JSON_H

#include "base/err.h"
#include "base/view.h"

typedef struct evc_json_doc evc_json_doc;
typedef struct evc_json evc_json;

/* what names the text in messages ("key store /path"). ENVCRYPT_E_JSON, NOMEM. */
int evc_json_parse(evc_view text, const char *what, evc_json_doc **out,
                   evc_error **err) EVC_MUST_CHECK;
void evc_json_free(evc_json_doc *doc);
const evc_json *evc_json_root(const evc_json_doc *doc);

/*
 * Typed getters. A missing or wrong member is ENVCRYPT_E_JSON with the member's name; an _opt
 * form leaves the out-parameter alone when the member is absent or null.
 */
int evc_json_object(const evc_json *of, const char *name, const evc_json **out,
                    evc_error **err) EVC_MUST_CHECK;
int evc_json_array(const evc_json *of, const char *name, const evc_json **out,
                   evc_error **err) EVC_MUST_CHECK;
int evc_json_text(const evc_json *of, const char *name, const char **out,
                  evc_error **err) EVC_MUST_CHECK;
int evc_json_text_opt(const evc_json *of, const char *name, const char **out,
                      evc_error **err) EVC_MUST_CHECK;
/* Integers, and reals without a fraction, between min and max. */
int evc_json_integer(const evc_json *of, const char *name, int64_t min, int64_t max,
                     int64_t *out, evc_error **err) EVC_MUST_CHECK;
int evc_json_integer_opt(const evc_json *of, const char *name, int64_t min, int64_t max,
                         int64_t *out, evc_error **err) EVC_MUST_CHECK;
int evc_json_bool_opt(const evc_json *of, const char *name, bool *out,
                      evc_error **err) EVC_MUST_CHECK;
/* Strict base64 or hex (see base/encode.h) of exactly size bytes. */
int evc_json_hex(const evc_json *of, const char *name, void *out, size_t size,
                 evc_error **err) EVC_MUST_CHECK;
int evc_json_base64(const evc_json *of, const char *name, void *out, size_t capacity,
                    size_t *size, evc_error **err) EVC_MUST_CHECK;

size_t evc_json_count(const evc_json *array_or_object);
const evc_json *evc_json_at(const evc_json *array, size_t index); /* NULL past the end */
const char *evc_json_name_at(const evc_json *object, size_t index); /* member names, as read */
const char *evc_json_as_text(const evc_json *value); /* NULL when not a string */
/* ENVCRYPT_E_JSON when the object has a member that is not in the NULL-ended list. */
int evc_json_only(const evc_json *object, const char *const *names,
                  evc_error **err) EVC_MUST_CHECK;

#endif
