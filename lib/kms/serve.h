/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call that a function of the caller's serves: what it sets, with the limits of
 * envcrypt/kms.h, and how it finishes the call. Setters give ENVCRYPT_E_ARGUMENT for
 * what is not part of the answer to the call's operation, or comes after the finish, and
 * FORKED in a child.
 */
#ifndef EVC_KMS_SERVE_H
#define EVC_KMS_SERVE_H

#include "envcrypt/kms.h"
#include "kms/call.h"

#define EVC_SERVE_WRAPPED_MAX 6144u
#define EVC_SERVE_KEY_MAX 64u

/* The function and its user; held by the state of a key. */
typedef struct evc_server {
    uint64_t generation;
    envcrypt_call_fn serve;
    void *user;
    envcrypt_destroy_fn destroy; /* NULL until the key is open */
} evc_server;

void evc_server_destroy(evc_server *server); /* calls destroy; not in a child */

/* Copies the inputs of the call and gives it to the function; the call's reference
 * moves. */
void evc_serve(const evc_server *server, evc_call *call);

int evc_serve_set_wrapped(evc_call *call, evc_view bytes,
                          evc_error **err) EVC_MUST_CHECK;
int evc_serve_set_key(evc_call *call, evc_view bytes, evc_error **err) EVC_MUST_CHECK;
int evc_serve_set_key_id(evc_call *call, const char *key_id,
                         evc_error **err) EVC_MUST_CHECK;
int evc_serve_set_version(evc_call *call, const char *version,
                          evc_error **err) EVC_MUST_CHECK;
int evc_serve_add_version(evc_call *call, const char *version, int32_t state,
                          int64_t created_ms, evc_error **err) EVC_MUST_CHECK;
void evc_serve_set_state(evc_call *call, int32_t state);
void evc_serve_set_stale(evc_call *call, bool stale);
/*
 * Finishes the call. code 0: the answer must be whole, else the call fails with
 * ENVCRYPT_E_CALLBACK; a wrapped key becomes an EDK with the info of design 6.3. Other
 * codes: an error with the texts, either may be NULL; what is no code of the library
 * becomes ENVCRYPT_E_CALLBACK. A second finish within the function does nothing.
 */
void evc_serve_finish(evc_call *call, int32_t code, const char *provider_code,
                      const char *message);

#endif
