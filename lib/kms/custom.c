/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "kms/keys.h"
#include "kms/serve.h"

#define OPERATIONS                                                    \
    (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_GENERATE |   \
     ENVCRYPT_OP_REWRAP | ENVCRYPT_OP_DESCRIBE | ENVCRYPT_OP_ROTATE | \
     ENVCRYPT_OP_PROBE)

static void
custom_close(void *state)
{
    evc_server *server = state;

    evc_server_destroy(server);
    evc_mem_free(server);
}

static bool
custom_claims(const evc_kms *kms, const evc_edk *edk)
{
    evc_edk_service info;

    return evc_view_is_text(edk->provider, kms->provider) &&
           evc_edk_service_parse(edk->info, &info) &&
           evc_view_is_text(info.key_id, kms->key_id);
}

/* What the EDK says beside the wrapped key; a service that binds another form of the
 * context than this one is given would answer for another context. */
static int
read_edk(const evc_kms *kms, evc_call *call, evc_error **err)
{
    bool empty = !call->context || call->context->count == 0;
    evc_edk_service info;

    if (evc_edk_service_parse(call->edk.info, &info) &&
        info.form == (empty ? EVC_FORM_NONE : EVC_FORM_MAP)) {
        call->key_version = info.key_version;
        return 0;
    }
    return evc_err(err, ENVCRYPT_E_UNWRAP,
                   "a wrapped key of \"%s\" under \"%s\" binds the encryption context "
                   "in another form than this key service; the context is another one, "
                   "or bytes were changed",
                   kms->key_id, kms->provider);
}

static void
custom_start(evc_kms *kms, evc_call *call)
{
    bool has_edk =
        call->operation == ENVCRYPT_OP_UNWRAP || call->operation == ENVCRYPT_OP_REWRAP;
    evc_error *error = NULL;
    int rc = has_edk ? read_edk(kms, call, &error) : 0;

    if (rc)
        evc_call_finish(call, rc, error);
    else
        evc_serve(kms->state, call);
}

static int64_t
custom_age_from_ms(const evc_kms *kms, const evc_edk *edk)
{
    evc_edk_service info;

    (void)kms;
    return evc_edk_service_parse(edk->info, &info) ? evc_edk_service_wrapped_ms(&info)
                                                   : -1;
}

/* Which version is current only the service knows, so is_current is never known. */
static const evc_backend custom_backend = {
    .close = custom_close,
    .claims = custom_claims,
    .start = custom_start,
    .age_from_ms = custom_age_from_ms,
};

static int
check_arguments(const char *provider_id, const char *key_id, uint32_t operations,
                evc_error **err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    int rc = evc_keys_check_provider(provider_id, EVC_PROVIDER_MAX,
                                     "provider id of a key service", err);

    if (!rc && strspn(provider_id, letters) != strlen(provider_id))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the provider id \"%s\" has other characters than a-z 0-9 . _ -",
                     provider_id);
    if (!rc)
        rc = evc_keys_check_name(key_id, EVC_KEY_ID_MAX, "key id", err);
    if (rc)
        return rc;
    if (operations & ~(uint32_t)OPERATIONS)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the key service \"%s\" is said to answer operations that a "
                       "custom key service does not have",
                       provider_id);
    if (!(operations & (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP)))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the key service \"%s\" must answer WRAP or UNWRAP",
                       provider_id);
    return 0;
}

int
evc_custom_open(evc_crypto *crypto, const char *provider_id, const char *key_id,
                uint32_t operations, envcrypt_call_fn serve, void *user,
                envcrypt_destroy_fn destroy, evc_kms **out, evc_error **err)
{
    evc_server *server;
    int rc = check_arguments(provider_id, key_id, operations, err);

    *out = NULL;
    if (rc)
        return rc;
    server = evc_mem_new(sizeof(*server));
    if (!server)
        return evc_err_nomem(err);
    *server = (evc_server){evc_crypto_env(crypto)->generation, serve, user, NULL};
    rc = evc_kms_new(crypto, &custom_backend, server, provider_id, key_id, operations,
                     out, err);
    if (rc)
        custom_close(server);
    else
        server->destroy = destroy;
    return rc;
}
