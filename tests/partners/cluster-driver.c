/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver of lib/cluster as a child process that is told in JSON lines what to do, each answered
 * by a line: {"ok": true, …}, or {"ok": false, "code", "text", "provider_code"}.
 *
 *     {"op": "open", "uri", "options": {}}       {"op": "clock", "ms"}  wall time moves by that
 *     {"op": "read"}                             state, kept for what follows
 *     {"op": "find-key", "change": {}}           key, kept too
 *     {"op": "check" | "plan" | "begin" | "poll" | "evidence" | "permissions" | "policy",
 *      "verb", "change": {}}                     with state, key and update as kept
 *     {"op": "forget"}                           the update; {"op": "sent"}: as after a kill
 *     {"op": "list", "uses"} {"op": "keys"} {"op": "key-action", "action"}
 *     {"op": "access", "reach": true}            asks the API server for its version too
 *     {"op": "version"}                          of the API server, asked with that access
 *     {"op": "flow", "verb", "change": {}}       the whole flow over the driver; its report
 *     {"op": "guard", "action", "change": {}}    an action on a key behind the guard
 *
 * Tables are lists of objects.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cluster/cluster.h"
#include "cluster/flow.h"
#include "cluster/guard.h"

static const evc_cluster_driver *const drivers[] = {&evc_cluster_ack, &evc_cluster_eks,
                                                    &evc_cluster_iks, NULL};

static evc_crypto *crypto;
static evc_net *net;
static evc_cluster *cluster;
static evc_cluster_state state;
static evc_cluster_key key;
static evc_cluster_update update;
static evc_cluster_change change;
static evc_wait waiting;
static evc_error *error;
static int64_t moved_ms;

static int64_t
wall(void *user)
{
    struct timespec now;

    (void)user;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + moved_ms;
}

/* --- JSON ----------------------------------------------------------------------------- */

static json_t *
text_json(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *
table_json(const evc_table *table)
{
    json_t *rows = json_array();

    for (size_t row = 0; table && row < table->rows; row++) {
        json_t *object = json_object();

        for (size_t i = 0; i < table->width; i++)
            json_object_set_new(object, table->columns[i],
                                text_json(evc_table_cell(table, row, i)));
        json_array_append_new(rows, object);
    }
    return rows;
}

static json_t *
state_json(void)
{
    json_t *out = json_object();

    for (int i = 0; i < EVC_CLUSTER_TEXTS; i++)
        json_object_set_new(out, evc_cluster_text_name((evc_cluster_text)i),
                            text_json(state.texts[i]));
    json_object_set_new(out, "phase", json_integer(state.phase));
    json_object_set_new(out, "encryption", json_integer(state.encryption));
    json_object_set_new(out, "key-state", json_integer(state.key_state));
    json_object_set_new(out, "unsupported", json_boolean(state.unsupported));
    json_object_set_new(out, "issues", table_json(state.issues));
    return out;
}

static json_t *
key_json(void)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "id", text_json(key.id),
                     "short-id", text_json(key.short_id), "region",
                     text_json(key.region), "account", text_json(key.account),
                     "version", text_json(key.version), "word", text_json(key.word),
                     "state", (int)key.state);
}

static json_t *
update_json(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:b, s:b}", "phase",
                     evc_cluster_update_phase_name(update.phase), "id", update.id,
                     "detail", update.detail, "request-id", update.request_id,
                     "sent-ms", (json_int_t)update.sent_ms, "done-ms",
                     (json_int_t)update.done_ms, "adopted", update.adopted, "needless",
                     update.needless);
}

/* --- what orders say ------------------------------------------------------------------ */

static evc_cluster_verb
verb_of(const char *name)
{
    static const struct {
        const char *name;
        evc_cluster_verb verb;
    } verbs[] = {{"create", EVC_VERB_CREATE},     {"enable", EVC_VERB_ENABLE},
                 {"change", EVC_VERB_CHANGE_KEY}, {"rotate", EVC_VERB_ROTATE},
                 {"disable", EVC_VERB_DISABLE},   {"reencrypt", EVC_VERB_REENCRYPT},
                 {"verify", EVC_VERB_VERIFY}};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (name && strcmp(verbs[i].name, name) == 0)
            return verbs[i].verb;
    }
    exit(2);
}

static const char *
text_of(const json_t *order, const char *name)
{
    return json_string_value(json_object_get(order, name));
}

static int
take_change(const json_t *order)
{
    json_t *given = json_object_get(order, "change");
    const char *name;
    json_t *value;
    int rc = 0;

    evc_cluster_change_reset(&change);
    json_object_foreach(given, name, value)
    {
        if (rc == 0)
            rc =
                evc_cluster_change_set(&change, name, json_string_value(value), &error);
    }
    return rc;
}

static evc_cluster_job
job_of(const json_t *order)
{
    evc_cluster_job job = {.verb = verb_of(text_of(order, "verb")),
                           .change = &change,
                           .state = state.texts[EVC_CLUSTER_ID] ? &state : NULL,
                           .key = key.id ? &key : NULL};

    return job;
}

/* --- operations ----------------------------------------------------------------------- */

static int
do_open(const json_t *order, json_t *reply)
{
    struct envcrypt_cluster_config config;
    json_t *options = json_object_get(order, "options");
    const char *name;
    json_t *value;
    int rc = 0;

    (void)reply;
    evc_cluster_unref(cluster);
    cluster = NULL;
    evc_cluster_config_init(&config);
    json_object_foreach(options, name, value)
    {
        if (rc == 0)
            rc =
                evc_cluster_option_set(&config, name, json_string_value(value), &error);
    }
    if (rc == 0)
        rc = evc_cluster_open(crypto, net, drivers, text_of(order, "uri"), &config,
                              &waiting, &cluster, &error);
    evc_cluster_config_reset(&config);
    return rc;
}

static int
do_read(const json_t *order, json_t *reply)
{
    int rc;

    (void)order;
    evc_cluster_state_reset(&state);
    rc = cluster->driver->read(cluster, &waiting, &state, &error);
    if (rc == 0)
        json_object_set_new(reply, "state", state_json());
    return rc;
}

static int
do_find_key(const json_t *order, json_t *reply)
{
    int rc = take_change(order);

    evc_cluster_key_reset(&key);
    if (rc == 0)
        rc =
            cluster->driver->find_key(cluster, &change, &state, &waiting, &key, &error);
    if (rc == 0)
        json_object_set_new(reply, "key", key_json());
    return rc;
}

static int
do_check(const json_t *order, json_t *reply)
{
    int rc = take_change(order);
    evc_cluster_job job = job_of(order);
    evc_checks checks;

    if (rc == 0)
        rc = evc_checks_init(&checks, &error);
    if (rc)
        return rc;
    rc = cluster->driver->check(cluster, &job, &waiting, &checks, &error);
    json_object_set_new(reply, "rows", table_json(checks.rows));
    json_object_set_new(reply, "refused", json_integer((json_int_t)checks.refused));
    json_object_set_new(
        reply, "refusal",
        text_json(checks.code ? envcrypt_error_name(checks.code) : NULL));
    evc_checks_reset(&checks);
    return rc;
}

static int
do_plan(const json_t *order, json_t *reply)
{
    int rc = take_change(order);
    evc_cluster_job job = job_of(order);
    evc_table *steps = NULL;

    if (rc == 0)
        rc = evc_steps_new(&steps, &error);
    if (rc == 0)
        rc = cluster->driver->plan(cluster, &job, steps, &error);
    json_object_set_new(reply, "rows", table_json(steps));
    evc_table_free(steps);
    return rc;
}

static int
do_begin(const json_t *order, json_t *reply)
{
    int rc = take_change(order);
    evc_cluster_job job = job_of(order);

    if (rc == 0)
        rc = cluster->driver->begin(cluster, &job, &update, &waiting, &error);
    json_object_set_new(reply, "update", update_json());
    return rc;
}

static int
do_poll(const json_t *order, json_t *reply)
{
    int rc = take_change(order);
    evc_cluster_job job = job_of(order);

    if (rc == 0)
        rc = cluster->driver->poll(cluster, &job, &update, &waiting, &error);
    if (evc_error_passes(rc)) { /* as the flow has it: the next look will tell */
        json_object_set_new(reply, "passes", json_true());
        evc_err_drop(&error);
        rc = 0;
    }
    json_object_set_new(reply, "update", update_json());
    return rc;
}

/* Each with a token of its own, as the flow makes it. */
static void
begin_anew(void)
{
    static unsigned count;

    evc_cluster_update_init(&update);
    (void)snprintf(update.token, sizeof(update.token), "%08u-0000-4000-8000-%012ld",
                   ++count, (long)getpid());
}

static int
do_forget(const json_t *order, json_t *reply)
{
    (void)order;
    (void)reply;
    begin_anew();
    return 0;
}

static int
do_sent(const json_t *order, json_t *reply)
{
    (void)order;
    (void)reply;
    update.phase = EVC_UPDATE_SENT;
    update.request_id[0] = '\0';
    if (update.sent_ms < 0)
        update.sent_ms = wall(NULL);
    return 0;
}

static int
do_evidence(const json_t *order, json_t *reply)
{
    int rc = take_change(order);
    evc_cluster_job job = job_of(order);
    evc_evidence evidence;

    if (rc == 0)
        rc = evc_evidence_init(&evidence, &error);
    if (rc)
        return rc;
    rc = cluster->driver->evidence(cluster, &job, &waiting, &evidence, &error);
    json_object_set_new(reply, "rows", table_json(evidence.rows));
    json_object_set_new(reply, "outcome",
                        json_integer(evc_evidence_outcome(&evidence)));
    evc_evidence_reset(&evidence);
    return rc;
}

static int
do_list(const json_t *order, json_t *reply)
{
    evc_table *table = NULL;
    bool partial = false;
    int rc = evc_table_new(evc_cluster_list_columns, &table, &error);

    if (rc == 0)
        rc = cluster->driver->list(cluster, text_of(order, "uses"), &waiting, table,
                                   &partial, &error);
    json_object_set_new(reply, "rows", table_json(table));
    json_object_set_new(reply, "partial", json_boolean(partial));
    evc_table_free(table);
    return rc;
}

static int
do_keys(const json_t *order, json_t *reply)
{
    evc_table *table = NULL;
    int rc = take_change(order);

    if (rc == 0)
        rc = evc_table_new(evc_cluster_key_columns, &table, &error);
    if (rc == 0)
        rc = cluster->driver->keys(cluster, &change, &waiting, table, &error);
    json_object_set_new(reply, "rows", table_json(table));
    evc_table_free(table);
    return rc;
}

static int
do_permissions(const json_t *order, json_t *reply)
{
    evc_table *table = NULL;
    int rc = take_change(order);
    evc_cluster_job job = job_of(order);

    if (rc == 0)
        rc = evc_table_new(evc_cluster_permission_columns, &table, &error);
    if (rc == 0)
        rc = cluster->driver->permissions(cluster, &job, &waiting, table, &error);
    json_object_set_new(reply, "rows", table_json(table));
    evc_table_free(table);
    return rc;
}

static int
do_policy(const json_t *order, json_t *reply)
{
    int rc = take_change(order);
    evc_cluster_job job = job_of(order);
    evc_buf text;

    evc_buf_init(&text);
    if (rc == 0)
        rc = cluster->driver->policy(cluster, &job, &text, &error);
    if (rc == 0)
        json_object_set_new(reply, "policy",
                            json_stringn((const char *)text.data, text.size));
    evc_buf_reset(&text);
    return rc;
}

static int
do_access(const json_t *order, json_t *reply)
{
    evc_kube *kube = NULL;
    evc_buf version;
    int rc = cluster->driver->access(cluster, &state, &waiting, &kube, &error);

    evc_buf_init(&version);
    if (rc == 0 && json_is_true(json_object_get(order, "reach")))
        rc = evc_kube_version(kube, &waiting, &version, &error);
    json_object_set_new(
        reply, "version",
        json_stringn(version.size ? (const char *)version.data : "", version.size));
    evc_buf_reset(&version);
    if (rc == 0) {
        json_object_set_new(reply, "server", json_string(evc_kube_server(kube)));
        json_object_set_new(reply, "origin", json_string(evc_kube_origin(kube)));
    }
    evc_kube_unref(kube);
    return rc;
}

static int
do_version(const json_t *order, json_t *reply)
{
    evc_kube *kube = NULL;
    evc_buf text;
    int rc = cluster->driver->access(cluster, &state, &waiting, &kube, &error);

    (void)order;
    evc_buf_init(&text);
    if (rc == 0)
        rc = evc_kube_version(kube, &waiting, &text, &error);
    if (rc == 0)
        json_object_set_new(reply, "version",
                            json_stringn((const char *)text.data, text.size));
    evc_buf_reset(&text);
    evc_kube_unref(kube);
    return rc;
}

static int
do_key_action(const json_t *order, json_t *reply)
{
    evc_table *table = NULL;
    int rc = take_change(order);

    if (rc == 0)
        rc = cluster->driver->key_action(cluster, text_of(order, "action"), &key,
                                         &change, &waiting, &table, &error);
    json_object_set_new(reply, "rows", table_json(table));
    evc_table_free(table);
    return rc;
}

static int
put_report(const evc_cluster_report *report, json_t *reply)
{
    evc_buf text;
    int rc = 0;

    evc_buf_init(&text);
    if (report)
        rc = evc_cluster_report_json(report, &text, NULL);
    if (report && rc == 0)
        json_object_set_new(reply, "report",
                            json_loadb((const char *)text.data, text.size, 0, NULL));
    evc_buf_reset(&text);
    return rc;
}

static int
do_flow(const json_t *order, json_t *reply)
{
    evc_cluster_report *report = NULL;
    evc_cluster_verb verb = verb_of(text_of(order, "verb"));
    int rc = take_change(order);

    evc_wait_release(&waiting);
    evc_wait_init(&waiting, waiting.clock, 300000);
    if (rc == 0 && verb == EVC_VERB_VERIFY)
        rc = evc_flow_verify(cluster, &change, NULL, NULL, &waiting, &report, &error);
    else if (rc == 0)
        rc = evc_flow_change(cluster, verb, &change, NULL, &waiting, &report, &error);
    if (put_report(report, reply) != 0)
        exit(2);
    evc_cluster_report_free(report);
    return rc;
}

static int
do_guard(const json_t *order, json_t *reply)
{
    const char *name = text_of(order, "action");
    evc_key_action action = EVC_KEY_DISABLE;
    evc_table *users = NULL;
    evc_table *rows = NULL;
    int rc = take_change(order);

    while (action < EVC_KEY_CANCEL_DELETION &&
           strcmp(evc_key_action_name(action), name ? name : "") != 0)
        action++;
    if (rc == 0)
        rc = evc_guard_run(cluster, action, &change, &waiting, &users, &rows, &error);
    json_object_set_new(reply, "users", table_json(users));
    json_object_set_new(reply, "rows", table_json(rows));
    evc_table_free(users);
    evc_table_free(rows);
    return rc;
}

static int
do_clock(const json_t *order, json_t *reply)
{
    (void)reply;
    moved_ms += json_integer_value(json_object_get(order, "ms"));
    return 0;
}

static const struct operation {
    const char *name;
    int (*run)(const json_t *order, json_t *reply);
} operations[] = {
    {"open", do_open},
    {"read", do_read},
    {"find-key", do_find_key},
    {"check", do_check},
    {"plan", do_plan},
    {"begin", do_begin},
    {"poll", do_poll},
    {"forget", do_forget},
    {"sent", do_sent},
    {"evidence", do_evidence},
    {"list", do_list},
    {"keys", do_keys},
    {"permissions", do_permissions},
    {"policy", do_policy},
    {"access", do_access},
    {"version", do_version},
    {"key-action", do_key_action},
    {"flow", do_flow},
    {"guard", do_guard},
    {"clock", do_clock},
};

static int
run(const json_t *order, json_t *reply)
{
    const char *name = text_of(order, "op");

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (name && strcmp(operations[i].name, name) == 0)
            return operations[i].run(order, reply);
    }
    exit(2);
}

static void
answer(const char *line)
{
    json_t *order = json_loads(line, 0, NULL);
    json_t *reply = json_object();
    char *text;
    int rc;

    if (!order)
        exit(2);
    rc = run(order, reply);
    json_object_set_new(reply, "ok", json_boolean(rc == 0));
    if (rc) {
        json_object_set_new(reply, "code", json_string(envcrypt_error_name(rc)));
        json_object_set_new(reply, "text", text_json(evc_error_message(error)));
        json_object_set_new(reply, "provider_code",
                            text_json(evc_error_provider_code(error)));
    }
    evc_error_free(error);
    error = NULL;
    text = json_dumps(reply, JSON_COMPACT);
    (void)puts(text ? text : "null");
    (void)fflush(stdout);
    free(text);
    json_decref(reply);
    json_decref(order);
}

int
main(void)
{
    static char line[65536];
    const evc_net_settings settings = {.max_attempts = 3};
    const evc_clock clock = {.wall_ms = wall};
    evc_env *env = NULL;

    if (evc_env_open(262144, false, &clock, NULL, &env, NULL) != 0 ||
        evc_crypto_open(env, &crypto, NULL) != 0 ||
        evc_net_open(env, &settings, NULL, NULL, NULL, &net, NULL) != 0)
        return 2;
    evc_wait_init(&waiting, &env->clock, 60000);
    evc_cluster_state_init(&state);
    evc_cluster_key_init(&key);
    begin_anew();
    evc_cluster_change_init(&change);
    while (fgets(line, sizeof(line), stdin)) {
        evc_wait_release(&waiting);
        evc_wait_init(&waiting, &env->clock, 60000);
        answer(line);
    }
    evc_wait_release(&waiting);
    evc_cluster_change_reset(&change);
    evc_cluster_key_reset(&key);
    evc_cluster_state_reset(&state);
    evc_cluster_unref(cluster);
    evc_net_unref(net);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    return 0;
}
