/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a client, and who owns the hooks among them. */
#ifndef EVC_API_CLIENT_CONFIG_H
#define EVC_API_CLIENT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/network.h"
#include "base/clock.h"
#include "base/kv.h"
#include "base/log.h"
#include "envcrypt/client.h"

struct envcrypt_client_config {
    uint64_t generation;
    size_t arena_limit;
    bool require_locked;
    evc_kv network; /* options of the network, checked */
    uint64_t call_budget;
    evc_network_hook meter;
    evc_log log;
    envcrypt_destroy_fn log_destroy;
    evc_clock clock;
    envcrypt_destroy_fn clock_destroy;
    evc_network_transport transport;
    bool log_moved; /* to a client, which destroys it; the hook is not used again */
    bool clock_moved;
    bool meter_moved;
    bool transport_moved;
};

#endif
