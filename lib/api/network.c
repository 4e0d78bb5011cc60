/* SPDX-License-Identifier: Apache-2.0 */
#include "api/network.h"

#include "api/network_options.h"
#include "net/net.h"

int
evc_network_check_option(const char *name, const char *value, evc_error **err)
{
    return evc_network_options_check(name, value, err);
}

/* What is not among the options stays 0: the default of lib/net. */
static evc_net_settings
settings_of(const evc_kv *options)
{
    const char *memory = evc_network_options_text(options, "memory");

    return (evc_net_settings){
        .link = {.ca_file = evc_network_options_text(options, "ca-file"),
                 .client_cert = evc_network_options_text(options, "client-cert"),
                 .client_key = evc_network_options_text(options, "client-key"),
                 .proxy = evc_network_options_text(options, "proxy"),
                 .connect_ms =
                     evc_network_options_number(options, "connect-timeout-ms"),
                 .attempt_ms =
                     evc_network_options_number(options, "attempt-timeout-ms")},
        .fast = memory && memory[0] == 'f',
        .max_connections =
            (size_t)evc_network_options_number(options, "max-connections"),
        .max_attempts = (uint32_t)evc_network_options_number(options, "max-attempts"),
        .deadline_ms = evc_network_options_number(options, "deadline-ms"),
    };
}

int
evc_network_open(evc_env *env, const evc_kv *options, struct evc_net **out,
                 evc_error **err)
{
    evc_net_settings settings = settings_of(options);

    *out = NULL;
    if (!settings.link.client_cert != !settings.link.client_key)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a client certificate needs its key: the options client-cert "
                       "and client-key of a client go together");
    return evc_net_open(env, &settings, NULL, NULL, NULL, out, err);
}

void
evc_network_close(struct evc_net *net)
{
    evc_net_unref(net);
}
