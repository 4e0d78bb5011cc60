/* SPDX-License-Identifier: Apache-2.0 */
/* A bar on the terminal for work that takes more than half a second. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOW_AFTER_MS 500
#define EVERY_MS 100
#define BAR 24

/* A terminal that can clear a line. */
bool
progress_is_able(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment */
    const char *type = getenv("TERM");

    return isatty(STDERR_FILENO) == 1 && type && *type && strcmp(type, "dumb") != 0;
}

void
progress_begin(progress *p, const cli *c, const char *label, bool hidden)
{
    const char *slash = strrchr(label, '/');

    *p = (progress){.label = slash && slash[1] ? slash + 1 : label,
                    .wanted = !hidden && !c->quiet && progress_is_able(),
                    .began_ms = now_ms(),
                    .total = UINT64_MAX};
}

/* "0:07", "1:02:33" */
static void
format_duration(uint64_t seconds, char out[24])
{
    unsigned long hours = (unsigned long)(seconds / 3600);

    if (hours)
        (void)snprintf(out, 24, "%lu:%02u:%02u", hours, (unsigned)(seconds / 60 % 60),
                       (unsigned)(seconds % 60));
    else
        (void)snprintf(out, 24, "%u:%02u", (unsigned)(seconds / 60),
                       (unsigned)(seconds % 60));
}

/* What a line of progress is made of. */
typedef struct facts {
    bool known; /* how much there is */
    unsigned percent;
    char done[24], total[24], speed[24], time[24];
} facts;

static void
format_amount(const progress *p, uint64_t amount, char out[24])
{
    if (p->counts)
        (void)snprintf(out, 24, "%llu", (unsigned long long)amount);
    else
        format_size(amount, out);
}

static void
gather(const progress *p, int64_t ms, bool ended, facts *f)
{
    uint64_t rate = (p->done - p->before) * 1000 / (uint64_t)(ms + 1);
    bool bounded = p->total != UINT64_MAX && p->total > 0;

    f->known = bounded && !ended;
    f->percent = bounded ? (unsigned)((double)p->done / (double)p->total * 100) : 0;
    format_amount(p, p->done, f->done);
    format_amount(p, p->total, f->total);
    format_amount(p, rate, f->speed);
    format_duration(
        f->known && rate ? (p->total - p->done) / rate : (uint64_t)ms / 1000, f->time);
}

/* The forms of the line, widest first; NULL: there is none narrower, or memory is out. */
static char *
form(const progress *p, const facts *f, unsigned number)
{
    int full = f->percent >= 100 ? BAR : (int)f->percent * BAR / 100;

    if (p->words) {
        switch (number) {
        case 0:
            return text_format("%s: %s%s%s", p->label, f->time, *p->words ? ", " : "",
                               p->words);
        case 1:
            return text_format("%s: %s", p->label, f->time);
        default:
            return number == 2 ? text_format("%s", f->time) : NULL;
        }
    }
    if (!f->known) {
        switch (number) {
        case 0:
            return text_format("%s: %s, %s/s, %s", p->label, f->done, f->speed,
                               f->time);
        case 1:
            return text_format("%s, %s/s, %s", f->done, f->speed, f->time);
        case 2:
            return text_format("%s", f->done);
        default:
            return NULL;
        }
    }
    switch (number) {
    case 0:
    case 1:
        return text_format("%s%s%3u%% [%.*s%.*s] %s of %s, %s/s, %s left",
                           number ? "" : p->label, number ? "" : ": ", f->percent, full,
                           "########################", BAR - full,
                           "........................", f->done, f->total, f->speed,
                           f->time);
    case 2:
        return text_format("%3u%%, %s of %s, %s left", f->percent, f->done, f->total,
                           f->time);
    case 3:
        return text_format("%3u%%", f->percent);
    default:
        return NULL;
    }
}

/* The widest form that leaves the last column free. */
static void
draw(const progress *p, int64_t ms, bool ended)
{
    size_t columns = terminal_columns(STDERR_FILENO);
    facts f;
    char *line;

    gather(p, ms, ended, &f);
    for (unsigned i = 0; (line = form(p, &f, i)); i++) {
        bool fits = text_columns(line) < columns;

        if (fits) {
            (void)fputs("\r\033[K", stderr);
            text_put_safe(stderr, line, strlen(line), false);
            (void)fflush(stderr);
        }
        free(line);
        if (fits)
            return;
    }
}

void
progress_tell(void *user, uint64_t done, uint64_t total)
{
    progress *p = user;
    int64_t now = now_ms();

    if (!p->told || done < p->before)
        p->before = done;
    p->told = true;
    p->done = done;
    p->total = total < done ? UINT64_MAX : total;
    if (!p->wanted || now - p->began_ms < SHOW_AFTER_MS || now - p->told_ms < EVERY_MS)
        return;
    p->told_ms = now;
    p->shown = true;
    (void)report_bar(true);
    draw(p, now - p->began_ms, false);
}

void
progress_say(progress *p, const char *words)
{
    p->words = words;
    if (!p->wanted)
        return;
    p->shown = true;
    (void)report_bar(true);
    draw(p, now_ms() - p->began_ms, false);
}

int
progress_attach(progress *p, envcrypt_message_config *config)
{
    envcrypt_error *error = NULL;

    return check(
        envcrypt_message_config_set_progress(config, progress_tell, p, NULL, &error),
        &error, NULL);
}

void
progress_end(progress *p, bool good)
{
    if (!p->shown || !report_bar(false))
        return;
    if (good)
        draw(p, now_ms() - p->began_ms, true);
    (void)fputs("\n", stderr);
}
