/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_checks.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "cluster/ack_change.h"
#include "cluster/ack_key.h"
#include "cluster/ack_rights.h"
#include "cluster/ack_tasks.h"

/* What one preflight goes by. */
typedef struct looking {
    evc_cluster *cluster;
    const evc_cluster_job *job;
    evc_wait *wait;
    evc_checks *out;
} looking;

/* A look that was not possible: a row, or the error when it ends everything. failed is
 * consumed. */
static int
tell_unknown(const looking *l, const char *check, const char *rule, int code,
             evc_error *failed, evc_error **err)
{
    if (evc_error_ends_call(code)) {
        evc_err_add_cause(err, failed);
        return code;
    }
    code = evc_checks_add(l->out, check, EVC_CHECK_UNKNOWN, rule, 0, err,
                          "it could not be looked at: %s", evc_error_message(failed));
    evc_error_free(failed);
    return code;
}

/* --- the cluster --- */

static int
check_kind(const looking *l, evc_error **err)
{
    const evc_cluster_state *state = l->job->state;
    const char *kind;

    if (!state)
        return 0;
    kind = evc_cluster_state_text(state, EVC_CLUSTER_KIND);
    if (state->unsupported)
        return evc_checks_add(l->out, "kind of cluster", EVC_CHECK_REFUSED, "R22",
                              ENVCRYPT_E_CLUSTER_KIND, err,
                              "a cluster of the kind %s does not support Secret "
                              "encryption; only Pro managed clusters (ack.pro.…) do, "
                              "into which a basic one can be converted in the console",
                              kind);
    return evc_checks_add(l->out, "kind of cluster", EVC_CHECK_OK, "R22", 0, err,
                          "the cluster is a Pro managed one (%s)", kind);
}

/* Passes by itself, so that a change waits for it. */
static int
check_cool_down(const looking *l, evc_error **err)
{
    const int64_t now = evc_clock_wall_ms(evc_cluster_clock(l->cluster));
    evc_error *failed = NULL;
    evc_ack_task task;
    bool found;
    int rc;

    if (!l->job->state)
        return 0;
    rc = evc_ack_tasks_newest(evc_ack_place_site(l->cluster),
                              evc_cluster_state_text(l->job->state, EVC_CLUSTER_ID),
                              l->wait, &task, &found, &failed);
    if (rc)
        return tell_unknown(l, "last change", "R27", rc, failed, err);
    if (!found || task.updated_ms < 0 || task.updated_ms > now ||
        now - task.updated_ms >= EVC_ACK_COOL_DOWN_MS)
        return evc_checks_add(l->out, "last change", EVC_CHECK_OK, "R27", 0, err,
                              "the last change was over more than five minutes ago");
    return evc_checks_add(
        l->out, "last change", EVC_CHECK_WARNING, "R27", 0, err,
        "the last change ended less than five minutes ago, and ACK takes the next one "
        "in %" PRId64 " s; a change waits for that",
        (task.updated_ms + EVC_ACK_COOL_DOWN_MS - now + 999) / 1000);
}

/* --- the key --- */

static int
check_region(const looking *l, const evc_cluster_key *key, evc_error **err)
{
    const char *region = evc_ack_place_site(l->cluster)->region;

    if (strcmp(key->region, region) == 0)
        return evc_checks_add(l->out, "key Region", EVC_CHECK_OK, "R05", 0, err,
                              "the key is in the Region of the cluster, %s", region);
    return evc_checks_add(l->out, "key Region", EVC_CHECK_REFUSED, "R05",
                          ENVCRYPT_E_KEY_REGION, err,
                          "the key is in %s and the cluster in %s, which takes keys of "
                          "its own Region alone; choose or create one there",
                          key->region, region);
}

static int
check_state(const looking *l, const evc_alibaba_metadata *metadata, evc_error **err)
{
    evc_error *refused = NULL;
    int rc = evc_alibaba_metadata_check_state(metadata, &refused);

    if (rc == ENVCRYPT_E_NOMEM) {
        evc_err_drop(&refused);
        return evc_err_nomem(err);
    }
    if (rc)
        return evc_checks_add_error(l->out, "key state", "R08", &refused, err);
    return evc_checks_add(l->out, "key state", EVC_CHECK_OK, "R08", 0, err,
                          "the key is %s", metadata->state);
}

static int
check_type(const looking *l, const evc_alibaba_metadata *metadata, evc_error **err)
{
    char spec[EVC_SHOWN];
    char usage[EVC_SHOWN];
    bool rotates;
    const char *objection = evc_ack_key_objection(metadata, &rotates);

    evc_encode_shown(evc_view_text(metadata->spec), spec);
    evc_encode_shown(evc_view_text(metadata->usage), usage);
    if (objection && !rotates)
        return evc_checks_add(
            l->out, "key type", EVC_CHECK_REFUSED, "R23", ENVCRYPT_E_KEY_UNSUITABLE,
            err,
            "the key %s (%s, %s) %s; take a key of Aliyun_AES_256 for "
            "ENCRYPT/DECRYPT that the account made",
            metadata->arn, spec, usage, objection);
    return evc_checks_add(l->out, "key type", EVC_CHECK_OK, "R23", 0, err,
                          "the key is %s for %s", spec, usage);
}

static int
check_rotation(const looking *l, const evc_alibaba_metadata *metadata, evc_error **err)
{
    const bool overridden = evc_cluster_change_overrides(l->job->change, "rotation");
    bool rotates;
    const char *objection = evc_ack_key_objection(metadata, &rotates);

    if (!rotates)
        return evc_checks_add(l->out, "key rotation", EVC_CHECK_OK, "R24", 0, err,
                              "the key is not rotated by itself");
    if (overridden)
        return evc_checks_add(l->out, "key rotation", EVC_CHECK_WARNING, "R24", 0, err,
                              "the key %s (overridden)", objection);
    return evc_checks_add(
        l->out, "key rotation", EVC_CHECK_REFUSED, "R24", ENVCRYPT_E_CLUSTER_OVERRIDE,
        err, "the key %s; the option override=rotation takes it as it is", objection);
}

static int
check_key(const looking *l, evc_error **err)
{
    const evc_cluster_key *key = l->job->key;
    evc_error *failed = NULL;
    evc_alibaba_metadata metadata;
    int rc;

    if (!key || !key->id)
        return 0;
    rc = check_region(l, key, err);
    if (rc)
        return rc;
    rc = evc_alibaba_describe(evc_ack_place_kms(evc_ack_place_site(l->cluster)),
                              key->id, l->wait, &metadata, &failed);
    if (rc)
        return tell_unknown(l, "key state", "R08", rc, failed, err);
    rc = check_state(l, &metadata, err);
    if (!rc)
        rc = check_type(l, &metadata, err);
    if (!rc)
        rc = check_rotation(l, &metadata, err);
    evc_alibaba_metadata_reset(&metadata);
    return rc;
}

/* --- the account --- */

static int
tell_status(const looking *l, const evc_table *answer, evc_error **err)
{
    const char *status = evc_table_text(answer, 0, "status");

    if (strcmp(status, "Enabled") == 0)
        return evc_checks_add(l->out, "KMS account", EVC_CHECK_OK, "R26", 0, err,
                              "Key Management Service is switched on, and nothing is "
                              "owed");
    return evc_checks_add(l->out, "KMS account", EVC_CHECK_REFUSED, "R26",
                          ENVCRYPT_E_BILLING, err,
                          "the account is %s at KMS, which would stop answering and "
                          "the API server with it; settle that first",
                          status[0] ? status : "in no known state");
}

static int
check_account(const looking *l, evc_error **err)
{
    evc_error *failed = NULL;
    evc_table *answer = NULL;
    evc_kv none;
    int rc;

    evc_kv_init(&none);
    rc = evc_service_run(evc_ack_place_site(l->cluster)->kms, "account-status", &none,
                         true, l->wait, &answer, &failed);
    if (rc)
        return tell_unknown(l, "KMS account", "R26", rc, failed, err);
    rc = tell_status(l, answer, err);
    evc_table_free(answer);
    return rc;
}

static int
check_role(const looking *l, evc_error **err)
{
    evc_error *failed = NULL;
    char message[256];
    bool granted;
    int rc = evc_ack_rights_role(evc_ack_place_site(l->cluster), l->wait, &granted,
                                 message, &failed);

    if (rc)
        return tell_unknown(l, "service role", "R25", rc, failed, err);
    if (granted)
        return evc_checks_add(l->out, "service role", EVC_CHECK_OK, "R25", 0, err,
                              "the account has given ACK the role %s",
                              EVC_ACK_SERVICE_ROLE);
    return evc_checks_add(
        l->out, "service role", EVC_CHECK_REFUSED, "R25", ENVCRYPT_E_DENIED, err,
        "the account has not given ACK the role %s (the service says: "
        "%s); authorise it in the console of ACK, under RAM roles",
        EVC_ACK_SERVICE_ROLE, message[0] ? message : "nothing more");
}

static int
check_policy(const looking *l, evc_error **err)
{
    const evc_ack_place *place = evc_ack_place_of(l->cluster);
    evc_error *failed = NULL;
    evc_ack_caller caller;
    evc_ack_has has;
    char why[256];
    int rc = evc_ack_rights_identify(place, l->wait, &caller, &failed);

    if (!rc)
        rc = evc_ack_rights_policy(place, &caller, l->wait, &has, why, &failed);
    if (rc)
        return tell_unknown(l, "RAM policy", "R35", rc, failed, err);
    if (has == EVC_ACK_LACKS)
        return evc_checks_add(l->out, "RAM policy", EVC_CHECK_REFUSED, "R35",
                              ENVCRYPT_E_DENIED, err, "%s", why);
    return evc_checks_add(l->out, "RAM policy",
                          has == EVC_ACK_HAS ? EVC_CHECK_OK : EVC_CHECK_UNKNOWN, "R35",
                          0, err, "%s", why);
}

/* --- all --- */

static int
warn(const looking *l, evc_error **err)
{
    int rc = evc_checks_add(
        l->out, "way to KMS", EVC_CHECK_WARNING, NULL, 0, err,
        "security group and network ACL of the control plane must let it out to "
        "100.64.0.0/10, or the API server becomes unavailable; that cannot be seen "
        "from here");

    if (!rc)
        rc = evc_checks_add(l->out, "RBAC role", EVC_CHECK_UNKNOWN, "R28", 0, err,
                            "the caller needs the RBAC role of cluster administrator "
                            "or O&M engineer in the cluster, which only the change "
                            "itself shows");
    return rc;
}

int
evc_ack_checks(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
               evc_checks *out, evc_error **err)
{
    static int (*const with_key[])(const looking *, evc_error **) = {
        check_key, check_account, check_role, check_policy, warn};
    const looking l = {.cluster = cluster, .job = job, .wait = wait, .out = out};
    const bool needs_key = job->verb == EVC_VERB_ENABLE ||
                           job->verb == EVC_VERB_CHANGE_KEY ||
                           job->verb == EVC_VERB_CREATE;
    int rc = check_kind(&l, err);

    if (!rc && (needs_key || job->verb == EVC_VERB_DISABLE))
        rc = check_cool_down(&l, err);
    for (size_t i = 0; !rc && needs_key && i < sizeof(with_key) / sizeof(with_key[0]);
         i++)
        rc = with_key[i](&l, err);
    return rc;
}
