/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/progress.h"

#define INTERVAL_MS 100

void
evc_progress_begin(evc_progress *p, const evc_config *config, const evc_clock *clock,
                   uint64_t total)
{
    *p = (evc_progress){
        .tell = config->progress,
        .user = config->progress_user,
        .clock = clock,
        .total = total,
    };
    if (p->tell)
        p->next_ms = evc_clock_monotonic_ms(clock) + INTERVAL_MS;
}

void
evc_progress_add(evc_progress *p, uint64_t bytes)
{
    int64_t now_ms;

    p->done += bytes;
    if (p->done > p->total)
        p->done = p->total; /* parts of several threads are estimates */
    if (!p->tell)
        return;
    now_ms = evc_clock_monotonic_ms(p->clock);
    if (now_ms < p->next_ms)
        return;
    p->next_ms = now_ms + INTERVAL_MS;
    p->tell(p->user, p->done, p->total);
}
