/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/census.h"

#include "api/client.h"
#include "envcrypt/k8s.h"

int
envcrypt_census_new(envcrypt_client *client, envcrypt_census **out,
                    envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc)
        return rc;
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "a census cannot begin: out is NULL");
    return evc_census_new(client->crypto, out, err);
}

void
envcrypt_census_free(envcrypt_census *census)
{
    evc_census_free(census);
}

int
envcrypt_census_add(envcrypt_census *census, const void *key, size_t key_size,
                    const void *value, size_t value_size, int64_t mod_revision,
                    envcrypt_error **err)
{
    evc_err_clear(err);
    if (!census || !key || key_size == 0 || (!value && value_size > 0) ||
        mod_revision < 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a value cannot be counted: census, key or value is NULL, the "
                       "key is empty, or the revision is negative");
    return evc_census_add(census, evc_view_of(key, key_size),
                          evc_view_of(value, value_size), mod_revision, err);
}

static int
check(const envcrypt_census *census, envcrypt_table **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (census && out)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a census cannot be told: census or out is NULL");
}

int
envcrypt_census_table(const envcrypt_census *census, envcrypt_table **out,
                      envcrypt_error **err)
{
    int rc = check(census, out, err);

    return rc ? rc : evc_census_table(census, out, err);
}

int
envcrypt_census_keys(const envcrypt_census *census, envcrypt_table **out,
                     envcrypt_error **err)
{
    int rc = check(census, out, err);

    return rc ? rc : evc_census_keys(census, out, err);
}
