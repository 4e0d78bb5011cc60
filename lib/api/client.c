/* SPDX-License-Identifier: Apache-2.0 */
#include "api/client.h"

#include "api/client_config.h"
#include "base/fork.h"
#include "base/mem.h"

int
evc_client_check(const envcrypt_client *client, evc_error **err)
{
    if (!client)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "the client is NULL; open one first");
    return evc_fork_check(client->generation, "client", err);
}

static const char *
moved_hook(const envcrypt_client_config *config)
{
    if (config->log_moved)
        return "log";
    if (config->clock_moved)
        return "clock";
    if (config->meter_moved)
        return "meter";
    return config->transport_moved ? "transport" : NULL;
}

static int
check_hooks(const envcrypt_client_config *config, evc_error **err)
{
    const char *moved = moved_hook(config);

    if (!moved)
        return 0;
    return evc_err(
        err, ENVCRYPT_E_STATE,
        "the %s hook of this config went to the client that was opened with it "
        "before; set it again to open another one",
        moved);
}

/* From here on the client destroys them. */
static void
move_hooks(envcrypt_client_config *config, evc_env *env)
{
    env->log_destroy = config->log_destroy;
    env->clock_destroy = config->clock_destroy;
    config->log_moved = config->log.sink || config->log_destroy;
    config->clock_moved = config->clock.wall_ms || config->clock.monotonic_ms ||
                          config->clock.wait || config->clock_destroy;
    config->meter_moved = config->meter.fn || config->meter.destroy;
    config->transport_moved = config->transport.carry != NULL;
}

static int
open_with(envcrypt_client_config *config, envcrypt_client **out, evc_error **err)
{
    envcrypt_client *client = evc_mem_new(sizeof(*client));
    int rc;

    if (!client)
        return evc_err_nomem(err);
    rc = evc_env_open(config->arena_limit, config->require_locked, &config->clock,
                      &config->log, &client->env, err);
    if (rc == 0)
        rc = evc_crypto_open(client->env, &client->crypto, err);
    if (rc == 0)
        rc = evc_network_open(client->env, &config->network, config->call_budget,
                              &config->meter, &config->transport, &client->net, err);
    if (rc != 0) {
        evc_crypto_unref(client->crypto);
        evc_env_unref(client->env);
        evc_mem_free(client);
        return rc;
    }
    move_hooks(config, client->env);
    atomic_init(&client->refs, 1);
    client->generation = client->env->generation;
    *out = client;
    return 0;
}

int
envcrypt_client_open(envcrypt_client_config *config, envcrypt_client **out,
                     envcrypt_error **err)
{
    envcrypt_client_config defaults = {.arena_limit = EVC_ARENA_LIMIT};
    int rc;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a client cannot be opened: out is NULL");
    *out = NULL;
    if (!config)
        return open_with(&defaults, out, err);
    rc = check_hooks(config, err);
    return rc == 0 ? open_with(config, out, err) : rc;
}

envcrypt_client *
envcrypt_client_ref(envcrypt_client *client)
{
    if (client)
        atomic_fetch_add_explicit(&client->refs, 1, memory_order_relaxed);
    return client;
}

void
envcrypt_client_unref(envcrypt_client *client)
{
    if (!client ||
        atomic_fetch_sub_explicit(&client->refs, 1, memory_order_acq_rel) != 1)
        return;
    evc_network_close(client->net);
    evc_crypto_unref(client->crypto);
    evc_env_unref(client->env);
    evc_mem_free(client);
}

size_t
envcrypt_client_arena_chunks(const envcrypt_client *client)
{
    evc_arena_status status;

    if (!client)
        return 0;
    evc_arena_get_status(client->env->arena, &status);
    return status.chunks;
}

int32_t
envcrypt_client_arena_locked(const envcrypt_client *client, size_t index)
{
    return client && evc_arena_chunk_is_locked(client->env->arena, index);
}

size_t
envcrypt_client_arena_used(const envcrypt_client *client)
{
    evc_arena_status status;

    if (!client)
        return 0;
    evc_arena_get_status(client->env->arena, &status);
    return status.used_bytes;
}

int
envcrypt_client_meter(envcrypt_client *client, envcrypt_meter **out,
                      envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && !out)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the figures of a client cannot be told: out is NULL");
    return rc ? rc : evc_network_meter(client->net, out, err);
}
