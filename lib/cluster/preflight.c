/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/preflight.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cluster/refusals.h"
#include "cluster/secrets.h"

#define SECRET_KIB 4 /* of one in the mean, for the traffic of watchers */

bool
evc_preflight_rewrites(const evc_scene *scene)
{
    if (scene->verb == EVC_VERB_CREATE || scene->verb == EVC_VERB_VERIFY)
        return false;
    return !(scene->cluster->driver->abilities & EVC_CLUSTER_REWRITES_ITSELF) &&
           evc_cluster_change_flag(scene->change, "encrypt-existing-secrets", true);
}

/* --- checks ----------------------------------------------------------------------- */

/* Of the call itself, or of the way to the provider: there is no row to write then. */
static bool
ends_the_call(int code)
{
    switch (evc_error_class_of(code)) {
    case ENVCRYPT_CLASS_NOMEM:
    case ENVCRYPT_CLASS_CANCELED:
    case ENVCRYPT_CLASS_TIMEOUT:
    case ENVCRYPT_CLASS_CREDENTIALS:
    case ENVCRYPT_CLASS_UNAVAILABLE:
    case ENVCRYPT_CLASS_THROTTLED:
    case ENVCRYPT_CLASS_PROTOCOL:
    case ENVCRYPT_CLASS_INTERNAL:
        return true;
    default:
        return false;
    }
}

/* Which rule a key that cannot be taken is a case of. */
static const char *
rule_of(int code)
{
    if (code == ENVCRYPT_E_KEY_REGION)
        return "R05";
    return code == ENVCRYPT_E_BILLING ? "R26" : "R04";
}

/* A key that cannot be taken is a refusal like any other. */
static int
check_key(evc_scene *scene, evc_error **err)
{
    evc_error *why = NULL;
    int rc = evc_scene_find_key(scene, &why);

    if (rc == 0)
        return 0;
    if (!ends_the_call(rc))
        return evc_checks_add_error(&scene->checks, "key", rule_of(rc), &why, err);
    evc_err_drop(err);
    evc_err_add_cause(err, why);
    return rc;
}

/* The caller does without, and is told so. */
static int
note_no_secrets(evc_scene *scene, evc_error **err)
{
    bool itself = scene->cluster->driver->abilities & EVC_CLUSTER_REWRITES_ITSELF;

    if (scene->verb == EVC_VERB_CREATE || scene->verb == EVC_VERB_VERIFY)
        return 0;
    return evc_checks_add(&scene->checks, "Secrets",
                          itself ? EVC_CHECK_OK : EVC_CHECK_WARNING, NULL, 0, err,
                          itself ? "the provider stores existing Secrets anew itself"
                                 : "existing Secrets stay as they are stored, as "
                                   "encrypt-existing-secrets=no says; store them anew "
                                   "later with cluster reencrypt");
}

static int
check_secrets(evc_scene *scene, evc_error **err)
{
    if (!evc_preflight_rewrites(scene) || !scene->exists)
        return note_no_secrets(scene, err);
    return evc_secrets_check(scene->cluster, &scene->report->state, scene->wait,
                             &scene->checks, &scene->count, err);
}

static int
check_provider(evc_scene *scene, evc_error **err)
{
    evc_cluster_job job = evc_scene_job(scene);

    if (evc_cluster_verb_needs_key(scene->verb) && !job.key)
        return 0;
    job.had_key = evc_scene_had_key(scene);
    return scene->cluster->driver->check(scene->cluster, &job, scene->wait,
                                         &scene->checks, err);
}

static int
check_all(evc_scene *scene, bool under_way, evc_error **err)
{
    const evc_cluster_driver *driver = scene->cluster->driver;
    evc_cluster_job job = evc_scene_job(scene);
    int rc = evc_scene_enter(scene, ENVCRYPT_CLUSTER_PHASE_CHECKING, err);

    if (rc == 0)
        rc = evc_checks_init(&scene->checks, err);
    if (rc == 0)
        rc = evc_refusals_ability(driver, &job, &scene->checks, err);
    /* What cannot be at all needs no further questions. */
    if (rc || scene->checks.refused > 0)
        return rc;
    rc = check_key(scene, err);
    job = evc_scene_job(scene);
    if (rc == 0)
        rc = evc_refusals_state(driver, &job, under_way, &scene->checks, err);
    if (rc == 0)
        rc = check_provider(scene, err);
    return rc == 0 ? check_secrets(scene, err) : rc;
}

int
evc_preflight_check(evc_scene *scene, bool under_way, evc_error **err)
{
    int rc = check_all(scene, under_way, err);

    evc_table_free(scene->report->checks);
    scene->report->checks = scene->checks.rows;
    scene->checks.rows = NULL;
    return rc;
}

/* --- plan ------------------------------------------------------------------------- */

static const char *
warn_of_mode(const evc_scene *scene)
{
    int32_t mode =
        scene->change ? scene->change->secrets.mode : ENVCRYPT_REENCRYPT_AUTO;

    if (mode == ENVCRYPT_REENCRYPT_REWRITE || mode == ENVCRYPT_REENCRYPT_MIGRATE)
        return NULL;
    return "where the API server does not see what is stale each Secret gets an "
           "annotation, which tools that compare with a source (GitOps) may show as "
           "drift";
}

/* How many are stored anew, and what that makes watchers read. by: " by the provider", or
 * nothing. */
static void
tell_count(int64_t count, const char *by, char *out, size_t room)
{
    if (count >= 0)
        (void)snprintf(out, room,
                       "%" PRId64 " Secrets are stored anew%s, each once; whoever "
                       "watches Secrets is sent each of them again, about %" PRId64
                       " KiB for each watcher at %d KiB a Secret",
                       count, by, count * SECRET_KIB, SECRET_KIB);
    else
        (void)snprintf(out, room,
                       "all Secrets are stored anew%s, each once; whoever watches "
                       "Secrets is sent each of them again, about %d KiB for each "
                       "watcher and Secret",
                       by, SECRET_KIB);
}

/* The provider does it; how many there are the API server tells, if it can be asked. */
static int
plan_rewriting_itself(evc_scene *scene, evc_error **err)
{
    char effect[1024];
    evc_error *why = NULL;
    int rc = evc_secrets_count(scene->cluster, &scene->report->state, scene->wait,
                               &scene->count, &why);

    if (rc && (rc == ENVCRYPT_E_NOMEM || rc == ENVCRYPT_E_FORKED ||
               evc_wait_check(scene->wait, NULL) != 0)) {
        evc_err_drop(err);
        evc_err_add_cause(err, why);
        return rc;
    }
    tell_count(scene->count, " by the provider", effect, sizeof(effect));
    if (rc)
        (void)snprintf(effect + strlen(effect), sizeof(effect) - strlen(effect),
                       ". They could not be counted: %s", evc_error_message(why));
    evc_error_free(why);
    return evc_steps_add(scene->report->steps, "Secrets", NULL, effect, NULL, err);
}

static int
plan_secrets(evc_scene *scene, evc_error **err)
{
    char effect[400];
    int rc;

    tell_count(scene->count, "", effect, sizeof(effect));
    rc = evc_steps_add(scene->report->steps, "count",
                       "GET /api/v1/secrets (metadata alone)",
                       "Secrets are listed without their data", NULL, err);
    if (rc == 0)
        rc = evc_steps_add(scene->report->steps, "re-encrypt",
                           "PATCH /api/v1/namespaces/NAMESPACE/secrets/NAME", effect,
                           warn_of_mode(scene), err);
    return rc;
}

static int
plan_needless(evc_scene *scene, evc_error **err)
{
    return evc_steps_add(scene->report->steps, evc_cluster_verb_name(scene->verb), NULL,
                         "all is as wanted already, so nothing is sent to the provider",
                         NULL, err);
}

static int
plan_change(evc_scene *scene, const evc_cluster_job *job, evc_error **err)
{
    const evc_cluster_driver *driver = scene->cluster->driver;
    int rc = driver->plan(scene->cluster, job, scene->report->steps, err);

    if (rc == 0 && driver->abilities & EVC_CLUSTER_REWRITES_ITSELF &&
        scene->report->steps->rows > 0 && scene->verb != EVC_VERB_CREATE)
        rc = plan_rewriting_itself(scene, err);
    return rc;
}

int
evc_preflight_plan(evc_scene *scene, evc_error **err)
{
    evc_cluster_job job = evc_scene_job(scene);
    int rc = evc_steps_new(&scene->report->steps, err);

    if (rc == 0 && evc_refusals_is_needless(&job))
        rc = plan_needless(scene, err);
    else if (rc == 0 && (!evc_cluster_verb_needs_key(scene->verb) || job.key))
        rc = plan_change(scene, &job, err);
    if (rc == 0 && evc_preflight_rewrites(scene))
        rc = plan_secrets(scene, err);
    if (rc == 0 && scene->verb != EVC_VERB_CREATE)
        rc = evc_steps_add(scene->report->steps, "verify", NULL,
                           "what is proven afterwards is gathered and told", NULL, err);
    return rc;
}
