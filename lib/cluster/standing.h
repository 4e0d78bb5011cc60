/* SPDX-License-Identifier: Apache-2.0 */
/* How a cluster stands, in one word for scripts and one sentence for people. Pure. */
#ifndef EVC_CLUSTER_STANDING_H
#define EVC_CLUSTER_STANDING_H

#include "cluster/driver.h"
#include "k8s/report.h"

/*
 * *standing: ENVCRYPT_CLUSTER_…; next: what a person does, "" = nothing. wanted NULL = any
 * key of the customer's own. After a verb that switches encryption off (disable), no key of
 * one's own is what is wanted. What cannot be told is never "as wanted".
 */
void evc_standing_judge(const evc_cluster_state *state, const evc_cluster_key *wanted,
                        evc_cluster_verb verb, int32_t *standing,
                        char next[EVC_REENCRYPT_SENTENCE]);

/* "as-wanted", "default-key", …; "unknown" for what is none. */
const char *evc_standing_name(int32_t standing);
/* "enabled", "disabled", … of ENVCRYPT_KEY_…; "unknown" for what is none. */
const char *evc_standing_key_state(int32_t state);
/* "none", "provider", "own"; "unknown". */
const char *evc_standing_encryption(int32_t encryption);

#endif
