/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/scene.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cluster/former.h"

static const char *
folder_of(const evc_scene *scene)
{
    return evc_kv_text(&scene->cluster->options, evc_view_text("state-dir"));
}

const evc_clock *
evc_scene_clock(const evc_scene *scene)
{
    return evc_cluster_clock(scene->cluster);
}

int64_t
evc_scene_now_ms(const evc_scene *scene)
{
    return evc_clock_wall_ms(evc_scene_clock(scene));
}

/* --- open and close --------------------------------------------------------------- */

int
evc_scene_open(evc_cluster *cluster, evc_cluster_verb verb,
               const evc_cluster_change *change, const evc_flow_ears *ears,
               evc_wait *wait, evc_scene **out, evc_error **err)
{
    evc_scene *scene;
    int rc = evc_cluster_is_one(cluster, err);

    *out = NULL;
    if (rc == 0)
        rc = evc_cluster_check_change(cluster, change, err);
    if (rc)
        return rc;
    scene = evc_mem_new(sizeof(*scene));
    if (!scene)
        return evc_err_nomem(err);
    rc = evc_cluster_report_new(cluster, verb, &scene->report, err);
    if (rc) {
        evc_mem_free(scene);
        return rc;
    }
    scene->cluster = cluster;
    scene->change = change;
    scene->ears = ears;
    scene->wait = wait ? wait : &scene->own_wait;
    scene->verb = verb;
    scene->count = -1;
    evc_cluster_record_init(&scene->record);
    evc_wait_init(&scene->own_wait, evc_cluster_clock(cluster), -1);
    *out = scene;
    return 0;
}

/* Whether anything was done or found out that one may want to look at later. What was
 * refused, or not confirmed, does not take the place of what was done before. */
static bool
has_news(const evc_cluster_report *report)
{
    return report->update.phase != EVC_UPDATE_NONE || report->secrets ||
           report->evidence;
}

/* Without its place for people there would be nothing to look at later; that it cannot be
 * kept changes nothing of what was done. */
static void
keep_report(evc_scene *scene)
{
    evc_buf json;

    if (!scene->file || !has_news(scene->report))
        return;
    evc_buf_init(&json);
    if (evc_cluster_report_json(scene->report, &json, NULL) != 0 ||
        evc_statefile_report(scene->file, evc_buf_view(&json), NULL) != 0)
        evc_cluster_report_note(scene->report, "the report could not be kept beside %s",
                                evc_statefile_path(scene->file));
    evc_buf_reset(&json);
}

evc_cluster_report *
evc_scene_close(evc_scene *scene, int rc)
{
    evc_cluster_report *report = scene->report;

    report->ended_ms = evc_scene_now_ms(scene);
    /* Without memory only the length of the last phase is lost. */
    (void)!evc_cluster_report_enter(report, ENVCRYPT_CLUSTER_PHASE_ENDED,
                                    report->ended_ms, NULL);
    keep_report(scene);
    if (rc != ENVCRYPT_E_CANCELED && scene->ears && scene->ears->fn)
        (void)scene->ears->fn(scene->ears->user, report);
    evc_checks_reset(&scene->checks);
    evc_statefile_close(scene->file);
    evc_wait_release(&scene->own_wait);
    evc_mem_free(scene);
    return report;
}

/* --- telling ---------------------------------------------------------------------- */

int
evc_scene_tell(evc_scene *scene, evc_error **err)
{
    const evc_flow_ears *ears = scene->ears;

    if (!ears || !ears->fn || ears->fn(ears->user, scene->report) == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_CANCELED,
                   "the work on %s was canceled by who watched it",
                   scene->cluster->uri);
}

int
evc_scene_enter(evc_scene *scene, int32_t phase, evc_error **err)
{
    int rc =
        evc_cluster_report_enter(scene->report, phase, evc_scene_now_ms(scene), err);

    return rc ? rc : evc_scene_tell(scene, err);
}

/* --- reading ---------------------------------------------------------------------- */

const evc_cluster_key *
evc_scene_key(const evc_scene *scene)
{
    return scene->has_key ? &scene->report->key : NULL;
}

/* When the change to the key was over; 0 = the record is of another one, or has no time. */
static int64_t
changed_of(const evc_scene *scene)
{
    const evc_cluster_record *record = &scene->record;
    const evc_cluster_key *key = evc_scene_key(scene);

    if (!key || !key->id || record->changed_ms < 0 ||
        strcmp(record->update.key, key->id) != 0)
        return 0;
    return record->changed_ms;
}

evc_cluster_job
evc_scene_job(const evc_scene *scene)
{
    return (evc_cluster_job){.verb = scene->verb,
                             .change = scene->change,
                             .state = scene->exists ? &scene->report->state : NULL,
                             .key = evc_scene_key(scene),
                             .changed_ms = changed_of(scene)};
}

int
evc_scene_read(evc_scene *scene, evc_error **err)
{
    evc_cluster_report *report = scene->report;
    evc_cluster *cluster = scene->cluster;
    int rc;

    evc_cluster_state_reset(&report->state);
    rc = cluster->driver->read(cluster, scene->wait, &report->state, err);
    scene->exists = rc == 0;
    if (rc == ENVCRYPT_E_CLUSTER_NOT_FOUND && scene->verb == EVC_VERB_CREATE) {
        evc_err_drop(err);
        return 0;
    }
    if (rc == 0)
        evc_cluster_report_stand(report, evc_scene_key(scene));
    return rc;
}

int
evc_scene_read_first(evc_scene *scene, evc_error **err)
{
    int rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_READING, err);

    return rc == 0 ? evc_scene_read(scene, err) : rc;
}

int
evc_scene_find_key(evc_scene *scene, evc_error **err)
{
    const evc_cluster_state *state = scene->exists ? &scene->report->state : NULL;
    bool own = state && state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    int rc;

    scene->has_key = false;
    if (scene->verb == EVC_VERB_DISABLE)
        return 0;
    if (!evc_cluster_verb_needs_key(scene->verb) && !own &&
        !evc_cluster_change_names_key(scene->change))
        return 0;
    evc_cluster_key_reset(&scene->report->key);
    rc = scene->cluster->driver->find_key(scene->cluster, scene->change, state,
                                          scene->wait, &scene->report->key, err);
    scene->has_key = rc == 0;
    if (rc == 0 && scene->exists)
        evc_cluster_report_stand(scene->report, evc_scene_key(scene));
    return rc;
}

int
evc_scene_seek_key(evc_scene *scene, evc_error **err)
{
    evc_error *why = NULL;
    int rc = evc_scene_find_key(scene, &why);

    if (rc && (evc_cluster_change_names_key(scene->change) || rc == ENVCRYPT_E_NOMEM ||
               evc_wait_check(scene->wait, NULL) != 0)) {
        evc_err_drop(err);
        evc_err_add_cause(err, why);
        return rc;
    }
    if (rc)
        evc_cluster_report_note(scene->report, "the key could not be looked at: %s",
                                evc_error_message(why));
    evc_error_free(why);
    return 0;
}

/* --- the state file --------------------------------------------------------------- */

/* Of a cluster that is to be made there is no id yet, and of one that was, this file has
 * to be found again. */
static const char *
id_of(const evc_scene *scene)
{
    const char *id = evc_cluster_state_text(&scene->report->state, EVC_CLUSTER_ID);

    if (scene->verb == EVC_VERB_CREATE)
        return scene->cluster->uri;
    return id[0] ? id : scene->cluster->name; /* not read: its URI may have the id */
}

/* What the creation of this cluster was kept under; left empty where there can be none. */
static int
put_creation(const evc_scene *scene, evc_buf *out, evc_error **err)
{
    const evc_cluster *cluster = scene->cluster;
    const char *name = evc_cluster_state_text(&scene->report->state, EVC_CLUSTER_NAME);

    if (!(cluster->driver->abilities & EVC_CLUSTER_CAN_CREATE) || !name[0])
        return 0;
    evc_buf_put_format(out, "%s://%s/%s", cluster->driver->scheme, cluster->regions,
                       name);
    evc_buf_put_u8(out, 0);
    return evc_buf_check(out, err);
}

static int
open_as(evc_scene *scene, const char *id, evc_error **err)
{
    evc_cluster_report *report = scene->report;
    int rc;

    if (strlen(id) >= sizeof(scene->record.cluster))
        return evc_err(err, ENVCRYPT_E_CLUSTER_STATE,
                       "the id of the cluster %s is too long for a state file",
                       scene->cluster->uri);
    rc = evc_statefile_open(scene->cluster->crypto, folder_of(scene),
                            scene->cluster->driver->scheme, id, &scene->file,
                            &scene->record, &scene->found, err);
    if (rc)
        return rc;
    (void)snprintf(scene->record.cluster, sizeof(scene->record.cluster), "%s", id);
    (void)snprintf(report->state_file, sizeof(report->state_file), "%s",
                   evc_statefile_path(scene->file));
    return 0;
}

int
evc_scene_open_file(evc_scene *scene, evc_error **err)
{
    return open_as(scene, id_of(scene), err);
}

int
evc_scene_open_creation(evc_scene *scene, evc_error **err)
{
    const evc_cluster *cluster = scene->cluster;
    evc_cluster_record record;
    bool found = false;
    evc_buf uri;
    int rc;

    evc_buf_init(&uri);
    rc = put_creation(scene, &uri, err);
    if (rc == 0 && uri.size)
        rc = evc_statefile_peek(cluster->crypto, folder_of(scene),
                                cluster->driver->scheme, (const char *)uri.data,
                                &record, &found, err);
    if (rc == 0 && found && record.verb == EVC_VERB_CREATE && !record.ended) {
        evc_statefile_close(scene->file);
        scene->file = NULL;
        rc = open_as(scene, (const char *)uri.data, err);
    }
    evc_buf_reset(&uri);
    return rc;
}

int
evc_scene_peek(evc_scene *scene, evc_error **err)
{
    int rc = evc_statefile_peek(scene->cluster->crypto, folder_of(scene),
                                scene->cluster->driver->scheme, id_of(scene),
                                &scene->record, &scene->found, err);

    if (rc == 0 && scene->found)
        scene->report->update = scene->record.update;
    return rc;
}

static int
find_latest(const evc_scene *scene, const char *id, evc_buf *json, evc_error **err)
{
    return evc_statefile_latest(scene->cluster->crypto, folder_of(scene),
                                scene->cluster->driver->scheme, id, json, err);
}

int
evc_scene_latest(const evc_scene *scene, evc_buf *json, evc_error **err)
{
    int rc = find_latest(scene, id_of(scene), json, err);
    evc_buf uri;

    if (rc != ENVCRYPT_E_FILE_NOT_FOUND)
        return rc;
    /* Of a cluster that was made from here its creation may be all that was done. */
    evc_buf_init(&uri);
    if (put_creation(scene, &uri, NULL) == 0 && uri.size &&
        find_latest(scene, (const char *)uri.data, json, NULL) == 0) {
        evc_err_drop(err);
        rc = 0;
    }
    evc_buf_reset(&uri);
    return rc;
}

int
evc_scene_keep(evc_scene *scene, evc_error **err)
{
    if (scene->apart)
        return 0;
    scene->record.update = scene->report->update;
    return scene->file ? evc_statefile_write(scene->file, &scene->record, err) : 0;
}

/* --- keys that it had ------------------------------------------------------------- */

static bool
takes_none_again(const evc_scene *scene)
{
    return (scene->cluster->driver->abilities & EVC_CLUSTER_TAKES_NO_FORMER_KEY) != 0;
}

void
evc_scene_note_key(evc_scene *scene, const char *key)
{
    evc_error *why = NULL;

    if (!takes_none_again(scene) ||
        evc_former_add(scene->cluster->crypto, folder_of(scene),
                       scene->cluster->driver->scheme, id_of(scene), key, &why) == 0)
        return;
    evc_cluster_report_note(scene->report,
                            "that the cluster had the key %s could not be kept: %s",
                            key, evc_error_message(why));
    evc_error_free(why);
}

/* The latest change from here counts too where its list is missing. */
static bool
was_changed_from(const evc_scene *scene, const char *key)
{
    const char *now = evc_cluster_state_text(&scene->report->state, EVC_CLUSTER_KEY);
    const evc_cluster_record *record = &scene->record;

    return scene->found && record->update.phase == EVC_UPDATE_DONE &&
           strcmp(record->update.key, key) == 0 && now[0] && strcmp(now, key) != 0;
}

bool
evc_scene_had_key(evc_scene *scene)
{
    const evc_cluster_key *key = evc_scene_key(scene);
    evc_error *why = NULL;
    bool had = false;

    if (!takes_none_again(scene) || !key || !key->id || !scene->exists)
        return false;
    if (evc_former_has(scene->cluster->crypto, folder_of(scene),
                       scene->cluster->driver->scheme, id_of(scene), key->id, &had,
                       &why) != 0)
        evc_cluster_report_note(scene->report, "%s", evc_error_message(why));
    evc_error_free(why);
    return had || was_changed_from(scene, key->id);
}
