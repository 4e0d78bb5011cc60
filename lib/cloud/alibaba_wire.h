/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How Alibaba Cloud KMS is spoken to: RPC style, one POST to / for every action, whose
 * name stands in a header until the request is signed (kms-apis 3.1). All parameters go
 * into the form: a URL is logged by proxies and gateways, and a context may be longer
 * than one. Alibaba's pop-core sends them so too. Pure.
 */
#ifndef EVC_CLOUD_ALIBABA_WIRE_H
#define EVC_CLOUD_ALIBABA_WIRE_H

#include "base/arena.h"
#include "codec/json.h"
#include "net/http.h"

#define EVC_ALIBABA_API "2016-01-20" /* version */

/* Method and headers; parameters are added after it, by evc_form_add to x->body. */
int evc_alibaba_wire_begin(evc_exchange *x, const char *action,
                           evc_error **err) EVC_MUST_CHECK;
/* What the parameters were added, and the content type when there is one. */
int evc_alibaba_wire_end(evc_exchange *x, evc_error **err) EVC_MUST_CHECK;

/* What reading a reply gave: ENVCRYPT_E_JSON becomes PROTOCOL, with it as the cause. */
int evc_alibaba_wire_result(const char *action, int code,
                            evc_error **err) EVC_MUST_CHECK;
/*
 * Of an exchange that was built here, signed or not: V1 moves the action from the header
 * to the query. Empty when there is none.
 */
evc_view evc_alibaba_wire_action(const evc_exchange *x);

#endif
