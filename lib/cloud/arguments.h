/* SPDX-License-Identifier: Apache-2.0 */
/* What texts that people give hold: lists, pairs, numbers, flags. The same for all clouds. */
#ifndef EVC_CLOUD_ARGUMENTS_H
#define EVC_CLOUD_ARGUMENTS_H

#include "base/kv.h"
#include "base/view.h"

/* The next of texts that commas separate, without the blanks around it; false at the
 * end. An empty text has none. */
bool evc_arguments_next(evc_cursor *c, evc_view *out);
/* "name=value,…" into an initialised list, each name once; nothing for NULL.
 * ENVCRYPT_E_ARGUMENT, NOMEM. */
int evc_arguments_pairs(const char *text, const char *what, evc_kv *out,
                        evc_error **err) EVC_MUST_CHECK;
/* An argument that is "true" or "false"; NULL when it is missing. ENVCRYPT_E_ARGUMENT:
 * another text. */
int evc_arguments_flag(const evc_kv *args, const char *name, const char **out,
                       evc_error **err) EVC_MUST_CHECK;
/* A whole number of an argument, in decimal; *out stays when it is missing.
 * ENVCRYPT_E_ARGUMENT. */
int evc_arguments_number(const evc_kv *args, const char *name, int64_t least,
                         int64_t most, int64_t *out, evc_error **err) EVC_MUST_CHECK;

#endif
