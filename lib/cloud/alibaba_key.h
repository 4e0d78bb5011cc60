/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a key of Alibaba Cloud KMS: its ARN, through which gateway it is used, and
 * the newest of its versions that was seen. Any number of threads.
 */
#ifndef EVC_CLOUD_ALIBABA_KEY_H
#define EVC_CLOUD_ALIBABA_KEY_H

#include <pthread.h>

#include "base/arena.h"
#include "cloud/alibaba_arn.h"
#include "cloud/alibaba_open.h"
#include "cloud/serve.h"
#include "kms/edk.h"

#define EVC_ALIBABA_PROVIDER "envcrypt-alibaba-kms"

typedef struct evc_alibaba_key {
    evc_cloud cloud; /* first */
    uint64_t generation;
    evc_alibaba_caller caller;
    evc_crypto *crypto; /* borrowed from the key, as is arena */
    evc_arena *arena;
    char *arn;
    evc_alibaba_arn parts; /* of arn */
    bool dedicated;        /* used through the gateway of a KMS instance */

    pthread_mutex_t mutex;                 /* of what follows */
    char version[EVC_EDK_VERSION_MAX + 1]; /* current when it was seen; "" = unknown */
    int64_t seen_ms;                       /* wall time */
} evc_alibaba_key;

int evc_alibaba_key_new(evc_crypto *crypto, evc_alibaba_key **out,
                        evc_error **err) EVC_MUST_CHECK;
void evc_alibaba_key_free(void *state); /* a key; legal in a child of fork */
/* Copies an ARN, which must be one. NOMEM, INTERNAL. */
int evc_alibaba_key_pin(evc_alibaba_key *key, evc_view arn,
                        evc_error **err) EVC_MUST_CHECK;

/* Whether the EDK is of this key, and what its info says. */
bool evc_alibaba_key_claims(const evc_alibaba_key *key, const evc_edk *edk,
                            evc_edk_service *info);

/* 1 to EVC_EDK_VERSION_MAX of A-Z a-z 0-9 - _ . */
bool evc_alibaba_is_version(const char *text);
/* The service says now that this is the current version. Others are left aside. */
void evc_alibaba_key_learn(evc_alibaba_key *key, const char *version, int64_t now_ms);
/*
 * Whether what was wrapped under this version at wrapped_ms (-1 = unknown) is not under
 * the current one: another one was seen, and later, as far as clocks agree. Versions never
 * come back.
 */
bool evc_alibaba_key_is_old(evc_alibaba_key *key, const char *version,
                            int64_t wrapped_ms);

#endif
