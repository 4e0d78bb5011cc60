/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_change.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cloud/aws_account.h"
#include "cloud/aws_arn.h"
#include "cluster/eks_cluster.h"
#include "cluster/eks_create.h"
#include "cluster/eks_key.h"
#include "cluster/eks_update.h"
#include "cluster/eks_wire.h"

/* Updates of a cluster that are looked at, from both ends of the list. */
#define LOOKS_MAX 200u

static void
tell(char *out, const char *text)
{
    (void)snprintf(out, EVC_UPDATE_TEXT, "%s", text);
}

/* --- looks --- */

int
evc_eks_look(evc_cluster *cluster, evc_wait *wait, evc_cluster_state *out,
             evc_error **err)
{
    const evc_eks_region *region = evc_eks_here(cluster);
    evc_eks_ask ask = {.method = "GET", .cluster = cluster->name};
    int rc = evc_eks_ask_run(region->eks, &evc_eks_describe_cluster, &ask, wait, err);

    if (rc)
        return rc;
    rc = evc_eks_cluster_read(evc_json_root(ask.doc), out, err);
    evc_json_free(ask.doc);
    rc = evc_eks_result(&evc_eks_describe_cluster, rc, err);
    return rc ? rc : evc_eks_key_resolve(region, out, wait, err);
}

static int
look_at_update(evc_cluster *cluster, const char *id, evc_eks_update *out,
               evc_wait *wait, evc_error **err)
{
    evc_eks_ask ask = {
        .method = "GET", .cluster = cluster->name, .tail = "updates", .id = id};
    int rc = evc_eks_ask_run(evc_eks_here(cluster)->eks, &evc_eks_describe_update, &ask,
                             wait, err);

    if (rc)
        return rc;
    rc = evc_eks_update_read(evc_json_root(ask.doc), out, err);
    evc_json_free(ask.doc);
    return evc_eks_result(&evc_eks_describe_update, rc, err);
}

/* Whether a key as somebody named it in an update is the one of an ARN. One that could not
 * be asked for is not another one. */
static int
compare_key(evc_cluster *cluster, const char *given, const char *arn, bool *same,
            evc_wait *wait, evc_error **err)
{
    evc_aws_metadata m;
    evc_aws_arn of;
    int rc;

    *same = strcmp(given, arn) == 0;
    if (*same || !given[0] ||
        (evc_aws_arn_parse(evc_view_text(given), &of) && !of.is_alias))
        return 0;
    rc = evc_eks_key_describe(evc_eks_here(cluster), given, wait, &m, err);
    if (rc == ENVCRYPT_E_KEY_NOT_FOUND) {
        evc_err_drop(err);
        return 0;
    }
    if (rc)
        return rc;
    *same = strcmp(m.arn, arn) == 0;
    evc_aws_metadata_reset(&m);
    return 0;
}

/* Ids of updates, in the order of the list, each in EVC_EKS_ID_MAX bytes. */
typedef struct id_list {
    evc_buf ids;
    size_t count;
} id_list;

static int
take_id(void *user, const char *id, evc_error **err)
{
    char padded[EVC_EKS_ID_MAX] = "";
    id_list *list = user;

    if (strlen(id) >= sizeof(padded))
        return evc_err(err, ENVCRYPT_E_JSON, "the id of an update is too long");
    memcpy(padded, id, strlen(id));
    evc_buf_put(&list->ids, padded, sizeof(padded));
    list->count++;
    return evc_buf_check(&list->ids, err);
}

/* From both ends, the last first: the newest is at one of them, and which is not documented. */
static const char *
id_at(const id_list *list, size_t number)
{
    size_t at = number % 2 ? number / 2 : list->count - 1 - number / 2;

    return (const char *)&list->ids.data[at * EVC_EKS_ID_MAX];
}

static bool
is_running(const evc_eks_update *update)
{
    return update->status == EVC_EKS_IN_PROGRESS;
}

static bool
is_done_association(const evc_eks_update *update)
{
    return update->is_association && update->status == EVC_EKS_SUCCESSFUL;
}

/* What looking through the updates of a cluster found; no id = none. */
typedef struct sighting {
    evc_eks_update fit;  /* the first that fits */
    evc_eks_update last; /* else: the newest association */
} sighting;

static void
keep_newest(const evc_eks_update *seen, evc_eks_update *last)
{
    if (seen->is_association && (!last->id[0] || seen->created_ms > last->created_ms))
        *last = *seen;
}

static int
find_update(evc_cluster *cluster, bool (*fits)(const evc_eks_update *update),
            sighting *out, evc_wait *wait, evc_error **err)
{
    id_list list = {.count = 0};
    evc_eks_update seen;
    int rc;

    *out = (sighting){.fit = {.id = ""}};
    evc_buf_init(&list.ids);
    rc = evc_eks_list(evc_eks_here(cluster)->eks, &evc_eks_list_updates, cluster->name,
                      take_id, &list, wait, err);
    for (size_t i = 0; rc == 0 && !out->fit.id[0] && i < list.count && i < LOOKS_MAX;
         i++) {
        rc = look_at_update(cluster, id_at(&list, i), &seen, wait, err);
        if (rc == ENVCRYPT_E_CLUSTER_NOT_FOUND) { /* forgotten since it was listed */
            evc_err_drop(err);
            rc = 0;
            continue;
        }
        if (rc == 0 && fits(&seen))
            out->fit = seen;
        else if (rc == 0)
            keep_newest(&seen, &out->last);
    }
    evc_buf_reset(&list.ids);
    return rc;
}

int
evc_eks_last_association(evc_cluster *cluster, evc_eks_update *out, evc_wait *wait,
                         evc_error **err)
{
    sighting seen;
    int rc = find_update(cluster, is_done_association, &seen, wait, err);

    /* One that succeeded is for good, wherever it stands. */
    *out = seen.fit.id[0] ? seen.fit : seen.last;
    return rc;
}

/* --- association --- */

typedef struct association {
    const char *key;
    const char *token;
} association;

static int
write_association(const void *what, evc_jwrite *w, evc_error **err)
{
    const association *of = what;

    (void)err;
    evc_eks_write_config(w, of->key);
    evc_jwrite_member_text(w, "clientRequestToken", of->token);
    return 0;
}

static void
run_on(evc_cluster_update *update, const evc_eks_update *seen, const char *request_id)
{
    update->phase = EVC_UPDATE_RUNNING;
    tell(update->id, seen->id);
    tell(update->request_id, request_id);
    tell(update->detail, "EKS works on it");
}

/* Another update runs: it may be the wanted one, begun by somebody else. */
static int
adopt(evc_cluster *cluster, const evc_cluster_job *job, evc_cluster_update *update,
      evc_wait *wait, evc_error **err)
{
    sighting seen;
    bool same = false;
    int rc = find_update(cluster, is_running, &seen, wait, err);
    const evc_eks_update *found = &seen.fit;

    if (rc == 0 && found->id[0] && found->is_association)
        rc = compare_key(cluster, found->key, job->key->id, &same, wait, err);
    if (rc)
        return rc;
    if (same) {
        run_on(update, found, "");
        update->adopted = true;
        return 0;
    }
    if (found->id[0] && found->is_association)
        return evc_err(
            err, ENVCRYPT_E_CLUSTER_CANNOT,
            "the cluster %s is being encrypted with another key, %.200s, which EKS "
            "cannot change afterwards; see its update %s",
            cluster->name, found->key[0] ? found->key : "which it does not name",
            found->id);
    update->phase = EVC_UPDATE_NONE;
    tell(update->detail, "another update of the cluster is under way");
    return 0;
}

/* Encryption is on already: with the wanted key there is nothing left to do. */
static int
settle_conflict(evc_cluster *cluster, const evc_cluster_job *job,
                evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    evc_cluster_state state;
    const char *key;
    int rc;

    evc_err_drop(err);
    evc_cluster_state_init(&state);
    rc = evc_eks_look(cluster, wait, &state, err);
    key = evc_cluster_state_text(&state, EVC_CLUSTER_KEY);
    if (rc == 0 && strcmp(key, job->key->id) == 0) {
        update->phase = EVC_UPDATE_DONE;
        update->needless = update->sent_ms < 0;
        tell(update->detail, "the cluster is encrypted with this key");
    } else if (rc == 0 && !key[0] &&
               state.encryption != ENVCRYPT_CLUSTER_ENCRYPTION_OWN) {
        rc = adopt(cluster, job, update, wait, err);
    } else if (rc == 0) {
        rc = evc_err(
            err, ENVCRYPT_E_CLUSTER_CANNOT,
            "the cluster %s already uses %s, and EKS cannot change the key; rotate "
            "that key instead",
            cluster->name,
            key[0] ? key : evc_cluster_state_text(&state, EVC_CLUSTER_KEY_GIVEN));
    }
    evc_cluster_state_reset(&state);
    return rc;
}

static int
begin_association(evc_cluster *cluster, const evc_cluster_job *job,
                  evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    const association of = {.key = job->key->id, .token = update->token};
    evc_eks_ask ask = {.method = "POST",
                       .cluster = cluster->name,
                       .tail = "encryption-config/associate",
                       .write = write_association,
                       .what = &of};
    evc_eks_update seen;
    int rc = evc_eks_ask_run(evc_eks_here(cluster)->eks,
                             &evc_eks_associate_encryption_config, &ask, wait, err);

    if (rc == ENVCRYPT_E_SERVICE_CONFLICT)
        return settle_conflict(cluster, job, update, wait, err);
    if (rc == ENVCRYPT_E_CLUSTER_BUSY) {
        evc_err_drop(err);
        return adopt(cluster, job, update, wait, err);
    }
    if (rc)
        return rc;
    rc = evc_eks_update_read(evc_json_root(ask.doc), &seen, err);
    evc_json_free(ask.doc);
    rc = evc_eks_result(&evc_eks_associate_encryption_config, rc, err);
    if (rc == 0)
        run_on(update, &seen, ask.request_id);
    return rc;
}

/* Successful is not enough: the cluster must tell the key, and no trouble with it. */
static int
confirm(evc_cluster *cluster, const evc_cluster_job *job, evc_cluster_update *update,
        evc_wait *wait, evc_error **err)
{
    const char *wanted = job->key ? job->key->id : update->key; /* "" = any */
    evc_cluster_state state;
    const char *key;
    int rc;

    evc_cluster_state_init(&state);
    rc = evc_eks_look(cluster, wait, &state, err);
    key = evc_cluster_state_text(&state, EVC_CLUSTER_KEY);
    if (rc == 0 && state.phase == EVC_CLUSTER_BROKEN) {
        update->phase = EVC_UPDATE_FAILED;
        evc_cluster_update_tell(update, "the cluster is %s",
                                evc_cluster_state_text(&state, EVC_CLUSTER_STATUS));
    } else if (rc == 0 && state.phase == EVC_CLUSTER_STEADY && key[0] && wanted[0] &&
               strcmp(key, wanted) != 0) {
        update->phase = EVC_UPDATE_FAILED;
        evc_cluster_update_tell(update, "the cluster tells another key, %.180s", key);
    } else if (rc == 0 && evc_cluster_state_is_sick(&state)) {
        tell(update->detail, "EKS has done it and reports trouble with the key");
    } else if (rc == 0 && state.phase == EVC_CLUSTER_STEADY && key[0]) {
        update->phase = EVC_UPDATE_DONE;
        tell(update->detail, "EKS has done it, and the cluster is ACTIVE with the key");
    } else if (rc == 0) {
        evc_cluster_update_tell(update, "the cluster is %.60s",
                                evc_cluster_state_text(&state, EVC_CLUSTER_STATUS));
    }
    evc_cluster_state_reset(&state);
    return rc;
}

static int
poll_association(evc_cluster *cluster, const evc_cluster_job *job,
                 evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    evc_eks_update seen;
    int rc;

    if (!update->id[0])
        return confirm(cluster, job, update, wait, err);
    rc = look_at_update(cluster, update->id, &seen, wait, err);
    if (rc == ENVCRYPT_E_CLUSTER_NOT_FOUND) {
        evc_err_drop(err);
        if (update->adopted) /* nobody may ever have begun what a person named */
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "EKS knows no update \"%s\" of the cluster %s; see its "
                           "updates, or cluster status",
                           update->id, cluster->name);
        update->phase = EVC_UPDATE_FAILED;
        tell(update->detail, "EKS knows the update no more");
        return 0;
    }
    if (rc == 0 && !seen.is_association) /* one that a person named */
        rc = evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "the update %s of the cluster %s does not switch encryption on; name "
            "one that does",
            update->id, cluster->name);
    if (rc)
        return rc;
    switch (seen.status) {
    case EVC_EKS_SUCCESSFUL:
        return confirm(cluster, job, update, wait, err);
    case EVC_EKS_FAILED:
    case EVC_EKS_CANCELLED:
        update->phase = EVC_UPDATE_FAILED;
        evc_cluster_update_tell(update, "%s%s%s",
                                seen.status == EVC_EKS_FAILED ? "Failed" : "Cancelled",
                                seen.why[0] ? ": " : "", seen.why);
        return 0;
    case EVC_EKS_IN_PROGRESS:
        tell(update->detail, "EKS works on it");
        return 0;
    }
    return 0;
}

/* --- creation --- */

static int
begin_creation(evc_cluster *cluster, const evc_cluster_job *job,
               evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    const evc_eks_create of = {.name = cluster->name,
                               .key = job->key->id,
                               .token = update->token,
                               .change = job->change};
    evc_eks_ask ask = {.method = "POST", .write = evc_eks_create_write, .what = &of};
    int rc = evc_eks_create_check(&of, err);

    if (rc == 0)
        rc = evc_eks_ask_run(evc_eks_here(cluster)->eks, &evc_eks_create_cluster, &ask,
                             wait, err);
    if (rc)
        return rc;
    update->phase = EVC_UPDATE_RUNNING;
    tell(update->request_id, ask.request_id);
    tell(update->detail, "EKS makes the cluster");
    evc_json_free(ask.doc);
    return 0;
}

/* --- rotation in place --- */

/* Out: whether the key has another material than before, or the rotation runs. */
static int
look_at_rotation(evc_cluster *cluster, const char *key, const char *mark, bool *other,
                 bool *running, evc_wait *wait, evc_error **err)
{
    const evc_eks_region *region = evc_eks_here(cluster);
    evc_aws_metadata m;
    evc_table *table = NULL;
    int rc = evc_eks_key_describe(region, key, wait, &m, err);

    if (rc)
        return rc;
    *other = m.material && mark[0] && strcmp(m.material, mark) != 0;
    evc_aws_metadata_reset(&m);
    rc = evc_eks_act(region, "rotation-status", (const char *const[]){"key", key, NULL},
                     false, wait, &table, err);
    *running = rc == 0 && evc_table_text(table, 0, "rotating-since")[0];
    evc_table_free(table);
    return rc;
}

static int
begin_rotation(evc_cluster *cluster, const evc_cluster_job *job,
               evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    const char *const args[] = {"key", job->key ? job->key->id : "", NULL};
    evc_table *table = NULL;
    bool other = false;
    bool running = false;
    int rc = job->key ? 0
                      : evc_err(err, ENVCRYPT_E_ARGUMENT,
                                "the cluster %s has no key of its own that could be "
                                "rotated",
                                cluster->name);

    /* An earlier request may have been heard: a second rotation would be one too many. */
    if (rc == 0 && update->phase == EVC_UPDATE_SENT)
        rc = look_at_rotation(cluster, job->key->id, update->mark, &other, &running,
                              wait, err);
    if (rc == 0 && !other && !running)
        rc = evc_eks_act(evc_eks_here(cluster), "rotate-key", args, false, wait, &table,
                         err);
    evc_table_free(table);
    if (rc)
        return rc;
    update->phase = EVC_UPDATE_RUNNING;
    tell(update->detail, "KMS rotates the key");
    return 0;
}

static int
poll_rotation(evc_cluster *cluster, const evc_cluster_job *job,
              evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    bool other = false;
    bool running = false;
    int rc = look_at_rotation(cluster, job->key ? job->key->id : update->key,
                              update->mark, &other, &running, wait, err);

    if (rc || running || (update->mark[0] && !other))
        return rc;
    update->phase = EVC_UPDATE_DONE;
    tell(update->detail, "the key has new material");
    return 0;
}

/* --- of the table --- */

int
evc_eks_begin(evc_cluster *cluster, const evc_cluster_job *job,
              evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    switch (job->verb) {
    case EVC_VERB_CREATE:
        return begin_creation(cluster, job, update, wait, err);
    case EVC_VERB_ENABLE:
        return begin_association(cluster, job, update, wait, err);
    case EVC_VERB_ROTATE:
        return begin_rotation(cluster, job, update, wait, err);
    case EVC_VERB_CHANGE_KEY:
    case EVC_VERB_DISABLE:
    case EVC_VERB_REENCRYPT:
    case EVC_VERB_VERIFY:
        break;
    }
    return evc_err(err, ENVCRYPT_E_CLUSTER_CANNOT, "EKS cannot %s",
                   job->verb == EVC_VERB_DISABLE
                       ? "switch the encryption of Secrets off"
                       : "change the key that Secrets are encrypted under");
}

int
evc_eks_poll(evc_cluster *cluster, const evc_cluster_job *job,
             evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    switch (job->verb) {
    case EVC_VERB_CREATE:
        return confirm(cluster, job, update, wait, err);
    case EVC_VERB_ROTATE:
        return poll_rotation(cluster, job, update, wait, err);
    default:
        return poll_association(cluster, job, update, wait, err);
    }
}
