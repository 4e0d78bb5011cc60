/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_keys.h"

#include "api/client.h"
#include "base/fork.h"
#include "envcrypt/k8s.h"
#include "k8s/stored_config.h"
#include "k8s/stored_open.h"
#include "k8s/stored_seal.h"
#include "kms/context.h"

int
envcrypt_stored_keys_new(envcrypt_client *client, envcrypt_stored_keys **out,
                         envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && !out)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a set of keys for stored values cannot be made: out is NULL");
    return rc ? rc : evc_stored_keys_new(client->crypto, out, err);
}

void
envcrypt_stored_keys_free(envcrypt_stored_keys *keys)
{
    evc_stored_keys_free(keys);
}

/* First in every function that takes a set; given: no argument is missing. */
static int
begin(const envcrypt_stored_keys *keys, bool given, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!keys || !given)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the keys of stored values cannot be used: keys or another "
                       "argument that must be given is NULL");
    return evc_fork_check(keys->generation, "set of keys", err);
}

int
envcrypt_stored_keys_add_key(envcrypt_stored_keys *keys, int32_t provider,
                             const char *name, const void *bytes, size_t size,
                             envcrypt_error **err)
{
    int rc = begin(keys, name && bytes, err);

    return rc ? rc
              : evc_stored_keys_add(keys, (evc_stored_provider)provider, name,
                                    evc_view_of(bytes, size), err);
}

int
envcrypt_stored_keys_add_kms(envcrypt_stored_keys *keys, const char *provider_name,
                             const char *form, envcrypt_kms *kms,
                             const envcrypt_context *context, envcrypt_error **err)
{
    int rc = begin(keys, form && kms, err);

    return rc ? rc
              : evc_stored_keys_add_kms(keys, provider_name, form, kms,
                                        context ? &context->pairs : NULL, err);
}

int
envcrypt_stored_keys_add_config(envcrypt_stored_keys *keys, const void *text,
                                size_t size, envcrypt_error **err)
{
    int rc = begin(keys, text != NULL, err);

    return rc ? rc : evc_stored_keys_add_config(keys, evc_view_of(text, size), err);
}

int
envcrypt_stored_decrypt(envcrypt_stored_keys *keys, const char *etcd_key,
                        const void *value, size_t size, envcrypt_wait *wait,
                        envcrypt_buffer **out, envcrypt_error **err)
{
    evc_buf plain;
    int rc;

    if (out)
        *out = NULL;
    rc = begin(keys, out && (value || !size), err);
    if (rc)
        return rc;
    evc_buf_init(&plain);
    rc = evc_stored_open(keys, evc_view_text(etcd_key), evc_view_of(value, size), wait,
                         &plain, err);
    if (!rc)
        rc = evc_buf_publish(&plain, out, err);
    evc_buf_reset(&plain);
    return rc;
}

int
envcrypt_stored_encrypt(envcrypt_stored_keys *keys, int32_t provider, const char *name,
                        const char *etcd_key, const void *plain, size_t size,
                        envcrypt_wait *wait, envcrypt_buffer **out,
                        envcrypt_error **err)
{
    evc_buf value;
    int rc;

    if (out)
        *out = NULL;
    rc = begin(keys, out && (plain || !size), err);
    if (rc)
        return rc;
    evc_buf_init(&value);
    rc = evc_stored_seal(keys, (evc_stored_provider)provider, name,
                         evc_view_text(etcd_key), evc_view_of(plain, size), wait,
                         &value, err);
    if (!rc)
        rc = evc_buf_publish(&value, out, err);
    evc_buf_reset(&value);
    return rc;
}
