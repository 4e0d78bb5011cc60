/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single values of JSON whose rest may be secret, so that it must not go to a parser
 * which keeps copies. Paths as in codec/jscan.h. What is missing, of another kind, or in
 * text that is no JSON, counts as absent.
 */
#ifndef EVC_AUTH_JSON_VALUE_H
#define EVC_AUTH_JSON_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

/* A string without escapes, borrowed from body; empty when there is none. */
evc_view evc_json_value_text(evc_view body, const char *path);
/* A copy of a string, its escapes resolved; *out NULL when there is none or it is empty.
 * NOMEM. */
int evc_json_value_copy(evc_view body, const char *path, char **out,
                        evc_error **err) EVC_MUST_CHECK;
/* false: none, or not from min to max; out is untouched then. */
bool evc_json_value_integer(evc_view body, const char *path, int64_t min, int64_t max,
                            int64_t *out);
bool evc_json_value_is_true(evc_view body, const char *path);

#endif
