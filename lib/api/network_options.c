/* SPDX-License-Identifier: Apache-2.0 */
#include "api/network_options.h"

#include <string.h>

#include "kms/uri.h"

#define HOUR_MS 3600000

static bool
is_memory(const char *value)
{
    return strcmp(value, "strict") == 0 || strcmp(value, "fast") == 0;
}

/* Not a URL with credentials or a path: they would stand in messages of the proxy. */
static const evc_option_value proxy = {
    "http://HOST:PORT without name and password, or empty for none", evc_uri_is_proxy,
    0, 0};
static const evc_option_value memory = {"strict or fast", is_memory, 0, 0};
static const evc_option_value hour = {.least = 1, .most = HOUR_MS};
static const evc_option_value day = {.least = 1, .most = 24 * (int64_t)HOUR_MS};
static const evc_option_value attempts = {.least = 1, .most = 100};
static const evc_option_value connections = {.least = 1, .most = 1024};

static const evc_option options[] = {
    {"ca-file", &evc_option_some, false},
    {"client-cert", &evc_option_some, false},
    {"client-key", &evc_option_some, false},
    {"proxy", &proxy, false},
    {"connect-timeout-ms", &hour, false},
    {"attempt-timeout-ms", &hour, false},
    {"deadline-ms", &day, false},
    {"max-attempts", &attempts, false},
    {"max-connections", &connections, false},
    {"memory", &memory, false},
};

static const evc_option_list list = {options, sizeof(options) / sizeof(options[0]),
                                     "clients have", "a client"};

int
evc_network_options_check(const char *name, const char *value, evc_error **err)
{
    return evc_option_check(&list, name, value, err);
}
