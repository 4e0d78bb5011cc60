/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is seen of a change of a cluster while it goes on: a line on a terminal that tells how
 * long it takes and what the provider says, elsewhere lines of JSON; on a terminal that can
 * clear no line, a line of words for each phase.
 */
#include "cli.h"

#include <string.h>

#define JSON_EVERY_MS 1000 /* a line of progress, while Secrets are stored anew */

static const char *
phase_word(int32_t phase)
{
    switch (phase) {
    case ENVCRYPT_CLUSTER_PHASE_READING:
        return "reading";
    case ENVCRYPT_CLUSTER_PHASE_CHECKING:
        return "checking";
    case ENVCRYPT_CLUSTER_PHASE_CHANGING:
        return "changing";
    case ENVCRYPT_CLUSTER_PHASE_WAITING:
        return "waiting";
    case ENVCRYPT_CLUSTER_PHASE_SECRETS:
        return "storing Secrets anew";
    case ENVCRYPT_CLUSTER_PHASE_VERIFYING:
        return "gathering what is proven";
    case ENVCRYPT_CLUSTER_PHASE_KEY_DISABLED:
        return "disabling the key, which is enabled again when the cluster fails, or "
               "in "
               "four hours; nothing is told until then";
    default:
        return "ending";
    }
}

/* Each phase and each look, but of Secrets one a second. */
static bool
is_due(cluster_watch *w, bool is_new)
{
    int64_t now = now_ms();

    if (!is_new && w->phase == ENVCRYPT_CLUSTER_PHASE_SECRETS &&
        now - w->told_ms < JSON_EVERY_MS)
        return false;
    w->told_ms = now;
    return true;
}

static void
tell_json(cluster_watch *w, const envcrypt_cluster_report *so_far, bool is_new)
{
    if (w->phase == ENVCRYPT_CLUSTER_PHASE_ENDED || /* the report follows */
        !is_due(w, is_new))
        return;
    (void)cluster_tell(w->cli, "progress", so_far, 0);
    (void)fflush(stdout);
}

/* doc/clusters.md documents the members. */
static void
tell_event(cluster_watch *w, const envcrypt_cluster_report *so_far, bool is_new)
{
    static const struct {
        const char *member, *text;
    } told[] = {{"cluster", "uri"},
                {"verb", "verb"},
                {"update_phase", "update-phase"},
                {"update_id", "update-id"},
                {"detail", "detail"},
                {"outcome", "outcome"}};
    json j;

    if (!is_due(w, is_new))
        return;
    events_open(&j, envcrypt_cluster_report_text(so_far, "phase"), w->began_ms);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const char *text = envcrypt_cluster_report_text(so_far, told[i].text);

        json_text(&j, told[i].member, text && *text ? text : NULL);
    }
    events_secrets(&j, envcrypt_cluster_report_secrets(so_far));
    json_close(&j);
}

static void
tell_secrets(cluster_watch *w, const envcrypt_cluster_report *so_far)
{
    const envcrypt_reencrypt_report *secrets = envcrypt_cluster_report_secrets(so_far);
    int64_t done =
        envcrypt_reencrypt_report_figure(secrets, ENVCRYPT_REENCRYPT_FIGURE_DONE);
    int64_t total =
        envcrypt_reencrypt_report_figure(secrets, ENVCRYPT_REENCRYPT_FIGURE_TOTAL);

    if (!secrets)
        return;
    w->bar.counts = true;
    progress_tell(&w->bar, done < 0 ? 0 : (uint64_t)done,
                  total < 0 ? UINT64_MAX : (uint64_t)total);
}

static void
tell_bar(cluster_watch *w, const envcrypt_cluster_report *so_far, bool is_new)
{
    if (w->phase ==
        ENVCRYPT_CLUSTER_PHASE_KEY_DISABLED) { /* it stands still for long */
        progress_end(&w->bar, true);
        note(w->cli, "%s\n", phase_word(w->phase));
    } else if (is_new) {
        progress_end(&w->bar, true);
        progress_begin(&w->bar, w->cli, phase_word(w->phase), false);
    }
    if (w->phase == ENVCRYPT_CLUSTER_PHASE_SECRETS)
        tell_secrets(w, so_far);
    else if (w->phase == ENVCRYPT_CLUSTER_PHASE_WAITING)
        progress_say(&w->bar, w->detail);
}

/* Where no line can be cleared. */
static void
tell_lines(const cluster_watch *w, bool is_new, bool is_news)
{
    if (w->phase == ENVCRYPT_CLUSTER_PHASE_ENDED || (!is_new && !is_news))
        return;
    note(w->cli, "%s%s%s\n", phase_word(w->phase), *w->detail ? ": " : "", w->detail);
}

int32_t
cluster_hear(void *user, const envcrypt_cluster_report *so_far)
{
    cluster_watch *w = user;
    int32_t phase = envcrypt_cluster_report_phase(so_far);
    const char *detail = phase == ENVCRYPT_CLUSTER_PHASE_WAITING
                             ? envcrypt_cluster_report_text(so_far, "detail")
                             : "";
    bool is_new = !w->begun || phase != w->phase;
    char before[sizeof w->detail];

    signals_patient(false);
    if (!w->begun)
        w->began_ms = now_ms();
    w->begun = true;
    w->phase = phase;
    memcpy(before, w->detail, sizeof before);
    (void)snprintf(w->detail, sizeof w->detail, "%s", detail ? detail : "");
    if (w->cli->json)
        tell_json(w, so_far, is_new);
    else if (events_wanted(w->cli))
        tell_event(w, so_far, is_new);
    else if (progress_is_able())
        tell_bar(w, so_far, is_new);
    else
        tell_lines(w, is_new, strcmp(before, w->detail) != 0);
    /* It is enabled again in every case, and until then nothing more is heard. */
    signals_patient(phase == ENVCRYPT_CLUSTER_PHASE_KEY_DISABLED);
    return 0;
}
