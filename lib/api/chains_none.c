/* SPDX-License-Identifier: Apache-2.0 */
#include "api/chains.h"

static int
refuse(evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                   "this build of the library knows no credentials of clouds; install "
                   "a build with cloud key services");
}

int
evc_chains_fixed_open(const envcrypt_client *client, const evc_chains_fixed *fixed,
                      envcrypt_credentials **out, evc_error **err)
{
    (void)client;
    (void)fixed;
    (void)out;
    return refuse(err);
}

int
evc_chains_open(const envcrypt_client *client, const char *provider_name,
                const evc_kv *options, envcrypt_credentials **out, evc_error **err)
{
    (void)client;
    (void)provider_name;
    (void)options;
    (void)out;
    return refuse(err);
}

envcrypt_credentials *
evc_chains_ref(envcrypt_credentials *credentials)
{
    return credentials;
}

void
evc_chains_unref(envcrypt_credentials *credentials)
{
    (void)credentials;
}

int
evc_chains_check(envcrypt_credentials *credentials, evc_wait *wait, evc_table **out,
                 evc_error **err)
{
    (void)credentials;
    (void)wait;
    (void)out;
    return refuse(err);
}
