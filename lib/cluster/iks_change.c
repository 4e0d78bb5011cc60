/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_change.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cluster/iks_judge.h"
#include "cluster/iks_post.h"
#include "cluster/iks_sight.h"

static int64_t
now_of(const evc_cluster *cluster)
{
    return evc_clock_wall_ms(evc_cluster_clock(cluster));
}

static void
judge(evc_cluster *cluster, const evc_cluster_job *job, const evc_iks_sight *s,
      evc_cluster_update *update)
{
    const evc_iks_look look = {
        .status = &s->status,
        .mark = evc_cluster_state_text(&s->state, EVC_CLUSTER_MARK),
        .is_of_a_key = job->key != NULL,
        .use = s->has_use ? &s->use : NULL,
        .passes = s->passes,
        .now_ms = now_of(cluster),
    };

    evc_iks_judge(job->verb, &look, update);
}

/* --- what may have been sent --- */

/* Of a rotation: whether the key has a version from then on. */
static bool
was_rotated(const evc_iks_sight *s, const evc_cluster_update *update)
{
    return s->key.version_ms >= 0 && update->sent_ms >= 0 &&
           s->key.version_ms + 60000 >= update->sent_ms;
}

/* false: it was not, and may be sent. */
static bool
find_again(evc_cluster *cluster, const evc_cluster_job *job, const evc_iks_sight *s,
           evc_cluster_update *update)
{
    const char *mark = evc_cluster_state_text(&s->state, EVC_CLUSTER_MARK);
    int64_t now = now_of(cluster);
    bool moved = s->state.phase != EVC_CLUSTER_STEADY ||
                 (update->mark[0] && strcmp(mark, update->mark) != 0);
    /* A key that cannot be read does not tell, and nobody takes a second rotation back. */
    bool blind = job->verb == EVC_VERB_ROTATE && s->key.version_ms < 0;
    bool came = job->verb == EVC_VERB_ROTATE ? was_rotated(s, update)
                                             : moved || (s->has_use && s->use.found);

    if (update->sent_ms < 0)
        update->sent_ms = now; /* nobody knows when: the wait begins now */
    if (came) {
        judge(cluster, job, s, update);
        return true;
    }
    if (blind) {
        evc_cluster_update_tell(
            update,
            "the rotation may have been sent, and the key cannot be read to see");
        return true;
    }
    if (now - update->sent_ms < EVC_IKS_STALE_MS) {
        evc_cluster_update_tell(
            update, "the change may have been sent; looking whether it begins");
        return true;
    }
    return false;
}

/* --- what is there before anything was sent --- */

/* What is known of the cluster's key. */
typedef enum which_key {
    OURS,    /* the one that is wanted */
    ANOTHER, /* and not that one */
    BOTH,    /* each of two may be it */
    UNKNOWN
} which_key;

/* What was read before counts as long as nothing happened since. */
static const char *
as_read(const evc_cluster_job *job, const evc_iks_sight *s, evc_cluster_text which)
{
    if (!job->state ||
        strcmp(evc_cluster_state_text(job->state, EVC_CLUSTER_MARK),
               evc_cluster_state_text(&s->state, EVC_CLUSTER_MARK)) != 0) {
        return "";
    }
    return evc_cluster_state_text(job->state, which);
}

static which_key
find_key_of(const evc_cluster_job *job, const evc_iks_sight *s)
{
    const char *active = as_read(job, s, EVC_CLUSTER_KEY);
    bool another = (s->has_use && s->use.other[0]) ||
                   (active[0] && strcmp(active, job->key->id) != 0);
    bool ours = s->has_use && s->use.found;

    if (ours)
        return another ? BOTH : OURS;
    return another ? ANOTHER : UNKNOWN;
}

static int
refuse_unknown(const evc_cluster_job *job, which_key which, evc_error **err)
{
    if (which == BOTH) {
        return evc_err(
            err, ENVCRYPT_E_CLUSTER_OVERRIDE,
            "nothing was sent: the key service names the cluster with \"%s\" "
            "and with another root key, and which of them it has cannot be "
            "known from here; look again in some hours, or give the option "
            "override=registrations when you know that it is the other one",
            job->key->id);
    }
    return evc_err(err, ENVCRYPT_E_CLUSTER_OVERRIDE,
                   "nothing was sent: the cluster has a root key, and whether it is "
                   "\"%s\" cannot be known from here; switch to it with cluster rotate "
                   "--key, and with the option override=registrations when you know "
                   "that the cluster has another one",
                   job->key->id);
}

/* Of an enabled cluster that stands: whether anything is to be sent. */
static int
settle_enabled(evc_cluster *cluster, const evc_cluster_job *job, const evc_iks_sight *s,
               evc_cluster_update *update, bool *settled, evc_error **err)
{
    which_key which = find_key_of(job, s);
    bool fresh = evc_iks_judge_is_fresh(&s->status, now_of(cluster));
    bool is_switch = job->verb == EVC_VERB_CHANGE_KEY;

    *settled = true;
    if (which == OURS) {
        update->phase = EVC_UPDATE_DONE;
        update->needless = !update->adopted;
        evc_cluster_update_tell(update, "the cluster uses this root key already");
        return 0;
    }
    /* What somebody else began is over, and the key service tells last of it. */
    if (fresh && (which != ANOTHER || update->adopted)) {
        evc_cluster_update_tell(
            update, "the cluster got a root key a moment ago; looking which one it is");
        return 0;
    }
    *settled = false;
    if (evc_cluster_change_overrides(job->change, "registrations") ||
        (is_switch && (which == ANOTHER || (which == UNKNOWN && s->has_use))))
        return 0;
    if (which != ANOTHER)
        return refuse_unknown(job, which, err);
    return evc_err(err, ENVCRYPT_E_CLUSTER_CANNOT,
                   "nothing was sent: the cluster got another root key than \"%s\" "
                   "meanwhile; switch to it with cluster rotate --key (R12)",
                   job->key->id);
}

static int
settle(evc_cluster *cluster, const evc_cluster_job *job, const evc_iks_sight *s,
       evc_cluster_update *update, bool *settled, evc_error **err)
{
    bool is_switching = job->verb != EVC_VERB_ROTATE;

    *settled = s->state.phase == EVC_CLUSTER_CHANGING;
    if (*settled) {
        bool same = is_switching && evc_iks_judge_is_enabling(&s->status);

        update->adopted = update->adopted || same;
        evc_cluster_update_tell(
            update,
            same ? "somebody else's change of the cluster's root key is under way: %s"
                 : "another change of the master is under way: %s",
            s->status.master_status);
        return 0;
    }
    if (!is_switching || !s->status.enabled || s->state.phase != EVC_CLUSTER_STEADY)
        return 0;
    return settle_enabled(cluster, job, s, update, settled, err);
}

/* --- begin --- */

/* A conflict while the master moves is another change, which passes. */
static int
after_conflict(evc_cluster *cluster, const evc_cluster_job *job,
               evc_cluster_update *update, evc_wait *wait, int code, evc_error **err)
{
    evc_error *failed = NULL;
    evc_iks_sight now;

    evc_iks_sight_init(&now);
    if (!evc_iks_sight_take(cluster, job, wait, &now, &failed) &&
        now.state.phase == EVC_CLUSTER_CHANGING) {
        evc_err_drop(err);
        evc_cluster_update_tell(update, "another change of the master is under way: %s",
                                now.status.master_status);
        code = 0;
    }
    evc_error_free(failed);
    evc_iks_sight_reset(&now);
    return code;
}

static int
post(evc_cluster *cluster, const evc_cluster_job *job, const evc_iks_sight *s,
     evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    int rc;

    update->adopted = false; /* what somebody else did was something else */
    (void)snprintf(update->mark, sizeof(update->mark), "%s",
                   evc_cluster_state_text(&s->state, EVC_CLUSTER_MARK));
    rc = job->verb == EVC_VERB_ROTATE
             ? evc_iks_post_rotate(cluster, job, update, wait, err)
             : evc_iks_post_enable(cluster, job, s->status.id, update, wait, err);
    return rc == ENVCRYPT_E_SERVICE_CONFLICT
               ? after_conflict(cluster, job, update, wait, rc, err)
               : rc;
}

int
evc_iks_begin(evc_cluster *cluster, const evc_cluster_job *job,
              evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    bool settled = false;
    evc_iks_sight s;
    int rc;

    if (!job->key)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a change of an IBM cluster needs a root key");
    evc_iks_sight_init(&s);
    rc = evc_iks_sight_take(cluster, job, wait, &s, err);
    if (!rc && update->phase == EVC_UPDATE_SENT)
        settled = find_again(cluster, job, &s, update);
    else if (!rc)
        rc = settle(cluster, job, &s, update, &settled, err);
    if (!rc && !settled)
        rc = post(cluster, job, &s, update, wait, err);
    evc_iks_sight_reset(&s);
    return rc;
}

/* --- poll --- */

int
evc_iks_poll(evc_cluster *cluster, const evc_cluster_job *job,
             evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    evc_iks_sight s;
    int rc;

    evc_iks_sight_init(&s);
    rc = evc_iks_sight_take(cluster, job, wait, &s, err);
    if (!rc)
        judge(cluster, job, &s, update);
    evc_iks_sight_reset(&s);
    return rc;
}
