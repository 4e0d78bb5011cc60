/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/serve.h"

#include <string.h>

#include "base/fork.h"
#include "base/utf8.h"

#define MESSAGE_SHOWN 512 /* bytes of a callback's message in the error */

static const struct {
    int32_t operation;
    bool wrapped; /* what the answer must have */
    bool key;
} answers[] = {
    {ENVCRYPT_OP_WRAP, true, false},      {ENVCRYPT_OP_UNWRAP, false, true},
    {ENVCRYPT_OP_GENERATE, true, true},   {ENVCRYPT_OP_REWRAP, true, false},
    {ENVCRYPT_OP_DESCRIBE, false, false}, {ENVCRYPT_OP_ROTATE, false, false},
    {ENVCRYPT_OP_PROBE, false, false},    {ENVCRYPT_OP_BRANCH_KEY, false, true},
};

/* The row of an operation; calls have no other operations than those. */
static size_t
row_of(const evc_call *call)
{
    size_t row = 0;

    while (answers[row].operation != call->operation)
        row++;
    return row;
}

void
evc_server_destroy(evc_server *server)
{
    if (server->destroy && evc_fork_is_current(server->generation))
        server->destroy(server->user);
}

void
evc_serve(const evc_server *server, evc_call *call)
{
    evc_error *error = NULL;
    int rc = evc_call_own(call, &error);

    if (!rc && call->operation == ENVCRYPT_OP_DESCRIBE)
        rc = evc_key_info_new(evc_view_text(call->kms->key_id), &call->info, &error);
    if (rc) {
        evc_call_finish(call, rc, error);
        return;
    }
    /* Held, so that a function that finishes twice finds it the second time too. */
    (void)evc_call_ref(call);
    server->serve(call, server->user);
    evc_call_unref(call);
}

static int
refuse(const evc_call *call, const char *what, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_ARGUMENT, "a call of the operation %s %s",
                   evc_call_name(call), what);
}

/* Whether the call may still be answered: its results are not yet the maker's. */
static int
check_current(const evc_call *call, evc_error **err)
{
    int rc = evc_fork_check(call->kms->generation, "call", err);

    if (!rc && atomic_load(&call->served))
        rc = refuse(call, "is finished and cannot be answered any more", err);
    return rc;
}

int
evc_serve_set_wrapped(evc_call *call, evc_view bytes, evc_error **err)
{
    int rc = check_current(call, err);

    if (rc)
        return rc;
    if (!answers[row_of(call)].wrapped)
        return refuse(call, "is not answered with a wrapped key", err);
    if (bytes.size == 0 || bytes.size > EVC_SERVE_WRAPPED_MAX)
        return refuse(call, "takes a wrapped key of 1 to 6,144 bytes", err);
    evc_buf_clear(&call->wrapped.ciphertext);
    evc_buf_put_view(&call->wrapped.ciphertext, bytes);
    return evc_buf_check(&call->wrapped.ciphertext, err);
}

int
evc_serve_set_key(evc_call *call, evc_view bytes, evc_error **err)
{
    int rc = check_current(call, err);

    if (rc)
        return rc;
    if (!answers[row_of(call)].key)
        return refuse(call, "is not answered with a plain key", err);
    if (bytes.size == 0 || bytes.size > EVC_SERVE_KEY_MAX)
        return refuse(call, "takes a key of 1 to 64 bytes", err);
    evc_secret_free(&call->key);
    return evc_secret_copy(evc_crypto_env(call->kms->crypto)->arena, bytes, &call->key,
                           err);
}

static int
set_text(evc_buf *to, const char *text, evc_error **err)
{
    evc_buf_clear(to);
    evc_buf_put_text(to, text);
    return evc_buf_check(to, err);
}

int
evc_serve_set_key_id(evc_call *call, const char *key_id, evc_error **err)
{
    int rc = check_current(call, err);

    return rc ? rc : set_text(&call->key_id, key_id, err);
}

static int
check_version(const evc_call *call, const char *version, evc_error **err)
{
    evc_view view = evc_view_text(version);

    if (view.size > EVC_EDK_VERSION_MAX || !evc_is_utf8(view))
        return refuse(call, "takes a key version of at most 255 bytes of UTF-8", err);
    return 0;
}

int
evc_serve_set_version(evc_call *call, const char *version, evc_error **err)
{
    int rc = check_current(call, err);

    if (!rc)
        rc = check_version(call, version, err);
    return rc ? rc : set_text(&call->version, version, err);
}

static bool
is_key_state(int32_t state)
{
    return state >= ENVCRYPT_KEY_UNKNOWN && state <= ENVCRYPT_KEY_CREATING;
}

int
evc_serve_add_version(evc_call *call, const char *version, int32_t state,
                      int64_t created_ms, evc_error **err)
{
    int rc = check_current(call, err);

    if (!rc && call->operation != ENVCRYPT_OP_DESCRIBE)
        rc = refuse(call, "is not answered with versions", err);
    if (!rc)
        rc = check_version(call, version, err);
    if (!rc && !is_key_state(state))
        rc = refuse(call, "takes one of ENVCRYPT_KEY_... as a state", err);
    if (rc)
        return rc;
    return evc_key_info_add(call->info, version, state,
                            created_ms < 0 ? -1 : created_ms, err);
}

void
evc_serve_set_state(evc_call *call, int32_t state)
{
    if (call->info && !check_current(call, NULL))
        call->info->state = is_key_state(state) ? state : ENVCRYPT_KEY_UNKNOWN;
}

void
evc_serve_set_stale(evc_call *call, bool stale)
{
    if (!check_current(call, NULL))
        call->stale = stale;
}

/* Provider id and info around the wrapped key. */
static int
make_edk(evc_call *call, evc_error **err)
{
    const evc_clock *clock = &evc_crypto_env(call->kms->crypto)->clock;
    int64_t now_s = evc_clock_wall_ms(clock) / 1000;
    evc_edk_service info = {
        .key_id = evc_view_text(call->kms->key_id),
        .key_version = evc_buf_view(&call->version),
        .form = call->own.context.pairs.count ? EVC_FORM_MAP : EVC_FORM_NONE,
        .wrapped_s = now_s > 0 ? (uint64_t)now_s : 0,
    };

    evc_buf_put_text(&call->wrapped.provider, call->kms->provider);
    evc_edk_service_info(&call->wrapped.info, &info);
    return evc_edk_out_check(&call->wrapped, err);
}

static int
complete(evc_call *call, evc_error **err)
{
    size_t row = row_of(call);
    bool lacks_wrapped = answers[row].wrapped && call->wrapped.ciphertext.size == 0;

    if (lacks_wrapped || (answers[row].key && call->key.size == 0))
        return evc_err(err, ENVCRYPT_E_CALLBACK,
                       "the callback of the key \"%s\" finished %s without setting the "
                       "%s key",
                       call->kms->key_id, evc_call_name(call),
                       lacks_wrapped ? "wrapped" : "plain");
    return answers[row].wrapped ? make_edk(call, err) : 0;
}

static bool
is_code(int32_t code)
{
    return strcmp(evc_error_name(code), "ENVCRYPT_E_?") != 0;
}

static int
report(const evc_call *call, int32_t code, const char *provider_code,
       const char *message, evc_error **err)
{
    if (!is_code(code))
        code = ENVCRYPT_E_CALLBACK;
    (void)evc_err(err, code, "%s by the key \"%s\" of \"%s\" failed: %.*s",
                  evc_call_name(call), call->kms->key_id, call->kms->provider,
                  MESSAGE_SHOWN, message ? message : evc_error_text(code));
    evc_err_set_provider(*err, provider_code, NULL, 0);
    return code;
}

void
evc_serve_finish(evc_call *call, int32_t code, const char *provider_code,
                 const char *message)
{
    evc_error *error = NULL;
    int rc;

    if (atomic_exchange(&call->served, true))
        return;
    if (code == 0)
        rc = complete(call, &error);
    else
        rc = report(call, code, provider_code, message, &error);
    evc_call_finish(call, rc, error);
}
