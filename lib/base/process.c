/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* pipe2 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/spawn.h"

#define PIECE 4096u
#define FIRST_NAP_MS 1
#define LONGEST_NAP_MS 10

/* --- words ------------------------------------------------------------------------ */

typedef struct splitter {
    evc_cursor in;
    evc_buf word;
    bool has_word; /* also an empty one: '' */
    evc_words *out;
} splitter;

static int
end_word(splitter *s, evc_error **err)
{
    char *word;

    if (!s->has_word)
        return 0;
    if (s->out->count == EVC_WORDS_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a command line has more than %u words", EVC_WORDS_MAX);
    evc_buf_put_u8(&s->word, 0);
    word = s->word.failed ? NULL : evc_mem_dup(s->word.data, s->word.size);
    if (!word)
        return evc_err_nomem(err);
    s->out->items[s->out->count++] = word;
    evc_buf_clear(&s->word);
    s->has_word = false;
    return 0;
}

static int
take_escaped(splitter *s, bool quoted, evc_error **err)
{
    uint8_t next = evc_cursor_u8(&s->in);

    if (s->in.failed)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a command line ends with a backslash");
    if (quoted && !strchr("\"\\$`", next))
        evc_buf_put_u8(&s->word, '\\');
    evc_buf_put_u8(&s->word, next);
    return 0;
}

static int
take_quoted(splitter *s, uint8_t quote, evc_error **err)
{
    int rc = 0;

    while (rc == 0) {
        uint8_t c = evc_cursor_u8(&s->in);

        if (s->in.failed)
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "a command line has a quote that is not closed");
        if (c == quote)
            return 0;
        if (c == '\\' && quote == '"')
            rc = take_escaped(s, true, err);
        else
            evc_buf_put_u8(&s->word, c);
    }
    return rc;
}

static int
take_one(splitter *s, evc_error **err)
{
    uint8_t c = evc_cursor_u8(&s->in);

    if (c == ' ' || c == '\t')
        return end_word(s, err);
    s->has_word = true;
    if (c == '\\')
        return take_escaped(s, false, err);
    if (c == '\'' || c == '"')
        return take_quoted(s, c, err);
    evc_buf_put_u8(&s->word, c);
    return 0;
}

static bool
has_control(evc_view line)
{
    for (size_t i = 0; i < line.size; i++) {
        if ((line.data[i] < 0x20 && line.data[i] != '\t') || line.data[i] == 0x7f)
            return true;
    }
    return false;
}

static int
split(splitter *s, evc_error **err)
{
    int rc = 0;

    while (rc == 0 && evc_cursor_left(&s->in) > 0)
        rc = take_one(s, err);
    if (rc == 0)
        rc = end_word(s, err);
    if (rc == 0 && s->out->count == 0)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT, "a command line is empty");
    return rc;
}

int
evc_words_split(evc_view line, evc_words *out, evc_error **err)
{
    splitter s = {.in = evc_cursor_of_view(line), .out = out};
    int rc;

    *out = (evc_words){.items = NULL};
    if (has_control(line))
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "a command line has control bytes");
    out->items = evc_mem_new_array(EVC_WORDS_MAX + 1, sizeof(*out->items));
    if (!out->items)
        return evc_err_nomem(err);
    evc_buf_init(&s.word);
    rc = split(&s, err);
    evc_buf_reset(&s.word);
    if (rc)
        evc_words_reset(out);
    return rc;
}

void
evc_words_reset(evc_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        evc_mem_free_wiped(words->items[i], strlen(words->items[i]));
    evc_mem_free(words->items);
    *words = (evc_words){.items = NULL};
}

/* --- running ---------------------------------------------------------------------- */

typedef struct child {
    pid_t pid; /* and its process group */
    int output;
    bool at_end; /* of its output */
} child;

static int
set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    int rc;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    rc = posix_spawnattr_setsigmask(attributes, &none);
    if (rc == 0)
        rc = posix_spawnattr_setsigdefault(attributes, &all);
    if (rc == 0)
        rc = posix_spawnattr_setpgroup(attributes, 0);
    if (rc == 0)
        rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETSIGDEF |
                                                      POSIX_SPAWN_SETPGROUP);
    return rc;
}

static int
set_descriptors(posix_spawn_file_actions_t *actions, int output)
{
    int rc = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, output, 1);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = evc_spawn_close_others(actions);
    return rc;
}

/* Whether one of the list has the name of entry, which ends at its first =. */
static bool
is_replaced(const char *entry, const char *const *by)
{
    size_t size = strcspn(entry, "=") + 1;

    for (; by && *by; by++) {
        if (strncmp(entry, *by, size) == 0)
            return true;
    }
    return false;
}

/* The environment of the program: pointers to ours and to those that are added. NULL: no
 * memory. */
static const char **
make_environment(const char *const *added)
{
    size_t count = 0;
    const char **made;

    for (size_t i = 0; environ && environ[i]; i++)
        count++;
    for (size_t i = 0; added && added[i]; i++)
        count++;
    made = evc_mem_new_array(count + 1, sizeof(*made));
    if (!made)
        return NULL;
    count = 0;
    for (size_t i = 0; environ && environ[i]; i++) {
        if (!is_replaced(environ[i], added))
            made[count++] = environ[i];
    }
    for (size_t i = 0; added && added[i]; i++)
        made[count++] = added[i];
    return made;
}

/* 0 or an errno. */
static int
spawn_with(const evc_process *process, posix_spawnattr_t *attributes,
           posix_spawn_file_actions_t *actions, int output, pid_t *pid)
{
    const char **made = make_environment(process->env);
    int rc = made ? set_signals(attributes) : ENOMEM;
    char *const *argv;
    char *const *env;

    /* POSIX has no const there, and does not write. */
    memcpy(&argv, &process->argv, sizeof argv);
    memcpy(&env, &made, sizeof env);
    if (rc == 0)
        rc = set_descriptors(actions, output);
    if (rc == 0)
        rc = posix_spawnp(pid, argv[0], actions, attributes, argv, env);
    evc_mem_free(made);
    return rc;
}

static int
spawn(const evc_process *process, int output, pid_t *pid)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int rc = posix_spawnattr_init(&attributes);

    if (rc != 0)
        return rc;
    rc = posix_spawn_file_actions_init(&actions);
    if (rc == 0) {
        rc = spawn_with(process, &attributes, &actions, output, pid);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)posix_spawnattr_destroy(&attributes);
    return rc;
}

static int
start(const evc_process *process, child *c, evc_error **err)
{
    int ends[2];
    int rc;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return evc_err_errno(err, errno, "make", "a pipe for a program's output");
    rc = spawn(process, ends[1], &c->pid);
    (void)close(ends[1]);
    if (rc == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        rc = errno;
    c->output = ends[0];
    if (rc == 0)
        return 0;
    (void)close(ends[0]);
    return evc_err_errno(err, rc, "run", process->argv[0]);
}

static int
too_much(const evc_process *process, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_FILE_TOO_LARGE,
                   "the program %s wrote more than %zu bytes and was stopped",
                   process->argv[0], process->limit);
}

/* What is there now. begin: of its output in out. */
static int
read_some(const evc_process *process, child *c, size_t begin, evc_buf *out,
          evc_error **err)
{
    while (!c->at_end) {
        uint8_t *room = evc_buf_room(out, PIECE);
        ssize_t got;
        int saved;

        if (!room)
            return evc_buf_check(out, err);
        got = read(c->output, room, PIECE);
        saved = errno;
        evc_buf_truncate(out, out->size - PIECE + (size_t)(got > 0 ? got : 0));
        if (got < 0 && saved == EINTR)
            continue;
        if (got < 0 && saved == EAGAIN)
            return 0;
        if (got < 0)
            return evc_err_errno(err, saved, "read from", process->argv[0]);
        c->at_end = got == 0;
        if (out->size - begin > process->limit)
            return too_much(process, err);
    }
    return 0;
}

/* 1 when it ended, 0 when it still runs. */
static int
look(const evc_process *process, child *c, int *status, evc_error **err)
{
    int state;
    pid_t got;

    do
        got = waitpid(c->pid, &state, WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return 0;
    if (got < 0) {
        c->pid = -1;
        return evc_err(err, ENVCRYPT_E_IO,
                       "the application took away the exit status of %s; it must not "
                       "ignore SIGCHLD or wait for children that are not its own",
                       process->argv[0]);
    }
    c->pid = -1;
    *status = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
    return 1;
}

static int
nap(const evc_process *process, evc_wait *wait, int64_t began_ms, int64_t ms,
    evc_error **err)
{
    int64_t now_ms = evc_clock_monotonic_ms(wait->clock);

    if (process->timeout_ms >= 0 && now_ms - began_ms >= process->timeout_ms)
        return evc_err(err, ENVCRYPT_E_TIMEOUT,
                       "the program %s did not end within %lld ms and was stopped",
                       process->argv[0], (long long)process->timeout_ms);
    return evc_wait_sleep_for(wait, ms, err);
}

static int
follow(const evc_process *process, child *c, evc_wait *wait, evc_buf *out, int *status,
       evc_error **err)
{
    int64_t began_ms = evc_clock_monotonic_ms(wait->clock);
    int64_t nap_ms = FIRST_NAP_MS;
    size_t begin = out->size;
    int rc = 0;

    for (;;) {
        int ended = look(process, c, status, err);

        rc = ended < 0 ? ended : read_some(process, c, begin, out, err);
        if (rc != 0 || ended == 1)
            return rc;
        rc = nap(process, wait, began_ms, nap_ms, err);
        if (rc != 0)
            return rc;
        if (nap_ms < LONGEST_NAP_MS)
            nap_ms++;
    }
}

static void
stop(child *c)
{
    if (c->pid <= 0)
        return;
    (void)kill(-c->pid, SIGKILL);
    (void)kill(c->pid, SIGKILL); /* should it have left its group */
    while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

int
evc_process_run(const evc_process *process, evc_wait *wait, evc_buf *out, int *status,
                evc_error **err)
{
    size_t begin = out->size;
    child c = {.pid = -1};
    int rc = evc_wait_check(wait, err);

    if (rc == 0)
        rc = start(process, &c, err);
    if (rc != 0)
        return rc;
    rc = follow(process, &c, wait, out, status, err);
    stop(&c);
    (void)close(c.output);
    if (rc != 0)
        evc_buf_truncate(out, begin);
    return rc;
}

bool
evc_process_was_cut(int rc, const evc_wait *wait)
{
    return rc == ENVCRYPT_E_CANCELED || rc == ENVCRYPT_E_FORKED ||
           rc == ENVCRYPT_E_NOMEM ||
           (rc == ENVCRYPT_E_TIMEOUT && evc_wait_left_ms(wait) == 0);
}
