/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one re-encryption settled when it began and found so far: what a journal keeps of it, so
 * that a resumed run knows what the interrupted one knew.
 */
#ifndef EVC_K8S_RUN_H
#define EVC_K8S_RUN_H

#include "base/clock.h"
#include "k8s/resource.h"

/* What became of an object. */
typedef enum evc_settled {
    EVC_SETTLED_REWRITTEN, /* stored anew by us */
    EVC_SETTLED_ALTERED, /* same, but because somebody (a webhook) changed it on the way */
    EVC_SETTLED_CURRENT,   /* left alone by the server */
    EVC_SETTLED_GONE,      /* deleted meanwhile */
    EVC_SETTLED_ELSEWHERE, /* written by somebody else meanwhile */
    EVC_SETTLED_SKIPPED,   /* not asked about: stored or marked since the run began */
    EVC_SETTLED_FAILED
} evc_settled;
#define EVC_SETTLED_COUNT 7
const char *evc_settled_name(evc_settled how); /* "rewritten" */
bool evc_settled_of(const char *name, evc_settled *out);

#define EVC_KUBE_RUN_ID 16u /* hex digits */

typedef struct evc_kube_run {
    char id[EVC_KUBE_RUN_ID + 1];            /* no other run has it */
    int32_t mode;                            /* ENVCRYPT_REENCRYPT_… */
    char baseline[EVC_KUBE_VERSION_MAX + 1]; /* version of the list at its beginning */
    char mark[EVC_TIME_TEXT];                /* the time that annotations get */
    int64_t began_ms;                        /* wall time */
    int64_t ended_ms;                        /* -1 = not yet */
    int64_t since_ms;                        /* of the change; -1 = not told */
    uint32_t pass;                           /* 1 and up */
    bool shown;    /* the server stored something anew for an empty patch */
    bool inverted; /* it left alone what is older than what it stored anew */
    bool sure;     /* in a pass that was not: what shows something of keys */
    int64_t
        left_ms; /* of what it left alone, the earliest time to be stored at, as far as
                        is known (0 = not); -1 = it left nothing alone */
    uint64_t
        counts[EVC_SETTLED_COUNT]; /* of the first pass; REWRITTEN and ALTERED of all */
    /* Of this pass, by what was listed: "" = none, or none that is a number. */
    char left[EVC_KUBE_VERSION_MAX + 1];    /* the lowest version that was left alone */
    char rewrote[EVC_KUBE_VERSION_MAX + 1]; /* the highest that was stored anew */
} evc_kube_run;

void evc_kube_run_init(evc_kube_run *run); /* of no mode, not begun */
uint64_t evc_kube_run_listed(const evc_kube_run *run);
void evc_kube_run_next_pass(evc_kube_run *run);
/* Whether it showed that the server sees what is stale, and not plain values that came later. */
bool evc_kube_run_is_shown(const evc_kube_run *run);
/* Whether it left alone what may be of before the change, whose end was told (-1 = not): what it
 * stored anew may have been plain values, and shows nothing of this change. */
bool evc_kube_run_overlooked(const evc_kube_run *run, int64_t since_ms);
/* It left alone what was stored at that time, or later. */
void evc_kube_run_left(evc_kube_run *run, int64_t stored_ms);
/* An object of the pass was settled; object has the version that was listed. */
void evc_kube_run_count(evc_kube_run *run, const evc_kube_object *object,
                        evc_settled how);
/* Whether the object was stored after the run began, by its version. */
bool evc_kube_run_is_after(const evc_kube_run *run, const evc_kube_object *object);

#endif
