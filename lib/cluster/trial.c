/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cluster/refusals.h"
#include "envcrypt/kms.h"

#define PAUSE_MS 5000 /* between two attempts to enable it; grows */
#define PAUSE_MOST_MS 60000

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

static int
check_scene(const evc_scene *scene, evc_error **err)
{
    const evc_cluster_state *state = &scene->report->state;

    if (!evc_scene_key(scene))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a destructive proof disables the key of the cluster, and which "
                       "that is is not known; name it by the option key");
    if (!scene->file || !evc_statefile_path(scene->file)[0])
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a destructive proof needs a state file, by which the key is "
                       "enabled again after a kill; give the option state-dir");
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

/* --- the key ---------------------------------------------------------------------- */

static int
act(evc_scene *scene, const char *action, const evc_cluster_key *key, evc_wait *wait,
    evc_error **err)
{
    evc_cluster *cluster = scene->cluster;
    evc_table *rows = NULL;
    int rc = cluster->driver->key_action(cluster, action, key, NULL, wait, &rows, err);

    evc_table_free(rows);
    return rc;
}

/* As it is now, by the full id that the record has. */
static int
find(evc_scene *scene, evc_wait *wait, evc_cluster_key *out, evc_error **err)
{
    evc_cluster *cluster = scene->cluster;
    evc_cluster_change named;
    int rc;

    evc_cluster_change_init(&named);
    rc = evc_cluster_change_set(&named, "key", scene->record.endangered, err);
    if (rc == 0)
        rc = cluster->driver->find_key(cluster, &named, NULL, wait, out, err);
    evc_cluster_change_reset(&named);
    return rc;
}

/* One attempt. It is enabled when this gives 0. */
static int
enable_once(evc_scene *scene, evc_wait *wait, evc_error **err)
{
    evc_cluster_key key;
    int rc;

    evc_cluster_key_init(&key);
    rc = find(scene, wait, &key, err);
    if (rc == 0 && key.state != ENVCRYPT_KEY_ENABLED)
        rc = act(scene, "enable-key", &key, wait, err);
    evc_cluster_key_reset(&key);
    return rc;
}

/* Trouble that says nothing of whether it will be allowed. */
static bool
passes(int code)
{
    int32_t of = evc_error_class_of(code);

    return evc_error_passes(code) || of == ENVCRYPT_CLASS_CONFLICT ||
           of == ENVCRYPT_CLASS_TIMEOUT || of == ENVCRYPT_CLASS_NOMEM;
}

static int
give_up(const evc_scene *scene, int code, evc_error **err)
{
    return evc_err_wrap(
        err, code,
        "THE KEY \"%s\" IS STILL DISABLED, which a destructive proof of "
        "%s did, and enabling it is refused: enable it at once, or the "
        "cluster does not work",
        scene->record.endangered, scene->cluster->uri);
}

/* Until it is enabled: nobody's deadline and nobody's cancel counts. */
static int
enable(evc_scene *scene, evc_wait *wait, evc_error **err)
{
    int64_t pause = PAUSE_MS;
    size_t refusals = 0;
    int rc;

    for (;;) {
        evc_err_drop(err);
        rc = enable_once(scene, wait, err);
        refusals += rc && !passes(rc);
        if (rc == 0 || refusals >= EVC_TRIAL_REFUSALS)
            break;
        if (evc_wait_sleep_for(wait, pause, NULL))
            break;
        pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
    }
    return rc ? give_up(scene, rc, err) : 0;
}

int
evc_trial_restore(evc_scene *scene, evc_error **err)
{
    evc_cluster_record *record = &scene->record;
    int64_t left =
        record->endangered_since_ms + EVC_TRIAL_LEAST_MS - evc_scene_now_ms(scene);
    evc_wait own;
    int rc = 0;

    if (!record->endangered[0])
        return 0;
    evc_wait_init(&own, evc_scene_clock(scene), -1);
    if (left > 0 && left <= EVC_TRIAL_LEAST_MS)
        rc = evc_wait_sleep_for(&own, left, err);
    if (rc == 0)
        rc = enable(scene, &own, err);
    evc_wait_release(&own);
    if (rc)
        return rc;
    evc_cluster_report_note(scene->report, "the key %s is enabled again",
                            record->endangered);
    record->endangered[0] = '\0';
    record->endangered_since_ms = -1;
    record->endangered_until_ms = -1;
    return evc_statefile_write(scene->file, record, err);
}

int
evc_trial_rescue(evc_scene *scene, int code, evc_error **err)
{
    evc_error *why = NULL;
    int rc;

    if (scene->verb == EVC_VERB_CREATE || code == ENVCRYPT_E_FORKED ||
        evc_scene_peek(scene, NULL) != 0 || !scene->record.endangered[0] ||
        evc_scene_open_file(scene, NULL) != 0)
        return code;
    rc = evc_trial_restore(scene, &why);
    if (rc == 0)
        return code;
    evc_err_drop(err); /* nothing else is worth saying */
    evc_err_add_cause(err, why);
    return rc;
}

/* --- watching --------------------------------------------------------------------- */

/* Of a look: trouble of the provider is no effect, as its word is what counts. */
static int
look(evc_scene *scene, evc_error **err)
{
    int rc = evc_scene_read(scene, err);

    if (rc && passes(rc) && evc_wait_check(scene->wait, NULL) == 0) {
        evc_err_drop(err);
        rc = 0;
    }
    return rc;
}

static int
watch(evc_scene *scene, evc_trial *out, evc_error **err)
{
    const evc_cluster_pace *pace = &scene->cluster->driver->pace;
    int64_t next = pace->first_ms;
    int rc = 0;

    while (rc == 0 && evc_scene_now_ms(scene) < scene->record.endangered_until_ms) {
        rc = evc_wait_sleep_for(scene->wait, next, err);
        if (rc == 0)
            rc = look(scene, err);
        if (rc == 0 && is_ill(&scene->report->state)) {
            out->effect = true;
            out->after_ms = evc_scene_now_ms(scene) - scene->record.endangered_since_ms;
            return 0;
        }
        next = next * 2 < pace->most_ms ? next * 2 : pace->most_ms;
        if (rc == 0)
            rc = evc_scene_tell(scene, err);
    }
    return rc;
}

/* After the key works again the cluster does, too, some time later. */
static int
recover(evc_scene *scene, evc_error **err)
{
    const evc_cluster_pace *pace = &scene->cluster->driver->pace;
    const evc_cluster_state *state = &scene->report->state;
    int64_t until = evc_scene_now_ms(scene) + pace->deadline_ms;
    int rc = look(scene, err);

    while (rc == 0 && evc_scene_now_ms(scene) < until &&
           (!scene->exists || state->phase != EVC_CLUSTER_STEADY || is_ill(state))) {
        rc = evc_wait_sleep_for(scene->wait, pace->most_ms, err);
        if (rc == 0)
            rc = look(scene, err);
    }
    return rc;
}

/* --- all of it -------------------------------------------------------------------- */

/* The file names the key before anything is done to it. */
static int
put_in_danger(evc_scene *scene, evc_error **err)
{
    evc_cluster_record *record = &scene->record;
    const char *id = evc_scene_key(scene)->id;

    if (strlen(id) >= sizeof(record->endangered))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the id of the key is too long for the state file");
    (void)snprintf(record->endangered, sizeof(record->endangered), "%s", id);
    record->endangered_since_ms = evc_scene_now_ms(scene);
    record->endangered_until_ms = record->endangered_since_ms + EVC_TRIAL_MOST_MS;
    return evc_statefile_write(scene->file, record, err);
}

int
evc_trial_run(evc_scene *scene, evc_trial *out, evc_error **err)
{
    evc_error *not_enabled = NULL;
    int restored;
    int rc = check_all(scene, err);

    *out = (evc_trial){.after_ms = -1};
    if (rc == 0)
        rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_VERIFYING, err);
    if (rc == 0)
        rc = put_in_danger(scene, err);
    if (rc)
        return rc;
    rc = act(scene, "disable-key", evc_scene_key(scene), scene->wait, err);
    scene->record.endangered_since_ms = evc_scene_now_ms(scene);
    if (rc == 0)
        rc = watch(scene, out, err);
    restored = evc_trial_restore(scene, &not_enabled);
    if (restored) { /* nothing else is worth saying */
        evc_err_drop(err);
        evc_err_add_cause(err, not_enabled);
        return restored;
    }
    return rc == 0 ? recover(scene, err) : rc;
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
