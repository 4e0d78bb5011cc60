/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One flow on a cluster, as its own process that may be killed:
 *
 *   flow URI VERB [NAME=VALUE | change.NAME=VALUE | etcd=URL | ahead=MS]…
 *
 * VERB: enable, change, rotate, disable, reencrypt, verify, wait. Before each pause of a second or
 * more it says {"pause": ms}, and is told in a line by how many milliseconds all clocks are ahead
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

#include "cluster/cluster.h"
#include "cluster/flow.h"

static const evc_cluster_driver *const drivers[] = {&evc_cluster_ack, &evc_cluster_eks,
                                                    &evc_cluster_iks, NULL};
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
static bool
is_pause(int64_t left_ms, int fd)
{
    struct stat s;

    return left_ms >= 1000 && (fd < 0 || (fstat(fd, &s) == 0 && S_ISFIFO(s.st_mode)));
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
    evc_crypto *crypto;
    evc_net *net;
    evc_cluster *cluster;
    struct envcrypt_cluster_config config;
    evc_cluster_change change;
    evc_etcd_options stored;
    evc_etcd *etcd;
    evc_wait wait;
} asked;

static void
set(asked *a, char *word)
{
    char *value = strchr(word, '=');
    evc_error *err = NULL;
    int rc = 0;

    demand(value != NULL, "an option has no value");
    *value++ = '\0';
    if (strcmp(word, "etcd") == 0)
        a->stored.endpoint = value;
    else if (strcmp(word, "ahead") == 0)
        ahead_ms = strtoll(value, NULL, 10);
    else if (strncmp(word, "change.", 7) == 0)
        rc = evc_cluster_change_set(&a->change, &word[7], value, &err);
    else
        rc = evc_cluster_option_set(&a->config, word, value, &err);
    demand(rc == 0, rc ? evc_error_message(err) : "");
}

static int
change_of(const char *name, evc_cluster_verb *verb)
{
    static const struct {
        const char *name;
        evc_cluster_verb verb;
    } verbs[] = {{"enable", EVC_VERB_ENABLE},
                 {"change", EVC_VERB_CHANGE_KEY},
                 {"rotate", EVC_VERB_ROTATE},
                 {"disable", EVC_VERB_DISABLE}};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        *verb = verbs[i].verb;
        if (strcmp(verbs[i].name, name) == 0)
            return 1;
    }
    return 0;
}

static int
run(asked *a, const char *name, evc_cluster_report **report, evc_error **err)
{
    evc_cluster_verb verb;

    if (change_of(name, &verb))
        return evc_flow_change(a->cluster, verb, &a->change, NULL, &a->wait, report,
                               err);
    if (strcmp(name, "reencrypt") == 0)
        return evc_flow_reencrypt(a->cluster, &a->change, NULL, &a->wait, report, err);
    if (strcmp(name, "wait") == 0)
        return evc_flow_wait(a->cluster, &a->change, NULL, &a->wait, report, err);
    demand(strcmp(name, "verify") == 0, "there is no such verb");
    return evc_flow_verify(a->cluster, &a->change, a->etcd, NULL, &a->wait, report,
                           err);
}

/* --- what is said --------------------------------------------------------------------- */

static json_t *
text_of(const evc_cluster_report *report)
{
    evc_buf text;
    json_t *json;

    evc_buf_init(&text);
    demand(evc_cluster_report_json(report, &text, NULL) == 0,
           "there is no text of the report");
    json = json_loadb((const char *)text.data, text.size, 0, NULL);
    demand(json != NULL, "the report is no JSON");
    evc_buf_reset(&text);
    return json;
}

static void
say(int rc, const evc_error *err, const evc_cluster_report *report)
{
    json_t *said = json_pack("{s:b}", "ok", rc == 0);

    if (rc) {
        json_object_set_new(said, "code", json_string(envcrypt_error_name(rc)));
        json_object_set_new(said, "text", json_string(evc_error_message(err)));
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
    const evc_clock clock = {
        .wall_ms = wall, .monotonic_ms = monotonic, .wait = wait_until};
    const evc_net_settings settings = {.max_attempts = 3};
    evc_cluster_report *report = NULL;
    evc_error *err = NULL;
    evc_env *env = NULL;
    asked a = {.cluster = NULL};
    int rc;

    demand(argc >= 3, "usage: flow URI VERB [NAME=VALUE]...");
    demand(evc_env_open(262144, false, &clock, NULL, &env, NULL) == 0 &&
               evc_crypto_open(env, &a.crypto, NULL) == 0 &&
               evc_net_open(env, &settings, NULL, NULL, NULL, &a.net, NULL) == 0,
           "the settings cannot be made");
    evc_wait_init(&a.wait, &env->clock, -1);
    evc_cluster_config_init(&a.config);
    evc_cluster_change_init(&a.change);
    for (int i = 3; i < argc; i++)
        set(&a, argv[i]);
    rc = evc_cluster_open(a.crypto, a.net, drivers, argv[1], &a.config, &a.wait,
                          &a.cluster, &err);
    if (rc == 0 && a.stored.endpoint)
        rc = evc_etcd_open(a.net, &a.stored, &a.etcd, &err);
    if (rc == 0)
        rc = run(&a, argv[2], &report, &err);
    say(rc, err, report);
    evc_error_free(err);
    evc_cluster_report_free(report);
    evc_etcd_close(a.etcd);
    evc_cluster_unref(a.cluster);
    evc_cluster_change_reset(&a.change);
    evc_cluster_config_reset(&a.config);
    evc_wait_release(&a.wait);
    evc_net_unref(a.net);
    evc_crypto_unref(a.crypto);
    evc_env_unref(env);
    return rc ? 1 : 0;
}
