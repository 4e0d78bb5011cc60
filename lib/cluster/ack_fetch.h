/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for clusters: one by its id or name, or all of a Region. */
#ifndef EVC_CLUSTER_ACK_FETCH_H
#define EVC_CLUSTER_ACK_FETCH_H

#include "cluster/ack_call.h"
#include "cluster/ack_detail.h"
#include "cluster/ack_place.h"

#define EVC_ACK_PATH 256u

typedef struct evc_ack_found {
    evc_json_doc *doc;
    evc_ack_detail detail;
} evc_ack_found;
void evc_ack_found_reset(evc_ack_found *found);

/* 1 to 64 of A-Z a-z 0-9 - _: what may stand in a path. */
bool evc_ack_fetch_is_id(const char *text);
/* "/clusters/ID" and what comes after it. ARGUMENT: an id that cannot be. */
int evc_ack_fetch_path(const char *id, const char *tail, char out[EVC_ACK_PATH],
                       evc_error **err) EVC_MUST_CHECK;

/* By its id. CLUSTER_NOT_FOUND. */
int evc_ack_fetch_id(const evc_ack_site *site, const char *id, evc_wait *wait,
                     evc_ack_found *out, evc_error **err) EVC_MUST_CHECK;
/*
 * That of the URI, whose name may be a cluster's id or its name. CLUSTER_NOT_FOUND names the
 * first few that there are; ARGUMENT: several have the name.
 */
int evc_ack_fetch_one(const evc_cluster *cluster, evc_wait *wait, evc_ack_found *out,
                      evc_error **err) EVC_MUST_CHECK;

/* What is done with each cluster of a list; ENVCRYPT_E_JSON of it becomes PROTOCOL. */
typedef int evc_ack_take_fn(void *user, const evc_json *item, evc_error **err);
/* All clusters of a Region, or those whose name has the text in it (NULL = all). */
int evc_ack_fetch_all(const evc_ack_site *site, const char *name, evc_ack_take_fn *take,
                      void *user, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
