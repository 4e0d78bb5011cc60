/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/pursuit.h"

#include <stdio.h>
#include <string.h>

#include "base/chance.h"
#include "crypto/random.h"
#include "kms/uuid.h"

/* --- what is under way ------------------------------------------------------------ */

bool
evc_pursuit_is_under_way(const evc_scene *scene)
{
    const evc_cluster_record *record = &scene->record;
    const evc_cluster_key *key = evc_scene_key(scene);

    if (!scene->found || record->ended || record->verb != scene->verb ||
        record->update.phase == EVC_UPDATE_NONE ||
        record->update.phase == EVC_UPDATE_FAILED)
        return false;
    return !key || !key->id || strcmp(record->update.key, key->id) == 0;
}

/* --- pace ------------------------------------------------------------------------- */

typedef struct pace {
    int64_t next_ms;  /* how long the next pause is */
    int64_t until_ms; /* monotonic */
    unsigned strange; /* replies in a row that were not understood */
    const evc_cluster_pace *of;
} pace;

#define STRANGE_MOST 3u /* then it is no page of a proxy any more */

static pace
begin_pace(const evc_scene *scene)
{
    const evc_cluster_pace *of = &scene->cluster->driver->pace;
    int64_t most =
        evc_cluster_change_number(scene->change, "timeout-ms", of->deadline_ms);

    return (pace){.next_ms = of->first_ms,
                  .until_ms = evc_clock_monotonic_ms(evc_scene_clock(scene)) + most,
                  .of = of};
}

/* Between three and five quarters of it, so that many clusters are not asked about at the
 * same moment. */
static int64_t
spread(int64_t ms)
{
    return ms - ms / 4 + (int64_t)(evc_chance_u32() % (uint32_t)(ms / 2 + 1));
}

static int
time_out(evc_scene *scene, evc_error **err)
{
    const char *detail = scene->report->update.detail;

    return evc_err(err, ENVCRYPT_E_TIMEOUT,
                   "the change of %s was not over in the time that was given%s%s; it "
                   "goes on at the provider",
                   scene->cluster->uri, detail[0] ? ": " : "", detail);
}

/* Sleeps, and lets the next pause be longer. */
static int
pause(evc_scene *scene, pace *p, evc_error **err)
{
    int64_t left = p->until_ms - evc_clock_monotonic_ms(evc_scene_clock(scene));
    int64_t ms = spread(p->next_ms);
    int rc;

    if (left <= 0)
        return time_out(scene, err);
    rc = evc_wait_sleep_for(scene->wait, ms < left ? ms : left, err);
    p->next_ms += p->next_ms / 2;
    if (p->next_ms < p->of->least_ms)
        p->next_ms = p->of->least_ms;
    if (p->next_ms > p->of->most_ms)
        p->next_ms = p->of->most_ms;
    return rc;
}

static const char silence[] =
    "the provider tells nothing of the cluster now, as it does "
    "while its master restarts; it is asked again";

static int
end_silence(evc_scene *scene, evc_error **err)
{
    return evc_err_wrap(err, ENVCRYPT_E_TIMEOUT,
                        "%s told nothing of %s in the time that was given, as it does "
                        "while a master restarts; look again later with cluster status",
                        scene->cluster->driver->title, scene->cluster->uri);
}

int
evc_pursuit_outlast(evc_scene *scene, int code, evc_error **err)
{
    const evc_cluster_driver *driver = scene->cluster->driver;
    evc_cluster_update *update = &scene->report->update;
    bool was_silent = strcmp(update->detail, silence) == 0;
    int64_t left = scene->report->began_ms +
                   evc_cluster_change_number(scene->change, "timeout-ms",
                                             driver->pace.deadline_ms) -
                   evc_scene_now_ms(scene);
    int64_t ms = spread(driver->pace.first_ms);
    int rc;

    if (was_silent && code == ENVCRYPT_E_TIMEOUT)
        return end_silence(scene, err);
    if (code != ENVCRYPT_E_SERVICE_DOWN ||
        !(driver->abilities & EVC_CLUSTER_FALLS_SILENT) ||
        !evc_cluster_change_flag(scene->change, "wait", true))
        return code;
    if (left <= 0)
        return end_silence(scene, err);
    evc_err_drop(err);
    evc_cluster_update_tell(update, "%s", silence);
    rc = evc_scene_tell(scene, err);
    if (rc == 0)
        rc = evc_wait_sleep_for(scene->wait, ms < left ? ms : left, err);
    return rc == ENVCRYPT_E_TIMEOUT ? end_silence(scene, err) : rc;
}

/* --- begin ------------------------------------------------------------------------ */

/* What tells this change from any other. */
static void
prepare(evc_scene *scene)
{
    evc_cluster_update *update = &scene->report->update;
    const evc_cluster_key *key = evc_scene_key(scene);
    uint8_t bytes[EVC_UUID_SIZE];

    evc_cluster_update_init(update);
    evc_random_public(bytes, sizeof(bytes));
    bytes[6] = (uint8_t)((bytes[6] & 0x0fu) | 0x40u); /* version 4 (RFC 9562, 5.4) */
    bytes[8] = (uint8_t)((bytes[8] & 0x3fu) | 0x80u);
    evc_uuid_format(bytes, update->token);
    (void)snprintf(update->key, sizeof(update->key), "%s",
                   key && key->id ? key->id : "");
    (void)snprintf(update->mark, sizeof(update->mark), "%s",
                   evc_cluster_state_text(&scene->report->state, EVC_CLUSTER_MARK));
    scene->record.verb = scene->verb;
    scene->record.began_ms = evc_scene_now_ms(scene);
    scene->record.changed_ms = -1;
    scene->record.secrets_done = false;
    scene->record.ended = false;
}

/* The file says "sent" before anything is; a process that comes after a kill finds out. */
static int
keep_as_sent(evc_scene *scene, evc_error **err)
{
    evc_cluster_update as_is = scene->report->update;
    int rc;

    scene->report->update.phase = EVC_UPDATE_SENT;
    if (as_is.sent_ms < 0)
        scene->report->update.sent_ms = evc_scene_now_ms(scene);
    rc = evc_scene_keep(scene, err);
    scene->report->update = as_is;
    return rc;
}

/* A reply that never came, or trouble of the service: it may have been heard. */
static bool
is_lost(int code)
{
    switch (evc_error_class_of(code)) {
    case ENVCRYPT_CLASS_UNAVAILABLE:
    case ENVCRYPT_CLASS_PROTOCOL:
    case ENVCRYPT_CLASS_TIMEOUT:
    case ENVCRYPT_CLASS_CANCELED:
    case ENVCRYPT_CLASS_NOMEM:
    case ENVCRYPT_CLASS_IO:
        return true;
    default:
        return false;
    }
}

/* Of what was sent before, a look that was not allowed now tells nothing. */
static bool
tells_nothing(int code)
{
    int32_t of = evc_error_class_of(code);

    return is_lost(code) || of == ENVCRYPT_CLASS_THROTTLED ||
           of == ENVCRYPT_CLASS_CREDENTIALS || of == ENVCRYPT_CLASS_DENIED;
}

/* After a request that failed: what the file says of it. was: the phase before it. What was
 * sent before stays so, unless the provider or its driver says that nothing came of it; else
 * it would be sent a second time. */
static int
settle_failure(evc_scene *scene, evc_update_phase was, int code, evc_error **err)
{
    evc_cluster_update *update = &scene->report->update;
    bool stays = was == EVC_UPDATE_SENT && update->phase == EVC_UPDATE_SENT
                     ? tells_nothing(code)
                     : is_lost(code);
    evc_error *failed = NULL;
    int rc;

    if (!stays)
        update->phase = EVC_UPDATE_NONE;
    else if (update->phase == EVC_UPDATE_NONE)
        update->phase = EVC_UPDATE_SENT;
    if (update->phase == EVC_UPDATE_SENT && update->sent_ms < 0)
        update->sent_ms = evc_scene_now_ms(scene);
    rc = evc_scene_keep(scene, &failed);
    if (rc)
        evc_err_add_cause(err, failed);
    return code;
}

/* One request; at most one is ever heard for a token. *again: to be tried later. */
static int
begin_once(evc_scene *scene, bool *again, evc_error **err)
{
    evc_cluster_update *update = &scene->report->update;
    evc_cluster_job job = evc_scene_job(scene);
    evc_update_phase was = update->phase;
    int rc = keep_as_sent(scene, err);

    *again = false;
    if (rc)
        return rc;
    rc = scene->cluster->driver->begin(scene->cluster, &job, update, scene->wait, err);
    evc_cluster_update_clean(update);
    if (rc) {
        rc = settle_failure(scene, was, rc, err);
        /* Who has no credentials now is told so, before anything was begun. */
        *again = evc_error_passes(rc) && rc != ENVCRYPT_E_CREDENTIALS_DOWN;
        return rc;
    }
    if (update->phase != EVC_UPDATE_NONE && update->sent_ms < 0 && !update->needless &&
        !update->adopted)
        update->sent_ms = evc_scene_now_ms(scene);
    *again = update->phase == EVC_UPDATE_NONE || update->phase == EVC_UPDATE_SENT;
    rc = evc_scene_keep(scene, err);
    return rc == 0 ? evc_scene_tell(scene, err) : rc;
}

/* Until it is accepted, needless, or refused for good. */
static int
begin(evc_scene *scene, pace *p, evc_error **err)
{
    bool again = false;
    int rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_CHANGING, err);

    while (rc == 0) {
        rc = begin_once(scene, &again, err);
        if (!again)
            break;
        evc_err_drop(err);
        rc = pause(scene, p, err);
    }
    return rc;
}

/* --- waiting ---------------------------------------------------------------------- */

/* Of a look that failed. One strange page does not end a wait of an hour. */
static bool
may_pass(pace *p, int code)
{
    if (evc_error_class_of(code) == ENVCRYPT_CLASS_PROTOCOL)
        return ++p->strange <= STRANGE_MOST;
    return evc_error_passes(code);
}

static int
look(evc_scene *scene, pace *p, evc_error **err)
{
    evc_cluster_update *update = &scene->report->update;
    evc_cluster_job job = evc_scene_job(scene);
    int rc =
        scene->cluster->driver->poll(scene->cluster, &job, update, scene->wait, err);

    evc_cluster_update_clean(update);
    if (rc == 0)
        p->strange = 0;
    if (rc && may_pass(p, rc)) {
        evc_cluster_update_tell(update,
                                "the provider does not answer now; it is asked again");
        evc_err_drop(err);
        rc = 0;
    }
    return rc == 0 ? evc_scene_tell(scene, err) : rc;
}

static int
await(evc_scene *scene, pace *p, evc_error **err)
{
    const evc_cluster_update *update = &scene->report->update;
    int rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_WAITING, err);

    while (rc == 0 && update->phase == EVC_UPDATE_RUNNING) {
        rc = pause(scene, p, err);
        if (rc == 0)
            rc = look(scene, p, err);
    }
    return rc;
}

/* A change of somebody else, of which nothing but the cluster's state is known. */
int
evc_pursuit_outwait(evc_scene *scene, evc_error **err)
{
    const evc_cluster_state *state = &scene->report->state;
    pace p = begin_pace(scene);
    int rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_WAITING, err);

    while (rc == 0 && (!scene->exists || state->phase == EVC_CLUSTER_CHANGING)) {
        rc = pause(scene, &p, err);
        if (rc == 0)
            rc = evc_scene_read(scene, err);
        if (rc == 0)
            p.strange = 0;
        if (rc && may_pass(&p, rc)) {
            evc_err_drop(err);
            rc = 0;
        }
        if (rc == 0)
            rc = evc_scene_tell(scene, err);
    }
    return rc;
}

/* --- the end ---------------------------------------------------------------------- */

static int
finish(evc_scene *scene, evc_error **err)
{
    evc_cluster_update *update = &scene->report->update;
    int rc;

    if (update->phase == EVC_UPDATE_FAILED)
        scene->record.ended = true;
    if (update->phase == EVC_UPDATE_DONE && update->done_ms < 0 && !update->needless)
        update->done_ms = evc_scene_now_ms(scene);
    if (update->phase == EVC_UPDATE_DONE)
        scene->record.changed_ms = update->needless ? -1 : update->done_ms;
    rc = evc_scene_keep(scene, err);
    if (rc || update->phase != EVC_UPDATE_FAILED)
        return rc;
    return evc_err(
        err, ENVCRYPT_E_CLUSTER_FAILED,
        "%s did not bring the change of %s to its end: %s; see to the cause, "
        "then begin again",
        scene->cluster->driver->title, scene->cluster->uri,
        update->detail[0] ? update->detail : "it gives no reason");
}

/* How a person goes on with what is not over. */
static void
advise(evc_scene *scene)
{
    bool is_kept = !scene->apart && scene->record.update.phase != EVC_UPDATE_NONE;
    const char *path = is_kept ? scene->report->state_file : "";
    const char *id = scene->report->update.id;

    /* Nothing can wait for what may not have been heard. */
    if (scene->report->update.phase == EVC_UPDATE_SENT) {
        evc_cluster_report_advise(
            scene->report,
            "it is not known whether the request was heard; repeat the command "
            "(envcrypt cluster %s %s), which finds out and does nothing twice%s%s%s",
            evc_cluster_verb_name(scene->verb), scene->cluster->uri,
            path[0] ? " (the place is kept in " : "", path, path[0] ? ")" : "");
    } else if (path[0]) {
        evc_cluster_report_advise(scene->report,
                                  "go on with: envcrypt cluster wait %s (the place is "
                                  "kept in %s)",
                                  scene->cluster->uri, path);
    } else {
        evc_cluster_report_advise(
            scene->report, "go on with: envcrypt cluster wait %s%s%s",
            scene->cluster->uri, id[0] ? " --update-id " : "", id);
    }
}

static bool
is_over(const evc_cluster_update *update)
{
    return update->phase == EVC_UPDATE_DONE || update->phase == EVC_UPDATE_FAILED;
}

int
evc_pursuit_run(evc_scene *scene, evc_error **err)
{
    evc_cluster_update *update = &scene->report->update;
    bool waits = evc_cluster_change_flag(scene->change, "wait", true);
    bool goes_on = update->phase == EVC_UPDATE_RUNNING;
    pace p = begin_pace(scene);
    int rc = 0;

    if (update->phase == EVC_UPDATE_NONE)
        prepare(scene);
    if (update->phase == EVC_UPDATE_NONE || update->phase == EVC_UPDATE_SENT)
        rc = begin(scene, &p, err);
    if (rc == 0 && waits && !is_over(update))
        rc = await(scene, &p, err);
    else if (rc == 0 && goes_on) /* it may be over by now */
        rc = look(scene, &p, err);
    if (update->phase == EVC_UPDATE_SENT || update->phase == EVC_UPDATE_RUNNING)
        advise(scene);
    return rc == 0 && is_over(update) ? finish(scene, err) : rc;
}
