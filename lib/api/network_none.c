/* SPDX-License-Identifier: Apache-2.0 */
#include "api/meter.h"
#include "api/network.h"
#include "api/network_options.h"

int
evc_network_check_built(const char *what, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                   "this build of the library has no network, so a client has no %s; "
                   "install a build with cloud key services",
                   what);
}

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
evc_network_open(evc_env *env, const evc_kv *options, uint64_t call_budget,
                 const evc_network_hook *hook, const evc_network_transport *transport,
                 struct evc_net **out, evc_error **err)
{
    (void)env;
    (void)options;
    (void)call_budget;
    (void)hook;
    (void)transport;
    (void)err;
    *out = NULL;
    return 0;
}

void
evc_network_close(struct evc_net *net)
{
    (void)net;
}

int
evc_network_meter(struct evc_net *net, envcrypt_meter **out, evc_error **err)
{
    (void)net;
    return evc_meter_lines_new(0, out, err);
}
