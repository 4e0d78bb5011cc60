/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/server_clock.h"

#include <limits.h>

/* A Date leaves out its fraction of a second, and was written up to about a second before it
 * came. */
#define MARGIN_MS 2000
#define SECOND_MS 1000

void
evc_server_clock_init(evc_server_clock *clock)
{
    atomic_init(&clock->ahead_s, 0);
}

/* Of a server that says any date at all, the difference fits. */
static unsigned
seconds_of(int64_t date_ms, int64_t received_ms)
{
    int64_t seconds = (date_ms - received_ms + MARGIN_MS + SECOND_MS - 1) / SECOND_MS;

    return seconds > INT_MAX ? INT_MAX : (unsigned)seconds;
}

void
evc_server_clock_note(evc_server_clock *clock, int64_t date_ms, int64_t received_ms)
{
    unsigned seen;
    unsigned before = atomic_load(&clock->ahead_s);

    if (date_ms < 0 || received_ms < 0 || date_ms <= received_ms)
        return;
    seen = seconds_of(date_ms, received_ms);
    while (seen > before) {
        if (atomic_compare_exchange_weak(&clock->ahead_s, &before, seen))
            return;
    }
}

int64_t
evc_server_clock_ahead_ms(const evc_server_clock *clock)
{
    return (int64_t)atomic_load(&clock->ahead_s) * SECOND_MS;
}
