/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/encryption_config.h"

#include "api/client.h"
#include "base/mem.h"
#include "envcrypt/k8s.h"
#include "k8s/config_check.h"
#include "k8s/config_explain.h"
#include "k8s/config_generate.h"

/* Reads the file when no argument is missing. */
static int
begin(const envcrypt_client *client, evc_view text, envcrypt_table **out,
      evc_encryption_config **config, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!text.data || !out))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "an EncryptionConfiguration cannot be read: text or out is NULL");
    return rc ? rc : evc_encryption_config_read(text, config, err);
}

int
envcrypt_encryption_config_explain(envcrypt_client *client, const void *text,
                                   size_t size, envcrypt_table **out,
                                   envcrypt_error **err)
{
    evc_encryption_config *config;
    int rc = begin(client, evc_view_of(text, size), out, &config, err);

    if (rc)
        return rc;
    rc = evc_config_explain(config, out, err);
    evc_encryption_config_free(config);
    return rc;
}

int
envcrypt_encryption_config_check(envcrypt_client *client, const void *text, size_t size,
                                 const char *kube_version, envcrypt_table **out,
                                 envcrypt_error **err)
{
    evc_encryption_config *config;
    int rc = begin(client, evc_view_of(text, size), out, &config, err);

    if (rc)
        return rc;
    rc = evc_config_check(config, client->env->arena, kube_version, out, err);
    evc_encryption_config_free(config);
    return rc;
}

int
envcrypt_encryption_options_new(envcrypt_encryption_options **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "options of an EncryptionConfiguration cannot be made: out is "
                       "NULL");
    *out = evc_mem_new(sizeof(**out));
    if (!*out)
        return evc_err_nomem(err);
    evc_kv_init(&(*out)->values);
    return 0;
}

void
envcrypt_encryption_options_free(envcrypt_encryption_options *options)
{
    if (!options)
        return;
    evc_kv_reset(&options->values);
    evc_mem_free(options);
}

int
envcrypt_encryption_options_set(envcrypt_encryption_options *options, const char *name,
                                const char *value, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!options || !name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an option of an EncryptionConfiguration cannot be set: options "
                       "or name is NULL");
    return evc_encryption_options_set(options, name, value, err);
}

int
envcrypt_encryption_config_generate(const envcrypt_encryption_options *options,
                                    envcrypt_buffer **out, envcrypt_error **err)
{
    evc_buf text;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!options || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "no EncryptionConfiguration is made: options or out is NULL");
    evc_buf_init(&text);
    rc = evc_config_generate(options, &text, err);
    if (!rc)
        rc = evc_buf_publish(&text, out, err);
    evc_buf_reset(&text);
    return rc;
}
