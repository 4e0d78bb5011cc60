/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of an open key of AWS KMS: which encrypted data keys are its own, under which
 * ARN it is asked for, and which key material is known to be old. Any
 * number of threads.
 */
#ifndef EVC_CLOUD_AWS_KEY_H
#define EVC_CLOUD_AWS_KEY_H

#include <pthread.h>

#include "cloud/aws_arn.h"
#include "cloud/aws_open.h"
#include "cloud/serve.h"
#include "kms/backend.h"

#define EVC_AWS_PROVIDER "aws-kms"
#define EVC_AWS_MATERIAL 65 /* 64 lower hex digits and a NUL */

typedef struct evc_aws_key {
    evc_cloud cloud; /* first, as serve.h wants it */
    uint64_t generation;
    evc_aws_caller caller;
    evc_arena *arena;   /* borrowed from the crypto that the key holds */
    char *region;       /* where it is asked */
    char *arn;          /* "" for discovery */
    char *grant_tokens; /* with commas; NULL = none */
    char *partition;    /* of discovery; NULL = any */
    char *accounts;     /* same, with commas */
    pthread_mutex_t mutex;
    evc_kv retired; /* names: key materials that a description called old */
} evc_aws_key;

/* NOMEM. Texts and the peer are filled in later, and are freed by close. */
int evc_aws_key_new(uint64_t generation, evc_aws_key **out,
                    evc_error **err) EVC_MUST_CHECK;
void evc_aws_key_free(void *state); /* in a child of fork: memory only */

/* Whether an EDK is one of this key: see evc_backend. */
bool evc_aws_key_claims(const evc_aws_key *key, const evc_edk *edk);
/*
 * The ARN by which the service is asked for the key of an EDK that is claimed (NULL: for
 * the key itself), appended with a NUL that counts. It is also what the service must
 * name in its answer.
 */
void evc_aws_key_target(const evc_aws_key *key, const evc_edk *edk, evc_buf *out);

bool evc_aws_key_is_material(const char *text);
/*
 * The service said that it wraps under this material no more. Best effort: without memory
 * it is not known. That another material than the last one that was seen is the older
 * one of the two is never guessed, as somebody may have rotated the key a moment ago.
 */
void evc_aws_key_retire(evc_aws_key *key, const char *material);
bool evc_aws_key_is_retired(evc_aws_key *key, const char *material);

#endif
