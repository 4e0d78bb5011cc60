/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider with one cluster, in memory that a child of fork shares, so that what it did
 * before it was killed stays done; its API server is the toy cluster, over the same clock. It
 * hears a change once for a token, and takes some looks until it is over. What a test says
 * happens at a step, or in its place.
 */
#ifndef EVC_TESTS_TOY_CLOUD_H
#define EVC_TESTS_TOY_CLOUD_H

#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "../k8s/toy-cluster.h"
#include "base/text.h"
#include "cluster/dangerfile.h"
#include "cluster/flow.h"
#include "cluster/refusals.h"

#define CLOUD_ID "arn:toy:cluster/prod"
#define KEY_A "arn:toy:key/a"
#define KEY_B "arn:toy:key/b"

typedef struct toy_cloud {
    /* The cluster. */
    bool missing; /* there is none */
    evc_cluster_phase phase;
    int32_t encryption;
    char key[64]; /* "" = none */
    int32_t key_state;
    char server[64];

    /* A change. */
    char token[40]; /* that is under way; "" = none */
    char wanted[64];
    evc_cluster_verb verb;
    int looks_left;
    bool fails; /* at its end */

    /* What goes wrong. */
    int read_code, find_code, check_code, access_code, evidence_code, list_code;
    int silent;         /* so many reads fail as those of a service in trouble */
    int begin_codes[4]; /* before it is heard, in turn; 0 = it is */
    int lost;           /* so many replies are lost after it was heard */
    int busy;           /* so many times another change is under way */
    int deaf_looks;     /* so many looks fail with deaf_code */
    int deaf_code;      /* 0 = trouble that passes */
    int poll_code;      /* of a look; 0 = fine */
    bool adopts;        /* somebody else began the same */
    int refusals;       /* of check */
    evc_fact fact;      /* of the evidence */
    int late;           /* looks until it is more than awaited */
    int64_t chosen_ms;  /* when its key was chosen, as the evidence has it */
    int64_t version_ms; /* of its key */

    /* What was asked. */
    int reads, finds, checks, plans, begins, polls, evidences, lists, accesses, actions;
    evc_cluster_verb proves; /* what evidence was asked for */
    int heard;               /* changes, each token once */
    char action[32];
    int rotations;
    int events; /* begins, polls, and the moments within */
    int die_at; /* event at which the process is killed; -1 = never */
} toy_cloud;

static toy_cloud *cloud;
static evc_cluster *cluster;
static evc_cluster_change change;
static evc_cluster_report *report;
static evc_error *error;
static evc_wait *cancel_at_poll;

static inline void
cloud_die(void)
{
    (void)raise(SIGKILL);
}

static inline void
cloud_event(void)
{
    if (cloud->events++ == cloud->die_at)
        cloud_die();
}

static inline int
cloud_fail(int code, evc_error **err)
{
    return code ? evc_err(err, code, "the toy cloud says no") : 0;
}

/* --- the driver ------------------------------------------------------------------- */

static int
cloud_open(evc_cluster *of, const struct envcrypt_cluster_config *config,
           evc_wait *wait, evc_error **err)
{
    (void)of;
    (void)config;
    (void)wait;
    (void)err;
    return 0;
}

static void
cloud_close(void *state)
{
    (void)state;
}

static int
cloud_read(evc_cluster *of, evc_wait *wait, evc_cluster_state *out, evc_error **err)
{
    static const char *const words[] = {"ACTIVE", "UPDATING", "FAILED"};
    bool silent = cloud->silent > 0 && cloud->silent-- > 0;
    int rc = cloud_fail(silent ? ENVCRYPT_E_SERVICE_DOWN : cloud->read_code, err);

    (void)of;
    (void)wait;
    cloud->reads++;
    if (rc == 0 && cloud->missing)
        rc = evc_err(err, ENVCRYPT_E_CLUSTER_NOT_FOUND, "there is no such cluster");
    if (rc)
        return rc;
    out->phase = cloud->token[0] ? EVC_CLUSTER_CHANGING : cloud->phase;
    out->encryption = cloud->encryption;
    out->key_state = cloud->key_state;
    rc = evc_cluster_state_set(out, EVC_CLUSTER_NAME, "prod", err);
    if (rc == 0)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_ID, CLOUD_ID, err);
    if (rc == 0)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_STATUS, words[out->phase], err);
    if (rc == 0)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_KEY, cloud->key, err);
    if (rc == 0)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_SERVER, cloud->server, err);
    return rc == 0 ? evc_cluster_state_set(out, EVC_CLUSTER_MARK, "mark", err) : rc;
}

static int
cloud_find_key(evc_cluster *of, const evc_cluster_change *wanted,
               const evc_cluster_state *state, evc_wait *wait, evc_cluster_key *out,
               evc_error **err)
{
    const char *id = evc_cluster_change_text(wanted, "key");
    int rc = cloud_fail(cloud->find_code, err);

    (void)of;
    (void)wait;
    cloud->finds++;
    if (rc)
        return rc;
    if (!id && state)
        id = evc_cluster_state_text(state, EVC_CLUSTER_KEY);
    if (!id || !id[0])
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "no key is named");
    out->state = ENVCRYPT_KEY_ENABLED;
    out->version_ms = cloud->version_ms;
    return evc_cluster_key_set(&out->id, id, err);
}

static int
cloud_check(evc_cluster *of, const evc_cluster_job *job, evc_wait *wait,
            evc_checks *out, evc_error **err)
{
    int rc = cloud_fail(cloud->check_code, err);

    (void)of;
    (void)job;
    (void)wait;
    cloud->checks++;
    if (rc == 0)
        rc = evc_checks_add(out, "key state", EVC_CHECK_OK, "R08", 0, err, "Enabled");
    for (int i = 0; rc == 0 && i < cloud->refusals; i++)
        rc = evc_checks_add(out, "key spec", EVC_CHECK_REFUSED, "R06",
                            ENVCRYPT_E_KEY_REGION, err, "the key is RSA");
    return rc;
}

static int
cloud_plan(const evc_cluster *of, const evc_cluster_job *job, evc_table *steps,
           evc_error **err)
{
    (void)of;
    cloud->plans++;
    return evc_steps_add(steps, evc_cluster_verb_name(job->verb), "POST /change",
                         "it is changed", "for good", err);
}

/* Once for a token. */
static inline void
cloud_hear(const evc_cluster_job *job, const evc_cluster_update *update)
{
    if (strcmp(cloud->token, update->token) == 0)
        return;
    cloud->heard++;
    cloud->verb = job->verb;
    (void)snprintf(cloud->token, sizeof(cloud->token), "%s", update->token);
    (void)snprintf(cloud->wanted, sizeof(cloud->wanted), "%s",
                   job->key && job->key->id ? job->key->id : "");
}

static inline bool
cloud_has(const evc_cluster_job *job)
{
    if (job->verb == EVC_VERB_DISABLE)
        return cloud->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_NONE;
    return job->verb != EVC_VERB_ROTATE && job->key &&
           strcmp(cloud->key, job->key->id) == 0;
}

/* After a lost reply or a kill. */
static inline bool
cloud_found_out(const evc_cluster_job *job, evc_cluster_update *update)
{
    if (update->phase != EVC_UPDATE_SENT)
        return false;
    if (strcmp(cloud->token, update->token) == 0)
        update->phase = EVC_UPDATE_RUNNING;
    else if (cloud_has(job))
        update->phase = EVC_UPDATE_DONE;
    else
        return false;
    return true;
}

static int
cloud_begin(evc_cluster *of, const evc_cluster_job *job, evc_cluster_update *update,
            evc_wait *wait, evc_error **err)
{
    int code = cloud->begin_codes[cloud->begins < 4 ? cloud->begins : 3];

    (void)of;
    (void)wait;
    cloud->begins++;
    cloud_event();
    if (code)
        return cloud_fail(code, err);
    if (cloud_found_out(job, update))
        return 0;
    if (cloud->busy > 0) {
        cloud->busy--;
        update->phase = EVC_UPDATE_NONE;
        (void)snprintf(update->detail, sizeof(update->detail), "another change");
        return 0;
    }
    if (cloud->adopts) {
        update->phase = EVC_UPDATE_RUNNING;
        update->adopted = true;
        cloud_hear(job, update);
        cloud->heard = 0;
        return 0;
    }
    cloud_hear(job, update);
    cloud_event();
    if (cloud->lost > 0) {
        cloud->lost--;
        return cloud_fail(ENVCRYPT_E_NET_BROKEN, err);
    }
    update->phase = EVC_UPDATE_RUNNING;
    (void)snprintf(update->id, sizeof(update->id), "update-%d", cloud->heard);
    (void)snprintf(update->request_id, sizeof(update->request_id), "req-1");
    return 0;
}

static inline void
cloud_end(evc_cluster_update *update)
{
    update->phase = cloud->fails ? EVC_UPDATE_FAILED : EVC_UPDATE_DONE;
    (void)snprintf(update->detail, sizeof(update->detail), "%s",
                   cloud->fails ? "AccessDenied: no grant" : "Successful");
    cloud->token[0] = '\0';
    if (cloud->fails)
        return;
    if (cloud->verb == EVC_VERB_ROTATE)
        cloud->rotations++;
    if (cloud->verb == EVC_VERB_DISABLE) {
        cloud->encryption = ENVCRYPT_CLUSTER_ENCRYPTION_NONE;
        cloud->key[0] = '\0';
    } else {
        cloud->encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
        cloud->key_state = ENVCRYPT_KEY_ENABLED;
        (void)snprintf(cloud->key, sizeof(cloud->key), "%s", cloud->wanted);
    }
    cloud->missing = false;
}

static int
cloud_poll(evc_cluster *of, const evc_cluster_job *job, evc_cluster_update *update,
           evc_wait *wait, evc_error **err)
{
    (void)of;
    (void)wait;
    cloud->polls++;
    cloud_event();
    if (cancel_at_poll)
        evc_wait_cancel(cancel_at_poll);
    if (cloud->deaf_looks > 0) {
        cloud->deaf_looks--;
        return cloud_fail(cloud->deaf_code ? cloud->deaf_code : ENVCRYPT_E_SERVICE_DOWN,
                          err);
    }
    if (cloud->poll_code)
        return cloud_fail(cloud->poll_code, err);
    (void)snprintf(update->detail, sizeof(update->detail), "InProgress");
    if (!cloud->token[0] && cloud_has(job))
        update->phase = EVC_UPDATE_DONE;
    else if (cloud->looks_left-- <= 0)
        cloud_end(update);
    return 0;
}

static int
cloud_evidence(evc_cluster *of, const evc_cluster_job *job, evc_wait *wait,
               evc_evidence *out, evc_error **err)
{
    int rc = cloud_fail(cloud->evidence_code, err);

    (void)of;
    (void)wait;
    cloud->proves = job->verb;
    cloud->evidences++;
    out->changed_ms = cloud->chosen_ms;
    if (rc == 0 && cloud->late > 0) {
        cloud->late--;
        return evc_evidence_add(out, "status", EVC_FACT_AWAITED, err, "no event yet");
    }
    return rc ? rc : evc_evidence_add(out, "status", cloud->fact, err, "the status");
}

static int
cloud_list(evc_cluster *of, const char *uses_key, evc_wait *wait, evc_table *out,
           bool *partial, evc_error **err)
{
    int rc = cloud_fail(cloud->list_code, err);

    (void)of;
    (void)wait;
    (void)partial;
    cloud->lists++;
    if (rc || (uses_key && strcmp(uses_key, cloud->key) != 0))
        return rc;
    rc = evc_table_add_row(out, err);
    return rc == 0 ? evc_table_set(out, "name", "prod", err) : rc;
}

static int
cloud_access(evc_cluster *of, const evc_cluster_state *state, evc_wait *wait,
             evc_kube **out, evc_error **err)
{
    int rc = cloud_fail(cloud->access_code, err);

    (void)of;
    (void)state;
    (void)wait;
    cloud->accesses++;
    if (rc == 0)
        *out = evc_kube_ref(k.kube);
    return rc;
}

static int
cloud_key_action(evc_cluster *of, const char *action, const evc_cluster_key *key,
                 const evc_cluster_change *wanted, evc_wait *wait, evc_table **out,
                 evc_error **err)
{
    static const char *const columns[] = {"key", "state", NULL};
    int rc = evc_table_new(columns, out, err);

    (void)of;
    (void)wanted;
    (void)wait;
    cloud->actions++;
    (void)snprintf(cloud->action, sizeof(cloud->action), "%s", action);
    if (rc == 0)
        rc = evc_table_add_row(*out, err);
    return rc == 0 ? evc_table_set(*out, "key", key->id, err) : rc;
}

/* What a destructive proof leaves that was killed: a key that is disabled until somebody acts.
 * With *file it is at work still. */
static inline void
cloud_endanger_at(int64_t since_ms, evc_dangerfile **file)
{
    evc_danger danger;

    evc_danger_init(&danger);
    EVC_CHECK_OK(evc_text_set(&danger.uri, "eks://eu-west-1/prod", NULL));
    EVC_CHECK_OK(evc_text_set(&danger.cluster, CLOUD_ID, NULL));
    EVC_CHECK_OK(evc_text_set(&danger.name, "prod", NULL));
    EVC_CHECK_OK(evc_text_set(&danger.key, KEY_A, NULL));
    danger.since_ms = since_ms;
    danger.until_ms = since_ms + 1;
    EVC_CHECK_OK(
        evc_dangerfile_open(k.crypto, evc_folder, "eks", CLOUD_ID, file, NULL));
    EVC_CHECK_OK(evc_dangerfile_write(*file, &danger, NULL));
    evc_danger_reset(&danger);
}

static inline void
cloud_endanger(evc_dangerfile **file)
{
    cloud_endanger_at(1, file);
}

static inline int
cloud_find_disabled(evc_cluster *of, const evc_cluster_change *wanted,
                    const evc_cluster_state *state, evc_wait *wait,
                    evc_cluster_key *out, evc_error **err)
{
    int rc = cloud_find_key(of, wanted, state, wait, out, err);

    out->state = cloud->actions ? ENVCRYPT_KEY_ENABLED : ENVCRYPT_KEY_DISABLED;
    return rc;
}

#define CLOUD_CAN_ALL                                                                \
    (EVC_CLUSTER_CAN_DISABLE | EVC_CLUSTER_CAN_CHANGE_KEY | EVC_CLUSTER_CAN_ROTATE | \
     EVC_CLUSTER_CAN_CREATE)

/* A test may change its abilities. */
static evc_cluster_driver cloud_driver = {
    .scheme = "eks",
    .title = "Toy cloud",
    .abilities = CLOUD_CAN_ALL,
    .pace = {.first_ms = 1000,
             .least_ms = 2000,
             .most_ms = 8000,
             .deadline_ms = 600000},
    .open = cloud_open,
    .close = cloud_close,
    .read = cloud_read,
    .find_key = cloud_find_key,
    .check = cloud_check,
    .plan = cloud_plan,
    .begin = cloud_begin,
    .poll = cloud_poll,
    .evidence = cloud_evidence,
    .list = cloud_list,
    .access = cloud_access,
    .key_action = cloud_key_action,
};
static const evc_cluster_driver *const cloud_drivers[] = {&cloud_driver, NULL};

/* --- set up ----------------------------------------------------------------------- */

static inline int
cloud_open_cluster(const char *uri)
{
    struct envcrypt_cluster_config config;
    int rc;

    evc_cluster_config_init(&config);
    rc = evc_cluster_option_set(&config, "state-dir", evc_folder, NULL);
    if (rc == 0)
        rc = evc_cluster_open(k.crypto, k.net, cloud_drivers, uri, &config, &k.wait,
                              &cluster, NULL);
    evc_cluster_config_reset(&config);
    return rc;
}

static inline void
cloud_set(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_cluster_change_set(&change, name, value, NULL));
}

static void
cloud_set_up(void)
{
    toy_set_up();
    cloud = mmap(NULL, sizeof(*cloud), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(cloud, MAP_FAILED);
    *cloud = (toy_cloud){.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER,
                         .die_at = -1,
                         .looks_left = 2,
                         .version_ms = -1};
    cloud_driver.abilities = CLOUD_CAN_ALL;
    report = NULL;
    error = NULL;
    cancel_at_poll = NULL;
    EVC_CHECK_OK(cloud_open_cluster("eks://eu-west-1/prod"));
    evc_cluster_change_init(&change);
    cloud_set("key", KEY_A);
    cloud_set("confirm", "prod");
    cloud_set("secrets-lease", "");
    toy_fill(6, true);
}

static void
cloud_tear_down(void)
{
    evc_cluster_report_free(report);
    evc_error_free(error);
    evc_cluster_change_reset(&change);
    evc_cluster_unref(cluster);
    (void)munmap(cloud, sizeof(*cloud));
    toy_tear_down();
}

/* Under this key already. */
static inline void
cloud_encrypt(const char *key)
{
    cloud->encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    cloud->key_state = ENVCRYPT_KEY_ENABLED;
    (void)snprintf(cloud->key, sizeof(cloud->key), "%s", key);
}

static inline int
cloud_change(evc_cluster_verb verb)
{
    evc_cluster_report_free(report);
    report = NULL;
    evc_err_drop(&error);
    return evc_flow_change(cluster, verb, &change, NULL, &k.wait, &report, &error);
}

static inline bool
cloud_says(const char *part)
{
    return error && strstr(evc_error_message(error), part);
}

/* The result of the rows of the checks with that rule: a refusal if there is one, else that of
 * the first; NULL = none. */
static inline const char *
cloud_rule(const evc_table *checks, const char *rule)
{
    const char *result = NULL;

    for (size_t i = 0; checks && i < checks->rows; i++) {
        const char *each = evc_table_cell(checks, i, 2);

        if (!each || strcmp(each, rule) != 0)
            continue;
        if (!result || strcmp(evc_table_cell(checks, i, 1), "refused") == 0)
            result = evc_table_cell(checks, i, 1);
    }
    return result;
}

static inline void
cloud_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, cloud_set_up, cloud_tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
