/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of IBM Cloud Kubernetes Service, step by step as the flow takes them, for a test
 * that says what to do in lines of JSON: {"op", …} is answered by {"ok": true, …}, or by ok
 * false with code and text. What open, change and the steps made is kept from line to line.
 * Wall time is what the last "wall" said, in seconds.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/cluster.h"
#include "k8s/kube.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_net *net;
static evc_cluster *cluster;
static evc_cluster_change change;
static evc_cluster_state state;
static evc_cluster_key key;
static evc_cluster_update update;
static evc_wait wait;
static int64_t wall_ms = 1800000000000;

static int64_t
tell_wall(void *user)
{
    (void)user;
    return wall_ms;
}

/* --- answers --- */

static json_t *
table_of(const evc_table *table)
{
    json_t *rows = json_array();

    for (size_t row = 0; table && row < table->rows; row++) {
        json_t *object = json_object();

        for (size_t column = 0; column < table->width; column++) {
            const char *cell = evc_table_cell(table, row, column);

            (void)json_object_set_new(object, table->columns[column],
                                      cell ? json_string(cell) : json_null());
        }
        (void)json_array_append_new(rows, object);
    }
    return rows;
}

static json_t *
text_of(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *
state_of(void)
{
    json_t *out = json_pack("{s:i, s:i, s:i, s:o}", "phase", (int)state.phase,
                            "encryption", (int)state.encryption, "key-state",
                            (int)state.key_state, "issues", table_of(state.issues));

    for (int i = 0; i < EVC_CLUSTER_TEXTS; i++)
        (void)json_object_set_new(out, evc_cluster_text_name((evc_cluster_text)i),
                                  text_of(state.texts[i]));
    return out;
}

static json_t *
key_of(void)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "id", text_of(key.id),
                     "short", text_of(key.short_id), "service", text_of(key.service),
                     "account", text_of(key.account), "version", text_of(key.version),
                     "word", text_of(key.word), "state", (int)key.state);
}

static json_t *
update_of(void)
{
    return json_pack("{s:s, s:s, s:s, s:b}", "phase",
                     evc_cluster_update_phase_name(update.phase), "detail",
                     update.detail, "mark", update.mark, "needless", update.needless);
}

static json_t *
failed(evc_error *err)
{
    json_t *messages = json_array();

    for (const evc_error *at = err; at; at = evc_error_cause(at))
        (void)json_array_append_new(messages, json_string(evc_error_message(at)));
    return json_pack("{s:b, s:s, s:o, s:o, s:o}", "ok", 0, "code",
                     evc_error_name(evc_error_code(err)), "texts", messages,
                     "provider-code", text_of(evc_error_provider_code(err)),
                     "request-id", text_of(evc_error_request_id(err)));
}

/* --- orders --- */

static const char *
argument(const json_t *order, const char *name)
{
    return json_string_value(json_object_get(order, name));
}

static int
open_cluster(const json_t *order, json_t *out, evc_error **err)
{
    static const evc_cluster_driver *const drivers[] = {&evc_cluster_iks, NULL};
    struct envcrypt_cluster_config config;
    const char *name;
    json_t *value;
    int rc = 0;

    (void)out;
    evc_cluster_unref(cluster);
    cluster = NULL;
    evc_cluster_config_init(&config);
    json_object_foreach(json_object_get(order, "options"), name, value)
    {
        if (!rc)
            rc = evc_cluster_option_set(&config, name, json_string_value(value), err);
    }
    if (!rc)
        rc = evc_cluster_open(crypto, net, drivers, argument(order, "uri"), &config,
                              &wait, &cluster, err);
    evc_cluster_config_reset(&config);
    return rc;
}

static int
set_change(const json_t *order, json_t *out, evc_error **err)
{
    const char *name;
    json_t *value;
    int rc = 0;

    (void)out;
    evc_cluster_change_reset(&change);
    evc_cluster_change_init(&change);
    evc_cluster_update_init(&update);
    json_object_foreach(json_object_get(order, "options"), name, value)
    {
        if (!rc)
            rc = evc_cluster_change_set(&change, name, json_string_value(value), err);
    }
    return rc;
}

static evc_cluster_job
job_of(const json_t *order)
{
    static const struct {
        const char *name;
        evc_cluster_verb verb;
    } verbs[] = {{"enable", EVC_VERB_ENABLE},
                 {"change-key", EVC_VERB_CHANGE_KEY},
                 {"rotate", EVC_VERB_ROTATE},
                 {"verify", EVC_VERB_VERIFY}};
    evc_cluster_job job = {
        .change = &change, .state = &state, .key = key.id ? &key : NULL};
    const char *verb = argument(order, "verb");

    for (size_t i = 0; verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verb, verbs[i].name) == 0)
            job.verb = verbs[i].verb;
    }
    return job;
}

static int
read_state(const json_t *order, json_t *out, evc_error **err)
{
    int rc;

    (void)order;
    evc_cluster_state_reset(&state);
    rc = evc_cluster_iks.read(cluster, &wait, &state, err);
    (void)json_object_set_new(out, "state", state_of());
    return rc;
}

static int
find_key(const json_t *order, json_t *out, evc_error **err)
{
    int rc;

    (void)order;
    evc_cluster_key_reset(&key);
    rc = evc_cluster_iks.find_key(cluster, &change, &state, &wait, &key, err);
    (void)json_object_set_new(out, "key", key_of());
    return rc;
}

static int
check(const json_t *order, json_t *out, evc_error **err)
{
    evc_cluster_job job = job_of(order);
    evc_checks checks;
    int rc = evc_checks_init(&checks, err);

    if (!rc)
        rc = evc_cluster_iks.check(cluster, &job, &wait, &checks, err);
    (void)json_object_set_new(out, "rows", table_of(checks.rows));
    if (!rc)
        rc = evc_checks_conclude(&checks, err);
    evc_checks_reset(&checks);
    return rc;
}

static int
plan(const json_t *order, json_t *out, evc_error **err)
{
    evc_cluster_job job = job_of(order);
    evc_table *steps = NULL;
    int rc = evc_steps_new(&steps, err);

    if (!rc)
        rc = evc_cluster_iks.plan(cluster, &job, steps, err);
    (void)json_object_set_new(out, "rows", table_of(steps));
    evc_table_free(steps);
    return rc;
}

static int
begin(const json_t *order, json_t *out, evc_error **err)
{
    evc_cluster_job job = job_of(order);
    int rc = evc_cluster_iks.begin(cluster, &job, &update, &wait, err);

    (void)json_object_set_new(out, "update", update_of());
    return rc;
}

/* As after a kill: what the state file has of before the request was sent. */
static int
forget(const json_t *order, json_t *out, evc_error **err)
{
    (void)order;
    (void)out;
    (void)err;
    update.phase = EVC_UPDATE_SENT;
    return 0;
}

static int
poll_it(const json_t *order, json_t *out, evc_error **err)
{
    evc_cluster_job job = job_of(order);
    int rc = evc_cluster_iks.poll(cluster, &job, &update, &wait, err);

    (void)json_object_set_new(out, "update", update_of());
    return rc;
}

static int
gather(const json_t *order, json_t *out, evc_error **err)
{
    evc_cluster_job job = job_of(order);
    evc_evidence evidence;
    int rc = evc_evidence_init(&evidence, err);

    if (!rc)
        rc = evc_cluster_iks.evidence(cluster, &job, &wait, &evidence, err);
    (void)json_object_set_new(out, "rows", table_of(evidence.rows));
    (void)json_object_set_new(out, "outcome",
                              json_integer(evc_evidence_outcome(&evidence)));
    evc_evidence_reset(&evidence);
    return rc;
}

static int
list(const json_t *order, json_t *out, evc_error **err)
{
    evc_table *rows = NULL;
    bool partial = false;
    int rc = evc_table_new(evc_cluster_list_columns, &rows, err);

    if (!rc)
        rc = evc_cluster_iks.list(cluster, argument(order, "uses"), &wait, rows,
                                  &partial, err);
    (void)json_object_set_new(out, "rows", table_of(rows));
    (void)json_object_set_new(out, "partial", json_boolean(partial));
    evc_table_free(rows);
    return rc;
}

static int
keys(const json_t *order, json_t *out, evc_error **err)
{
    evc_table *rows = NULL;
    int rc = evc_table_new(evc_cluster_key_columns, &rows, err);

    (void)order;
    if (!rc)
        rc = evc_cluster_iks.keys(cluster, &change, &wait, rows, err);
    (void)json_object_set_new(out, "rows", table_of(rows));
    evc_table_free(rows);
    return rc;
}

static int
permissions(const json_t *order, json_t *out, evc_error **err)
{
    evc_cluster_job job = job_of(order);
    evc_table *rows = NULL;
    evc_buf policy;
    int rc = evc_table_new(evc_cluster_permission_columns, &rows, err);

    evc_buf_init(&policy);
    if (!rc)
        rc = evc_cluster_iks.permissions(cluster, &job, &wait, rows, err);
    if (!rc)
        rc = evc_cluster_iks.policy(cluster, &job, &policy, err);
    (void)json_object_set_new(out, "rows", table_of(rows));
    (void)json_object_set_new(
        out, "policy", json_loadb((const char *)policy.data, policy.size, 0, NULL));
    evc_table_free(rows);
    evc_buf_reset(&policy);
    return rc;
}

static int
act(const json_t *order, json_t *out, evc_error **err)
{
    evc_table *rows = NULL;
    int rc = evc_cluster_iks.key_action(cluster, argument(order, "action"), &key,
                                        &change, &wait, &rows, err);

    (void)json_object_set_new(out, "rows", table_of(rows));
    evc_table_free(rows);
    return rc;
}

static int
reach(const json_t *order, json_t *out, evc_error **err)
{
    evc_kube *kube = NULL;
    evc_buf version;
    int rc = evc_cluster_iks.access(cluster, &state, &wait, &kube, err);

    (void)order;
    evc_buf_init(&version);
    if (!rc)
        rc = evc_kube_version(kube, &wait, &version, err);
    evc_buf_put_u8(&version, 0);
    if (!rc)
        (void)json_object_set_new(out, "version",
                                  json_string((const char *)version.data));
    evc_buf_reset(&version);
    evc_kube_unref(kube);
    return rc;
}

static int
set_wall(const json_t *order, json_t *out, evc_error **err)
{
    (void)out;
    (void)err;
    wall_ms = json_integer_value(json_object_get(order, "seconds")) * 1000;
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const json_t *order, json_t *out, evc_error **err);
} operations[] = {
    {"open", open_cluster}, {"change", set_change}, {"read", read_state},
    {"find-key", find_key}, {"check", check},       {"plan", plan},
    {"begin", begin},       {"forget", forget},     {"poll", poll_it},
    {"evidence", gather},   {"list", list},         {"keys", keys},
    {"act", act},           {"reach", reach},       {"permissions", permissions},
    {"wall", set_wall},
};

static json_t *
obey(const json_t *order)
{
    json_t *out = json_pack("{s:b}", "ok", 1);
    const char *op = argument(order, "op");
    evc_error *err = NULL;
    int rc = ENVCRYPT_E_ARGUMENT;

    evc_wait_init(&wait, &env->clock, 60000);
    for (size_t i = 0; op && i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(op, operations[i].name) == 0)
            rc = operations[i].run(order, out, &err);
    }
    evc_wait_release(&wait);
    if (rc) {
        json_t *why = failed(err);

        (void)json_object_update(out, why);
        json_decref(why);
    }
    evc_error_free(err);
    return out;
}

int
main(void)
{
    const evc_clock clock = {.wall_ms = tell_wall};
    const evc_net_settings settings = {.max_attempts = 2, .deadline_ms = 60000};
    static char line[65536];

    if (evc_env_open(EVC_ARENA_LIMIT, false, &clock, NULL, &env, NULL) ||
        evc_crypto_open(env, &crypto, NULL) ||
        evc_net_open(env, &settings, NULL, NULL, NULL, &net, NULL))
        return 2;
    evc_cluster_change_init(&change);
    evc_cluster_state_init(&state);
    evc_cluster_key_init(&key);
    evc_cluster_update_init(&update);
    while (fgets(line, sizeof(line), stdin)) {
        json_t *order = json_loads(line, 0, NULL);
        json_t *answer = obey(order);
        char *text = json_dumps(answer, JSON_SORT_KEYS);

        (void)puts(text);
        (void)fflush(stdout);
        free(text);
        json_decref(answer);
        json_decref(order);
    }
    evc_cluster_unref(cluster);
    evc_cluster_change_reset(&change);
    evc_cluster_state_reset(&state);
    evc_cluster_key_reset(&key);
    evc_net_unref(net);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    return 0;
}
