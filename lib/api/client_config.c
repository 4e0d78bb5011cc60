/* SPDX-License-Identifier: Apache-2.0 */
#include "api/client_config.h"

#include "api/hook.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/fork.h"
#include "base/mem.h"

#define LARGEST_LIMIT ((size_t)1024 * 1024 * 1024)

int
envcrypt_client_config_new(envcrypt_client_config **out, envcrypt_error **err)
{
    envcrypt_client_config *config;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a client config cannot be made: out is NULL");
    *out = NULL;
    config = evc_mem_new(sizeof(*config));
    if (!config)
        return evc_err_nomem(err);
    config->generation = evc_fork_generation();
    config->arena_limit = EVC_ARENA_LIMIT;
    evc_kv_init(&config->network);
    *out = config;
    return 0;
}

/* Not in a child of fork, where it might wait for threads that are not there. */
static void
destroy_hook(const envcrypt_client_config *config, bool moved,
             envcrypt_destroy_fn destroy, void *user)
{
    if (destroy && !moved && evc_fork_is_current(config->generation))
        destroy(user);
}

static void
destroy_log(const envcrypt_client_config *config)
{
    destroy_hook(config, config->log_moved, config->log_destroy, config->log.user);
}

static void
destroy_clock(const envcrypt_client_config *config)
{
    destroy_hook(config, config->clock_moved, config->clock_destroy,
                 config->clock.user);
}

static void
destroy_meter(const envcrypt_client_config *config)
{
    destroy_hook(config, config->meter_moved, config->meter.destroy,
                 config->meter.user);
}

static void
destroy_transport(const envcrypt_client_config *config)
{
    destroy_hook(config, config->transport_moved, config->transport.destroy,
                 config->transport.user);
}

void
envcrypt_client_config_free(envcrypt_client_config *config)
{
    if (!config)
        return;
    destroy_log(config);
    destroy_clock(config);
    destroy_meter(config);
    destroy_transport(config);
    evc_kv_reset(&config->network);
    evc_mem_free(config);
}

static int
check_config(const envcrypt_client_config *config, evc_error **err)
{
    evc_err_clear(err);
    if (config)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a setting of a client cannot be made: config is NULL");
}

int
envcrypt_client_config_set_arena_limit(envcrypt_client_config *config, size_t bytes,
                                       envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0)
        return rc;
    if (bytes < EVC_ARENA_CHUNK || bytes > LARGEST_LIMIT)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "an arena limit of %zu bytes is not possible: from %zu to %zu are", bytes,
            EVC_ARENA_CHUNK, LARGEST_LIMIT);
    config->arena_limit = bytes;
    return 0;
}

int
envcrypt_client_config_set_require_locked(envcrypt_client_config *config,
                                          int32_t require, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0)
        return rc;
    if (require != 0 && require != 1)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "locked memory is required by 1 or not by 0, %d is neither",
                       (int)require);
    config->require_locked = require == 1;
    return 0;
}

int
envcrypt_client_config_set(envcrypt_client_config *config, const char *name,
                           const char *value, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc == 0 && !name)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "an option of a client cannot be set: its name is NULL");
    if (rc == 0)
        rc = evc_network_check_option(name, value, err);
    if (rc != 0)
        return rc;
    return evc_kv_set_text(&config->network, name, value, err);
}

int
envcrypt_client_config_set_log(envcrypt_client_config *config, int32_t level,
                               envcrypt_log_fn log, void *user,
                               envcrypt_destroy_fn destroy, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc == 0 && log && (level < ENVCRYPT_LOG_ERROR || level > ENVCRYPT_LOG_DEBUG))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT, "%d is no level of the log: 1 to 4 are",
                     (int)level);
    if (rc != 0)
        return evc_hook_end(rc, destroy, user);
    destroy_log(config);
    config->log = (evc_log){.sink = log, .user = user, .level = level};
    config->log_destroy = destroy;
    config->log_moved = false;
    return 0;
}

int
envcrypt_client_config_set_clock(envcrypt_client_config *config, envcrypt_clock_fn wall,
                                 envcrypt_clock_fn monotonic,
                                 envcrypt_clock_wait_fn wait, void *user,
                                 envcrypt_destroy_fn destroy, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0)
        return evc_hook_end(rc, destroy, user);
    destroy_clock(config);
    config->clock = (evc_clock){
        .wall_ms = wall, .monotonic_ms = monotonic, .wait = wait, .user = user};
    config->clock_destroy = destroy;
    config->clock_moved = false;
    return 0;
}

int
envcrypt_client_config_set_meter(envcrypt_client_config *config,
                                 envcrypt_meter_fn meter, void *user,
                                 envcrypt_destroy_fn destroy, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc == 0)
        rc = evc_network_check_built("meter", err);
    if (rc != 0)
        return evc_hook_end(rc, destroy, user);
    destroy_meter(config);
    config->meter = (evc_network_hook){meter, user, destroy};
    config->meter_moved = false;
    return 0;
}

int
envcrypt_client_config_set_call_budget(envcrypt_client_config *config,
                                       uint64_t requests, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc == 0)
        rc = evc_network_check_built("budget of requests", err);
    if (rc == 0)
        config->call_budget = requests;
    return rc;
}

int
envcrypt_client_config_set_transport(envcrypt_client_config *config,
                                     envcrypt_transport_fn carry, void *user,
                                     envcrypt_destroy_fn destroy, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc == 0)
        rc = evc_network_check_built("transport", err);
    if (rc != 0)
        return evc_hook_end(rc, destroy, user);
    destroy_transport(config);
    config->transport =
        (evc_network_transport){.carry = carry, .user = user, .destroy = destroy};
    config->transport_moved = false;
    return 0;
}
