/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/reading.h"

#include <string.h>

static bool
has(const uint8_t (*digests)[EVC_READING_DIGEST], size_t count, const uint8_t *digest)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(digests[i], digest, EVC_READING_DIGEST) == 0)
            return true;
    }
    return false;
}

bool
evc_kube_reading_has_kind(const evc_kube_reading *reading, const uint8_t *digest)
{
    return reading && has(reading->kinds, reading->kind_count, digest);
}

bool
evc_kube_reading_has_dek(const evc_kube_reading *reading, const uint8_t *digest)
{
    return reading && has(reading->deks, reading->dek_count, digest);
}

const evc_kube_reading *
evc_kube_readings_before(const evc_kube_readings *readings, int64_t since_ms)
{
    const evc_kube_reading *latest = NULL;

    for (size_t i = 0; i < readings->count; i++) {
        const evc_kube_reading *reading = &readings->items[i];

        if (reading->read_ms < since_ms &&
            (!latest || reading->read_ms > latest->read_ms))
            latest = reading;
    }
    return latest;
}

void
evc_kube_readings_add(evc_kube_readings *readings, const evc_kube_reading *reading,
                      int64_t since_ms)
{
    const evc_kube_reading *kept = since_ms >= 0
                                       ? evc_kube_readings_before(readings, since_ms)
                                   : readings->count ? &readings->items[0]
                                                     : NULL;

    if (kept)
        memmove(&readings->items[0], kept, sizeof(*kept));
    readings->count = kept ? 1 : 0;
    readings->items[readings->count++] = *reading;
}

void
evc_kube_readings_run(evc_kube_readings *readings, int64_t began_ms)
{
    for (size_t i = 0; i < readings->count; i++) {
        evc_kube_reading *reading = &readings->items[i];

        if (reading->next_ms < 0)
            reading->next_ms = began_ms;
    }
}
