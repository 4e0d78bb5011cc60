/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ActionTrail tells of the use of a key by ACK's service role ("LookupEvents", API
 * 2020-07-06; cluster-apis 5.7; row A11). Two attributes in one question are not sure to be
 * taken, so it is asked for the role, and the rest is looked at here. Events come minutes
 * late, and those of Encrypt and Decrypt may not be among them: none proves nothing.
 */
#ifndef EVC_CLUSTER_ACK_TRAIL_H
#define EVC_CLUSTER_ACK_TRAIL_H

#include "cluster/ack_place.h"
#include "codec/json.h"

typedef struct evc_ack_use {
    bool found;
    bool whole;        /* every page was looked at, and not only the first ones */
    char action[32];   /* "Decrypt" */
    char when[32];     /* as the service writes it */
    char event_id[64]; /* of the event */
} evc_ack_use;

/* The newest use in the last seven days. key_arn: its full id. */
int evc_ack_trail_look(const evc_ack_place *place, const char *key_arn, evc_wait *wait,
                       evc_ack_use *out, evc_error **err) EVC_MUST_CHECK;
/* Whether an event is a use of the key by the role that did not fail. Pure. */
bool evc_ack_trail_is_use(const evc_json *event, const char *key_arn);

#endif
