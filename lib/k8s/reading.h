/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was stored in etcd when a verification read it, kept for later ones: which keys and which
 * wrapped data keys were in use at that time. Digests alone; what is in one was in use, what is
 * not may have been (but for kinds, where it is complete). Pure.
 */
#ifndef EVC_K8S_READING_H
#define EVC_K8S_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVC_READING_DIGEST 16u /* the first bytes of a SHA-256 */
#define EVC_READING_KINDS 8u
#define EVC_READING_DEKS 64u

typedef struct evc_kube_reading {
    int64_t read_ms; /* when it was over; wall time */
    int64_t next_ms; /* when the first run after it began; -1 = none did */
    bool complete; /* kinds has those of all values of the resource; there were some */
    uint8_t kinds[EVC_READING_KINDS]
                 [EVC_READING_DIGEST]; /* of provider, name, key id */
    size_t kind_count;
    uint8_t deks[EVC_READING_DEKS][EVC_READING_DIGEST]; /* of kms v2, those used last */
    size_t dek_count;
} evc_kube_reading;

/* By the first EVC_READING_DIGEST bytes. NULL has none. */
bool evc_kube_reading_has_kind(const evc_kube_reading *reading, const uint8_t *digest);
bool evc_kube_reading_has_dek(const evc_kube_reading *reading, const uint8_t *digest);

/* The latest reading, and the latest of before the change of key that was told last. */
typedef struct evc_kube_readings {
    evc_kube_reading items[2]; /* the latest one last */
    size_t count;
} evc_kube_readings;

/* since_ms: of that change; -1 = none was told: then the first reading of all stays. */
void evc_kube_readings_add(evc_kube_readings *readings, const evc_kube_reading *reading,
                           int64_t since_ms);
/* A run began. */
void evc_kube_readings_run(evc_kube_readings *readings, int64_t began_ms);
/* The latest of before that time; NULL = none. */
const evc_kube_reading *evc_kube_readings_before(const evc_kube_readings *readings,
                                                 int64_t since_ms);

#endif
