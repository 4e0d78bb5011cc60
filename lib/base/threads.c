/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"

#include <pthread.h>
#include <signal.h>

#include "base/mem.h"

typedef struct worker {
    pthread_t thread;
    evc_thread_work work;
    void *user;
    size_t index;
} worker;

static void *
run(void *arg)
{
    worker *w = arg;

    w->work(w->user, w->index);
    return NULL;
}

/* Starts as many as the system permits and tells how many. */
static size_t
start(worker *workers, size_t count, evc_thread_work work, void *user)
{
    sigset_t all;
    sigset_t before;
    size_t started;

    /* Threads inherit the mask: signals stay with the threads of the caller. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    for (started = 0; started < count; started++) {
        worker *w = &workers[started];

        w->work = work;
        w->user = user;
        w->index = started;
        if (pthread_create(&w->thread, NULL, run, w) != 0)
            break;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

int
evc_threads_run(size_t count, evc_thread_work work, void *user, evc_error **err)
{
    worker *workers;
    size_t started;

    if (count == 0)
        return 0;
    workers = evc_mem_new_array(count - 1, sizeof(*workers));
    if (!workers)
        return evc_err_nomem(err);
    started = start(workers, count - 1, work, user);
    for (size_t index = started; index < count; index++)
        work(user, index);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(workers[i].thread, NULL);
    evc_mem_free(workers);
    return 0;
}
