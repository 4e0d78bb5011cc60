/* SPDX-License-Identifier: Apache-2.0 */
#include "api/network.h"

#include "api/meter.h"
#include "api/network_options.h"
#include "base/mem.h"
#include "net/hosted.h"
#include "net/net.h"

int
evc_network_check_built(const char *what, evc_error **err)
{
    (void)what;
    (void)err;
    return 0;
}

int
evc_network_check_option(const char *name, const char *value, evc_error **err)
{
    return evc_network_options_check(name, value, err);
}

/* What is not among the options stays 0: the default of lib/net. */
static evc_net_settings
settings_of(const evc_kv *options)
{
    const char *memory = evc_option_text(options, "memory");

    return (evc_net_settings){
        .link = {.ca_file = evc_option_text(options, "ca-file"),
                 .client_cert = evc_option_text(options, "client-cert"),
                 .client_key = evc_option_text(options, "client-key"),
                 .proxy = evc_option_text(options, "proxy"),
                 .connect_ms = evc_option_number(options, "connect-timeout-ms", 0),
                 .attempt_ms = evc_option_number(options, "attempt-timeout-ms", 0)},
        .fast = memory && memory[0] == 'f',
        .max_connections = (size_t)evc_option_number(options, "max-connections", 0),
        .max_attempts = (uint32_t)evc_option_number(options, "max-attempts", 0),
        .deadline_ms = evc_option_number(options, "deadline-ms", 0),
    };
}

/* --- the caller's function -------------------------------------------------------- */

static void
write_line(evc_meter_line *line, const evc_meter_row *row)
{
    *line = (evc_meter_line){
        .provider = row->provider,
        .operation = row->operation,
        .figures = {row->calls, row->failures, row->attempts, row->throttles,
                    row->bytes_out, row->bytes_in, (uint64_t)row->latency_sum_ms,
                    (uint64_t)row->latency_max_ms},
    };
}

static void
call_hook(void *user, const evc_meter_call *call)
{
    const evc_network_hook *hook = user;
    const evc_meter_row row = {.provider = call->provider,
                               .operation = call->operation,
                               .calls = 1,
                               .failures = call->code != 0,
                               .attempts = call->attempts,
                               .throttles = call->throttles,
                               .bytes_out = call->bytes_out,
                               .bytes_in = call->bytes_in,
                               .latency_sum_ms = call->latency_ms,
                               .latency_max_ms = call->latency_ms};
    evc_meter_line line;
    envcrypt_meter meter = {1, &line};

    write_line(&line, &row);
    hook->fn(hook->user, call->code, &meter);
}

static void
destroy_hook(void *state)
{
    evc_network_hook *hook = state;

    if (hook->destroy)
        hook->destroy(hook->user);
    evc_mem_free(hook);
}

static int
open_hosted(evc_env *env, const evc_net_settings *settings,
            const evc_network_transport *transport, struct evc_net **out,
            evc_error **err)
{
    evc_host *host;
    int rc = evc_host_new(transport->carry, transport->user, &host, err);

    if (rc)
        return rc;
    rc = evc_net_open(env, settings, &evc_transport_hosted, host, evc_host_unref, out,
                      err);
    if (rc)
        evc_host_unref(host);
    else
        evc_host_own(host, transport->destroy);
    return rc;
}

/* With a copy of the hook, which the network destroys at its end. */
static int
open_with_hook(evc_env *env, evc_net_settings *settings, const evc_network_hook *hook,
               const evc_network_transport *transport, struct evc_net **out,
               evc_error **err)
{
    evc_network_hook *own = evc_mem_dup(hook, sizeof(*hook));
    int rc;

    if (!own)
        return evc_err_nomem(err);
    settings->on_call = hook->fn ? call_hook : NULL;
    settings->on_call_user = own;
    settings->on_call_destroy = destroy_hook;
    if (transport->carry)
        rc = open_hosted(env, settings, transport, out, err);
    else
        rc = evc_net_open(env, settings, NULL, NULL, NULL, out, err);
    if (rc)
        evc_mem_free(own);
    return rc;
}

int
evc_network_open(evc_env *env, const evc_kv *options, uint64_t call_budget,
                 const evc_network_hook *hook, const evc_network_transport *transport,
                 struct evc_net **out, evc_error **err)
{
    evc_net_settings settings = settings_of(options);

    *out = NULL;
    settings.call_budget = call_budget;
    if (!settings.link.client_cert != !settings.link.client_key)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a client certificate needs its key: the options client-cert "
                       "and client-key of a client go together");
    return open_with_hook(env, &settings, hook, transport, out, err);
}

void
evc_network_close(struct evc_net *net)
{
    evc_net_unref(net);
}

int
evc_network_meter(struct evc_net *net, envcrypt_meter **out, evc_error **err)
{
    evc_meter_row *rows;
    size_t count;
    int rc = evc_meter_snapshot(evc_net_meter(net), &rows, &count, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = evc_meter_lines_new(count, out, err);
    for (size_t i = 0; !rc && i < count; i++)
        write_line(&(*out)->lines[i], &rows[i]);
    evc_mem_free(rows);
    return rc;
}
