/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_check.h"

#include <string.h>

#include "cloud/ibm_errors.h"
#include "cluster/iks_read.h"
#include "cluster/iks_roles.h"
#include "cluster/iks_users.h"
#include "envcrypt/kms.h"

#define DAY_MS INT64_C(86400000)

static bool
takes_a_key(const evc_cluster_job *job)
{
    return job->verb == EVC_VERB_ENABLE || job->verb == EVC_VERB_CHANGE_KEY;
}

static bool
is_destructive(const evc_cluster_job *job)
{
    return job->verb == EVC_VERB_VERIFY &&
           evc_cluster_change_flag(job->change, "destructive", false);
}

/* --- the key --- */

/* R08. */
static int
check_state(const evc_cluster_key *key, evc_checks *out, evc_error **err)
{
    static const struct {
        int32_t state;
        int code;
        const char *advice;
    } states[] = {
        {ENVCRYPT_KEY_DISABLED, ENVCRYPT_E_KEY_DISABLED, "enable it first"},
        {ENVCRYPT_KEY_DECRYPT_ONLY, ENVCRYPT_E_KEY_DECRYPT_ONLY,
         "it has expired; choose another one"},
        {ENVCRYPT_KEY_DESTROYED, ENVCRYPT_E_KEY_DESTROYED,
         "restore it within 30 days of its deletion, or choose another one"},
        {ENVCRYPT_KEY_CREATING, ENVCRYPT_E_KEY_NOT_READY, "wait until it is active"},
    };

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (key->state == states[i].state)
            return evc_checks_add(out, "key state", EVC_CHECK_REFUSED, "R08",
                                  states[i].code, err,
                                  "the root key \"%s\" is %s, and must be Active: %s",
                                  key->id, key->word, states[i].advice);
    }
    return evc_checks_add(
        out, "key state",
        key->state == ENVCRYPT_KEY_ENABLED ? EVC_CHECK_OK : EVC_CHECK_UNKNOWN, "R08", 0,
        err, "the root key \"%s\" is %s", key->id, key->word);
}

/* R18. */
static int
check_kind(const evc_cluster_key *key, const evc_iks_traits *traits, int64_t now_ms,
           evc_checks *out, evc_error **err)
{
    int64_t days = (traits->expires_ms - now_ms) / DAY_MS;
    int rc;

    if (traits->extractable)
        rc = evc_checks_add(out, "key kind", EVC_CHECK_REFUSED, "R18",
                            ENVCRYPT_E_KEY_UNSUITABLE, err,
                            "the key \"%s\" is a standard key, whose material can be "
                            "read; a cluster needs a root key",
                            key->id);
    else
        rc = evc_checks_add(out, "key kind", EVC_CHECK_OK, "R18", 0, err,
                            "the key is a root key");
    if (rc || traits->expires_ms < 0)
        return rc;
    if (traits->expires_ms - now_ms < EVC_IKS_EXPIRY_DAYS * DAY_MS)
        return evc_checks_add(
            out, "key expiry", EVC_CHECK_REFUSED, "R18", ENVCRYPT_E_KEY_UNSUITABLE, err,
            "the root key \"%s\" expires in %lld days, and the cluster "
            "cannot be used from then on; choose one without expiry",
            key->id, (long long)(days > 0 ? days : 0));
    return evc_checks_add(
        out, "key expiry", EVC_CHECK_WARNING, "R18", 0, err,
        "the root key expires in %lld days, and the cluster cannot be "
        "used from then on",
        (long long)days);
}

/* R20. */
static int
check_service(const evc_cluster_job *job, bool hpcs, evc_checks *out, evc_error **err)
{
    if (!hpcs)
        return 0;
    if (!takes_a_key(job) || evc_cluster_change_overrides(job->change, "hpcs"))
        return evc_checks_add(
            out, "key service", EVC_CHECK_WARNING, "R20", 0, err,
            "Hyper Protect Crypto Services ends " EVC_IKS_HPCS_ENDS "; switch to a "
            "root key of Key Protect before that, with cluster rotate --key");
    return evc_checks_add(
        out, "key service", EVC_CHECK_REFUSED, "R20", ENVCRYPT_E_CLUSTER_OVERRIDE, err,
        "Hyper Protect Crypto Services ends " EVC_IKS_HPCS_ENDS
        ", and with it the cluster's key; use Key Protect, or give the option "
        "override=hpcs");
}

/* R21: the first rotation of a key is not limited. */
static int
check_rotation(const evc_cluster_job *job, const evc_iks_traits *traits, int64_t now_ms,
               evc_checks *out, evc_error **err)
{
    int64_t left = traits->rotated_ms + EVC_IBM_ROTATION_MS - now_ms;
    int rc;

    if (job->verb != EVC_VERB_ROTATE)
        return 0;
    if (traits->imported)
        return evc_checks_add(
            out, "rotation", EVC_CHECK_REFUSED, NULL, ENVCRYPT_E_UNSUPPORTED, err,
            "the material of the root key was imported, and a rotation "
            "needs the next one: rotate it in the key service, and the "
            "cluster follows by itself");
    if (traits->rotated_ms < 0 || left <= 0)
        return evc_checks_add(out, "rotation", EVC_CHECK_OK, "R21", 0, err,
                              "the root key may be rotated now");
    rc = evc_checks_add(out, "rotation", EVC_CHECK_REFUSED, "R21",
                        ENVCRYPT_E_CLUSTER_TOO_EARLY, err,
                        "the root key was rotated less than an hour ago; wait %lld s "
                        "(Key Protect's limit)",
                        (long long)(left + 999) / 1000);
    if (!rc)
        evc_err_set_retry(out->first, 1, left);
    return rc;
}

int
evc_iks_check_key(const evc_cluster_job *job, const evc_iks_traits *traits, bool hpcs,
                  int64_t now_ms, evc_checks *out, evc_error **err)
{
    int rc = check_state(job->key, out, err);

    if (!rc)
        rc = check_kind(job->key, traits, now_ms, out, err);
    if (!rc)
        rc = check_service(job, hpcs, out, err);
    if (!rc)
        rc = check_rotation(job, traits, now_ms, out, err);
    if (!rc && traits->dual_auth)
        rc = evc_checks_add(out, "dual authorization", EVC_CHECK_OK, NULL, 0, err,
                            "the root key is deleted only when two people ask for it");
    return rc;
}

/* --- who uses it --- */

/* R17: a key that names the cluster and is not its own was its own once. */
static int
check_former(const evc_cluster_job *job, const evc_iks_use *use, evc_checks *out,
             evc_error **err)
{
    const char *active =
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_KEY) : "";

    if (!takes_a_key(job))
        return 0;
    if (job->had_key && strcmp(active, job->key->id) != 0)
        return evc_checks_add(out, "former key", EVC_CHECK_REFUSED, "R17",
                              ENVCRYPT_E_KEY_FORMER, err,
                              "the cluster had the root key \"%s\" before, as the "
                              "report of a change from here says; a former root key "
                              "cannot be reused, choose or create another",
                              job->key->id);
    if (use && use->found && active[0] && strcmp(active, job->key->id) != 0)
        return evc_checks_add(out, "former key", EVC_CHECK_REFUSED, "R17",
                              ENVCRYPT_E_KEY_FORMER, err,
                              "the cluster is registered with the root key \"%s\" and "
                              "uses another one by now; a former root key cannot be "
                              "reused, choose or create another",
                              job->key->id);
    if (use && use->found && !use->other[0] && !evc_iks_has_several_keys(job->state))
        return evc_checks_add(out, "former key", EVC_CHECK_OK, "R17", 0, err,
                              "the cluster uses this root key already");
    return evc_checks_add(out, "former key", EVC_CHECK_UNKNOWN, "R17", 0, err,
                          "whether the cluster used this root key before cannot be "
                          "known from here; if it did, Kubernetes Service refuses it");
}

/* The active key posted again has no documented outcome, so it must be known which that is; of
 * two that name the cluster the wanted one is the active or a former one (R17). A change that
 * somebody else has under way is waited for, and tells then. */
static int
check_active(const evc_cluster_job *job, const evc_iks_use *use, evc_checks *out,
             evc_error **err)
{
    static const char unread[] = "the cluster has a root key, and whether it is this "
                                 "one could not be read";
    static const char both[] = "the key service names the cluster with this root key "
                               "and with another one, and which of them it uses is "
                               "told by nobody; a former root key cannot be reused";
    bool several =
        use && use->found && (use->other[0] || evc_iks_has_several_keys(job->state));

    if (!takes_a_key(job) || (use && !several) || !job->state ||
        job->state->encryption != ENVCRYPT_CLUSTER_ENCRYPTION_OWN ||
        job->state->phase == EVC_CLUSTER_CHANGING)
        return 0;
    if (evc_cluster_change_overrides(job->change, "registrations"))
        return evc_checks_add(out, "active key", EVC_CHECK_WARNING,
                              several ? "R17" : NULL, 0, err, "%s",
                              several ? both : unread);
    if (several)
        return evc_checks_add(out, "active key", EVC_CHECK_REFUSED, "R17",
                              ENVCRYPT_E_CLUSTER_OVERRIDE, err,
                              "%s; choose or create another, look again in some hours, "
                              "or have Kubernetes Service decide by the option "
                              "override=registrations",
                              both);
    return evc_checks_add(out, "active key", EVC_CHECK_REFUSED, NULL,
                          ENVCRYPT_E_CLUSTER_OVERRIDE, err,
                          "%s; give an identity that may read the registrations of the "
                          "key, or the option override=registrations when you know "
                          "that it is another one",
                          unread);
}

int
evc_iks_check_use(const evc_cluster_job *job, const evc_iks_use *use, evc_checks *out,
                  evc_error **err)
{
    int rc = check_former(job, use, out, err);

    if (!rc)
        rc = check_active(job, use, out, err);
    if (rc || !is_destructive(job)) {
        if (!rc && use && use->neighbours)
            rc = evc_checks_add(out, "other users of the key", EVC_CHECK_WARNING, NULL,
                                0, err,
                                "%zu other resources use this root key, and lose their "
                                "data with it",
                                use->neighbours);
        return rc;
    }
    if (!use)
        return evc_checks_add(out, "other users of the key", EVC_CHECK_REFUSED, "R29",
                              ENVCRYPT_E_KEY_IN_USE, err,
                              "which resources use the root key \"%s\" could not be "
                              "read, so it is not disabled",
                              job->key->id);
    if (use->neighbours)
        return evc_checks_add(out, "other users of the key", EVC_CHECK_REFUSED, "R29",
                              ENVCRYPT_E_KEY_IN_USE, err,
                              "%zu other resources use the root key \"%s\" and would "
                              "stop working when it is disabled",
                              use->neighbours, job->key->id);
    return evc_checks_add(out, "other users of the key", EVC_CHECK_OK, "R29", 0, err,
                          "no other resource is registered with the root key");
}

/* Before a key is disabled: a cluster that comes to use it is not registered yet. */
static int
check_coming(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
             evc_checks *out, evc_error **err)
{
    const char *id = evc_cluster_state_text(job->state, EVC_CLUSTER_ID);
    evc_iks_rows rows = {.place = cluster, .wait = wait, .key = job->key->id};
    int rc = evc_table_new(evc_cluster_list_columns, &rows.out, err);

    if (rc == 0)
        rc = evc_iks_users(&rows, err);
    for (size_t i = 0; rc == 0 && i < rows.out->rows; i++) {
        const char *name = evc_table_text(rows.out, i, "name");

        if (strcmp(evc_table_text(rows.out, i, "id"), id) == 0)
            continue;
        rc = evc_checks_add(out, "other users of the key", EVC_CHECK_REFUSED, "R29",
                            ENVCRYPT_E_KEY_IN_USE, err,
                            "%s may use the root key \"%s\", which is not disabled "
                            "then: %s",
                            name[0] ? name : "something that could not be looked at",
                            job->key->id, evc_table_text(rows.out, i, "what-to-do"));
    }
    evc_table_free(rows.out);
    return rc;
}

/* --- accounts --- */

/* R19, and that only the owner disables a key. */
static int
check_account(const evc_cluster_job *job, evc_checks *out, evc_error **err)
{
    const char *given = evc_cluster_change_text(job->change, "kms-account-id");
    const char *ours =
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_ACCOUNT) : "";
    const char *kind =
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_KIND) : "";
    bool other = ours[0] && strcmp(ours, job->key->account) != 0;

    if (is_destructive(job) && !ours[0])
        return evc_checks_add(out, "account", EVC_CHECK_REFUSED, "R19",
                              ENVCRYPT_E_DENIED, err,
                              "the account of the cluster is not known, and the root "
                              "key is disabled and enabled by the account %s alone",
                              job->key->account);
    if (is_destructive(job) && other)
        return evc_checks_add(out, "account", EVC_CHECK_REFUSED, "R19",
                              ENVCRYPT_E_DENIED, err,
                              "the root key is of the account %s, and only there it is "
                              "disabled and enabled; the cluster is of %s",
                              job->key->account, ours);
    if (!takes_a_key(job))
        return 0;
    if (other && strcmp(kind, "satellite") == 0)
        return evc_checks_add(out, "account", EVC_CHECK_REFUSED, "R19",
                              ENVCRYPT_E_CLUSTER_KIND, err,
                              "Satellite clusters take no key of another account; the "
                              "root key is of %s, the cluster of %s",
                              job->key->account, ours);
    if (other && !given)
        return evc_checks_add(
            out, "account", EVC_CHECK_REFUSED, "R19", ENVCRYPT_E_ARGUMENT, err,
            "the root key is of another account than the cluster; give "
            "the option kms-account-id=%s",
            job->key->account);
    if (given && strcmp(given, job->key->account) != 0)
        return evc_checks_add(out, "account", EVC_CHECK_REFUSED, "R19",
                              ENVCRYPT_E_ARGUMENT, err,
                              "the root key is of the account %s, and the option "
                              "kms-account-id says another one",
                              job->key->account);
    return evc_checks_add(out, "account", EVC_CHECK_OK, "R19", 0, err,
                          other ? "the root key is of another account, %s"
                                : "root key and cluster are of one account, %s",
                          job->key->account);
}

/* --- roles --- */

static int
check_roles(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
            evc_checks *out, evc_error **err)
{
    evc_iks_site site = evc_iks_site_of(cluster, job);
    uint32_t needed = evc_iks_roles_needed(job);
    evc_iks_roles roles;
    int rc = evc_iks_roles_read(cluster, &site, wait, &roles, err);

    for (uint32_t role = 1; role <= EVC_IKS_KEY_MANAGER && !rc; role <<= 1) {
        const char *text = evc_iks_role_text((enum evc_iks_role)role);
        /* Nothing is disabled that is not known to be enabled again. */
        bool must = is_destructive(job) && role == EVC_IKS_KEY_MANAGER;
        const char *has;

        if (!(needed & role))
            continue;
        has = evc_iks_roles_has(&roles, role);
        if (strcmp(has, "yes") == 0)
            rc = evc_checks_add(out, "roles", EVC_CHECK_OK, "R34", 0, err, "%s has %s",
                                roles.person, text);
        else if (strcmp(has, "no") == 0)
            rc = evc_checks_add(out, "roles", EVC_CHECK_REFUSED, "R34",
                                ENVCRYPT_E_DENIED, err,
                                "%s lacks %s; see what the permissions of this cluster "
                                "list",
                                roles.person, text);
        else
            rc = evc_checks_add(
                out, "roles", must ? EVC_CHECK_REFUSED : EVC_CHECK_UNKNOWN, "R34",
                must ? ENVCRYPT_E_DENIED : 0, err, "%s is not known to have %s: %s",
                roles.person[0] ? roles.person : "the caller", text,
                evc_iks_roles_why(&roles));
    }
    return rc;
}

/* --- all of it --- */

static int
check_at_service(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                 evc_checks *out, evc_error **err)
{
    const char *id =
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_ID) : "";
    int64_t now = evc_clock_wall_ms(evc_cluster_clock(cluster));
    evc_service *keys = NULL;
    evc_iks_traits traits;
    evc_cluster_key seen;
    evc_cluster_job with = *job;
    evc_iks_use use = {.found = false};
    int rc = evc_iks_open_key(cluster, job->key, wait, &keys, err);

    evc_cluster_key_init(&seen);
    if (!rc)
        rc = evc_iks_describe(keys, job->key->short_id, wait, &seen, &traits, err);
    with.key = &seen;
    if (!rc)
        rc = evc_iks_check_key(&with, &traits, evc_iks_site_of(cluster, job).hpcs, now,
                               out, err);
    if (!rc) {
        evc_error *failed = NULL;
        int looked = evc_iks_look_for(keys, seen.short_id, seen.version, id, wait, &use,
                                      &failed);

        if (evc_error_ends_call(looked)) {
            evc_err_add_cause(err, failed);
            failed = NULL;
            rc = looked;
        }
        evc_error_free(failed);
        if (!rc)
            rc = evc_iks_check_use(&with, looked ? NULL : &use, out, err);
        if (!rc && is_destructive(job) && job->state && !looked && !use.neighbours)
            rc = check_coming(cluster, &with, wait, out, err);
    }
    if (!rc)
        rc = check_account(&with, out, err);
    evc_cluster_key_reset(&seen);
    evc_service_unref(keys);
    return rc;
}

int
evc_iks_check(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
              evc_checks *out, evc_error **err)
{
    int rc = 0;

    if (job->key)
        rc = check_at_service(cluster, job, wait, out, err);
    if (!rc && job->state && evc_iks_roles_needed(job))
        rc = check_roles(cluster, job, wait, out, err);
    return rc;
}
