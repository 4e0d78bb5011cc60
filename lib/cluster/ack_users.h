/* SPDX-License-Identifier: Apache-2.0 */
/* Which clusters of ACK use a key: the one question of lists, the guard and the proof. */
#ifndef EVC_CLUSTER_ACK_USERS_H
#define EVC_CLUSTER_ACK_USERS_H

#include "cluster/ack_detail.h"
#include "cluster/ack_place.h"

typedef enum evc_ack_tie {
    EVC_ACK_APART,
    EVC_ACK_TIED, /* the key stands in Capabilities, also behind a switch that is off: what
                       was not stored anew since is still under it */
    EVC_ACK_COMING, /* a change is under way, and Capabilities have the key before */
    EVC_ACK_ANY     /* it names its key by neither id nor ARN, so it may be any */
} evc_ack_tie;

/* key: id or ARN. Pure. */
evc_ack_tie evc_ack_users_tie(const evc_ack_detail *detail, const char *key);

typedef struct evc_ack_others {
    size_t count;     /* clusters beside the one, which the key is tied to */
    char first[96];   /* id of the first of them */
    char unsure[160]; /* what may be one, or could not be looked at; "" = nothing */
} evc_ack_others;

/* All clusters of the Region but the one of this id. What ends the call is an error; what
 * could not be asked is unsure. */
int evc_ack_users_others(const evc_ack_site *site, const char *key, const char *id,
                         evc_wait *wait, evc_ack_others *out,
                         evc_error **err) EVC_MUST_CHECK;

#endif
