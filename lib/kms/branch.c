/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WRAP and UNWRAP first need the branch key: a call of their own, which the callback
 * serves. When it is finished, the work goes on where the finish came from.
 */
#include <string.h>

#include "base/mem.h"
#include "kms/keys.h"
#include "kms/serve.h"
#include "kms/wrap_aes.h"

static void
branch_close(void *state)
{
    evc_server *server = state;

    evc_server_destroy(server);
    evc_mem_free(server);
}

static bool
branch_claims(const evc_kms *kms, const evc_edk *edk)
{
    return evc_view_is_text(edk->provider, EVC_EDK_HIERARCHY) &&
           evc_view_is_text(edk->info, kms->key_id);
}

/* What the callback handed out is the branch key, and the version of it that was
 * wanted. */
static int
check_branch_key(const evc_call *inner, uint8_t version[EVC_UUID_SIZE], evc_error **err)
{
    const char *id = inner->kms->key_id;
    evc_view named = evc_buf_view(&inner->version);
    uint8_t wanted[EVC_UUID_SIZE];

    if (inner->key_id.size && !evc_view_is_text(evc_buf_view(&inner->key_id), id))
        return evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                       "the callback of the branch key \"%s\" handed out another key",
                       id);
    if (inner->key.size != EVC_BRANCH_KEY ||
        evc_mem_is_zero(inner->key.bytes, inner->key.size))
        return evc_err(err, ENVCRYPT_E_CALLBACK,
                       "the callback of the branch key \"%s\" handed out %zu bytes, or "
                       "zeros only, where a branch key has %u",
                       id, inner->key.size, EVC_BRANCH_KEY);
    if (!evc_uuid_parse(named, version))
        return evc_err(err, ENVCRYPT_E_CALLBACK,
                       "the callback of the branch key \"%s\" named a version that is "
                       "not a UUID",
                       id);
    if (evc_uuid_parse(inner->key_version, wanted) &&
        memcmp(wanted, version, EVC_UUID_SIZE) != 0)
        return evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                       "the callback of the branch key \"%s\" handed out another "
                       "version than the one that the message names",
                       id);
    return 0;
}

static int
wrap(const evc_call *inner, const uint8_t version[EVC_UUID_SIZE], evc_call *call,
     evc_error **err)
{
    return evc_wrap_hierarchy(call->kms->crypto,
                              evc_view_of(inner->key.bytes, inner->key.size),
                              evc_view_text(call->kms->key_id), version, call->context,
                              call->input, &call->wrapped, err);
}

static int
unwrap(const evc_call *inner, evc_call *call, evc_error **err)
{
    evc_crypto *crypto = call->kms->crypto;
    int rc = evc_secret_new(evc_crypto_env(crypto)->arena,
                            evc_hierarchy_key_size(&call->edk), &call->key, err);

    if (rc)
        return rc;
    return evc_unwrap_hierarchy(crypto, evc_view_of(inner->key.bytes, inner->key.size),
                                evc_view_text(call->kms->key_id), &call->edk,
                                call->context, call->key.bytes, err);
}

/* The branch key came, or did not. */
static void
go_on(evc_call *inner, evc_call *call)
{
    uint8_t version[EVC_UUID_SIZE];
    evc_error *error = NULL;
    int rc = inner->code;

    if (rc) {
        error = inner->error;
        inner->error = NULL;
    } else {
        rc = check_branch_key(inner, version, &error);
    }
    if (!rc && call->operation == ENVCRYPT_OP_WRAP)
        rc = wrap(inner, version, call, &error);
    else if (!rc)
        rc = unwrap(inner, call, &error);
    evc_call_finish(call, rc, error);
}

/* The version that an EDK names, as text; "" for WRAP. */
static int
wanted_version(const evc_kms *kms, const evc_call *call, char out[EVC_UUID_TEXT],
               evc_error **err)
{
    uint8_t version[EVC_UUID_SIZE];
    size_t size = evc_hierarchy_key_size(&call->edk);

    out[0] = '\0';
    if (call->operation == ENVCRYPT_OP_WRAP)
        return 0;
    if (size > EVC_KMS_MAX_KEY || !evc_hierarchy_version(&call->edk, version))
        return evc_err(err, ENVCRYPT_E_UNWRAP,
                       "a wrapped key of the branch key \"%s\" has %zu bytes, which is "
                       "the length of none",
                       kms->key_id, call->edk.ciphertext.size);
    evc_uuid_format(version, out);
    return 0;
}

static void
branch_start(evc_kms *kms, evc_call *call)
{
    char version[EVC_UUID_TEXT];
    evc_call *inner = NULL;
    evc_error *error = NULL;
    int rc = wanted_version(kms, call, version, &error);

    if (!rc)
        rc = evc_call_own(call, &error);
    if (!rc)
        rc = evc_call_new(kms, ENVCRYPT_OP_BRANCH_KEY, &inner, &error);
    if (rc) {
        evc_call_finish(call, rc, error);
        return;
    }
    inner->key_version = evc_view_text(version);
    inner->key_size = EVC_BRANCH_KEY;
    inner->parent = evc_call_ref(call);
    inner->then = go_on;
    evc_serve(kms->state, inner); /* which copies the version */
}

/* Which version is active only the callback knows, so is_current is never known. */
static const evc_backend branch_backend = {
    .close = branch_close,
    .claims = branch_claims,
    .start = branch_start,
};

int
evc_branch_open(evc_crypto *crypto, const char *branch_key_id, envcrypt_call_fn serve,
                void *user, envcrypt_destroy_fn destroy, evc_kms **out, evc_error **err)
{
    evc_server *server;
    int rc = evc_keys_check_name(branch_key_id, EVC_KEY_NAME_MAX, "branch key id", err);

    *out = NULL;
    if (rc)
        return rc;
    server = evc_mem_new(sizeof(*server));
    if (!server)
        return evc_err_nomem(err);
    *server = (evc_server){evc_crypto_env(crypto)->generation, serve, user, NULL};
    rc = evc_kms_new(crypto, &branch_backend, server, EVC_EDK_HIERARCHY, branch_key_id,
                     ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP, out, err);
    if (rc)
        branch_close(server);
    else
        server->destroy = destroy;
    return rc;
}
