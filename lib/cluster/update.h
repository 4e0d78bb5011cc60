/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One change of a cluster that is under way at its provider: what makes it the same change
 * for a process that goes on after this one was killed. Kept in the state file. Pure.
 */
#ifndef EVC_CLUSTER_UPDATE_H
#define EVC_CLUSTER_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define EVC_UPDATE_TEXT 256u

typedef enum evc_update_phase {
    EVC_UPDATE_NONE, /* nothing was sent */
    EVC_UPDATE_SENT, /* it may have been; token tells the provider that it is the same */
    EVC_UPDATE_RUNNING, /* accepted */
    EVC_UPDATE_DONE,    /* and everything that tells so was seen */
    EVC_UPDATE_FAILED   /* for good: another one needs a new token */
} evc_update_phase;

typedef struct evc_cluster_update {
    evc_update_phase phase;
    char token[40];           /* a UUID, made before the first request; "" = none */
    char id[EVC_UPDATE_TEXT]; /* the provider's, "" = it gives none */
    char key[2 * EVC_UPDATE_TEXT];    /* full id of the key that is wanted; "" = none */
    char mark[EVC_UPDATE_TEXT];       /* of the state before (EVC_CLUSTER_MARK) */
    char detail[EVC_UPDATE_TEXT];     /* how far it is, or why it failed, in words */
    char request_id[EVC_UPDATE_TEXT]; /* of the request that was accepted */
    int64_t sent_ms;                  /* wall time; -1 = not yet */
    int64_t done_ms;                  /* same */
    bool adopted;                     /* somebody else began it */
    bool needless;                    /* all was as wanted already; nothing was sent */
} evc_cluster_update;

void evc_cluster_update_init(evc_cluster_update *update);
/* Of what a driver wrote, which may be the provider's words and cut within a character: fit
 * for a terminal, as of evc_utf8_clean(). */
void evc_cluster_update_clean(evc_cluster_update *update);
/* What is said of it; cut, clean. */
void evc_cluster_update_tell(evc_cluster_update *update, const char *format, ...)
    EVC_PRINTF(2, 3);
const char *evc_cluster_update_phase_name(evc_update_phase phase); /* "running" */
bool evc_cluster_update_phase_of(const char *name, evc_update_phase *out);

#endif
