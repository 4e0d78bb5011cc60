/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ActionTrail tells of the use of a key by ACK's service role ("LookupEvents", API
 * 2020-07-06; cluster-apis 5.7; row A11; Alibaba help, "Management event structure"). Two
 * attributes in one question are not sure to be taken, so it is asked for the role, and the
 * rest is looked at here. Events come minutes late, and those of Encrypt and Decrypt may not be
 * among them: none proves nothing. All clusters of an account have the one role, and no member
 * of an event is documented to name the cluster: where one has its id all the same (the
 * session, a parameter, the client), it tells whose the use was; else nobody knows from it.
 */
#ifndef EVC_CLUSTER_ACK_TRAIL_H
#define EVC_CLUSTER_ACK_TRAIL_H

#include "cluster/ack_place.h"
#include "codec/json.h"

/* What is looked for. Borrowed. */
typedef struct evc_ack_sought {
    const char *key_arn; /* full id */
    const char *cluster; /* id */
    int64_t
        from_ms; /* wall time: what was before does not count. Times of events are cut
                        to seconds, and one within that second is before */
} evc_ack_sought;

/* Whose use of the key an event is. */
typedef enum evc_ack_whose {
    EVC_ACK_NO_USE,   /* none by the role of this key that did not fail, or before */
    EVC_ACK_OURS,     /* it names the cluster */
    EVC_ACK_OTHERS,   /* it names another one */
    EVC_ACK_SOMEBODYS /* it names none */
} evc_ack_whose;

typedef struct evc_ack_use {
    evc_ack_whose whose; /* of the newest that is not another cluster's; else of that */
    bool whole;          /* every page was looked at, and not only the first ones */
    char action[32];     /* "Decrypt" */
    char when[32];       /* as the service writes it */
    char event_id[64];   /* of the event */
} evc_ack_use;

/* The newest use in the last seven days. */
int evc_ack_trail_look(const evc_ack_place *place, const evc_ack_sought *sought,
                       evc_wait *wait, evc_ack_use *out,
                       evc_error **err) EVC_MUST_CHECK;
/* Of one event. Pure. */
evc_ack_whose evc_ack_trail_judge(const evc_json *event, const evc_ack_sought *sought);

#endif
