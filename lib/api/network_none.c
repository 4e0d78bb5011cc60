/* SPDX-License-Identifier: Apache-2.0 */
#include "api/network.h"
#include "api/network_options.h"

int
evc_network_check_option(const char *name, const char *value, evc_error **err)
{
    int rc = evc_network_options_check(name, value, err);

    if (rc)
        return rc;
    return evc_err(
        err, ENVCRYPT_E_NOT_BUILT,
        "this build of the library has no network, so a client has no option "
        "%s; install a build with cloud key services",
        name);
}

int
evc_network_open(evc_env *env, const evc_kv *options, struct evc_net **out,
                 evc_error **err)
{
    (void)env;
    (void)options;
    (void)err;
    *out = NULL;
    return 0;
}

void
evc_network_close(struct evc_net *net)
{
    (void)net;
}
