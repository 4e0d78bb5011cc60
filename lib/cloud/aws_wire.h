/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How AWS KMS is spoken to: AWS JSON 1.1, one POST to / for every operation, whose name
 * stands in a header (botocore, data/kms/2014-11-01/service-2.json). Pure.
 */
#ifndef EVC_CLOUD_AWS_WIRE_H
#define EVC_CLOUD_AWS_WIRE_H

#include "base/arena.h"
#include "base/kv.h"
#include "codec/json.h"
#include "codec/jwrite.h"
#include "net/http.h"

#define EVC_AWS_TARGET "TrentService."

/* Method and headers, and the beginning of the body's object. */
int evc_aws_wire_begin(evc_exchange *x, const char *operation, evc_jwrite *w,
                       evc_error **err) EVC_MUST_CHECK;
/* The end of it; text that is not UTF-8 is ENVCRYPT_E_UTF8. */
int evc_aws_wire_end(evc_jwrite *w, evc_error **err) EVC_MUST_CHECK;
/* A member; nothing when text is NULL. */
void evc_aws_wire_text(evc_jwrite *w, const char *name, const char *text);
void evc_aws_wire_view(evc_jwrite *w, const char *name, evc_view text);
/* The encryption context, nothing when it is empty. ENVCRYPT_E_ARGUMENT: a NUL in it. */
int evc_aws_wire_context(evc_jwrite *w, const char *name, const evc_kv *context,
                         evc_error **err) EVC_MUST_CHECK;
/* An array of the texts that commas separate; nothing when list is NULL or empty. */
void evc_aws_wire_list(evc_jwrite *w, const char *name, const char *list);

/* What a read function gives back: a JSON error of the reply becomes PROTOCOL. */
int evc_aws_wire_result(const char *operation, int code,
                        evc_error **err) EVC_MUST_CHECK;

#endif
