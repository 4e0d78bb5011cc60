/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/run.h"

#include <string.h>

#include "envcrypt/k8s.h"
#include "k8s/version.h"

static const char *const names[EVC_SETTLED_COUNT] = {
    "rewritten", "altered", "current", "gone", "elsewhere", "skipped", "failed",
};

const char *
evc_settled_name(evc_settled how)
{
    return names[how];
}

bool
evc_settled_of(const char *name, evc_settled *out)
{
    for (int how = 0; how < EVC_SETTLED_COUNT; how++) {
        if (strcmp(names[how], name) == 0) {
            *out = (evc_settled)how;
            return true;
        }
    }
    return false;
}

void
evc_kube_run_init(evc_kube_run *run)
{
    *run = (evc_kube_run){
        .began_ms = -1, .ended_ms = -1, .since_ms = -1, .pass = 1, .left_ms = -1};
}

uint64_t
evc_kube_run_listed(const evc_kube_run *run)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < EVC_SETTLED_COUNT; i++)
        sum += run->counts[i];
    return sum;
}

/* Whether the pass left alone what is older than what it stored anew. */
static bool
is_pass_inverted(const evc_kube_run *run)
{
    int order;

    return run->left[0] && run->rewrote[0] &&
           evc_kube_version_compare(run->left, run->rewrote, &order) && order < 0;
}

void
evc_kube_run_next_pass(evc_kube_run *run)
{
    run->sure |= run->rewrote[0] && !is_pass_inverted(run);
    run->pass++;
    run->left[0] = '\0';
    run->rewrote[0] = '\0';
}

bool
evc_kube_run_is_shown(const evc_kube_run *run)
{
    return run->shown && (run->sure || !run->inverted);
}

bool
evc_kube_run_overlooked(const evc_kube_run *run, int64_t since_ms)
{
    return run->left_ms >= 0 && run->left_ms < since_ms;
}

void
evc_kube_run_left(evc_kube_run *run, int64_t stored_ms)
{
    if (run->left_ms < 0 || stored_ms < run->left_ms)
        run->left_ms = stored_ms;
}

/* Puts the version of an object in the place of kept when it is beyond it, or the first. */
static void
keep_if(char *kept, const char *version, int beyond)
{
    int order;

    if (kept[0] == '\0') {
        if (!evc_kube_version_compare(version, version, &order))
            return;
    } else if (!evc_kube_version_compare(version, kept, &order) || order != beyond) {
        return;
    }
    memcpy(kept, version, strlen(version) + 1);
}

/*
 * What a server calls stale depends on the object's key alone, and keys change at one moment:
 * so everything that is stale is older than everything that is not. Where it is the other way
 * round, keys changed more than once, or API servers do not agree.
 */
static void
look_at_order(evc_kube_run *run, const evc_kube_object *object, evc_settled how)
{
    if (how == EVC_SETTLED_CURRENT)
        keep_if(run->left, object->version, -1);
    else
        keep_if(run->rewrote, object->version, 1);
    run->inverted |= is_pass_inverted(run);
}

void
evc_kube_run_count(evc_kube_run *run, const evc_kube_object *object, evc_settled how)
{
    if (run->pass == 1 || how == EVC_SETTLED_REWRITTEN || how == EVC_SETTLED_ALTERED)
        run->counts[how]++;
    if (run->mode != ENVCRYPT_REENCRYPT_REWRITE)
        return;
    if (how == EVC_SETTLED_REWRITTEN)
        run->shown = true;
    if (how == EVC_SETTLED_REWRITTEN || how == EVC_SETTLED_CURRENT)
        look_at_order(run, object, how);
}

bool
evc_kube_run_is_after(const evc_kube_run *run, const evc_kube_object *object)
{
    int order;

    return run->baseline[0] &&
           evc_kube_version_compare(object->version, run->baseline, &order) &&
           order > 0;
}
