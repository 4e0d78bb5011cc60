/* SPDX-License-Identifier: Apache-2.0 */
/* The versions of a key of AWS KMS: its key materials, by ListKeyRotations. */
#ifndef EVC_CLOUD_AWS_ROTATIONS_H
#define EVC_CLOUD_AWS_ROTATIONS_H

#include "cloud/aws_ask.h"

#define EVC_AWS_ROTATIONS_MAX 10000u

typedef struct evc_aws_rotation {
    char *material;  /* NULL = the service did not say */
    char *kind;      /* "AUTOMATIC", "ON_DEMAND"; NULL for the first material */
    char *state;     /* "CURRENT", …; NULL = unknown */
    int64_t date_ms; /* when it became current; -1 for the first material */
} evc_aws_rotation;

typedef struct evc_aws_rotations {
    evc_aws_rotation *items; /* oldest first, once all were read */
    size_t count;
    size_t capacity;
} evc_aws_rotations;

void evc_aws_rotations_reset(evc_aws_rotations *rotations);
/* Adds what a page of the answer lists. ENVCRYPT_E_JSON, NOMEM. */
int evc_aws_rotations_read(evc_aws_rotations *rotations, const evc_json *root,
                           evc_error **err) EVC_MUST_CHECK;
void evc_aws_rotations_sort(evc_aws_rotations *rotations);

/* All materials of a key, all pages of them. After a failure rotations is empty. */
int evc_aws_rotations_list(evc_peer *peer, const char *key_id,
                           evc_aws_rotations *rotations, evc_wait *wait,
                           evc_error **err) EVC_MUST_CHECK;

#endif
