/* SPDX-License-Identifier: Apache-2.0 */
/* A build without Kubernetes knows no stored values, so no census ever begins. */
#include <stdbool.h>

#include "api/client.h"
#include "envcrypt/k8s.h"

/* Arguments are looked at as elsewhere: what is missing is told first. */
static int
refuse(bool is_given, evc_error **err)
{
    if (!is_given)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "there is no census: an argument is NULL");
    return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                   "this build of the library counts no stored values; install a build "
                   "with Kubernetes");
}

int
envcrypt_census_new(envcrypt_client *client, envcrypt_census **out,
                    envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    return rc ? rc : refuse(out, err);
}

void
envcrypt_census_free(envcrypt_census *census)
{
    (void)census;
}

int
envcrypt_census_add(envcrypt_census *census, const void *key, size_t key_size,
                    const void *value, size_t value_size, int64_t mod_revision,
                    envcrypt_error **err)
{
    (void)mod_revision;
    evc_err_clear(err);
    return refuse(census && key && key_size && (value || !value_size), err);
}

int
envcrypt_census_table(const envcrypt_census *census, envcrypt_table **out,
                      envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    return refuse(census && out, err);
}

int
envcrypt_census_keys(const envcrypt_census *census, envcrypt_table **out,
                     envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    return refuse(census && out, err);
}
