/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal_kept.h"

/* Programs before kept one that was inverted, too. */
void
evc_journal_kept_take_shown(evc_journal_kept *kept, const evc_kube_run *run)
{
    if (!evc_kube_run_is_shown(run))
        return;
    kept->shown = *run;
    kept->has_shown = true;
}

void
evc_journal_kept_take_ended(evc_journal_kept *kept, const evc_kube_run *run)
{
    kept->ended = *run;
    kept->has_ended = true;
    evc_journal_kept_take_shown(kept, run);
}

void
evc_journal_kept_show(evc_journal_kept *kept, const evc_kube_run *seen,
                      int64_t since_ms)
{
    evc_kube_run *ended = &kept->ended;

    if (!kept->has_ended || ended->began_ms < since_ms) {
        evc_journal_kept_take_ended(kept, seen);
    } else if (ended->inverted) {
        evc_journal_kept_take_shown(kept, seen);
    } else {
        ended->shown = true;
        if (seen->left_ms >= 0)
            evc_kube_run_left(ended, seen->left_ms);
        evc_journal_kept_take_shown(kept, ended);
    }
    evc_kube_readings_run(&kept->readings, seen->began_ms);
}

/* When the change was over that was told last: now, or to a run that is kept. */
static int64_t
told_ms(const evc_journal_kept *kept, const evc_kube_run *interrupted, int64_t since_ms)
{
    int64_t told = since_ms;

    if (told >= 0)
        return told;
    if (kept->has_ended)
        told = kept->ended.since_ms;
    if (interrupted && interrupted->since_ms > told)
        told = interrupted->since_ms;
    return told;
}

void
evc_journal_kept_add_reading(evc_journal_kept *kept, const evc_kube_reading *reading,
                             const evc_kube_run *interrupted, int64_t since_ms)
{
    evc_kube_reading added = *reading;

    added.next_ms = interrupted ? added.read_ms : -1;
    evc_kube_readings_add(&kept->readings, &added,
                          told_ms(kept, interrupted, since_ms));
}
