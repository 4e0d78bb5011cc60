/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/kms.h"

#include "api/client.h"
#include "api/cloud.h"
#include "api/hook.h"
#include "base/fork.h"
#include "kms/check.h"
#include "kms/keys.h"
#include "kms/open.h"

/* --- open --- */

/* First in every function that opens a key; given says whether no argument is missing. */
static int
begin_open(const envcrypt_client *client, bool given, envcrypt_kms **out,
           envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!out || !given))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a key cannot be opened: out or another argument that must be "
                     "given is NULL");
    return rc;
}

int
envcrypt_kms_open(envcrypt_client *client, const char *uri,
                  const envcrypt_kms_config *config, envcrypt_wait *wait,
                  envcrypt_kms **out, envcrypt_error **err)
{
    int rc = begin_open(client, uri != NULL, out, err);

    if (rc != 0)
        return rc;
    return evc_kms_open(client->crypto, client->net, evc_cloud_backends(), uri, config,
                        wait, out, err);
}

int
envcrypt_kms_open_raw_aes(envcrypt_client *client, const char *name_space,
                          const char *name, const void *key, size_t size,
                          envcrypt_kms **out, envcrypt_error **err)
{
    int rc = begin_open(client, name_space && name && key, out, err);

    if (rc != 0)
        return rc;
    return evc_raw_aes_open(client->crypto, name_space, name, evc_view_of(key, size),
                            out, err);
}

int
envcrypt_kms_open_raw_rsa(envcrypt_client *client, const char *name_space,
                          const char *name, const char *public_pem,
                          const char *private_pem, int32_t padding, uint32_t flags,
                          envcrypt_kms **out, envcrypt_error **err)
{
    int rc = begin_open(client, name_space && name, out, err);

    if (rc != 0)
        return rc;
    return evc_raw_rsa_open(client->crypto, name_space, name, public_pem, private_pem,
                            padding, flags, out, err);
}

int
envcrypt_kms_open_branch(envcrypt_client *client, const char *branch_key_id,
                         envcrypt_call_fn serve, void *user,
                         envcrypt_destroy_fn destroy, envcrypt_kms **out,
                         envcrypt_error **err)
{
    int rc = begin_open(client, branch_key_id && serve, out, err);

    if (rc == 0)
        rc = evc_branch_open(client->crypto, branch_key_id, serve, user, destroy, out,
                             err);
    return evc_hook_end(rc, destroy, user);
}

int
envcrypt_kms_open_custom(envcrypt_client *client, const char *provider_id,
                         const char *key_id, uint32_t operations,
                         envcrypt_call_fn serve, void *user,
                         envcrypt_destroy_fn destroy, envcrypt_kms **out,
                         envcrypt_error **err)
{
    int rc = begin_open(client, provider_id && key_id && serve, out, err);

    if (rc == 0)
        rc = evc_custom_open(client->crypto, provider_id, key_id, operations, serve,
                             user, destroy, out, err);
    return evc_hook_end(rc, destroy, user);
}

envcrypt_kms *
envcrypt_kms_ref(envcrypt_kms *kms)
{
    return evc_kms_ref(kms);
}

void
envcrypt_kms_unref(envcrypt_kms *kms)
{
    evc_kms_unref(kms);
}

/* --- questions --- */

const char *
envcrypt_kms_provider_id(const envcrypt_kms *kms)
{
    return kms ? kms->provider : NULL;
}

const char *
envcrypt_kms_key_id(const envcrypt_kms *kms)
{
    return kms ? kms->key_id : NULL;
}

uint32_t
envcrypt_kms_operations(const envcrypt_kms *kms)
{
    return kms ? kms->operations : 0;
}

int32_t
envcrypt_kms_is_authenticated(const envcrypt_kms *kms)
{
    return kms && kms->authenticated;
}

/* --- operations --- */

static int
check_key(const envcrypt_kms *kms, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!kms)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "the key is NULL; open one first");
    return evc_fork_check(kms->generation, "key", err);
}

int
envcrypt_kms_describe(envcrypt_kms *kms, envcrypt_wait *wait, envcrypt_key_info **out,
                      envcrypt_error **err)
{
    int rc = check_key(kms, err);

    if (out)
        *out = NULL;
    if (rc == 0 && !out)
        rc =
            evc_err(err, ENVCRYPT_E_ARGUMENT, "a key cannot be described: out is NULL");
    return rc == 0 ? evc_kms_describe(kms, wait, out, err) : rc;
}

int
envcrypt_kms_rotate(envcrypt_kms *kms, envcrypt_wait *wait, envcrypt_error **err)
{
    int rc = check_key(kms, err);

    if (rc == 0)
        rc = evc_kms_rotate(kms, wait, err);
    if (rc == 0)
        evc_log_write(&evc_crypto_env(kms->crypto)->log, ENVCRYPT_LOG_INFO,
                      "the key \"%s\" of \"%s\" was rotated", kms->key_id,
                      kms->provider);
    return rc;
}

int
envcrypt_kms_probe(envcrypt_kms *kms, envcrypt_wait *wait, envcrypt_error **err)
{
    int rc = check_key(kms, err);

    return rc == 0 ? evc_kms_probe(kms, wait, err) : rc;
}

int
envcrypt_kms_check(envcrypt_kms *kms, envcrypt_wait *wait, size_t *failed,
                   envcrypt_table **out, envcrypt_error **err)
{
    size_t count = 0;
    int rc = check_key(kms, err);

    if (out)
        *out = NULL;
    if (failed)
        *failed = 0;
    if (rc == 0 && !out)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT, "a key cannot be checked: out is NULL");
    if (rc == 0)
        rc = evc_check(kms, wait, out, &count, err);
    if (rc == 0 && failed)
        *failed = count;
    return rc;
}
