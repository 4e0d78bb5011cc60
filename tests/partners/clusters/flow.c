/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One flow on a cluster by the public API, as its own process that may be killed:
 *
 *   flow URI VERB [NAME=VALUE | change.NAME=VALUE | etcd=URL | ahead=MS]…
 *
 * VERB: enable, rotate, disable, reencrypt, verify, wait. Before each pause of a tenth of a second
 * or more it says {"pause": ms}, and is told in a line by how many milliseconds all clocks are ahead
 * from then on; so a wait of an hour takes no time. At the end {"ok": true, "report"}, or
 * {"ok": false, "code", "text", "report"}.
 */
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "envcrypt/envcrypt.h"

static int64_t ahead_ms;

static void
demand(int holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "flow: %s\n", what);
    exit(2);
}

/* --- the clock ------------------------------------------------------------------------ */

static int64_t
time_of(clockid_t which)
{
    struct timespec now;

    (void)clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ahead_ms;
}

static int64_t
wall(void *user)
{
    (void)user;
    return time_of(CLOCK_REALTIME);
}

static int64_t
monotonic(void *user)
{
    (void)user;
    return time_of(CLOCK_MONOTONIC);
}

/* What waits for the network waits for something else than the pipe of a cancel. */
static int
is_pause(int64_t left_ms, int fd)
{
    struct stat s;

    return left_ms >= 100 && (fd < 0 || (fstat(fd, &s) == 0 && S_ISFIFO(s.st_mode)));
}

static int32_t
wait_until(void *user, int64_t until_ms, int32_t fd)
{
    int64_t left = until_ms == INT64_MAX ? -1 : until_ms - monotonic(NULL);
    struct pollfd one = {.fd = fd, .events = POLLIN};
    char line[64];

    (void)user;
    if (!is_pause(left, fd))
        return poll(&one, fd >= 0, left < 0 && until_ms != INT64_MAX ? 0 : (int)left);
    demand(printf("{\"pause\": %" PRId64 "}\n", left) > 0 && fflush(stdout) == 0,
           "nobody listens");
    demand(fgets(line, sizeof(line), stdin) != NULL, "nobody tells the time");
    ahead_ms = strtoll(line, NULL, 10);
    return 0;
}

/* --- what is asked -------------------------------------------------------------------- */

typedef struct asked {
    envcrypt_client *client;
    envcrypt_cluster_config *config;
    envcrypt_cluster_change *change;
    envcrypt_etcd_config *stored; /* NULL = stored values are not read */
    envcrypt_cluster *cluster;
    envcrypt_etcd *etcd;
    envcrypt_error *err;
} asked;

static void
set(asked *a, char *word)
{
    char *value = strchr(word, '=');
    int rc = 0;

    demand(value != NULL, "an option has no value");
    *value++ = '\0';
    if (strcmp(word, "etcd") == 0)
        rc = envcrypt_etcd_config_new(&a->stored, NULL) ||
             envcrypt_etcd_config_set(a->stored, "endpoint", value, &a->err);
    else if (strcmp(word, "ahead") == 0)
        ahead_ms = strtoll(value, NULL, 10);
    else if (strncmp(word, "change.", 7) == 0)
        rc = envcrypt_cluster_change_set(a->change, &word[7], value, &a->err);
    else
        rc = envcrypt_cluster_config_set(a->config, word, value, &a->err);
    demand(rc == 0, rc ? envcrypt_error_message(a->err) : "");
}

static void
open_client(asked *a)
{
    envcrypt_client_config *config = NULL;

    demand(envcrypt_client_config_new(&config, NULL) == 0 &&
               envcrypt_client_config_set_clock(config, wall, monotonic, wait_until,
                                                NULL, NULL, NULL) == 0 &&
               envcrypt_client_open(config, &a->client, NULL) == 0 &&
               envcrypt_cluster_config_new(&a->config, NULL) == 0 &&
               envcrypt_cluster_change_new(&a->change, NULL) == 0,
           "the settings cannot be made");
    envcrypt_client_config_free(config);
}

typedef int (*verb_fn)(envcrypt_cluster *cluster, const envcrypt_cluster_change *change,
                       envcrypt_cluster_fn progress, void *user,
                       envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                       envcrypt_cluster_report **out, envcrypt_error **err);

static int
run(asked *a, const char *name, envcrypt_cluster_report **report)
{
    static const struct {
        const char *name;
        verb_fn run;
    } verbs[] = {{"enable", envcrypt_cluster_enable},
                 {"rotate", envcrypt_cluster_rotate},
                 {"disable", envcrypt_cluster_disable},
                 {"reencrypt", envcrypt_cluster_reencrypt},
                 {"wait", envcrypt_cluster_wait}};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return verbs[i].run(a->cluster, a->change, NULL, NULL, NULL, NULL, report,
                                &a->err);
    }
    demand(strcmp(name, "verify") == 0, "there is no such verb");
    return envcrypt_cluster_verify(a->cluster, a->change, a->etcd, NULL, NULL, NULL,
                                   NULL, report, &a->err);
}

/* --- what is said --------------------------------------------------------------------- */

static json_t *
text_of(const envcrypt_cluster_report *report)
{
    envcrypt_buffer *text = NULL;
    json_t *json;

    demand(envcrypt_cluster_report_to_json(report, &text, NULL) == 0,
           "there is no text of the report");
    json = json_loadb(envcrypt_buffer_data(text), envcrypt_buffer_size(text), 0, NULL);
    demand(json != NULL, "the report is no JSON");
    envcrypt_buffer_free(text);
    return json;
}

static void
say(int rc, const envcrypt_error *err, const envcrypt_cluster_report *report)
{
    json_t *said = json_pack("{s:b}", "ok", rc == 0);

    if (rc) {
        json_object_set_new(said, "code", json_string(envcrypt_error_name(rc)));
        json_object_set_new(said, "text", json_string(envcrypt_error_message(err)));
    }
    if (report)
        json_object_set_new(said, "report", text_of(report));
    demand(json_dumpf(said, stdout, JSON_COMPACT) == 0 && putchar('\n') == '\n',
           "standard output is gone");
    json_decref(said);
}

int
main(int argc, char **argv)
{
    envcrypt_cluster_report *report = NULL;
    asked a = {0};
    int rc;

    demand(argc >= 3, "usage: flow URI VERB [NAME=VALUE]...");
    open_client(&a);
    for (int i = 3; i < argc; i++)
        set(&a, argv[i]);
    rc = envcrypt_cluster_open(a.client, argv[1], a.config, NULL, &a.cluster, &a.err);
    if (rc == 0 && a.stored)
        rc = envcrypt_etcd_open(a.client, a.stored, &a.etcd, &a.err);
    if (rc == 0)
        rc = run(&a, argv[2], &report);
    say(rc, a.err, report);
    envcrypt_error_free(a.err);
    envcrypt_cluster_report_free(report);
    envcrypt_etcd_close(a.etcd);
    envcrypt_etcd_config_free(a.stored);
    envcrypt_cluster_unref(a.cluster);
    envcrypt_cluster_change_free(a.change);
    envcrypt_cluster_config_free(a.config);
    envcrypt_client_unref(a.client);
    return rc ? 1 : 0;
}
