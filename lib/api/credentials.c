/* SPDX-License-Identifier: Apache-2.0 */
#include "api/chains.h"
#include "envcrypt/kms.h"
#include "kms/backend.h"

/* First in every function that makes credentials. */
static int
begin(const envcrypt_client *client, const char *provider, envcrypt_credentials **out,
      envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!provider || !out))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "credentials cannot be made: the provider or out is NULL");
    return rc;
}

int
envcrypt_credentials_new(envcrypt_client *client, const char *provider, const char *id,
                         const void *secret, size_t secret_size, const void *token,
                         size_t token_size, const envcrypt_kms_config *config,
                         envcrypt_credentials **out, envcrypt_error **err)
{
    evc_chains_fixed fixed = {
        .provider = provider,
        .options = config ? &config->options : NULL,
        .id = evc_view_text(id),
        .secret = evc_view_of(secret, secret ? secret_size : 0),
        .token = evc_view_of(token, token ? token_size : 0),
    };
    int rc = begin(client, provider, out, err);

    return rc == 0 ? evc_chains_fixed_open(client, &fixed, out, err) : rc;
}

int
envcrypt_credentials_open(envcrypt_client *client, const char *provider,
                          const envcrypt_kms_config *config, envcrypt_credentials **out,
                          envcrypt_error **err)
{
    int rc = begin(client, provider, out, err);

    if (rc)
        return rc;
    return evc_chains_open(client, provider, config ? &config->options : NULL, out,
                           err);
}

envcrypt_credentials *
envcrypt_credentials_ref(envcrypt_credentials *credentials)
{
    return credentials ? evc_chains_ref(credentials) : NULL;
}

void
envcrypt_credentials_unref(envcrypt_credentials *credentials)
{
    if (credentials)
        evc_chains_unref(credentials);
}

int
envcrypt_credentials_check(envcrypt_credentials *credentials, envcrypt_wait *wait,
                           envcrypt_table **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!credentials || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "credentials cannot be checked: they or out are NULL");
    return evc_chains_check(credentials, wait, out, err);
}
