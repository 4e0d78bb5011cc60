/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all steps of one flow share: the cluster, what is wanted, who hears of it, and where
 * what is found goes. One thread.
 */
#ifndef EVC_CLUSTER_SCENE_H
#define EVC_CLUSTER_SCENE_H

#include "cluster/cluster.h"
#include "cluster/report.h"
#include "cluster/statefile.h"

/* How far it is; borrowed by whoever hears. */
typedef struct evc_flow_ears {
    envcrypt_cluster_fn fn; /* NULL = nobody */
    void *user;
} evc_flow_ears;

typedef struct evc_scene {
    evc_cluster *cluster; /* borrowed, as change and ears are */
    const evc_cluster_change *change;
    const evc_flow_ears *ears; /* NULL = nobody hears */
    evc_wait *wait;            /* own_wait where the caller gave none */
    evc_wait own_wait;
    evc_cluster_verb verb;
    evc_cluster_report *report; /* has state, key and update */
    evc_checks checks;   /* while they are made; then its rows are the report's */
    evc_statefile *file; /* NULL = not open */
    evc_cluster_record record;
    bool found;    /* the record was there */
    bool apart;    /* what is waited for is not the change of the record, which stays */
    bool exists;   /* the cluster was read */
    bool has_key;  /* report->key is the one of the job */
    int64_t count; /* of Secrets; -1 = was not counted */
} evc_scene;

/*
 * The arguments: FORKED, ARGUMENT (a place, an option that the provider does not take), NOMEM.
 * After a failure there is no report, and nothing to close.
 */
int evc_scene_open(evc_cluster *cluster, evc_cluster_verb verb,
                   const evc_cluster_change *change, const evc_flow_ears *ears,
                   evc_wait *wait, evc_scene **out, evc_error **err) EVC_MUST_CHECK;
/* It is over: the last word to who hears, and the report moves. rc is what came of it. The
 * scene is freed. */
evc_cluster_report *evc_scene_close(evc_scene *scene, int rc);

const evc_clock *evc_scene_clock(const evc_scene *scene);
int64_t evc_scene_now_ms(const evc_scene *scene); /* wall time */
/* A new phase; tells it. CANCELED. */
int evc_scene_enter(evc_scene *scene, int32_t phase, evc_error **err) EVC_MUST_CHECK;
int evc_scene_tell(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;

/* Reads the cluster anew into the report. Of a cluster that is to be made, CLUSTER_NOT_FOUND
 * is no failure. */
int evc_scene_read(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* The first step of all: the same, in the phase READING. */
int evc_scene_read_first(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* Finds the key that the verb needs, if any. */
int evc_scene_find_key(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* Same; of a key that nobody named, what cannot be found out is a note of the report. */
int evc_scene_seek_key(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* What the state file has of the latest change, without a lock. After evc_scene_read(). */
int evc_scene_peek(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* The report that the latest change left, appended. FILE_NOT_FOUND. */
int evc_scene_latest(const evc_scene *scene, evc_buf *json,
                     evc_error **err) EVC_MUST_CHECK;
/* Opens the state file of the cluster, and reads it. After evc_scene_read(). */
int evc_scene_open_file(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* The file of a creation of this cluster that is not over, in the stead of its own, which has
 * nothing: it was named by the URI, as there was no id yet. Nothing is done where there is
 * none. */
int evc_scene_open_creation(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
/* The record as the report has it now, written; not of what is apart from it. */
int evc_scene_keep(evc_scene *scene, evc_error **err) EVC_MUST_CHECK;
evc_cluster_job evc_scene_job(const evc_scene *scene);
/* The key is the cluster's from now on; that this could not be kept is a note of the report. "" =
 * nothing. Of a provider that takes former keys again nothing is kept. */
void evc_scene_note_key(evc_scene *scene, const char *key);
/* Whether the wanted key was the cluster's before, and another one after it, as far as this
 * folder knows. What cannot be read is a note. */
bool evc_scene_had_key(evc_scene *scene);
/* The key as drivers and standing want it: NULL = none. */
const evc_cluster_key *evc_scene_key(const evc_scene *scene);

#endif
