/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_permissions.h"

#include <string.h>

#include "cloud/aws_account.h"
#include "cloud/aws_rotations.h"
#include "cluster/eks_change.h"
#include "cluster/eks_check.h"
#include "cluster/eks_key.h"
#include "cluster/eks_policy.h"
#include "cluster/eks_wire.h"

typedef struct asking {
    evc_cluster *cluster;
    const evc_cluster_job *job;
    evc_wait *wait;
} asking;

/* --- asking --- */

static int
skip_name(void *user, const char *name, evc_error **err)
{
    (void)user;
    (void)name;
    (void)err;
    return 0;
}

static int
ask_list_clusters(const asking *of, evc_error **err)
{
    return evc_eks_list(evc_eks_here(of->cluster)->eks, &evc_eks_list_clusters, NULL,
                        skip_name, NULL, of->wait, err);
}

static int
ask_list_updates(const asking *of, evc_error **err)
{
    return evc_eks_list(evc_eks_here(of->cluster)->eks, &evc_eks_list_updates,
                        of->cluster->name, skip_name, NULL, of->wait, err);
}

static int
ask_describe_cluster(const asking *of, evc_error **err)
{
    evc_eks_ask ask = {.method = "GET", .cluster = of->cluster->name};
    int rc = evc_eks_ask_run(evc_eks_here(of->cluster)->eks, &evc_eks_describe_cluster,
                             &ask, of->wait, err);

    evc_json_free(ask.doc);
    return rc;
}

static int
ask_action(const asking *of, const char *action, evc_error **err)
{
    const char *const none[] = {NULL};
    evc_table *table = NULL;
    int rc = evc_eks_act(evc_eks_here(of->cluster), action, none, false, of->wait,
                         &table, err);

    evc_table_free(table);
    return rc;
}

static int
ask_list_keys(const asking *of, evc_error **err)
{
    return ask_action(of, "list-keys", err);
}

static int
ask_list_aliases(const asking *of, evc_error **err)
{
    return ask_action(of, "list-aliases", err);
}

static int
ask_describe_key(const asking *of, evc_error **err)
{
    evc_aws_metadata m;
    int rc = evc_eks_key_describe(evc_eks_here(of->cluster), of->job->key->id, of->wait,
                                  &m, err);

    if (rc == 0)
        evc_aws_metadata_reset(&m);
    return rc;
}

static int
ask_create_grant(const asking *of, evc_error **err)
{
    return evc_eks_check_grant(evc_eks_here(of->cluster), of->job->key, of->wait, err);
}

static int
ask_of_key(const asking *of, const char *action, evc_error **err)
{
    const char *const args[] = {"key", of->job->key->id, NULL};
    evc_table *table = NULL;
    int rc = evc_eks_act(evc_eks_here(of->cluster), action, args, false, of->wait,
                         &table, err);

    evc_table_free(table);
    return rc;
}

static int
ask_rotation(const asking *of, evc_error **err)
{
    return ask_of_key(of, "rotation-status", err);
}

static int
ask_policy(const asking *of, evc_error **err)
{
    return ask_of_key(of, "get-key-policy", err);
}

static int
ask_grants(const asking *of, evc_error **err)
{
    return ask_of_key(of, "list-grants", err);
}

static int
ask_usage(const asking *of, evc_error **err)
{
    return ask_of_key(of, "last-usage", err);
}

static int
ask_rotations(const asking *of, evc_error **err)
{
    const evc_eks_region *region = evc_eks_here(of->cluster);
    evc_aws_rotations rotations = {.items = NULL};
    int rc = evc_aws_rotations_list(evc_aws_account_of(region->kms)->peer,
                                    of->job->key->id, &rotations, of->wait, err);

    if (rc == 0)
        evc_aws_rotations_reset(&rotations);
    return rc;
}

/* --- rows --- */

enum where { ANYWHERE, ON_CLUSTER, ON_KEY, ON_ROLE };
enum when { ALWAYS = 1, ENABLE = 2, CREATE = 4, ROTATE = 8 };
#define CHANGE ((unsigned)ENABLE | CREATE | ROTATE)

/* own: KMS allows it within the account of the key alone. */
static const struct row {
    const char *permission;
    enum where on;
    unsigned when;
    const char *needed_for;
    int (*ask)(const asking *of, evc_error **err); /* NULL = only doing it would tell */
    bool own;
} rows[] = {
    {"eks:ListClusters", ANYWHERE, ALWAYS,
     "naming clusters, and the look before a key is "
     "disabled or deleted",
     ask_list_clusters, false},
    {"eks:DescribeCluster", ON_CLUSTER, ALWAYS, "reading the cluster",
     ask_describe_cluster, false},
    {"eks:ListUpdates", ON_CLUSTER, CHANGE,
     "adopting what another tool began, and the proof", ask_list_updates, false},
    {"eks:DescribeUpdate", ON_CLUSTER, CHANGE, "waiting, and the proof", NULL, false},
    {"eks:AssociateEncryptionConfig", ON_CLUSTER, ENABLE, "enabling encryption", NULL,
     false},
    {"eks:CreateCluster", ANYWHERE, CREATE, "creating the cluster", NULL, false},
    {"iam:PassRole", ON_ROLE, CREATE, "giving the cluster its role", NULL, false},
    {"kms:ListKeys", ANYWHERE, ALWAYS, "listing keys", ask_list_keys, false},
    {"kms:ListAliases", ANYWHERE, ALWAYS, "listing keys with their names",
     ask_list_aliases, false},
    {"kms:DescribeKey", ON_KEY, ALWAYS, "knowing which key it is, and its state",
     ask_describe_key, false},
    {"kms:CreateGrant", ON_KEY, ENABLE | CREATE, "letting EKS use the key",
     ask_create_grant, false},
    {"kms:GetKeyPolicy", ON_KEY, ENABLE | CREATE,
     "optional: seeing whether the key's policy stands in the way", ask_policy, true},
    {"kms:ListGrants", ON_KEY, ENABLE | CREATE,
     "optional: seeing whether others use the key", ask_grants, false},
    {"kms:ListKeyRotations", ON_KEY, CHANGE,
     "optional: telling since when the key has its material", ask_rotations, true},
    {"kms:GetKeyLastUsage", ON_KEY, CHANGE,
     "optional: telling when the key was used last", ask_usage, true},
    {"kms:GetKeyRotationStatus", ON_KEY, ROTATE, "waiting for a rotation", ask_rotation,
     false},
    {"kms:RotateKeyOnDemand", ON_KEY, ROTATE, "rotating the key", NULL, true},
};

static unsigned
when_of(evc_cluster_verb verb)
{
    switch (verb) {
    case EVC_VERB_CREATE:
        return ALWAYS | CREATE;
    case EVC_VERB_ROTATE:
        return ALWAYS | ROTATE;
    case EVC_VERB_DISABLE: /* which EKS does not do, nor this */
    case EVC_VERB_CHANGE_KEY:
        return ALWAYS;
    default:
        return ALWAYS | ENABLE;
    }
}

static const char *
subject_of(const asking *of, enum where on)
{
    const char *role = evc_cluster_change_text(of->job->change, "role-arn");

    switch (on) {
    case ON_CLUSTER:
        return of->cluster->name;
    case ON_KEY:
        return of->job->key->id;
    case ON_ROLE:
        return role ? role : "*";
    case ANYWHERE:
        break;
    }
    return "*";
}

static int
add_row(const struct row *row, const char *on, const char *has, const char *detail,
        evc_table *out, evc_error **err)
{
    int rc = evc_table_add_row(out, err);

    if (rc == 0)
        rc = evc_table_set(out, "permission", row->permission, err);
    if (rc == 0)
        rc = evc_table_set(out, "on", on, err);
    if (rc == 0)
        rc = evc_table_set(out, "needed-for", row->needed_for, err);
    if (rc == 0)
        rc = evc_table_set(out, "has", has, err);
    return rc ? rc : evc_table_set(out, "detail", detail, err);
}

static int
add_asked(const asking *of, const struct row *row, evc_table *out, evc_error **err)
{
    evc_error *failed = NULL;
    const char *has;
    int rc = row->ask(of, &failed);

    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    /* Who may not ask is not told that there is none. */
    if (rc == ENVCRYPT_E_CLUSTER_NOT_FOUND) {
        evc_err_drop(&failed);
        rc = 0;
    }
    has = rc == 0 ? "yes" : rc == ENVCRYPT_E_DENIED ? "no" : "unknown";
    rc = add_row(row, subject_of(of, row->on), has,
                 rc ? evc_error_message(failed) : NULL, out, err);
    evc_error_free(failed);
    return rc;
}

/* Whether the key is known to be of another account than the cluster. */
static bool
is_foreign(const evc_cluster_job *job)
{
    const char *account =
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_ACCOUNT) : "";

    return account[0] && job->key && job->key->account && job->key->account[0] &&
           strcmp(account, job->key->account) != 0;
}

int
evc_eks_permissions(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                    evc_table *out, evc_error **err)
{
    const asking of = {.cluster = cluster, .job = job, .wait = wait};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];

        if (!(row->when & when_of(job->verb)))
            continue;
        if ((row->on == ON_KEY && !job->key) ||
            (row->on == ON_CLUSTER && !cluster->name[0]))
            rc = add_row(row, "*", "unknown", "name it to find out", out, err);
        else if (row->own && is_foreign(job))
            rc = add_row(row, subject_of(&of, row->on), "unknown",
                         "KMS allows it in the account of the key alone, and the key "
                         "is of another one",
                         out, err);
        else if (!row->ask)
            rc = add_row(row, subject_of(&of, row->on), "unknown",
                         "AWS tells only who does it", out, err);
        else
            rc = add_asked(&of, row, out, err);
    }
    return rc;
}

int
evc_eks_policy(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *out,
               evc_error **err)
{
    const char *region = evc_eks_here(cluster)->name;
    const evc_eks_wish wish = {
        .partition = evc_aws_partition(region),
        .region = region,
        .account = job->state ? job->state->texts[EVC_CLUSTER_ACCOUNT] : NULL,
        .cluster = cluster->name[0] ? cluster->name : NULL,
        .key = job->key ? job->key->id : NULL,
        .role = evc_cluster_change_text(job->change, "role-arn"),
        .create = job->verb == EVC_VERB_CREATE,
        .enable = job->verb == EVC_VERB_ENABLE,
        .rotate = job->verb == EVC_VERB_ROTATE,
        .keys = true,
    };

    return evc_eks_policy_write(&wish, out, err);
}
