/* SPDX-License-Identifier: Apache-2.0 */
#include "api/access.h"

int
envcrypt_kube_open(const envcrypt_kube_config *config, envcrypt_kube **out,
                   envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!config || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "access to an API server cannot be opened: config or out is "
                       "NULL");
    rc = evc_client_check(config->client, err);
    return rc == 0 ? evc_access_open(config, out, err) : rc;
}

envcrypt_kube *
envcrypt_kube_ref(envcrypt_kube *kube)
{
    return kube ? evc_access_ref(kube) : NULL;
}

void
envcrypt_kube_unref(envcrypt_kube *kube)
{
    if (kube)
        evc_access_unref(kube);
}

const char *
envcrypt_kube_server(const envcrypt_kube *kube)
{
    return kube ? evc_access_server(kube) : NULL;
}

const char *
envcrypt_kube_origin(const envcrypt_kube *kube)
{
    return kube ? evc_access_origin(kube) : NULL;
}

int
envcrypt_kube_check(envcrypt_kube *kube, envcrypt_wait *wait, envcrypt_table **out,
                    envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!kube || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "access to an API server cannot be checked: the server or out "
                       "is NULL");
    return evc_access_check(kube, wait, out, err);
}
