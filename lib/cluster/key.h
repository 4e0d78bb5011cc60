/* SPDX-License-Identifier: Apache-2.0 */
/* A key as a cluster's provider knows it: resolved, so that two of them can be compared. */
#ifndef EVC_CLUSTER_KEY_H
#define EVC_CLUSTER_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

typedef struct evc_cluster_key {
    char *id;       /* ARN or CRN in full; of one key there is one */
    char *short_id; /* as the provider's calls take it: key id, root key id */
    char *service;  /* instance that it is in (IBM); "" = none */
    char *region;
    char *account;
    char *aliases;      /* with commas; "" */
    char *version;      /* id of its newest version or material; "" = not told */
    char *word;         /* its state in the provider's words */
    int32_t state;      /* ENVCRYPT_KEY_… */
    int64_t version_ms; /* when that version was made; -1 = not told */
    bool rotated;       /* it is known to have had another one before */
} evc_cluster_key;

void evc_cluster_key_init(evc_cluster_key *key);
void evc_cluster_key_reset(evc_cluster_key *key); /* NULL is fine */
/* A field gets a copy; text NULL = "". NOMEM. */
int evc_cluster_key_set(char **field, const char *text, evc_error **err) EVC_MUST_CHECK;

#endif
