/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of key services in JSON: one object, whose member Plaintext, where there is one, is
 * a data key in base64 (AWS KMS, Alibaba Cloud KMS). It goes to the arena before anything
 * else of the reply is looked at. Pure.
 */
#ifndef EVC_CLOUD_JSON_REPLY_H
#define EVC_CLOUD_JSON_REPLY_H

#include "codec/json.h"
#include "kms/call.h"
#include "net/http.h"

/* The reply as a document whose root is an object. ENVCRYPT_E_JSON, NOMEM. */
int evc_json_reply_parse(const evc_exchange *x, evc_json_doc **out,
                         evc_error **err) EVC_MUST_CHECK;
/* The same after its member Plaintext was moved to the arena. On failure key holds
 * nothing and the reply is wiped. */
int evc_json_reply_take(evc_exchange *x, evc_arena *arena, evc_secret *key,
                        evc_json_doc **out, evc_error **err) EVC_MUST_CHECK;

typedef int (*evc_json_reply_fn)(evc_call *call, const evc_json *root, evc_error **err);

/* Takes the key of a call; read looks at the rest. The key is wiped unless all of it is as
 * it should be. What read gives too. */
int evc_json_reply_read(evc_exchange *x, evc_arena *arena, evc_call *call,
                        evc_json_reply_fn read, evc_error **err) EVC_MUST_CHECK;

#endif
