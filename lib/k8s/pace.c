/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/pace.h"

#define UNIT 1000 /* of credit: one request */

/* What may be begun at once after a pause: a tenth of a second's, but one. */
static int64_t
most_credit(const evc_pace *pace)
{
    int64_t burst = (int64_t)pace->rate * UNIT / 10;

    return burst > UNIT ? burst : UNIT;
}

void
evc_pace_init(evc_pace *pace, uint32_t most, uint32_t rate, int64_t now_ms)
{
    *pace = (evc_pace){.most = most,
                       .width = most,
                       .rate = rate,
                       .halved_ms = INT64_MIN,
                       .credited_ms = now_ms,
                       .fine_ms = now_ms};
    pace->credit = UNIT;
}

static void
add_credit(evc_pace *pace, int64_t now_ms)
{
    int64_t most = most_credit(pace);
    int64_t passed = now_ms - pace->credited_ms;

    pace->credited_ms = now_ms;
    if (passed > 1000)
        passed = 1000;
    if (passed > 0)
        pace->credit += passed * pace->rate; /* UNIT a second = 1 a ms */
    if (pace->credit > most)
        pace->credit = most;
}

void
evc_pace_begin(evc_pace *pace, int64_t now_ms)
{
    if (pace->rate == 0)
        return;
    add_credit(pace, now_ms);
    pace->credit -= UNIT;
}

void
evc_pace_success(evc_pace *pace, int64_t now_ms)
{
    pace->troubles = 0;
    pace->fine_ms = now_ms;
    if (pace->width == pace->most)
        return;
    if (++pace->successes < EVC_PACE_SUCCESSES * pace->width)
        return;
    pace->successes = 0;
    pace->width++;
}

static int64_t
hold_ms(const evc_pace *pace)
{
    int64_t ms = EVC_PACE_FIRST_HOLD_MS;

    for (uint32_t i = 0; i < pace->troubles && ms < EVC_PACE_LONGEST_HOLD_MS; i++)
        ms *= 2;
    return ms < EVC_PACE_LONGEST_HOLD_MS ? ms : EVC_PACE_LONGEST_HOLD_MS;
}

void
evc_pace_trouble(evc_pace *pace, int64_t now_ms, int64_t began_ms,
                 int64_t retry_after_ms)
{
    int64_t hold = retry_after_ms >= 0 ? retry_after_ms : hold_ms(pace);

    if (now_ms + hold > pace->hold_until_ms)
        pace->hold_until_ms = now_ms + hold;
    if (began_ms <= pace->halved_ms)
        return;
    pace->halved_ms = now_ms;
    pace->troubles++;
    pace->successes = 0;
    pace->width = pace->width > 1 ? pace->width / 2 : 1;
}

int64_t
evc_pace_not_before(evc_pace *pace, int64_t now_ms)
{
    int64_t until = pace->hold_until_ms > now_ms ? pace->hold_until_ms : 0;

    if (pace->rate == 0)
        return until;
    add_credit(pace, now_ms);
    if (pace->credit < UNIT) {
        int64_t due =
            now_ms + (UNIT - pace->credit + pace->rate - 1) / (int64_t)pace->rate;

        if (due > until)
            until = due;
    }
    return until;
}

int64_t
evc_pace_trouble_ms(const evc_pace *pace, int64_t now_ms)
{
    return pace->troubles > 0 ? now_ms - pace->fine_ms : 0;
}
