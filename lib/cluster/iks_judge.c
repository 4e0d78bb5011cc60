/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_judge.h"

#include <string.h>

#include "base/text.h"

bool
evc_iks_judge_is_fresh(const evc_iks_status *status, int64_t now_ms)
{
    int64_t changed = evc_iks_status_changed_ms(status);

    return changed >= 0 && now_ms - changed < EVC_IKS_REGISTERS_MS;
}

/* "Key management service feature enablement in progress.", and "KMS …" in the console. */
bool
evc_iks_judge_is_enabling(const evc_iks_status *status)
{
    return evc_iks_has(status->master_status, "enablement in progress");
}

static bool
has_changed(const evc_iks_look *look, const evc_cluster_update *update)
{
    return update->mark[0] && strcmp(update->mark, look->mark) != 0;
}

/* Of a change by whoever, the key of which is not known here. */
static bool
is_over(const evc_iks_look *look, evc_cluster_update *update)
{
    if (!has_changed(look, update))
        evc_cluster_update_tell(update, "the master is ready, as before");
    return has_changed(look, update);
}

/* The key service names the cluster as the change would have it, or is not heard. */
static bool
is_named(evc_cluster_verb verb, const evc_iks_look *look, evc_cluster_update *update)
{
    const evc_iks_use *use = look->use;
    bool changed = has_changed(look, update);

    if (!use) {
        bool waits = !changed || (look->passes &&
                                  evc_iks_judge_is_fresh(look->status, look->now_ms));

        if (waits)
            evc_cluster_update_tell(
                update,
                "the master is ready%s, and the registrations of the key could not be "
                "read",
                changed ? "" : " as before");
        return !waits;
    }
    if (use->found && (use->newest || verb != EVC_VERB_ROTATE))
        return true;
    evc_cluster_update_tell(
        update, "the master is ready, and the key service does not name the cluster "
                "yet");
    return verb == EVC_VERB_ENABLE && changed && !use->other[0] &&
           evc_iks_status_changed_ms(look->status) >= 0 &&
           !evc_iks_judge_is_fresh(look->status, look->now_ms);
}

/* Somebody else's enabling was in between: the one of this key never came to be. */
static bool
has_another(evc_cluster_verb verb, const evc_iks_look *look,
            const evc_cluster_update *update)
{
    return verb == EVC_VERB_ENABLE && look->use && !look->use->found &&
           look->use->other[0] && has_changed(look, update) &&
           !evc_iks_judge_is_fresh(look->status, look->now_ms);
}

static void
end(const evc_iks_look *look, evc_cluster_update *update)
{
    update->phase = EVC_UPDATE_DONE;
    update->done_ms = look->now_ms;
    evc_cluster_update_tell(
        update, "ready%s",
        !look->is_of_a_key  ? ""
        : !look->use        ? "; the registrations of the key could not be read"
        : !look->use->found ? "; the key service does not name the cluster"
                            : "");
}

static void
judge_ready(evc_cluster_verb verb, const evc_iks_look *look, evc_cluster_update *update)
{
    bool stale = !has_changed(look, update) && update->sent_ms >= 0 &&
                 look->now_ms - update->sent_ms < EVC_IKS_STALE_MS;

    if (!look->is_of_a_key) {
        if (is_over(look, update))
            end(look, update);
    } else if (!look->status->enabled) {
        evc_cluster_update_tell(
            update, "the master is ready, and does not use the key service yet");
    } else if (stale) {
        evc_cluster_update_tell(
            update, "the service accepted the change and did not begin it yet");
    } else if (has_another(verb, look, update)) {
        update->phase = EVC_UPDATE_FAILED;
        evc_cluster_update_tell(
            update, "the key service names the cluster with another root key, %s",
            look->use->other);
    } else if (is_named(verb, look, update)) {
        end(look, update);
    }
}

/* Since the change began, and longer than a restart takes. */
static bool
stays_in_error(const evc_iks_look *look, const evc_cluster_update *update)
{
    int64_t changed = evc_iks_status_changed_ms(look->status);

    return strcmp(look->status->master_health, "error") == 0 &&
           has_changed(look, update) && changed >= 0 &&
           look->now_ms - changed >= EVC_IKS_ERROR_MS;
}

void
evc_iks_judge(evc_cluster_verb verb, const evc_iks_look *look,
              evc_cluster_update *update)
{
    const evc_iks_status *status = look->status;
    const char *failure = evc_iks_status_failure(status);

    if (!failure && stays_in_error(look, update))
        failure = "in error and stays so";

    if (failure) {
        update->phase = EVC_UPDATE_FAILED;
        evc_cluster_update_tell(update, "the master is %s", failure);
        return;
    }
    update->phase = EVC_UPDATE_RUNNING;
    if (evc_iks_status_is_ready(status))
        judge_ready(verb, look, update);
    else
        evc_cluster_update_tell(update, "%s",
                                status->master_status[0] ? status->master_status
                                                         : status->master_state);
}
