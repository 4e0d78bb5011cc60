/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a provider says of one cluster at one moment, in words that all of them share. A
 * driver fills it in; the flow, the report and the guard read it. Pure; one thread.
 */
#ifndef EVC_CLUSTER_STATE_H
#define EVC_CLUSTER_STATE_H

#include <stdbool.h>

#include "base/table.h"
#include "envcrypt/cluster.h"

/* Texts; NULL = the provider does not say. */
typedef enum evc_cluster_text {
    EVC_CLUSTER_NAME,
    EVC_CLUSTER_ID, /* ARN, CRN or id: no other cluster has it */
    EVC_CLUSTER_REGION,
    EVC_CLUSTER_ACCOUNT,
    EVC_CLUSTER_VERSION,   /* of Kubernetes */
    EVC_CLUSTER_KIND,      /* "eks", "outposts", "vpc-gen2", "ack.pro.small" … */
    EVC_CLUSTER_STATUS,    /* the provider's own words */
    EVC_CLUSTER_KEY,       /* the full id of the key that Secrets are encrypted under */
    EVC_CLUSTER_KEY_GIVEN, /* as the provider gave it: perhaps an alias */
    EVC_CLUSTER_SERVER,    /* URL of the API server */
    EVC_CLUSTER_CA,        /* PEM of its authority; public */
    EVC_CLUSTER_MARK,      /* driver's own: what tells a later change from this state */
    EVC_CLUSTER_TEXTS
} evc_cluster_text;
const char *evc_cluster_text_name(evc_cluster_text text); /* "name", "key" */

/* Whether it can be changed now. */
typedef enum evc_cluster_phase {
    EVC_CLUSTER_STEADY,
    EVC_CLUSTER_CHANGING, /* wait */
    EVC_CLUSTER_BROKEN    /* it will not become steady by itself */
} evc_cluster_phase;

typedef struct evc_cluster_state {
    char *texts[EVC_CLUSTER_TEXTS];
    evc_cluster_phase phase;
    int32_t encryption; /* ENVCRYPT_CLUSTER_ENCRYPTION_… */
    int32_t key_state;  /* ENVCRYPT_KEY_…; 0 = was not asked */
    bool unsupported;   /* a kind of cluster whose encryption cannot be changed */
    int64_t created_ms; /* 0 = not told */
    evc_table *issues;  /* rows: code, message, what-to-do, about-key (yes or no); may
                             be NULL */
} evc_cluster_state;

void evc_cluster_state_init(evc_cluster_state *state);
void evc_cluster_state_reset(evc_cluster_state *state); /* NULL is fine */
/* Copies text in the place of what is there; empty or NULL takes it away. NOMEM. */
int evc_cluster_state_set(evc_cluster_state *state, evc_cluster_text which,
                          const char *text, evc_error **err) EVC_MUST_CHECK;
/* "" where there is none. */
const char *evc_cluster_state_text(const evc_cluster_state *state,
                                   evc_cluster_text which);
/* A row of issues. code, message and advice are the provider's words, cut and cleaned. */
int evc_cluster_state_issue(evc_cluster_state *state, const char *code,
                            const char *message, const char *advice, bool about_key,
                            evc_error **err) EVC_MUST_CHECK;
bool evc_cluster_state_is_sick(
    const evc_cluster_state *state); /* an issue of its key */

#endif
