/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/flow.h"

#include <stdio.h>
#include <string.h>

#include "cluster/preflight.h"
#include "cluster/proof.h"
#include "cluster/pursuit.h"
#include "cluster/refusals.h"
#include "cluster/trial.h"

/* Reads the cluster and opens its state file. A key that a destructive proof left disabled is
 * enabled before anything else is done. */
static int
begin(evc_scene *scene, evc_error **err)
{
    int rc = evc_trial_rescue(scene, err);

    if (rc == 0)
        rc = evc_scene_read_first(scene, err);
    return rc == 0 ? evc_scene_open_file(scene, err) : rc;
}

/* Of a command that waits anyway; look is tried anew while a master restarts. */
static int
patiently(evc_scene *scene, int (*look)(evc_scene *scene, evc_error **err),
          evc_error **err)
{
    int rc;

    do {
        rc = look(scene, err);
        if (rc == 0)
            return 0;
        rc = evc_pursuit_outlast(scene, rc, err);
    } while (rc == 0);
    return rc;
}

static int
end(evc_scene *scene, int rc, evc_cluster_report **out)
{
    *out = evc_scene_close(scene, rc);
    return rc;
}

/* --- change ----------------------------------------------------------------------- */

/* Another change that is not over: two at once would each spoil what the other knows. */
static int
refuse_other(const evc_scene *scene, evc_error **err)
{
    const evc_cluster_record *record = &scene->record;
    char when[EVC_TIME_TEXT];

    if (!scene->found || record->ended ||
        (record->update.phase != EVC_UPDATE_SENT &&
         record->update.phase != EVC_UPDATE_RUNNING))
        return 0;
    evc_clock_format(record->began_ms, when);
    return evc_err(err, ENVCRYPT_E_CLUSTER_BUSY,
                   "a change of %s that was begun at %s (%s%s%s) is not over; bring it "
                   "to its end first, with cluster wait",
                   scene->cluster->uri, when, evc_cluster_verb_name(record->verb),
                   record->update.key[0] ? " with " : "", record->update.key);
}

/* The checks, and whether the caller knows what it does. */
static int
prepare(evc_scene *scene, evc_error **err)
{
    evc_cluster_job job;
    evc_error *why = NULL;
    int rc = evc_preflight_check(scene, false, err);

    if (rc == 0)
        rc = evc_checks_conclude(&scene->checks, err);
    if (rc == 0)
        rc = refuse_other(scene, err);
    if (rc)
        return rc;
    job = evc_scene_job(scene);
    rc = evc_refusals_confirm(scene->cluster->driver, &job, scene->cluster->name, &why);
    if (rc) {
        int planned = evc_preflight_plan(scene, err);

        if (planned) {
            evc_error_free(why);
            return planned;
        }
        evc_err_drop(err);
        evc_err_add_cause(err, why);
    }
    return rc;
}

/* What an earlier process began; the checks passed then. */
static void
take_up(evc_scene *scene)
{
    char when[EVC_TIME_TEXT];

    scene->report->update = scene->record.update;
    evc_clock_format(scene->record.began_ms, when);
    evc_cluster_report_note(scene->report, "this goes on with what was begun at %s",
                            when);
}

/* What is known of the change that made it so stays. */
static int
skip_change(evc_scene *scene, evc_error **err)
{
    evc_cluster_update *update = &scene->report->update;
    evc_cluster_record *record = &scene->record;
    const evc_cluster_key *key = evc_scene_key(scene);

    if (scene->found && record->update.phase == EVC_UPDATE_DONE &&
        (!key || strcmp(key->id, record->update.key) == 0)) {
        *update = record->update;
    } else {
        evc_cluster_record_init(record);
        (void)snprintf(record->cluster, sizeof(record->cluster), "%s",
                       evc_cluster_state_text(&scene->report->state, EVC_CLUSTER_ID));
        record->verb = scene->verb;
        record->began_ms = scene->report->began_ms;
        (void)snprintf(update->key, sizeof(update->key), "%s", key ? key->id : "");
    }
    update->phase = EVC_UPDATE_DONE;
    update->needless = true;
    evc_cluster_update_tell(update, "all is as wanted already; nothing was sent");
    return evc_scene_tell(scene, err);
}

/* A provider that does not tell the key of a cluster leaves what was done from here: sent
 * again it would be a second change to the same key. */
static bool
was_done(const evc_scene *scene)
{
    const evc_cluster_record *record = &scene->record;
    const evc_cluster_state *state = &scene->report->state;
    const evc_cluster_key *key = evc_scene_key(scene);

    return scene->found && scene->exists && key && key->id &&
           (scene->verb == EVC_VERB_ENABLE || scene->verb == EVC_VERB_CHANGE_KEY) &&
           (record->verb == EVC_VERB_ENABLE || record->verb == EVC_VERB_CHANGE_KEY) &&
           record->update.phase == EVC_UPDATE_DONE &&
           strcmp(record->update.key, key->id) == 0 &&
           state->phase == EVC_CLUSTER_STEADY &&
           state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN &&
           !evc_cluster_state_text(state, EVC_CLUSTER_KEY)[0];
}

/* The provider's part: until it is over, or goes on without us. */
static int
change(evc_scene *scene, evc_error **err)
{
    bool is_kept = scene->found && !scene->record.ended;
    evc_cluster_job job;
    bool under_way;
    int rc = is_kept ? evc_scene_find_key(scene, err) : 0;

    if (rc)
        return rc;
    under_way = evc_pursuit_is_under_way(scene);
    job = evc_scene_job(scene);
    if (!under_way)
        rc = prepare(scene, err);
    else if (evc_cluster_change_text(scene->change, "confirm"))
        rc = evc_refusals_confirm(scene->cluster->driver, &job, scene->cluster->name,
                                  err);
    if (rc)
        return rc;
    if (under_way)
        take_up(scene);
    job = evc_scene_job(scene);
    if (!under_way && (evc_refusals_is_needless(&job) || was_done(scene)))
        return skip_change(scene, err);
    evc_scene_note_key(scene,
                       evc_cluster_state_text(&scene->report->state, EVC_CLUSTER_KEY));
    rc = evc_pursuit_run(scene, err);
    if (rc || scene->report->update.phase != EVC_UPDATE_DONE)
        return rc;
    evc_scene_note_key(scene, scene->report->update.key);
    rc = patiently(scene, evc_scene_read, err);
    /* What was found before is the key as it was then. */
    return rc == 0 && scene->verb == EVC_VERB_ROTATE ? evc_scene_seek_key(scene, err)
                                                     : rc;
}

static bool
is_well(const evc_reencrypt_report *secrets)
{
    return secrets && secrets->phase == ENVCRYPT_REENCRYPT_PHASE_ENDED &&
           secrets->figures[ENVCRYPT_REENCRYPT_FIGURE_FAILED] == 0;
}

/* To who did not want it yet. */
static void
advise_rewriting(evc_scene *scene)
{
    if (scene->verb == EVC_VERB_CREATE ||
        (scene->cluster->driver->abilities & EVC_CLUSTER_REWRITES_ITSELF))
        return;
    evc_cluster_report_advise(
        scene->report,
        "existing Secrets are as they were; have them stored anew "
        "with: envcrypt cluster reencrypt %s",
        scene->cluster->uri);
}

/* Secrets, proof, and the end of the record. */
static int
complete(evc_scene *scene, evc_error **err)
{
    int rc = 0;

    if (evc_preflight_rewrites(scene) && scene->exists) {
        rc = evc_proof_rewrite(scene, err);
        if (rc)
            evc_cluster_report_advise(scene->report,
                                      "the key is changed; have Secrets stored anew "
                                      "with: envcrypt cluster reencrypt %s",
                                      scene->cluster->uri);
        scene->record.secrets_done =
            rc == 0 && is_well(scene->report->secrets) && !evc_proof_is_partial(scene);
    } else
        advise_rewriting(scene);
    if (rc == 0)
        rc = evc_proof_conclude(scene, false, err);
    if (rc == 0)
        scene->record.ended =
            scene->record.secrets_done || !evc_preflight_rewrites(scene);
    return rc == 0 ? evc_scene_keep(scene, err) : rc;
}

int
evc_flow_change(evc_cluster *cluster, evc_cluster_verb verb,
                const evc_cluster_change *wanted, const evc_flow_ears *ears,
                evc_wait *wait, evc_cluster_report **out, evc_error **err)
{
    evc_scene *scene;
    int rc = evc_scene_open(cluster, verb, wanted, ears, wait, &scene, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = patiently(scene, begin, err);
    if (rc == 0)
        rc = change(scene, err);
    if (rc == 0 && scene->report->update.phase == EVC_UPDATE_DONE)
        rc = complete(scene, err);
    return end(scene, rc, out);
}

/* --- wait ------------------------------------------------------------------------- */

/* A change that goes on and that nothing here knows of. */
static bool
is_anybodys(const evc_scene *scene)
{
    return (scene->cluster->driver->abilities & EVC_CLUSTER_GIVES_NO_IDS) &&
           scene->report->state.phase == EVC_CLUSTER_CHANGING;
}

/* The record of a change that was begun from here is what alone brings it to its end, and of one
 * that is over, what a proof goes by: one that somebody names by its id leaves it as it is. */
static void
set_apart(evc_scene *scene)
{
    const evc_cluster_record *record = &scene->record;
    char when[EVC_TIME_TEXT];

    scene->apart = scene->found && (record->update.phase == EVC_UPDATE_SENT ||
                                    record->update.phase == EVC_UPDATE_RUNNING ||
                                    record->update.phase == EVC_UPDATE_DONE);
    if (!scene->apart)
        return;
    evc_clock_format(record->began_ms, when);
    evc_cluster_report_note(
        scene->report,
        "the change of %s that was begun at %s (%s%s%s) is another one, and its record "
        "stays as it is%s",
        scene->cluster->uri, when, evc_cluster_verb_name(record->verb),
        record->update.key[0] ? " with " : "", record->update.key,
        record->ended ? "" : "; go on with it afterwards");
}

static void
adopt(evc_scene *scene)
{
    evc_cluster_update *update = &scene->report->update;

    set_apart(scene);
    evc_cluster_update_init(update);
    update->phase = EVC_UPDATE_RUNNING;
    update->adopted = true;
    (void)snprintf(update->mark, sizeof(update->mark), "%s",
                   evc_cluster_state_text(&scene->report->state, EVC_CLUSTER_MARK));
    scene->verb = EVC_VERB_ENABLE;
    scene->report->verb = EVC_VERB_ENABLE;
    if (scene->apart)
        return;
    scene->record.verb = EVC_VERB_ENABLE;
    scene->record.began_ms = evc_scene_now_ms(scene);
    scene->record.changed_ms = -1;
    scene->record.secrets_done = false;
    scene->record.ended = false;
}

/* The change that is waited for. */
static int
choose_update(evc_scene *scene, evc_error **err)
{
    const char *id = evc_cluster_change_text(scene->change, "update-id");
    evc_cluster_update *update = &scene->report->update;
    const evc_cluster_record *record = &scene->record;
    bool is_over = record->update.phase == EVC_UPDATE_DONE ||
                   record->update.phase == EVC_UPDATE_FAILED;
    bool is_kept =
        scene->found && record->update.phase != EVC_UPDATE_NONE &&
        (id ? strcmp(record->update.id, id) == 0 : !is_over || !is_anybodys(scene));

    if (is_kept) {
        *update = record->update;
        scene->verb = record->verb;
        scene->report->verb = record->verb;
        return 0;
    }
    if (!id && is_anybodys(scene)) {
        adopt(scene);
        return 0;
    }
    if (!id)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "nothing is known of a change of %s that could be waited for; "
                       "name one with --update-id, or see cluster status",
                       scene->cluster->uri);
    if (strlen(id) >= sizeof(update->id))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the id of a change has at most %zu characters",
                       sizeof(update->id) - 1);
    adopt(scene);
    (void)snprintf(update->id, sizeof(update->id), "%s", id);
    return 0;
}

/* Without a key of the change it is about the one in the record. */
static int
name_key(evc_scene *scene, evc_error **err)
{
    const char *key = scene->report->update.key;
    const evc_cluster_change *given = scene->change;
    evc_cluster_change named;
    int rc;

    if (evc_cluster_change_names_key(scene->change) || !key[0])
        return evc_scene_seek_key(scene, err);
    evc_cluster_change_init(&named);
    rc = evc_cluster_change_set(&named, "key", key, err);
    scene->change = &named;
    if (rc == 0)
        rc = evc_scene_find_key(scene, err);
    scene->change = given;
    evc_cluster_change_reset(&named);
    return rc;
}

/* Whether its request was heard, only the command can find out that would send it again. */
static int
refuse_unsent(const evc_scene *scene, evc_error **err)
{
    if (scene->report->update.phase != EVC_UPDATE_SENT)
        return 0;
    return evc_err(err, ENVCRYPT_E_CLUSTER_BUSY,
                   "it is not known whether the request that began the change of %s "
                   "was heard; repeat the command that sent it (cluster %s), which "
                   "finds out and does nothing twice",
                   scene->cluster->uri, evc_cluster_verb_name(scene->verb));
}

/* Of a change that another tool began the state of the cluster is all that is known. */
static bool
is_somebody_elses(const evc_scene *scene)
{
    const evc_cluster_record *record = &scene->record;

    return (record->update.phase == EVC_UPDATE_NONE || record->ended) &&
           !evc_cluster_change_text(scene->change, "update-id") &&
           !(scene->cluster->driver->abilities & EVC_CLUSTER_GIVES_NO_IDS) &&
           scene->report->state.phase == EVC_CLUSTER_CHANGING;
}

static int
wait_for(evc_scene *scene, evc_error **err)
{
    int rc;

    if (is_somebody_elses(scene))
        return evc_pursuit_outwait(scene, err);
    rc = choose_update(scene, err);

    if (rc == 0)
        rc = refuse_unsent(scene, err);
    if (rc == 0)
        rc = name_key(scene, err);
    if (rc == 0 && scene->report->update.phase == EVC_UPDATE_DONE)
        return 0;
    if (rc == 0)
        rc = evc_pursuit_run(scene, err);
    if (rc == 0)
        evc_scene_note_key(scene, scene->report->update.key);
    if (rc == 0)
        rc = patiently(scene, evc_scene_read, err);
    if (rc == 0 && evc_preflight_rewrites(scene))
        evc_cluster_report_advise(scene->report,
                                  "the provider's part is over; have Secrets stored "
                                  "anew with: envcrypt cluster reencrypt %s",
                                  scene->cluster->uri);
    return rc;
}

int
evc_flow_wait(evc_cluster *cluster, const evc_cluster_change *wanted,
              const evc_flow_ears *ears, evc_wait *wait, evc_cluster_report **out,
              evc_error **err)
{
    evc_scene *scene;
    int rc = evc_scene_open(cluster, EVC_VERB_VERIFY, wanted, ears, wait, &scene, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = patiently(scene, begin, err);
    if (rc == 0 && !scene->found)
        rc = evc_scene_open_creation(scene, err);
    if (rc == 0)
        rc = wait_for(scene, err);
    return end(scene, rc, out);
}

/* --- Secrets ---------------------------------------------------------------------- */

static int
refuse_rewriting(const evc_scene *scene, evc_error **err)
{
    if (!(scene->cluster->driver->abilities & EVC_CLUSTER_REWRITES_ITSELF))
        return 0;
    return evc_err(err, ENVCRYPT_E_CLUSTER_CANNOT,
                   "%s stores Secrets anew itself after each change of key, so nothing "
                   "is sent to the API server; cluster verify says what is proven",
                   scene->cluster->driver->title);
}

static int
reencrypt(evc_scene *scene, evc_error **err)
{
    int rc = begin(scene, err);

    if (rc == 0)
        rc = refuse_rewriting(scene, err);
    if (rc == 0)
        rc = refuse_other(scene, err);
    if (rc == 0)
        rc = evc_scene_seek_key(scene, err);
    if (rc == 0) {
        scene->report->update = scene->record.update;
        if (!scene->found)
            scene->record.began_ms = scene->report->began_ms;
        if (!scene->found)
            scene->record.verb = EVC_VERB_REENCRYPT;
        rc = complete(scene, err);
    }
    return rc;
}

int
evc_flow_reencrypt(evc_cluster *cluster, const evc_cluster_change *wanted,
                   const evc_flow_ears *ears, evc_wait *wait, evc_cluster_report **out,
                   evc_error **err)
{
    evc_scene *scene;
    int rc =
        evc_scene_open(cluster, EVC_VERB_REENCRYPT, wanted, ears, wait, &scene, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = reencrypt(scene, err);
    return end(scene, rc, out);
}

/* --- verify ----------------------------------------------------------------------- */

/* Whether it only says that there is no way to the API server from here, as whom we are. */
static bool
is_no_way(const evc_scene *scene, int code)
{
    switch (evc_error_class_of(code)) {
    case ENVCRYPT_CLASS_UNAVAILABLE:
    case ENVCRYPT_CLASS_DENIED:
    case ENVCRYPT_CLASS_CREDENTIALS:
        return true;
    case ENVCRYPT_CLASS_CONFIG:
    case ENVCRYPT_CLASS_UNSUPPORTED:
        return !scene->cluster
                    ->kube; /* of what the cloud gave; else it is the caller's */
    default:
        return false;
    }
}

/* Without a way to the API server, what the provider tells may contradict still. With etcd the
 * caller knows one. */
static int
verify_secrets(evc_scene *scene, evc_etcd *etcd, evc_error **err)
{
    evc_error *why = NULL;
    int rc = evc_proof_verify(scene, etcd, &why);

    if (rc && !etcd && is_no_way(scene, rc)) {
        evc_cluster_report_note(scene->report, "the Secrets were not looked at: %s",
                                evc_error_message(why));
        evc_error_free(why);
        return 0;
    }
    evc_err_drop(err);
    evc_err_add_cause(err, why);
    return rc;
}

static int
prove(evc_scene *scene, evc_etcd *etcd, evc_error **err)
{
    bool itself = scene->cluster->driver->abilities & EVC_CLUSTER_REWRITES_ITSELF;
    int rc = 0;

    scene->report->update = scene->record.update;
    /* Of a provider that does it itself nothing is patched; stored values may be read. */
    if (!itself || etcd)
        rc = verify_secrets(scene, etcd, err);
    return rc == 0 ? evc_proof_conclude(scene, etcd != NULL, err) : rc;
}

static int
verify(evc_scene *scene, evc_etcd *etcd, evc_error **err)
{
    bool destructive = evc_trial_is_wanted(scene);
    evc_trial trial;
    int rc = begin(scene, err);

    if (rc == 0)
        rc = evc_scene_seek_key(scene, err);
    if (rc == 0 && destructive)
        rc = evc_trial_run(scene, &trial, err);
    if (rc == 0)
        rc = prove(scene, etcd, err);
    if (rc == 0 && destructive)
        evc_trial_conclude(scene, &trial);
    return rc;
}

int
evc_flow_verify(evc_cluster *cluster, const evc_cluster_change *wanted, evc_etcd *etcd,
                const evc_flow_ears *ears, evc_wait *wait, evc_cluster_report **out,
                evc_error **err)
{
    evc_scene *scene;
    int rc = evc_scene_open(cluster, EVC_VERB_VERIFY, wanted, ears, wait, &scene, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = verify(scene, etcd, err);
    return end(scene, rc, out);
}
