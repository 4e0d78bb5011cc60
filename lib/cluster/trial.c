/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/trial.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cluster/refusals.h"
#include "cluster/rescue.h"
#include "cluster/witness.h"
#include "envcrypt/kms.h"

static const char *folder_of(const evc_scene *scene);

bool
evc_trial_is_wanted(const evc_scene *scene)
{
    return scene->verb == EVC_VERB_VERIFY &&
           evc_cluster_change_flag(scene->change, "destructive", false);
}

/* --- whether it may be done ------------------------------------------------------- */

static int
check_confirmation(const evc_scene *scene, evc_error **err)
{
    const evc_cluster_state *state = &scene->report->state;
    const char *name = evc_cluster_state_text(state, EVC_CLUSTER_NAME);

    if (evc_refusals_is_named(state, scene->cluster->name,
                              evc_cluster_change_text(scene->change, "confirm")))
        return 0;
    return evc_err(err, ENVCRYPT_E_CONFIRMATION,
                   "a destructive proof stops the cluster %s for up to 4 hours, by "
                   "disabling its key; type its name, or give it as the option confirm",
                   name);
}

static bool
is_ill(const evc_cluster_state *state)
{
    return state->issues && state->issues->rows > 0;
}

/* What somebody else disabled would be enabled in the end. */
static int
check_key(const evc_cluster_key *key, evc_error **err)
{
    if (!key)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a destructive proof disables the key of the cluster, and which "
                       "that is is not known; name it by the option key");
    if (key->state == ENVCRYPT_KEY_ENABLED)
        return 0;
    return evc_err(
        err,
        key->state == ENVCRYPT_KEY_DISABLED ? ENVCRYPT_E_KEY_DISABLED
                                            : ENVCRYPT_E_KEY_NOT_READY,
        "the key \"%s\" is not enabled, so that nothing is shown by disabling "
        "it; enable it first, if whoever disabled it agrees",
        key->id);
}

static int
check_scene(const evc_scene *scene, evc_error **err)
{
    const evc_cluster_state *state = &scene->report->state;
    int rc = check_key(evc_scene_key(scene), err);

    if (rc)
        return rc;
    if (!folder_of(scene) || !folder_of(scene)[0])
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a destructive proof needs a folder for a record, by which the "
                       "key is enabled again after a kill; give the option rescue-dir "
                       "or state-dir");
    if (state->phase != EVC_CLUSTER_STEADY || is_ill(state))
        return evc_err(
            err, ENVCRYPT_E_CLUSTER_BUSY,
            "the cluster is %s; what a disabled key does is only seen of one "
            "that is well before",
            evc_cluster_state_text(state, EVC_CLUSTER_STATUS));
    return 0;
}

static int
check_all(evc_scene *scene, evc_error **err)
{
    evc_cluster_job job = evc_scene_job(scene);
    evc_checks checks;
    int rc = check_confirmation(scene, err);

    if (rc == 0)
        rc = check_scene(scene, err);
    if (rc == 0)
        rc = evc_checks_init(&checks, err);
    if (rc)
        return rc;
    rc = scene->cluster->driver->check(scene->cluster, &job, scene->wait, &checks, err);
    if (rc == 0)
        rc = evc_checks_conclude(&checks, err);
    evc_checks_reset(&checks);
    return rc;
}

/* --- the record ------------------------------------------------------------------- */

/* Where it stands: a folder that who comes after a kill looks into, whatever it is about. */
static const char *
folder_of(const evc_scene *scene)
{
    const evc_kv *options = &scene->cluster->options;
    const char *own = evc_kv_text(options, evc_view_text("rescue-dir"));

    return own && own[0] ? own : evc_kv_text(options, evc_view_text("state-dir"));
}

static void
note(void *user, const char *told)
{
    evc_scene *scene = user;

    evc_cluster_report_note(scene->report, "%s", told);
}

int
evc_trial_rescue(evc_scene *scene, evc_error **err)
{
    return evc_rescue_own(scene->cluster, folder_of(scene), scene->wait, note, scene,
                          err);
}

/* All that it takes to enable the key from elsewhere. */
static int
describe(const evc_scene *scene, evc_danger *out, evc_error **err)
{
    const evc_cluster_state *state = &scene->report->state;
    int rc = evc_text_set(&out->uri, scene->cluster->uri, err);

    if (rc == 0)
        rc = evc_text_set(&out->cluster, evc_cluster_state_text(state, EVC_CLUSTER_ID),
                          err);
    if (rc == 0)
        rc = evc_text_set(&out->name, evc_cluster_state_text(state, EVC_CLUSTER_NAME),
                          err);
    if (rc == 0)
        rc = evc_text_set(&out->key, evc_scene_key(scene)->id, err);
    return rc ? rc : evc_danger_take_options(out, &scene->cluster->options, err);
}

/* The file names the key, on disk, before anything is done to it. */
static int
put_in_danger(const evc_scene *scene, evc_danger *danger, evc_dangerfile **file,
              evc_error **err)
{
    const evc_cluster *cluster = scene->cluster;
    int rc = describe(scene, danger, err);

    if (rc == 0)
        rc = evc_dangerfile_open(cluster->crypto, folder_of(scene),
                                 cluster->driver->scheme, danger->cluster, file, err);
    danger->since_ms = evc_scene_now_ms(scene);
    danger->until_ms = danger->since_ms + EVC_TRIAL_MOST_MS;
    return rc == 0 ? evc_dangerfile_write(*file, danger, err) : rc;
}

/* --- watching --------------------------------------------------------------------- */

typedef struct trial_run {
    evc_scene *scene;
    evc_trial *out;
    evc_danger danger;
    evc_dangerfile *file;
    evc_witness witness;
} trial_run;

/* Trouble of the provider, which says nothing of the key. */
static bool
passes(int code)
{
    int32_t of = evc_error_class_of(code);

    return evc_error_passes(code) || of == ENVCRYPT_CLASS_CONFLICT ||
           of == ENVCRYPT_CLASS_TIMEOUT || of == ENVCRYPT_CLASS_NOMEM;
}

/* What the provider tells of the cluster. *cut_off: that it cannot get at it, which is its
 * own word about it, as it did answer. */
static int
look_at_cluster(evc_scene *scene, bool *cut_off, evc_error **err)
{
    evc_error *why = NULL;
    int rc = evc_scene_read(scene, &why);

    *cut_off = rc && evc_error_http_status(why) >= 500;
    if (rc && passes(rc) && evc_wait_check(scene->wait, NULL) == 0) {
        evc_error_free(why);
        return 0;
    }
    evc_err_drop(err);
    evc_err_add_cause(err, why);
    return rc;
}

/* An API server that answers nothing may be out of reach for another reason: then the provider
 * must not get at the cluster either. */
static bool
is_silent_for_all(const trial_run *run, bool cut_off)
{
    evc_scene *scene = run->scene;
    evc_error *why = NULL;
    bool ill = scene->exists && is_ill(&scene->report->state);
    bool refused =
        scene->exists &&
        evc_witness_is_cut_off(&run->witness, &scene->report->state, scene->wait, &why);

    if (refused)
        evc_cluster_report_note(scene->report,
                                "nor could the provider fetch its configuration: %s",
                                evc_error_message(why));
    evc_error_free(why);
    return ill || refused || cut_off;
}

static bool
look_at_secrets(trial_run *run, bool cut_off)
{
    evc_scene *scene = run->scene;
    evc_error *why = NULL;
    evc_sight sight =
        evc_witness_look(&run->witness, &scene->report->state, scene->wait, &why);
    bool seen = false;

    if (evc_wait_check(scene->wait, NULL) == 0) {
        seen = sight == EVC_SIGHT_UNREADABLE;
        if (sight == EVC_SIGHT_SILENT)
            seen = is_silent_for_all(run, cut_off);
    }
    if (seen)
        evc_cluster_report_note(
            scene->report,
            "while its key was disabled, Secrets could not be listed%s: %s",
            sight == EVC_SIGHT_SILENT ? ", nor did the API server answer anything else"
                                      : ", while the API server answered otherwise",
            evc_error_message(why));
    evc_error_free(why);
    return seen;
}

static int
look(trial_run *run, evc_error **err)
{
    evc_scene *scene = run->scene;
    const evc_cluster_state *state = &scene->report->state;
    bool cut_off = false;
    int rc = look_at_cluster(scene, &cut_off, err);

    if (rc)
        return rc;
    if (scene->exists && is_ill(state)) {
        run->out->effect = true;
        evc_cluster_report_note(scene->report,
                                "while its key was disabled, the cluster was %s: %s",
                                evc_cluster_state_text(state, EVC_CLUSTER_STATUS),
                                evc_table_text(state->issues, 0, "message"));
    }
    if (look_at_secrets(run, cut_off))
        run->out->effect = true;
    return 0;
}

/*
 * Under the scene's wait, which ends when the key must be enabled. Nobody is told of it
 * meanwhile: who hears might not give the thread back.
 */
static int
watch_until(trial_run *run, evc_error **err)
{
    evc_scene *scene = run->scene;
    const evc_cluster_pace *pace = &scene->cluster->driver->pace;
    int64_t next = pace->first_ms;
    int rc = 0;

    /* By both clocks: one stands still while the machine sleeps, the other may be put back. */
    while (rc == 0 && !run->out->effect &&
           evc_scene_now_ms(scene) < run->danger.until_ms) {
        rc = evc_wait_sleep_for(scene->wait, next, err);
        if (rc == 0)
            rc = look(run, err);
        next = next * 2 < pace->most_ms ? next * 2 : pace->most_ms;
    }
    if (run->out->effect)
        run->out->after_ms = evc_scene_now_ms(scene) - run->danger.since_ms;
    return rc;
}

static int
watch(trial_run *run, evc_error **err)
{
    evc_scene *scene = run->scene;
    evc_wait *wait = scene->wait;
    int64_t deadline = wait->deadline_ms;
    int64_t most = evc_clock_monotonic_ms(evc_scene_clock(scene)) + EVC_TRIAL_MOST_MS;
    int rc;

    if (deadline <= most)
        return watch_until(run, err);
    wait->deadline_ms = most;
    rc = watch_until(run, err);
    wait->deadline_ms = deadline;
    if (rc != ENVCRYPT_E_TIMEOUT ||
        evc_clock_monotonic_ms(evc_scene_clock(scene)) < most)
        return rc;
    evc_err_drop(err);
    return evc_wait_check(wait, err); /* a cancel at the same time */
}

/* --- afterwards ------------------------------------------------------------------- */

/* Nobody's deadline and nobody's cancel counts. */
static int
enable(trial_run *run, evc_error **err)
{
    evc_scene *scene = run->scene;
    evc_wait own;
    int rc;

    evc_wait_init(&own, evc_scene_clock(scene), -1);
    rc =
        evc_rescue_enable(scene->cluster, &run->danger, EVC_RESCUE_REFUSALS, &own, err);
    evc_wait_release(&own);
    if (rc)
        return rc;
    evc_cluster_report_note(scene->report, "the key %s is enabled again",
                            run->danger.key);
    return evc_dangerfile_remove(run->file, err);
}

/* Rows I32 and I33 have the provider's word of it. */
static void
note_secrets(trial_run *run)
{
    evc_scene *scene = run->scene;
    evc_error *why = NULL;
    evc_sight sight =
        evc_witness_look(&run->witness, &scene->report->state, scene->wait, &why);

    if (sight == EVC_SIGHT_READABLE)
        evc_cluster_report_note(scene->report, "Secrets can be listed again");
    else if (why)
        evc_cluster_report_note(scene->report,
                                "after the key was enabled, Secrets could not be "
                                "listed: %s",
                                evc_error_message(why));
    evc_error_free(why);
}

/* After the key works again the cluster does, too, some time later. */
static int
recover(trial_run *run, evc_error **err)
{
    evc_scene *scene = run->scene;
    const evc_cluster_pace *pace = &scene->cluster->driver->pace;
    const evc_cluster_state *state = &scene->report->state;
    int64_t until = evc_scene_now_ms(scene) + pace->deadline_ms;
    bool cut_off;
    int rc = look_at_cluster(scene, &cut_off, err);

    while (rc == 0 && evc_scene_now_ms(scene) < until &&
           (!scene->exists || state->phase != EVC_CLUSTER_STEADY || is_ill(state))) {
        rc = evc_scene_tell(scene, err);
        if (rc == 0)
            rc = evc_wait_sleep_for(scene->wait, pace->most_ms, err);
        if (rc == 0)
            rc = look_at_cluster(scene, &cut_off, err);
    }
    if (rc == 0)
        note_secrets(run);
    return rc;
}

/* --- all of it -------------------------------------------------------------------- */

/* From the request that disables the key on; ends with it enabled, or says that it is not. */
static int
disable_and_watch(trial_run *run, evc_error **err)
{
    evc_scene *scene = run->scene;
    evc_cluster *cluster = scene->cluster;
    evc_error *not_enabled = NULL;
    evc_table *rows = NULL;
    int restored;
    int rc = cluster->driver->key_action(cluster, "disable-key", evc_scene_key(scene),
                                         NULL, scene->wait, &rows, err);

    evc_table_free(rows);
    run->danger.since_ms = evc_scene_now_ms(scene);
    /* Who comes after a kill waits from here on. A failure is the loss of some seconds. */
    if (rc == 0)
        (void)!evc_dangerfile_write(run->file, &run->danger, NULL);
    if (rc == 0)
        rc = watch(run, err);
    restored = enable(run, &not_enabled);
    if (restored == 0)
        return rc;
    evc_err_drop(err); /* nothing else is worth saying */
    evc_err_add_cause(err, not_enabled);
    return restored;
}

/* What is seen before, the last word to who hears, and the record. */
static int
prepare(trial_run *run, evc_error **err)
{
    evc_scene *scene = run->scene;
    int rc = check_all(scene, err);

    if (rc == 0)
        rc = evc_witness_open(scene->cluster, scene->change, &scene->report->state,
                              scene->wait, &run->witness, err);
    if (rc == 0)
        rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_KEY_DISABLED, err);
    return rc == 0 ? put_in_danger(scene, &run->danger, &run->file, err) : rc;
}

int
evc_trial_run(evc_scene *scene, evc_trial *out, evc_error **err)
{
    trial_run run = {.scene = scene, .out = out};
    int rc;

    *out = (evc_trial){.after_ms = -1};
    evc_danger_init(&run.danger);
    rc = prepare(&run, err);
    if (rc == 0)
        rc = disable_and_watch(&run, err);
    else if (run.file) /* it may stand, of a key that nobody touched */
        (void)!evc_dangerfile_remove(run.file, NULL);
    evc_dangerfile_close(run.file);
    evc_danger_reset(&run.danger);
    if (rc == 0)
        rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_VERIFYING, err);
    if (rc == 0)
        rc = recover(&run, err);
    evc_witness_close(&run.witness);
    return rc;
}

void
evc_trial_conclude(evc_scene *scene, const evc_trial *trial)
{
    if (trial->effect)
        evc_cluster_report_note(scene->report,
                                "the cluster stopped working %" PRId64
                                " s after its key was disabled",
                                trial->after_ms / 1000);
    else
        evc_cluster_report_concludes(
            scene->report, ENVCRYPT_OUTCOME_NOT_PROVEN, "%s",
            "no effect was seen in 4 hours in which the key was disabled");
}
