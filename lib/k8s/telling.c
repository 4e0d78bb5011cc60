/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/telling.h"

#define SAMPLE_EACH_MS 1000

void
evc_telling_init(evc_telling *telling, envcrypt_reencrypt_fn fn, void *user,
                 const evc_clock *clock)
{
    *telling = (evc_telling){.fn = fn, .user = user, .clock = clock};
}

/* Against the oldest of the latest samples. */
static void
measure(evc_telling *t, evc_reencrypt_report *report, int64_t now)
{
    int64_t done = report->figures[ENVCRYPT_REENCRYPT_FIGURE_DONE];
    size_t kept = t->samples < EVC_TELLING_SAMPLES ? t->samples : EVC_TELLING_SAMPLES;
    size_t oldest = t->samples - kept;
    int64_t passed;

    if (kept > 0) {
        passed = now - t->sample_ms[oldest % EVC_TELLING_SAMPLES];
        if (passed > 0)
            report->figures[ENVCRYPT_REENCRYPT_FIGURE_RATE] =
                (done - t->sample_done[oldest % EVC_TELLING_SAMPLES]) * 1000 / passed;
    }
    if (kept > 0 &&
        now - t->sample_ms[(t->samples - 1) % EVC_TELLING_SAMPLES] < SAMPLE_EACH_MS)
        return;
    t->sample_ms[t->samples % EVC_TELLING_SAMPLES] = now;
    t->sample_done[t->samples % EVC_TELLING_SAMPLES] = done;
    t->samples++;
}

bool
evc_telling_tell(evc_telling *telling, evc_reencrypt_report *report)
{
    int64_t now = evc_clock_monotonic_ms(telling->clock);
    bool is_new = report->phase != telling->told_phase;

    if (!is_new && now - telling->told_ms < EVC_TELLING_EACH_MS)
        return false;
    if (is_new)
        telling->samples = 0;
    measure(telling, report, now);
    telling->told_phase = report->phase;
    telling->told_ms = now;
    return telling->fn && telling->fn(telling->user, report) != 0;
}
