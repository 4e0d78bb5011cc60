/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "base/err.h"
#include "envcrypt/k8s.h"

/* given: whether all is there that must be. */
static int
refuse(bool given, evc_error **err)
{
    evc_err_clear(err);
    if (!given)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a stored value cannot be read: an argument that must be given "
                       "is NULL");
    return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                   "this build of the library knows no stored values; install a build "
                   "with Kubernetes");
}

int
envcrypt_stored_inspect(envcrypt_client *client, const void *value, size_t size,
                        envcrypt_stored **out, envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(client && out && (value || !size), err);
}

void
envcrypt_stored_free(envcrypt_stored *stored)
{
    (void)stored;
}

int32_t
envcrypt_stored_provider(const envcrypt_stored *stored)
{
    (void)stored;
    return 0;
}

const char *
envcrypt_stored_provider_name(const envcrypt_stored *stored)
{
    (void)stored;
    return NULL;
}

const char *
envcrypt_stored_name(const envcrypt_stored *stored)
{
    (void)stored;
    return NULL;
}

const char *
envcrypt_stored_key_id(const envcrypt_stored *stored)
{
    (void)stored;
    return NULL;
}

const void *
envcrypt_stored_dek_source(const envcrypt_stored *stored, size_t *size)
{
    (void)stored;
    if (size)
        *size = 0;
    return NULL;
}

const char *
envcrypt_stored_dek_digest(const envcrypt_stored *stored)
{
    (void)stored;
    return NULL;
}

int32_t
envcrypt_stored_dek_type(const envcrypt_stored *stored)
{
    (void)stored;
    return ENVCRYPT_STORED_DEK_NONE;
}

size_t
envcrypt_stored_annotations(const envcrypt_stored *stored)
{
    (void)stored;
    return 0;
}

const char *
envcrypt_stored_annotation_name(const envcrypt_stored *stored, size_t annotation)
{
    (void)stored;
    (void)annotation;
    return NULL;
}

const void *
envcrypt_stored_annotation_value(const envcrypt_stored *stored, size_t annotation,
                                 size_t *size)
{
    (void)stored;
    (void)annotation;
    if (size)
        *size = 0;
    return NULL;
}

int32_t
envcrypt_stored_is_protobuf(const envcrypt_stored *stored)
{
    (void)stored;
    return 0;
}

size_t
envcrypt_stored_size(const envcrypt_stored *stored)
{
    (void)stored;
    return 0;
}

int
envcrypt_stored_keys_new(envcrypt_client *client, envcrypt_stored_keys **out,
                         envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(client && out, err);
}

void
envcrypt_stored_keys_free(envcrypt_stored_keys *keys)
{
    (void)keys;
}

int
envcrypt_stored_keys_add_key(envcrypt_stored_keys *keys, int32_t provider,
                             const char *name, const void *bytes, size_t size,
                             envcrypt_error **err)
{
    (void)provider;
    (void)size;
    return refuse(keys && name && bytes, err);
}

int
envcrypt_stored_keys_add_kms(envcrypt_stored_keys *keys, const char *provider_name,
                             const char *form, envcrypt_kms *kms,
                             const envcrypt_context *context, envcrypt_error **err)
{
    (void)provider_name;
    (void)context;
    return refuse(keys && form && kms, err);
}

int
envcrypt_stored_keys_add_config(envcrypt_stored_keys *keys, const void *text,
                                size_t size, envcrypt_error **err)
{
    (void)size;
    return refuse(keys && text, err);
}

int
envcrypt_stored_decrypt(envcrypt_stored_keys *keys, const char *etcd_key,
                        const void *value, size_t size, envcrypt_wait *wait,
                        envcrypt_buffer **out, envcrypt_error **err)
{
    (void)etcd_key;
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(keys && out && (value || !size), err);
}

int
envcrypt_stored_encrypt(envcrypt_stored_keys *keys, int32_t provider, const char *name,
                        const char *etcd_key, const void *plain, size_t size,
                        envcrypt_wait *wait, envcrypt_buffer **out,
                        envcrypt_error **err)
{
    (void)provider;
    (void)name;
    (void)etcd_key;
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(keys && out && (plain || !size), err);
}
