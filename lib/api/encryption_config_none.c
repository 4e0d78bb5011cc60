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
                       "an EncryptionConfiguration cannot be read: an argument that "
                       "must be given is NULL");
    return evc_err(
        err, ENVCRYPT_E_NOT_BUILT,
        "this build of the library knows no EncryptionConfiguration; install "
        "a build with Kubernetes");
}

int
envcrypt_encryption_config_explain(envcrypt_client *client, const void *text,
                                   size_t size, envcrypt_table **out,
                                   envcrypt_error **err)
{
    (void)size;
    if (out)
        *out = NULL;
    return refuse(client && text && out, err);
}

int
envcrypt_encryption_config_check(envcrypt_client *client, const void *text, size_t size,
                                 const char *kube_version, envcrypt_table **out,
                                 envcrypt_error **err)
{
    (void)kube_version;
    return envcrypt_encryption_config_explain(client, text, size, out, err);
}

int
envcrypt_encryption_options_new(envcrypt_encryption_options **out, envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(out != NULL, err);
}

void
envcrypt_encryption_options_free(envcrypt_encryption_options *options)
{
    (void)options;
}

int
envcrypt_encryption_options_set(envcrypt_encryption_options *options, const char *name,
                                const char *value, envcrypt_error **err)
{
    (void)value;
    return refuse(options && name, err);
}

int
envcrypt_encryption_config_generate(const envcrypt_encryption_options *options,
                                    envcrypt_buffer **out, envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(options && out, err);
}
