/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a provider of clusters is to the library: one table in one file (eks.c, iks.c,
 * ack.c). lib/api keeps the array of them. The flow (cluster/flow.h) knows no provider, and
 * a driver never sleeps between polls, asks nobody, and writes no file: it sends what one
 * step takes, over net/operation.h, and says what it saw. Functions may be called on any
 * thread; state is immutable after open.
 */
#ifndef EVC_CLUSTER_DRIVER_H
#define EVC_CLUSTER_DRIVER_H

#include "base/wait.h"
#include "cluster/checks.h"
#include "cluster/evidence.h"
#include "cluster/key.h"
#include "cluster/options.h"
#include "cluster/state.h"
#include "cluster/steps.h"
#include "cluster/update.h"

typedef struct envcrypt_cluster evc_cluster;

enum evc_cluster_ability {
    EVC_CLUSTER_CAN_DISABLE = 1,
    EVC_CLUSTER_CAN_CHANGE_KEY = 2,
    EVC_CLUSTER_CAN_ROTATE = 4, /* the key in place, without naming another one */
    EVC_CLUSTER_CAN_CREATE = 8, /* with encryption from the start */
    EVC_CLUSTER_REWRITES_ITSELF =
        16, /* the provider stores Secrets anew: we send no patch */
    EVC_CLUSTER_IRREVERSIBLE = 32, /* what is enabled stays so */
    EVC_CLUSTER_KEEPS_KEY_ID =
        64,                   /* its plugin keeps the key id when the key rotates */
    EVC_CLUSTER_GLOBAL = 128, /* its URIs name no Region: SCHEME://NAME-OR-ID */
    EVC_CLUSTER_FALLS_SILENT =
        256, /* it does not tell of a cluster whose master restarts */
    EVC_CLUSTER_GIVES_NO_IDS = 512, /* a change has no id that it could be named by */
    EVC_CLUSTER_TAKES_NO_FORMER_KEY = 1024 /* R17 */
};

typedef enum evc_cluster_verb {
    EVC_VERB_CREATE,
    EVC_VERB_ENABLE,
    EVC_VERB_CHANGE_KEY, /* rotate --key */
    EVC_VERB_ROTATE,     /* in place */
    EVC_VERB_DISABLE,
    EVC_VERB_REENCRYPT,
    EVC_VERB_VERIFY
} evc_cluster_verb;
const char *evc_cluster_verb_name(
    evc_cluster_verb verb); /* "enable"; "rotate" for both */
bool evc_cluster_verb_needs_key(evc_cluster_verb verb); /* that its change names */

/* What a step is about. Borrowed. */
typedef struct evc_cluster_job {
    evc_cluster_verb verb;
    const evc_cluster_change *change;
    const evc_cluster_state *state; /* as read just before; NULL for CREATE */
    bool
        had_key; /* for check: the cluster had the key before and another one since, as a
                     change from here knows */
    const evc_cluster_key
        *key; /* wanted; NULL = none is needed. For ROTATE and VERIFY that
                                   of the state */
    int64_t
        changed_ms; /* wall time: the change to this key was over, as our record has it;
                           0 = it does not know */
} evc_cluster_job;

/* How long one waits for a change, and between polls: from first to most, growing. */
typedef struct evc_cluster_pace {
    int64_t first_ms, least_ms, most_ms;
    int64_t deadline_ms; /* unless the caller gave one */
} evc_cluster_pace;

typedef struct evc_cluster_driver {
    const char *scheme;         /* "eks" */
    const char *title;          /* "Amazon EKS" */
    const char *const *options; /* of the config, NULL-ended, beside the common ones of
                                   options.h; NULL = none */
    const char *const *changes; /* of a change, same */
    uint32_t abilities;
    evc_cluster_pace pace;

    /* Fills in cluster->state, and the Region when the URI and the options name none. */
    int (*open)(evc_cluster *cluster, const struct envcrypt_cluster_config *config,
                evc_wait *wait, evc_error **err);
    void (*close)(void *state); /* in a child of fork: memory only */

    /* One cluster as it is now; out was initialised. R02 is CLUSTER_NOT_FOUND, which names
     * the first few that there are, where they may be listed. The key's full id and state
     * too, as far as the key service tells. */
    int (*read)(evc_cluster *cluster, evc_wait *wait, evc_cluster_state *out,
                evc_error **err);
    /* The key that the change names (`key`, or the provider's own options), resolved at the
     * key service; of a change without one: that of state. Beside the errors of the
     * service: ARGUMENT (R04), KEY_NOT_FOUND. */
    int (*find_key)(evc_cluster *cluster, const evc_cluster_change *change,
                    const evc_cluster_state *state, evc_wait *wait,
                    evc_cluster_key *out, evc_error **err);
    /*
     * Everything that can be known before: a row each, also for what is fine. Rules of the
     * cluster API and the key service alone; what is the same everywhere (R03, R12 by
     * abilities, R13, R16, R30 to R33, R36) is the flow's. Sends nothing that changes
     * anything. Its errors are those of asking itself, where going on makes no sense.
     */
    int (*check)(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                 evc_checks *out, evc_error **err);
    /* The requests that begin and poll would send, and what they cannot take back. Pure. */
    int (*plan)(const evc_cluster *cluster, const evc_cluster_job *job,
                evc_table *steps, evc_error **err);
    /*
     * Sends the change, once: with update->token where the provider knows tokens, or after
     * a look whether it is under way already (adopted) or needless. update->phase is
     * SENT when this is called again after a lost reply or a kill; then it must find out
     * before it sends. Sets phase, id, detail, request_id. What passes by itself (cool-down,
     * another change under way) leaves phase NONE and 0, and detail says what for; the flow
     * polls again later.
     */
    int (*begin)(evc_cluster *cluster, const evc_cluster_job *job,
                 evc_cluster_update *update, evc_wait *wait, evc_error **err);
    /* One look. phase becomes DONE only when all that tells so was seen; FAILED with the
     * provider's reason in detail. Of trouble that passes (evc_error_passes(): 5xx while a
     * master restarts) whoever waits makes nothing but another look. */
    int (*poll)(evc_cluster *cluster, const evc_cluster_job *job,
                evc_cluster_update *update, evc_wait *wait, evc_error **err);
    /* Facts of cluster API, key service and audit trail; not those of Secrets. */
    int (*evidence)(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                    evc_evidence *out, evc_error **err);

    /* Rows of evc_cluster_list_columns for every cluster of the place, or those that use a
     * key (full id; NULL = all). partial: something could not be looked at; its reason is a
     * row whose name is empty. */
    int (*list)(evc_cluster *place, const char *uses_key, evc_wait *wait,
                evc_table *out, bool *partial, evc_error **err);
    /* Rows of evc_cluster_key_columns for the keys that could be used here. */
    int (*keys)(evc_cluster *place, const evc_cluster_change *change, evc_wait *wait,
                evc_table *out, evc_error **err);
    /* Rows of evc_cluster_permission_columns for what a change takes. */
    int (*permissions)(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                       evc_table *out, evc_error **err);
    /* The minimal policy as text that the provider takes; appended. Pure. */
    int (*policy)(const evc_cluster *cluster, const evc_cluster_job *job, evc_buf *out,
                  evc_error **err);
    /* The API server with the cloud's own access, of what state tells. */
    int (*access)(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
                  evc_kube **out, evc_error **err);

    /* An action on a key that may only run behind the guard: "disable-key", "enable-key",
     * "schedule-deletion", "cancel-deletion"; its row goes to *out. UNSUPPORTED: this
     * library does not do that at this provider. */
    int (*key_action)(evc_cluster *place, const char *action,
                      const evc_cluster_key *key, const evc_cluster_change *change,
                      evc_wait *wait, evc_table **out, evc_error **err);
} evc_cluster_driver;

/* NULL-ended. */
extern const char
    *const evc_cluster_list_columns[]; /* name region status encryption key
                                                        key-state health what-to-do id; id:
                                                        no other cluster has it */
extern const char
    *const evc_cluster_key_columns[]; /* id aliases arn region state usable
                                                        why-not */
extern const char *const evc_cluster_permission_columns
    []; /* permission on needed-for has detail; has: "yes",
                                         "no", "unknown" */

extern const evc_cluster_driver evc_cluster_eks;
extern const evc_cluster_driver evc_cluster_iks;
extern const evc_cluster_driver evc_cluster_ack;

#endif
