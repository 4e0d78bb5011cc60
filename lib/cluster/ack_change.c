/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_change.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cluster/ack_fetch.h"
#include "cluster/ack_tasks.h"
#include "codec/jwrite.h"

#define SECOND_MS 1000

static const evc_operation_kind update_kind = EVC_ACK_CALLS_ONCE("UpdateKMSEncryption");

/* --- what is wanted --- */

const char *
evc_ack_change_wants(const evc_cluster_job *job)
{
    if (job->verb == EVC_VERB_DISABLE || !job->key)
        return NULL;
    return job->key->short_id;
}

int
evc_ack_change_write(const evc_cluster_job *job, evc_buf *out, evc_error **err)
{
    const char *key = evc_ack_change_wants(job);
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_member_bool(&w, "disable_encryption", !key);
    if (key)
        evc_jwrite_member_text(&w, "kms_key_id", key);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

/* --- what is seen --- */

static void
say(evc_cluster_update *update, evc_update_phase phase, const char *text)
{
    update->phase = phase;
    evc_cluster_update_tell(update, "%s", text);
}

static void
judge_running(const evc_ack_detail *detail, const char *wanted, int64_t now_ms,
              evc_cluster_update *update)
{
    const int64_t left = update->sent_ms + EVC_ACK_GRACE_MS - now_ms;

    if (evc_ack_detail_is(detail, wanted)) {
        say(update, EVC_UPDATE_DONE, "the cluster is running, with what is wanted");
        update->done_ms = now_ms;
    } else if (update->sent_ms >= 0 && left > 0 && left <= EVC_ACK_GRACE_MS) {
        evc_cluster_update_tell(
            update,
            "the change was not seen to begin yet; that may take %" PRId64 " s more",
            (left + SECOND_MS - 1) / SECOND_MS);
    } else if (update->phase == EVC_UPDATE_SENT) {
        say(update, EVC_UPDATE_NONE, "the earlier request did not reach the service");
    } else {
        say(update, EVC_UPDATE_FAILED,
            "the service accepted the change, and the cluster runs on without it");
    }
}

void
evc_ack_change_judge(const evc_ack_detail *detail, const char *wanted, int64_t now_ms,
                     evc_cluster_update *update)
{
    if (evc_ack_detail_is_running(detail)) {
        judge_running(detail, wanted, now_ms, update);
        return;
    }
    if (evc_ack_detail_is_broken(detail))
        update->phase = EVC_UPDATE_FAILED;
    else if (update->phase == EVC_UPDATE_SENT)
        update->phase = EVC_UPDATE_RUNNING;
    evc_cluster_update_tell(update, "the cluster is %.64s", detail->state);
}

/* --- after a failure --- */

void
evc_ack_change_explain(const evc_cluster *cluster, const char *id, evc_wait *wait,
                       evc_cluster_update *update)
{
    size_t used = strlen(update->detail);
    evc_ack_task task;
    bool found;

    if (evc_ack_tasks_newest(evc_ack_place_site(cluster), id, wait, &task, &found,
                             NULL) ||
        !found || (!task.code[0] && !task.message[0]))
        return;
    (void)snprintf(&update->detail[used], sizeof(update->detail) - used,
                   "; its newest task says %s: %s", task.code[0] ? task.code : "error",
                   task.message);
}

/* --- begin --- */

static int64_t
now_of(const evc_cluster *cluster)
{
    return evc_clock_wall_ms(evc_cluster_clock(cluster));
}

/* After the answer to the request, or for lack of one. */
static int
settle(const evc_ack_call *call, int code, evc_cluster_update *update, evc_error **err)
{
    if (!code) {
        say(update, EVC_UPDATE_RUNNING, "the service accepted the change");
        (void)snprintf(update->request_id, sizeof(update->request_id), "%s",
                       call->request_id);
        return 0;
    }
    /* Without an answer nobody knows, nor with one of trouble; else nothing was done. */
    if (!call->status || call->status >= 500)
        return code;
    update->sent_ms = -1;
    update->phase = EVC_UPDATE_NONE;
    if (call->status != 409)
        return code;
    evc_err_drop(err);
    evc_cluster_update_tell(
        update, "ACK lets five minutes pass after a change, and takes none beside "
                "another one; it will be asked again");
    return 0;
}

static int
send_change(evc_cluster *cluster, const evc_cluster_job *job, const char *id,
            evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    char path[EVC_ACK_PATH];
    evc_buf body;
    evc_ack_call call = {
        .method = "PUT", .path = path, .body = &body, .any_answer = true};
    int rc;

    evc_buf_init(&body);
    rc = evc_ack_change_write(job, &body, err);
    if (!rc)
        rc = evc_ack_fetch_path(id, "/kms", path, err);
    if (!rc) {
        update->phase = EVC_UPDATE_SENT;
        update->sent_ms = now_of(cluster);
        rc = evc_ack_call_run(evc_ack_place_site(cluster)->cs, &update_kind, id, &call,
                              wait, err);
        rc = settle(&call, rc, update, err);
        evc_json_free(call.doc);
    }
    evc_buf_reset(&body);
    return rc;
}

/* Before anything is sent: whether it is needless, under way, or has to wait. */
static bool
is_settled(const evc_ack_detail *detail, const char *wanted, int64_t now_ms,
           evc_cluster_update *update)
{
    const bool as_wanted = evc_ack_detail_is(detail, wanted);
    const bool sent = update->phase == EVC_UPDATE_SENT;

    if (sent) {
        evc_ack_change_judge(detail, wanted, now_ms, update);
        return update->phase != EVC_UPDATE_NONE;
    }
    if (evc_ack_detail_is_running(detail)) {
        if (!as_wanted)
            return false;
        say(update, EVC_UPDATE_DONE, "the cluster has what is wanted already");
        update->needless = true;
        update->done_ms = now_ms;
        return true;
    }
    if (as_wanted && !evc_ack_detail_is_broken(detail)) {
        say(update, EVC_UPDATE_RUNNING, "somebody else's change is under way");
        update->adopted = true;
        return true;
    }
    evc_cluster_update_tell(
        update, "the cluster is %.64s, and takes no change until it is running",
        detail->state);
    return true;
}

/* R28 in words that name who and where. */
static int
explain_refusal(int code, const char *id, evc_error **err)
{
    const char *said = err && *err ? evc_error_provider_code(*err) : NULL;
    evc_error *of;

    if (code != ENVCRYPT_E_DENIED || !said ||
        strcmp(said, "ForbiddenUpdateKMSState") != 0)
        return code;
    of = *err;
    *err = NULL;
    code = evc_err(err, ENVCRYPT_E_DENIED,
                   "the Secret encryption of the cluster %s was not changed: these "
                   "credentials lack the RBAC role of cluster administrator or O&M "
                   "engineer in it; have it given to them under Authorizations in the "
                   "console of ACK",
                   id);
    evc_err_set_facts_of(*err, of);
    evc_err_add_cause(err, of);
    return code;
}

int
evc_ack_change_begin(evc_cluster *cluster, const evc_cluster_job *job,
                     evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    evc_ack_found found;
    int rc = evc_ack_fetch_one(cluster, wait, &found, err);

    if (rc)
        return rc;
    if (!is_settled(&found.detail, evc_ack_change_wants(job), now_of(cluster),
                    update)) {
        rc = send_change(cluster, job, found.detail.id, update, wait, err);
        rc = explain_refusal(rc, found.detail.id, err);
    } else if (update->phase == EVC_UPDATE_FAILED) {
        evc_ack_change_explain(cluster, found.detail.id, wait, update);
    }
    evc_ack_found_reset(&found);
    return rc;
}

/* --- poll --- */

int
evc_ack_change_poll(evc_cluster *cluster, const evc_cluster_job *job,
                    evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    evc_ack_found found;
    int rc = evc_ack_fetch_one(cluster, wait, &found, err);

    if (rc)
        return rc;
    evc_ack_change_judge(&found.detail, evc_ack_change_wants(job), now_of(cluster),
                         update);
    if (update->phase == EVC_UPDATE_FAILED)
        evc_ack_change_explain(cluster, found.detail.id, wait, update);
    evc_ack_found_reset(&found);
    return 0;
}
