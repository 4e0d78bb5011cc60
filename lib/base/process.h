/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is run for its output: without a shell, with nothing of this process but
 * its environment and what is added to it, for a bounded time. Any number of threads.
 */
#ifndef EVC_BASE_PROCESS_H
#define EVC_BASE_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "base/wait.h"

#define EVC_WORDS_MAX 256u

/* A command line in words, as exec wants them. */
typedef struct evc_words {
    char **items; /* NULL-ended */
    size_t count;
} evc_words;

/*
 * Splits as a POSIX shell does, but expands nothing: blanks separate; '…' takes all as it
 * is; in "…" a backslash takes " \ $ and ` as they are; elsewhere it takes the next
 * character. ARGUMENT: no word, more than EVC_WORDS_MAX, an open quote, a last backslash,
 * control bytes other than tab. NOMEM. No message shows the line.
 */
int evc_words_split(evc_view line, evc_words *out, evc_error **err) EVC_MUST_CHECK;
void evc_words_reset(evc_words *words); /* wipes; fine on zeros */

typedef struct evc_process {
    const char *const *argv; /* argv[0] is looked for in PATH unless it has a slash */
    size_t limit;            /* most bytes of output */
    int64_t timeout_ms;      /* < 0 = the wait's deadline alone */
    const char *const
        *env; /* "NAME=value", NULL-ended: added to our environment, and in
                                the place of what has the same name. NULL = none */
} evc_process;

/*
 * Runs it and appends what it writes to standard output, which may be secret, to out.
 * *status is its exit status, or 128 + the signal that ended it. Its input and error
 * output are /dev/null; it inherits no descriptor, and has all signals as at the start of
 * a program. It, and what it started in its process group, is killed when time is up, the
 * wait is canceled, or it writes too much.
 *
 * FILE_NOT_FOUND, FILE_DENIED: it cannot be run. NOMEM. FILE_TOO_LARGE: past the limit. TIMEOUT,
 * CANCELED, FORKED; IO, also when the application takes away the status of its children
 * (SIGCHLD ignored). On failure out is as before. wait is not NULL.
 */
int evc_process_run(const evc_process *process, evc_wait *wait, evc_buf *out,
                    int *status, evc_error **err) EVC_MUST_CHECK;

/* Whether a run that failed with rc was cut off for the caller's own reasons: canceled, past
 * its deadline, in a child of fork, without memory; so that the program is not to blame. */
bool evc_process_was_cut(int rc, const evc_wait *wait);

#endif
