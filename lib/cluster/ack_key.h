/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of Alibaba Cloud KMS as ACK uses them: found, described, listed. */
#ifndef EVC_CLUSTER_ACK_KEY_H
#define EVC_CLUSTER_ACK_KEY_H

#include "cloud/alibaba_metadata.h"
#include "cluster/ack_place.h"

/* Of what KMS tells. NOMEM. Pure. */
int evc_ack_key_of(const evc_alibaba_metadata *metadata, evc_cluster_key *out,
                   evc_error **err) EVC_MUST_CHECK;
/* The key that a text names: an id, alias/NAME, an ARN, or alibaba-kms:///ARN. Pure, into
 * an empty buffer, with a NUL. ARGUMENT; KEY_REGION (R05): it is in another Region. */
int evc_ack_key_text(const char *text, const char *region, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;

/* Functions of the driver. */
int evc_ack_key_find(evc_cluster *cluster, const evc_cluster_change *change,
                     const evc_cluster_state *state, evc_wait *wait,
                     evc_cluster_key *out, evc_error **err) EVC_MUST_CHECK;
int evc_ack_key_list(evc_cluster *place, const evc_cluster_change *change,
                     evc_wait *wait, evc_table *out, evc_error **err) EVC_MUST_CHECK;
int evc_ack_key_action(evc_cluster *place, const char *action,
                       const evc_cluster_key *key, const evc_cluster_change *change,
                       evc_wait *wait, evc_table **out, evc_error **err) EVC_MUST_CHECK;

/*
 * Why ACK does not take a key (cluster-apis 5.5), as the rest of a sentence about it; NULL =
 * it does. rotates: whether it is because of its automatic rotation alone, which may be
 * overridden. Pure.
 */
const char *evc_ack_key_objection(const evc_alibaba_metadata *metadata, bool *rotates);

#endif
