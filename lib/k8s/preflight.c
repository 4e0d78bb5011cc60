/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/preflight.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "k8s/migration.h"
#include "k8s/review.h"

#define HOST_MAX 64
#define RUN_NAME (EVC_KUBE_RUN_ID + 5)

typedef struct missing {
    const char *verb; /* NULL = nothing */
    const char *ns;   /* NULL = of all */
} missing;

/* In each of the lists. */
static int
review(evc_task *task, const char *verb, missing *out, bool *unknown, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; i < evc_selection_lists(&task->selection); i++) {
        const char *ns = evc_selection_list(&task->selection, i);
        evc_kube_right right;

        rc = evc_kube_review(task->kube, &task->resource, verb, ns, task->wait, &right,
                             err);
        if (rc || right == EVC_KUBE_RIGHT_UNKNOWN) {
            *unknown = true;
            return rc;
        }
        if (right == EVC_KUBE_RIGHT_NO) {
            *out = (missing){verb, ns};
            return 0;
        }
    }
    return rc;
}

static int
refuse(const evc_task *task, const missing *what, evc_error **err)
{
    bool of_all = !what->ns && task->resource.namespaced;

    return evc_err(err, ENVCRYPT_E_KUBE_PREFLIGHT,
                   "nothing was written: the right to %s %s%s%s is missing; ask for a "
                   "role with list and patch%s",
                   what->verb, task->resource.plural,
                   what->ns ? " in the namespace "
                   : of_all ? " in all namespaces"
                            : "",
                   what->ns ? what->ns : "",
                   of_all ? ", or select namespaces that you have it in" : "");
}

/* Whether the cluster's own engine can do it: it takes all objects or none. */
static int
can_migrate(evc_task *task, bool *out, evc_error **err)
{
    static const evc_kube_resource migrations = {"storagemigration.k8s.io", "v1",
                                                 "storageversionmigrations",
                                                 "StorageVersionMigration", false};
    const evc_reencrypt_options *o = task->options;
    evc_kube_right right = EVC_KUBE_RIGHT_NO;
    char version[64];
    bool found = false;
    int rc;

    *out = false;
    if (o->namespaces || o->labels || o->names_file)
        return 0;
    rc = evc_kube_migration_find(task->kube, task->wait, version, &found, err);
    if (rc == 0 && found)
        rc = evc_kube_review(task->kube, &migrations, "create", NULL, task->wait,
                             &right, err);
    *out = right == EVC_KUBE_RIGHT_YES;
    return rc;
}

static int
refuse_migration(const evc_task *task, evc_error **err)
{
    const evc_reencrypt_options *o = task->options;

    if (o->namespaces || o->labels || o->names_file)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the cluster's own migration takes all %s, and some were "
                       "selected; choose another mode",
                       task->resource.plural);
    return evc_err(
        err, ENVCRYPT_E_KUBE_PREFLIGHT,
        "nothing was written: this cluster lists no StorageVersionMigration "
        "(storagemigration.k8s.io), or the right to create one is missing; choose "
        "another mode");
}

/* The right to patch, or what can do without; a verification says itself what can. */
static int
review_writing(evc_task *task, bool *may_patch, bool *unknown, evc_error **err)
{
    int32_t mode = task->options->mode;
    missing what = {NULL, NULL};
    bool other = false;
    int rc = 0;

    if (mode != ENVCRYPT_REENCRYPT_MIGRATE || task->verifying) {
        rc = review(task, "patch", &what, unknown, err);
        *may_patch = what.verb == NULL;
        if (rc || *may_patch || task->verifying)
            return rc;
    }
    if (mode == ENVCRYPT_REENCRYPT_AUTO || mode == ENVCRYPT_REENCRYPT_MIGRATE)
        rc = can_migrate(task, &other, err);
    if (rc || other)
        return rc;
    return mode == ENVCRYPT_REENCRYPT_MIGRATE ? refuse_migration(task, err)
                                              : refuse(task, &what, err);
}

int
evc_preflight_rights(evc_task *task, bool writes, bool *may_patch, evc_error **err)
{
    missing what = {NULL, NULL};
    bool unknown = false;
    int rc = review(task, "list", &what, &unknown, err);

    *may_patch = false;
    if (rc == 0 && what.verb)
        rc = refuse(task, &what, err);
    if (rc == 0 && writes)
        rc = review_writing(task, may_patch, &unknown, err);
    if (rc == 0 && unknown)
        evc_reencrypt_report_note(task->report,
                                  "the API server does not tell which rights there "
                                  "are, so that one that is missing shows only when it "
                                  "is needed");
    return rc;
}

static void
name_run(const evc_kube_run *run, char out[RUN_NAME])
{
    (void)snprintf(out, RUN_NAME, "run %s", run->id);
}

int
evc_preflight_lease(evc_task *task, const evc_kube_run *dead, evc_error **err)
{
    const char *ns = task->options->lease_ns;
    char name[sizeof(task->resource.plural) + 32];
    char holder[HOST_MAX + RUN_NAME + 32];
    char own[RUN_NAME];
    char other[RUN_NAME];
    char host[HOST_MAX] = "";
    int rc;

    if (!ns[0])
        return 0;
    if (gethostname(host, sizeof(host) - 1) != 0)
        host[0] = '\0';
    (void)snprintf(name, sizeof(name), "libenvcrypt-reencrypt-%s",
                   task->resource.plural);
    name_run(&task->run, own);
    if (dead)
        name_run(dead, other);
    (void)snprintf(holder, sizeof(holder), "%s of %s, process %ld", own,
                   host[0] ? host : "?", (long)getpid());
    rc = evc_kube_lease_inherit(task->kube, ns, name, holder, dead ? other : NULL,
                                task->wait, &task->lease, err);
    if (rc != ENVCRYPT_E_DENIED && rc != ENVCRYPT_E_KUBE_NOT_FOUND)
        return rc;
    evc_err_drop(err);
    task->lease = NULL;
    evc_reencrypt_report_note(
        task->report,
        "there is no Lease to be had in the namespace %s, so that "
        "nothing keeps a second run away; that would cost time "
        "and harm nothing",
        ns);
    return 0;
}
