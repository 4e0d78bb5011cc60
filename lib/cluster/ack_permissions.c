/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_permissions.h"

#include "cloud/alibaba_metadata.h"
#include "cluster/ack_fetch.h"
#include "cluster/ack_place.h"
#include "cluster/ack_rights.h"
#include "cluster/ack_tasks.h"
#include "cluster/ack_trail.h"

typedef struct answer {
    const char *permission;
    const char *on;
    const char *needed_for;
    const char *has; /* "yes", "no", "unknown" */
    const char *detail;
} answer;

static int
add(evc_table *out, const answer *a, evc_error **err)
{
    const struct {
        const char *column;
        const char *text;
    } cells[] = {
        {"permission", a->permission}, {"on", a->on},
        {"needed-for", a->needed_for}, {"has", a->has},
        {"detail", a->detail},
    };
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; !rc && i < sizeof(cells) / sizeof(cells[0]); i++)
        rc = evc_table_set(out, cells[i].column, cells[i].text, err);
    return rc;
}

/* --- what was tried --- */

/* Whether a call that changes nothing went through. failed is consumed. */
static int
add_tried(evc_table *out, answer a, int code, evc_error *failed, evc_error **err)
{
    if (evc_error_ends_call(code)) {
        evc_err_add_cause(err, failed);
        return code;
    }
    a.has = code == 0 ? "yes" : code == ENVCRYPT_E_DENIED ? "no" : "unknown";
    a.detail = code ? evc_error_message(failed) : a.detail;
    code = add(out, &a, err);
    evc_error_free(failed);
    return code;
}

typedef struct asking {
    evc_cluster *cluster;
    const evc_cluster_job *job;
    evc_wait *wait;
} asking;

/* Of the cluster, as it was read; else as it was named. */
static const char *
id_of(const asking *of)
{
    const char *id =
        of->job->state ? evc_cluster_state_text(of->job->state, EVC_CLUSTER_ID) : "";

    return id[0] ? id : of->cluster->name;
}

static int
ask_detail(const asking *of, evc_error **err)
{
    evc_ack_found found;
    int rc = evc_ack_fetch_id(evc_ack_place_site(of->cluster), id_of(of), of->wait,
                              &found, err);

    if (rc == 0)
        evc_ack_found_reset(&found);
    return rc;
}

static int
skip(void *user, const evc_json *item, evc_error **err)
{
    (void)user;
    (void)item;
    (void)err;
    return 0;
}

static int
ask_clusters(const asking *of, evc_error **err)
{
    return evc_ack_fetch_all(evc_ack_place_site(of->cluster), NULL, skip, NULL,
                             of->wait, err);
}

static int
ask_tasks(const asking *of, evc_error **err)
{
    evc_ack_task task;
    bool found;

    return evc_ack_tasks_newest(evc_ack_place_site(of->cluster), id_of(of), of->wait,
                                &task, &found, err);
}

static int
ask_role(const asking *of, evc_error **err)
{
    char message[256];
    bool granted;

    return evc_ack_rights_role(evc_ack_place_site(of->cluster), of->wait, &granted,
                               message, err);
}

static int
ask_service(const asking *of, const char *action, evc_error **err)
{
    evc_table *told = NULL;
    evc_kv none;
    int rc;

    evc_kv_init(&none);
    rc = evc_service_run(evc_ack_place_site(of->cluster)->kms, action, &none, true,
                         of->wait, &told, err);
    evc_table_free(told);
    return rc;
}

static int
ask_account(const asking *of, evc_error **err)
{
    return ask_service(of, "account-status", err);
}

static int
ask_keys(const asking *of, evc_error **err)
{
    return ask_service(of, "list-keys", err);
}

static int
ask_key(const asking *of, evc_error **err)
{
    evc_alibaba_metadata metadata;
    int rc = evc_alibaba_describe(evc_ack_place_kms(evc_ack_place_site(of->cluster)),
                                  of->job->key->id, of->wait, &metadata, err);

    if (!rc)
        evc_alibaba_metadata_reset(&metadata);
    return rc;
}

/* One page: nothing is from after the end of time. */
static int
ask_trail(const asking *of, evc_error **err)
{
    const evc_ack_sought nothing = {.key_arn = "", .cluster = "", .from_ms = INT64_MAX};
    evc_ack_use use;

    return evc_ack_trail_look(evc_ack_place_of(of->cluster), &nothing, of->wait, &use,
                              err);
}

enum where { ANYWHERE, ON_CLUSTER, ON_KEY };
enum when { CREATE = 1, SWITCH = 2, DISABLE = 4 };
#define WITH_KEY ((unsigned)CREATE | SWITCH)
#define CHANGE ((unsigned)SWITCH | DISABLE)
#define ALWAYS ((unsigned)CREATE | SWITCH | DISABLE)

static const struct row {
    const char *permission;
    enum where on;
    unsigned when;
    const char *needed_for;
    int (*ask)(const asking *of, evc_error **err); /* NULL: detail says why */
    const char *detail;
} rows[] = {
    {"cs:DescribeClusterDetail", ON_CLUSTER, ALWAYS, "reading the cluster, and waiting",
     ask_detail, NULL},
    /* "Custom RAM policies" of ACK's guide: the call takes both. */
    {"cs:DescribeClustersV1, cs:GetClusters", ANYWHERE, ALWAYS,
     "naming clusters, the proof, and the look before a key is disabled", ask_clusters,
     NULL},
    {"cs:DescribeClusterTasks", ON_CLUSTER, ALWAYS,
     "optional: the time of the last change, and why one failed", ask_tasks, NULL},
    {"cs:DescribeClusterUserKubeconfig", ON_CLUSTER, CHANGE, "reaching the API server",
     NULL, "asking would make a kubeconfig"},
    {"cs:UpdateKMSEncryption", ON_CLUSTER, CHANGE, "enable, rotate --key, disable",
     NULL, "only the change itself shows it"},
    {"cs:CreateCluster", ANYWHERE, CREATE, "create", NULL,
     "only the creation itself shows it"},
    {"cs:CheckServiceRole", ANYWHERE, WITH_KEY,
     "optional: seeing whether the service role is authorised", ask_role, NULL},
    {"kms:DescribeAccountKmsStatus", ANYWHERE, WITH_KEY,
     "optional: seeing whether the account is in debt", ask_account, NULL},
    {"kms:ListKeys, kms:ListAliases", ANYWHERE, WITH_KEY, "keys", ask_keys, NULL},
    {"kms:DescribeKey", ON_KEY, ALWAYS, "preflight, status", ask_key, NULL},
    {"actiontrail:LookupEvents", ANYWHERE, WITH_KEY, "the proof", ask_trail, NULL},
    {"ram:ListPoliciesForUser, ram:ListGroupsForUser, ram:ListPoliciesForGroup, "
     "ram:ListPoliciesForRole",
     ANYWHERE, WITH_KEY,
     "optional: seeing whether the caller has the policy " EVC_ACK_POLICY, NULL,
     "what could be read shows in the row of that policy"},
    {"administrator or O&M engineer", ON_CLUSTER, CHANGE,
     "enable, rotate --key, disable; by RBAC of the cluster", NULL,
     "only the change itself shows it"},
};

static unsigned
when_of(evc_cluster_verb verb)
{
    switch (verb) {
    case EVC_VERB_CREATE:
        return CREATE;
    case EVC_VERB_DISABLE:
        return DISABLE;
    default:
        return SWITCH;
    }
}

static int
add_row(const asking *of, const struct row *row, evc_table *out, evc_error **err)
{
    const evc_cluster_key *key = of->job->key;
    const bool unnamed = (row->on == ON_KEY && (!key || !key->id)) ||
                         (row->on == ON_CLUSTER && !id_of(of)[0]);
    evc_error *failed = NULL;
    answer a = {.permission = row->permission,
                .on = "*",
                .needed_for = row->needed_for,
                .has = "unknown",
                .detail = unnamed ? "name it to find out" : row->detail};
    int rc;

    if (!unnamed && row->on == ON_CLUSTER)
        a.on = id_of(of);
    if (!unnamed && row->on == ON_KEY)
        a.on = key->id;
    if (unnamed || !row->ask)
        return add(out, &a, err);
    rc = row->ask(of, &failed);
    /* Who may not ask is not told that there is none. */
    if (rc == ENVCRYPT_E_CLUSTER_NOT_FOUND) {
        evc_err_drop(&failed);
        rc = 0;
    }
    a.detail = "asked for";
    return add_tried(out, a, rc, failed, err);
}

/* --- what is told --- */

static int
add_policy(evc_cluster *cluster, evc_wait *wait, evc_table *out, evc_error **err)
{
    static const char *const words[] = {
        [EVC_ACK_HAS] = "yes", [EVC_ACK_LACKS] = "no", [EVC_ACK_UNKNOWN] = "unknown"};
    const evc_ack_place *place = evc_ack_place_of(cluster);
    evc_ack_has has = EVC_ACK_UNKNOWN;
    evc_error *failed = NULL;
    evc_ack_caller caller;
    char why[256] = "";
    answer a = {.permission = EVC_ACK_POLICY,
                .on = "the caller",
                .needed_for = "create, enable, rotate --key"};
    int rc = evc_ack_rights_identify(place, wait, &caller, &failed);

    if (!rc)
        rc = evc_ack_rights_policy(place, &caller, wait, &has, why, &failed);
    if (rc)
        return add_tried(out, a, rc == ENVCRYPT_E_DENIED ? ENVCRYPT_E_AUTH : rc, failed,
                         err);
    a.has = words[has];
    a.detail = why;
    return add(out, &a, err);
}

static int
add_role(evc_cluster *cluster, evc_wait *wait, evc_table *out, evc_error **err)
{
    evc_error *failed = NULL;
    char message[256];
    bool granted;
    answer a = {.permission = EVC_ACK_SERVICE_ROLE,
                .on = "ACK",
                .needed_for = "create, enable, rotate --key"};
    int rc = evc_ack_rights_role(evc_ack_place_site(cluster), wait, &granted, message,
                                 &failed);

    /* That asking was denied says nothing of the role. */
    if (rc)
        return add_tried(out, a, rc == ENVCRYPT_E_DENIED ? ENVCRYPT_E_AUTH : rc, failed,
                         err);
    a.has = granted ? "yes" : "no";
    a.detail = granted ? "the account has authorised it" : message;
    return add(out, &a, err);
}

int
evc_ack_permissions(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                    evc_table *out, evc_error **err)
{
    const asking of = {.cluster = cluster, .job = job, .wait = wait};
    const unsigned when = when_of(job->verb);
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].when & when)
            rc = add_row(&of, &rows[i], out, err);
    }
    if (!rc && (when & WITH_KEY))
        rc = add_policy(cluster, wait, out, err);
    if (!rc && (when & WITH_KEY))
        rc = add_role(cluster, wait, out, err);
    return rc;
}
