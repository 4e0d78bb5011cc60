/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/refusals.h"

#include <string.h>

static bool
can(const evc_cluster_driver *driver, uint32_t ability)
{
    return (driver->abilities & ability) != 0;
}

static const char *
key_of(const evc_cluster_job *job)
{
    return job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_KEY) : "";
}

/* --- what the provider can -------------------------------------------------------- */

static int
refuse_disable(const evc_cluster_driver *driver, evc_checks *out, evc_error **err)
{
    bool changes = can(driver, EVC_CLUSTER_CAN_CHANGE_KEY);

    return evc_checks_add(out, "switching off", EVC_CHECK_REFUSED,
                          changes ? "R16" : "R13", ENVCRYPT_E_CLUSTER_CANNOT, err,
                          "%s cannot switch Secret encryption off%s", driver->title,
                          changes ? "; you can switch to another instance or root key "
                                    "with cluster rotate --key"
                                  : "; it stays for the life of the cluster");
}

static int
refuse_change(const evc_cluster_driver *driver, const evc_cluster_job *job,
              evc_checks *out, evc_error **err)
{
    const char *key = key_of(job);

    return evc_checks_add(out, "other key", EVC_CHECK_REFUSED, "R12",
                          ENVCRYPT_E_CLUSTER_CANNOT, err,
                          "the cluster %s%s, and %s cannot change the key of a "
                          "cluster; rotate that key instead, with cluster rotate "
                          "without --key",
                          key[0] ? "already uses " : "has its key", key, driver->title);
}

static int
refuse_rotation(const evc_cluster_driver *driver, evc_checks *out, evc_error **err)
{
    return evc_checks_add(out, "rotation", EVC_CHECK_REFUSED, "R36",
                          ENVCRYPT_E_CLUSTER_CANNOT, err,
                          "keys of %s are not rotated in place by hand; make another "
                          "key and switch to it with cluster rotate --key",
                          driver->title);
}

static int
refuse_creation(const evc_cluster_driver *driver, evc_checks *out, evc_error **err)
{
    return evc_checks_add(out, "creation", EVC_CHECK_REFUSED, "I02",
                          ENVCRYPT_E_CLUSTER_CANNOT, err,
                          "%s encrypts Secrets of clusters that exist already; create "
                          "it with the provider's own tools, then use cluster enable",
                          driver->title);
}

int
evc_refusals_ability(const evc_cluster_driver *driver, const evc_cluster_job *job,
                     evc_checks *out, evc_error **err)
{
    switch (job->verb) {
    case EVC_VERB_DISABLE:
        return can(driver, EVC_CLUSTER_CAN_DISABLE) ? 0
                                                    : refuse_disable(driver, out, err);
    case EVC_VERB_CHANGE_KEY:
        return can(driver, EVC_CLUSTER_CAN_CHANGE_KEY)
                   ? 0
                   : refuse_change(driver, job, out, err);
    case EVC_VERB_ROTATE:
        return can(driver, EVC_CLUSTER_CAN_ROTATE) ? 0
                                                   : refuse_rotation(driver, out, err);
    case EVC_VERB_CREATE:
        return can(driver, EVC_CLUSTER_CAN_CREATE) ? 0
                                                   : refuse_creation(driver, out, err);
    case EVC_VERB_ENABLE:
    case EVC_VERB_REENCRYPT:
    case EVC_VERB_VERIFY:
        break;
    }
    return 0;
}

/* --- how it is now ---------------------------------------------------------------- */

bool
evc_refusals_is_needless(const evc_cluster_job *job)
{
    const evc_cluster_state *state = job->state;
    const char *key = key_of(job);

    if (!state || state->phase != EVC_CLUSTER_STEADY)
        return false;
    if (job->verb == EVC_VERB_DISABLE)
        return state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_NONE ||
               state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER;
    return (job->verb == EVC_VERB_ENABLE || job->verb == EVC_VERB_CHANGE_KEY) &&
           state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN && job->key &&
           job->key->id && key[0] && strcmp(key, job->key->id) == 0;
}

/* R03. One that is being changed is waited for, unless nobody wants to wait. */
static int
check_steady(const evc_cluster_job *job, bool under_way, evc_checks *out,
             evc_error **err)
{
    const char *status = evc_cluster_state_text(job->state, EVC_CLUSTER_STATUS);

    if (job->state->phase == EVC_CLUSTER_STEADY)
        return evc_checks_add(out, "cluster", EVC_CHECK_OK, "R03", 0, err, "it is %s",
                              status);
    if (under_way)
        return evc_checks_add(out, "cluster", EVC_CHECK_OK, "R03", 0, err,
                              "it is %s: the change that was begun is under way",
                              status);
    if (job->state->phase == EVC_CLUSTER_BROKEN)
        return evc_checks_add(
            out, "cluster", EVC_CHECK_REFUSED, "R03", ENVCRYPT_E_CLUSTER_BUSY, err,
            "the cluster is %s, which does not pass by itself; see to "
            "it that it is well again, and retry",
            status);
    if (!evc_cluster_change_flag(job->change, "wait", true))
        return evc_checks_add(
            out, "cluster", EVC_CHECK_REFUSED, "R03", ENVCRYPT_E_CLUSTER_BUSY, err,
            "the cluster is %s; wait until it is steady and retry", status);
    return evc_checks_add(out, "cluster", EVC_CHECK_WARNING, "R03", 0, err,
                          "the cluster is %s; the change waits until it is steady, or "
                          "goes on with the same one that somebody else began",
                          status);
}

/* Another key of one's own stands there. */
static bool
has_other_key(const evc_cluster_job *job)
{
    const char *key = key_of(job);

    return job->verb == EVC_VERB_ENABLE && job->key && job->key->id && key[0] &&
           job->state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN &&
           strcmp(key, job->key->id) != 0;
}

static int
check_key(const evc_cluster_driver *driver, const evc_cluster_job *job, evc_checks *out,
          evc_error **err)
{
    if (!has_other_key(job))
        return 0;
    if (!can(driver, EVC_CLUSTER_CAN_CHANGE_KEY))
        return refuse_change(driver, job, out, err);
    return evc_checks_add(out, "other key", EVC_CHECK_REFUSED, "R12",
                          ENVCRYPT_E_CLUSTER_CANNOT, err,
                          "the cluster already uses %s; switch to another key with "
                          "cluster rotate --key",
                          key_of(job));
}

/* What needs a key of one's own that is there. */
static int
check_own(const evc_cluster_job *job, evc_checks *out, evc_error **err)
{
    bool needs = job->verb == EVC_VERB_ROTATE || job->verb == EVC_VERB_CHANGE_KEY;

    if (!needs || job->state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN)
        return 0;
    return evc_checks_add(out, "encryption", EVC_CHECK_REFUSED, NULL,
                          ENVCRYPT_E_CLUSTER_CANNOT, err,
                          "the Secrets of the cluster are under no key of yours that "
                          "could be rotated; begin with cluster enable --key");
}

int
evc_refusals_state(const evc_cluster_driver *driver, const evc_cluster_job *job,
                   bool under_way, evc_checks *out, evc_error **err)
{
    int rc;

    if (!job->state)
        return 0;
    if (job->verb == EVC_VERB_CREATE)
        return under_way ? 0
                         : evc_checks_add(out, "cluster", EVC_CHECK_REFUSED, NULL,
                                          ENVCRYPT_E_CLUSTER_CANNOT, err,
                                          "a cluster of this name exists already; use "
                                          "cluster enable, or choose another name");
    rc = check_steady(job, under_way, out, err);
    if (rc == 0)
        rc = check_key(driver, job, out, err);
    return rc == 0 && !under_way ? check_own(job, out, err) : rc;
}

/* --- R30 -------------------------------------------------------------------------- */

bool
evc_refusals_is_named(const evc_cluster_state *state, const char *name,
                      const char *given)
{
    const char *own = state ? evc_cluster_state_text(state, EVC_CLUSTER_NAME) : "";
    const char *id = state ? evc_cluster_state_text(state, EVC_CLUSTER_ID) : "";

    return given && given[0] &&
           (strcmp(given, name) == 0 || strcmp(given, own) == 0 ||
            strcmp(given, id) == 0);
}

static const char *
consequence(const evc_cluster_driver *driver, evc_cluster_verb verb)
{
    if (verb == EVC_VERB_CREATE)
        return "a new cluster costs money";
    if (verb == EVC_VERB_DISABLE)
        return "Secrets are stored without encryption by a key service then";
    if (can(driver, EVC_CLUSTER_IRREVERSIBLE))
        return "it cannot be undone";
    return "from then on the cluster needs that key to work";
}

int
evc_refusals_confirm(const evc_cluster_driver *driver, const evc_cluster_job *job,
                     const char *name, evc_error **err)
{
    const char *given = evc_cluster_change_text(job->change, "confirm");
    /* A rotation in place is asked for as it is; but another name says that it was meant
     * for another cluster. */
    bool needs =
        evc_cluster_verb_needs_key(job->verb) || job->verb == EVC_VERB_DISABLE || given;

    if (!needs || evc_refusals_is_needless(job) ||
        evc_refusals_is_named(job->state, name, given))
        return 0;
    return evc_err(err, ENVCRYPT_E_CONFIRMATION,
                   "nothing was changed on %s: %s; look at the plan, then confirm with "
                   "the name of the cluster, %s (R30)",
                   driver->title, consequence(driver, job->verb), name);
}
