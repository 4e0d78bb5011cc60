/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/outlook.h"

#include <string.h>

#include "cluster/preflight.h"
#include "cluster/trial.h"

static int
end(evc_scene *scene, int rc, evc_cluster_report **out)
{
    *out = evc_scene_close(scene, rc);
    return rc;
}

/* Where nobody wants a report. */
static void
drop(evc_scene *scene)
{
    evc_cluster_report_free(evc_scene_close(scene, 0));
}

/* Enables the key that a destructive proof left disabled, unless it is still at work. */
static int
rescue(evc_scene *scene, evc_error **err)
{
    evc_error *why = NULL;
    int rc = evc_trial_rescue(scene, &why);

    if (rc == ENVCRYPT_E_FILE_BUSY) {
        evc_cluster_report_note(scene->report, "%s", evc_error_message(why));
        evc_error_free(why);
        return 0;
    }
    evc_err_add_cause(err, why);
    return rc;
}

/* What every look begins with. */
static int
begin(evc_scene *scene, evc_error **err)
{
    int rc = rescue(scene, err);

    if (rc == 0)
        rc = evc_scene_read_first(scene, err);
    return rc == 0 ? evc_scene_peek(scene, err) : rc;
}

int
evc_outlook_status(evc_cluster *cluster, const evc_cluster_change *change,
                   evc_wait *wait, evc_cluster_report **out, evc_error **err)
{
    evc_error *why = NULL;
    evc_scene *scene;
    int rc = evc_scene_open(cluster, EVC_VERB_VERIFY, change, NULL, wait, &scene, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = begin(scene, &why);
    /* How the cluster stands is what one looks at when its state file cannot be used. */
    if (rc == ENVCRYPT_E_CLUSTER_STATE || rc == ENVCRYPT_E_FILE_TOO_OPEN) {
        evc_cluster_report_note(scene->report, "%s", evc_error_message(why));
        evc_error_free(why);
        rc = 0;
    } else if (rc) {
        evc_err_drop(err);
        evc_err_add_cause(err, why);
    }
    if (rc == 0)
        rc = evc_scene_seek_key(scene, err);
    return end(scene, rc, out);
}

static int
check_and_plan(evc_cluster *cluster, evc_cluster_verb verb,
               const evc_cluster_change *change, evc_wait *wait, bool plans,
               evc_cluster_report **out, evc_error **err)
{
    evc_scene *scene;
    int rc = evc_scene_open(cluster, verb, change, NULL, wait, &scene, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = begin(scene, err);
    if (rc == 0)
        rc = evc_preflight_check(scene, false, err);
    if (rc == 0 && plans)
        rc = evc_preflight_plan(scene, err);
    return end(scene, rc, out);
}

int
evc_outlook_preflight(evc_cluster *cluster, evc_cluster_verb verb,
                      const evc_cluster_change *change, evc_wait *wait,
                      evc_cluster_report **out, evc_error **err)
{
    return check_and_plan(cluster, verb, change, wait, false, out, err);
}

int
evc_outlook_plan(evc_cluster *cluster, evc_cluster_verb verb,
                 const evc_cluster_change *change, evc_wait *wait,
                 evc_cluster_report **out, evc_error **err)
{
    return check_and_plan(cluster, verb, change, wait, true, out, err);
}

/* --- rights ----------------------------------------------------------------------- */

/* What a lack of rights, or of the thing itself, leaves unread; the driver goes without. */
static bool
is_no_answer(int code)
{
    int32_t of = evc_error_class_of(code);

    return of == ENVCRYPT_CLASS_DENIED || of == ENVCRYPT_CLASS_NOT_FOUND;
}

static int
read_what_may_be(evc_scene *scene, evc_error **err)
{
    int rc = begin(scene, err);

    if (rc && !is_no_answer(rc))
        return rc;
    evc_err_drop(err);
    rc = evc_scene_find_key(scene, err);
    if (rc && !is_no_answer(rc) && rc != ENVCRYPT_E_ARGUMENT)
        return rc;
    evc_err_drop(err);
    return 0;
}

int
evc_outlook_permissions(evc_cluster *cluster, evc_cluster_verb verb,
                        const evc_cluster_change *change, evc_wait *wait,
                        evc_table **out, evc_error **err)
{
    evc_scene *scene;
    evc_cluster_job job;
    int rc = evc_scene_open(cluster, verb, change, NULL, wait, &scene, err);

    *out = NULL;
    if (rc)
        return rc;
    rc = read_what_may_be(scene, err);
    if (rc == 0)
        rc = evc_table_new(evc_cluster_permission_columns, out, err);
    job = evc_scene_job(scene);
    if (rc == 0)
        rc = cluster->driver->permissions(cluster, &job, scene->wait, *out, err);
    drop(scene);
    if (rc) {
        evc_table_free(*out);
        *out = NULL;
    }
    return rc;
}

/* The full id that a key's text has in it: an ARN or a CRN; NULL = it has none. */
static const char *
id_in(const char *text)
{
    static const char *const begins[] = {"arn:", "crn:", "acs:"};

    for (size_t i = 0; text && i < sizeof(begins) / sizeof(begins[0]); i++) {
        const char *at = strstr(text, begins[i]);

        if (at && (at == text || at[-1] == '/'))
            return at;
    }
    return NULL;
}

int
evc_outlook_policy(const evc_cluster *cluster, evc_cluster_verb verb,
                   const evc_cluster_change *change, evc_buf *out, evc_error **err)
{
    const char *id = id_in(evc_cluster_change_text(change, "key"));
    evc_cluster_job job = {.verb = verb, .change = change};
    evc_cluster_key key;
    int rc = evc_cluster_check_change(cluster, change, err);

    evc_cluster_key_init(&key);
    if (rc == 0 && id)
        rc = evc_cluster_key_set(&key.id, id, err);
    if (id)
        job.key = &key;
    if (rc == 0)
        rc = cluster->driver->policy(cluster, &job, out, err);
    evc_cluster_key_reset(&key);
    return rc;
}

/* --- what was done ---------------------------------------------------------------- */

int
evc_outlook_latest(evc_cluster *cluster, evc_wait *wait, evc_buf *json, evc_error **err)
{
    evc_scene *scene;
    int rc = evc_scene_open(cluster, EVC_VERB_VERIFY, NULL, NULL, wait, &scene, err);

    if (rc)
        return rc;
    rc = begin(scene, err);
    if (rc == 0)
        rc = evc_scene_latest(scene, json, err);
    drop(scene);
    return rc;
}
