/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the caller how far a re-encryption is, not too often, and how fast it goes. */
#ifndef EVC_K8S_TELLING_H
#define EVC_K8S_TELLING_H

#include "base/clock.h"
#include "k8s/report.h"

#define EVC_TELLING_EACH_MS 100
#define EVC_TELLING_SAMPLES 5u /* a second apart: what the rate is over */

typedef struct evc_telling {
    envcrypt_reencrypt_fn fn; /* NULL = nobody hears */
    void *user;
    const evc_clock *clock;
    int64_t told_ms;
    int32_t told_phase;
    int64_t sample_ms[EVC_TELLING_SAMPLES];
    int64_t sample_done[EVC_TELLING_SAMPLES];
    size_t samples; /* taken in this phase */
} evc_telling;

void evc_telling_init(evc_telling *telling, envcrypt_reencrypt_fn fn, void *user,
                      const evc_clock *clock);
/* Sets the rate of the report. Whether whoever hears wants to cancel. */
bool evc_telling_tell(evc_telling *telling, evc_reencrypt_report *report);

#endif
