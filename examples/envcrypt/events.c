/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes on, as lines of JSON on standard error: for programs that watch and for logs, where
 * there is no terminal to show a bar on. Results go to standard output, so neither is in the way
 * of the other; with --json the events have the whole report so far and go there too.
 */
#include "cli.h"

#include <time.h>
#include <unistd.h>

bool
events_wanted(const cli *c)
{
    return !c->json && !c->quiet && isatty(STDERR_FILENO) != 1;
}

void
events_open(json *j, const char *phase, int64_t began_ms)
{
    struct timespec now = {0};
    char text[24];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    format_time((int64_t)now.tv_sec * 1000, text);
    (void)fflush(stdout); /* in the order in which it happened */
    *j = (json){.to = stderr};
    json_open(j, NULL, '{');
    json_text(j, "event", "progress");
    json_text(j, "time", text);
    json_text(j, "phase", phase);
    json_number(j, "seconds", (now_ms() - began_ms) / 1000);
}

/* How far a re-encryption is; NULL: nothing of it was begun. */
void
events_secrets(json *j, const envcrypt_reencrypt_report *so_far)
{
    static const struct {
        const char *name;
        int32_t figure;
    } figures[] = {
        {"total", ENVCRYPT_REENCRYPT_FIGURE_TOTAL},
        {"done", ENVCRYPT_REENCRYPT_FIGURE_DONE},
        {"rewritten", ENVCRYPT_REENCRYPT_FIGURE_REWRITTEN},
        {"failed", ENVCRYPT_REENCRYPT_FIGURE_FAILED},
    };

    if (!so_far) {
        json_text(j, "secrets", NULL);
        return;
    }
    json_open(j, "secrets", '{');
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        json_number(j, figures[i].name,
                    envcrypt_reencrypt_report_figure(so_far, figures[i].figure));
    json_close(j);
}
