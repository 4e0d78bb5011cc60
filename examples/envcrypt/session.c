/* SPDX-License-Identifier: Apache-2.0 */
/* What every command begins and ends with: the client, its log, the deadline, signals. */
#include "cli.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_MAX_S 31536000u /* a year */

/* While a proof has a key disabled, somebody who does not read must not hold it up. */
static bool
would_block(const cli *c)
{
    struct pollfd to = {.fd = STDERR_FILENO, .events = POLLOUT};

    return c->cluster.destructive && poll(&to, 1, 0) < 1;
}

static void
log_line(void *user, int32_t level, const char *text)
{
    if (would_block(user))
        return;
    note(user, "envcrypt: %s: %s\n", level == ENVCRYPT_LOG_ERROR ? "error" : "warning",
         text);
}

/* --net NAME=VALUE */
static int
set_network(const cli *c, envcrypt_client_config *config)
{
    static const char deadline[] = "deadline-ms="; /* of calls without a wait */
    int rc = 0;

    for (size_t i = 0; !rc && i < c->net.count; i++) {
        const char *given = c->net.items[i];
        envcrypt_error *error = NULL;
        const char *value = NULL;
        char *name = NULL;

        if (strncmp(given, deadline, strlen(deadline)) == 0)
            return refuse(ENVCRYPT_E_ARGUMENT,
                          "--net %s is for programs; here --timeout SECONDS says when "
                          "to give up",
                          given);
        rc = options_split("--net", given, &name, &value);
        if (!rc)
            rc = check(envcrypt_client_config_set(config, name, value, &error), &error,
                       "--net");
        free(name);
    }
    return rc;
}

static int
open_client(cli *c)
{
    envcrypt_client_config *config = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_client_config_new(&config, &error), &error, NULL);

    if (!rc)
        rc = set_network(c, config);
    if (rc) {
        envcrypt_client_config_free(config);
        return rc;
    }
    rc = envcrypt_client_config_set_log(config, ENVCRYPT_LOG_WARNING, log_line, c, NULL,
                                        &error);
    if (!rc)
        rc = envcrypt_client_open(config, &c->client, &error);
    envcrypt_client_config_free(config);
    return check(rc, &error, NULL);
}

/* "90", "90s", "1h20m": numbers with units that grow smaller; false: it is no such time. */
static bool
parse_time(const char *text, uint64_t *seconds)
{
    static const struct {
        char letter;
        uint64_t of;
    } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    size_t next = 0; /* the units that may still come */

    *seconds = 0;
    if (parse_number(text, 1, TIMEOUT_MAX_S, seconds))
        return true;
    while (*text) {
        size_t digits = strspn(text, "0123456789");
        uint64_t number = 0;

        if (digits == 0 || digits > 8)
            return false;
        for (size_t i = 0; i < digits; i++)
            number = number * 10 + (uint64_t)(text[i] - '0');
        text += digits;
        while (next < sizeof units / sizeof *units && units[next].letter != *text)
            next++;
        if (next == sizeof units / sizeof *units)
            return false;
        *seconds += number * units[next++].of;
        text++;
    }
    return *seconds >= 1 && *seconds <= TIMEOUT_MAX_S;
}

static int
parse_timeout(cli *c)
{
    uint64_t seconds = 0;

    c->timeout_ms = -1;
    if (!c->timeout)
        return 0;
    if (!parse_time(c->timeout, &seconds))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--timeout takes seconds from 1 to %u, or a time as 1h20m, not "
                      "%s",
                      TIMEOUT_MAX_S, c->timeout);
    c->timeout_ms = (int64_t)seconds * 1000;
    return 0;
}

int
session_open(cli *c)
{
    envcrypt_error *error = NULL;
    int rc = parse_timeout(c);

    if (!rc)
        rc = open_client(c);
    if (!rc)
        rc = check(envcrypt_wait_new(c->client, c->timeout_ms, &c->wait, &error),
                   &error, NULL);
    if (!rc)
        rc = signals_start(c->timeout_ms, c->json);
    if (!rc)
        signals_cancel(c->wait);
    return rc;
}

void
session_close(cli *c)
{
    signals_cancel(NULL);
    signals_stop();
    keys_close(c);
    envcrypt_protectors_free(c->protectors);
    envcrypt_wait_free(c->wait);
    envcrypt_client_unref(c->client);
}
