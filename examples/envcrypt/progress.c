/* SPDX-License-Identifier: Apache-2.0 */
/* A bar on the terminal for work that takes more than half a second. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define SHOW_AFTER_MS 500
#define EVERY_MS 100
#define BAR 24
#define LINE 256

static int64_t
now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t
terminal_columns(void)
{
    struct winsize window;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) || window.ws_col == 0)
        return 80;
    return window.ws_col;
}

void
progress_begin(progress *p, const cli *c, const char *label)
{
    const char *slash = strrchr(label, '/');

    *p = (progress){.label = slash && slash[1] ? slash + 1 : label,
                    .wanted = !c->quiet && isatty(STDERR_FILENO) == 1,
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

/* " 42% [##########..............] 1.2 GiB of 3.0 GiB, 850 MiB/s, 0:02 left" */
static void
describe(const progress *p, int64_t ms, bool ended, char out[LINE])
{
    uint64_t rate = p->done * 1000 / (uint64_t)(ms + 1);
    bool known = p->total != UINT64_MAX && p->total > 0;
    uint64_t percent = known ? (uint64_t)((double)p->done / (double)p->total * 100) : 0;
    size_t full = percent >= 100 ? BAR : (size_t)percent * BAR / 100;
    char done[16];
    char total[16];
    char speed[16];
    char time_text[24];

    format_size(p->done, done);
    format_size(p->total, total);
    format_size(rate, speed);
    format_duration(ended || !known || rate == 0 ? (uint64_t)ms / 1000
                                                 : (p->total - p->done) / rate,
                    time_text);
    if (known && !ended)
        (void)snprintf(out, LINE, "%3u%% [%.*s%.*s] %s of %s, %s/s, %s left",
                       (unsigned)percent, (int)full, "########################",
                       (int)(BAR - full), "........................", done, total,
                       speed, time_text);
    else
        (void)snprintf(out, LINE, "%s, %s/s, %s", done, speed, time_text);
}

static void
draw(const progress *p, int64_t ms, bool ended)
{
    char facts[LINE];
    char *line;
    size_t columns = terminal_columns();

    describe(p, ms, ended, facts);
    line = text_format("%s: %s", p->label, facts);
    if (!line)
        return;
    if (text_columns(line) >= columns && strlen(facts) < columns)
        (void)memmove(line, facts, strlen(facts) + 1);
    if (text_columns(line) < columns) {
        (void)fputs("\r\033[K", stderr);
        text_put_safe(stderr, line, strlen(line), false);
        (void)fflush(stderr);
    }
    free(line);
}

void
progress_tell(void *user, uint64_t done, uint64_t total)
{
    progress *p = user;
    int64_t now = now_ms();

    p->done = done;
    p->total = total < done ? UINT64_MAX : total;
    if (!p->wanted || now - p->began_ms < SHOW_AFTER_MS || now - p->told_ms < EVERY_MS)
        return;
    p->told_ms = now;
    p->shown = true;
    (void)report_bar(true);
    draw(p, now - p->began_ms, false);
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
