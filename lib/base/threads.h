/* SPDX-License-Identifier: Apache-2.0 */
/* Workers that the caller asked for, with all signals blocked. */
#ifndef EVC_BASE_THREADS_H
#define EVC_BASE_THREADS_H

#include <stddef.h>

#include "base/err.h"

/*
 * Runs work(user, 0 … count-1) on count threads, the last on the calling one, and
 * returns when all are done. Fewer threads than asked may run when the system has no
 * more; every index is still run once. count 1 starts none. NOMEM: nothing was run.
 */
typedef void (*evc_thread_work)(void *user, size_t index);
int evc_threads_run(size_t count, evc_thread_work work, void *user,
                    evc_error **err) EVC_MUST_CHECK;

#endif
