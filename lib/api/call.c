/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/call.h"

#include "envcrypt/kms.h"
#include "kms/serve.h"

/* Whoever serves a call sees its own copies of the inputs, each with a NUL behind it. */

int32_t
envcrypt_call_operation(const envcrypt_call *call)
{
    return call ? call->operation : 0;
}

const char *
envcrypt_call_key_id(const envcrypt_call *call)
{
    return call ? call->kms->key_id : NULL;
}

const char *
envcrypt_call_key_version(const envcrypt_call *call)
{
    return call ? (const char *)call->key_version.data : NULL;
}

const envcrypt_context *
envcrypt_call_context(const envcrypt_call *call)
{
    return call ? &call->own.context : NULL;
}

const void *
envcrypt_call_input(const envcrypt_call *call, size_t *size)
{
    evc_view input = {NULL, 0};

    if (call && call->operation == ENVCRYPT_OP_WRAP)
        input = call->input;
    else if (call)
        input = call->edk.ciphertext; /* empty when the operation has none */
    if (size)
        *size = input.size;
    return input.size ? (const void *)input.data : "";
}

size_t
envcrypt_call_key_size(const envcrypt_call *call)
{
    return call ? call->key_size : 0;
}

int32_t
envcrypt_call_is_abandoned(const envcrypt_call *call)
{
    return call && evc_call_is_abandoned(call);
}

/* First in every setter; given says whether no argument is missing. */
static int
begin_set(const envcrypt_call *call, bool given, envcrypt_error **err)
{
    evc_err_clear(err);
    if (call && given)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a call cannot be answered: the call or what is set is NULL");
}

int
envcrypt_call_set_wrapped(envcrypt_call *call, const void *bytes, size_t size,
                          envcrypt_error **err)
{
    int rc = begin_set(call, bytes != NULL, err);

    return rc == 0 ? evc_serve_set_wrapped(call, evc_view_of(bytes, size), err) : rc;
}

int
envcrypt_call_set_key(envcrypt_call *call, const void *bytes, size_t size,
                      envcrypt_error **err)
{
    int rc = begin_set(call, bytes != NULL, err);

    return rc == 0 ? evc_serve_set_key(call, evc_view_of(bytes, size), err) : rc;
}

int
envcrypt_call_set_key_id(envcrypt_call *call, const char *key_id, envcrypt_error **err)
{
    int rc = begin_set(call, key_id != NULL, err);

    return rc == 0 ? evc_serve_set_key_id(call, key_id, err) : rc;
}

int
envcrypt_call_set_key_version(envcrypt_call *call, const char *key_version,
                              envcrypt_error **err)
{
    int rc = begin_set(call, key_version != NULL, err);

    return rc == 0 ? evc_serve_set_version(call, key_version, err) : rc;
}

void
envcrypt_call_set_stale(envcrypt_call *call, int32_t stale)
{
    if (call)
        evc_serve_set_stale(call, stale != 0);
}

int
envcrypt_call_add_version(envcrypt_call *call, const char *key_version, int32_t state,
                          int64_t created_ms, envcrypt_error **err)
{
    int rc = begin_set(call, key_version != NULL, err);

    return rc == 0 ? evc_serve_add_version(call, key_version, state, created_ms, err)
                   : rc;
}

void
envcrypt_call_set_state(envcrypt_call *call, int32_t state)
{
    if (call)
        evc_serve_set_state(call, state);
}

void
envcrypt_call_finish(envcrypt_call *call, int32_t code, const char *provider_code,
                     const char *message)
{
    if (call)
        evc_serve_finish(call, code, provider_code, message);
}
