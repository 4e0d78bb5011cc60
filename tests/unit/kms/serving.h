/* SPDX-License-Identifier: Apache-2.0 */
/* A function that serves calls as a test tells it, on this thread or on another one. */
#ifndef EVC_TESTS_SERVING_H
#define EVC_TESTS_SERVING_H

#include <pthread.h>
#include <time.h>

#include "kms-fixture.h"
#include "kms/keys.h"
#include "kms/serve.h"

typedef struct service {
    void (*answer)(envcrypt_call *call); /* finishes the call; NULL: nobody does */
    bool on_thread;                      /* and after some time */
    int calls;
    int destroyed;
    envcrypt_call *held; /* the last call that nobody finished */
    pthread_t thread;
} service;

static inline void
pause_ms(long ms)
{
    const struct timespec time = {0, ms * 1000000};

    (void)nanosleep(&time, NULL);
}

typedef struct job {
    void (*answer)(envcrypt_call *call);
    envcrypt_call *call;
} job;

static inline void *
do_job(void *arg)
{
    job *j = arg;

    pause_ms(10);
    j->answer(j->call);
    evc_mem_free(j);
    return NULL;
}

static inline void
serve_call(envcrypt_call *call, void *user)
{
    service *s = user;
    job *j;

    s->calls++;
    s->held = call;
    if (!s->answer)
        return;
    if (!s->on_thread) {
        s->answer(call);
        return;
    }
    j = evc_mem_new(sizeof(*j));
    *j = (job){s->answer, call};
    ck_assert_int_eq(pthread_create(&s->thread, NULL, do_job, j), 0);
}

static inline void
join_service(service *s)
{
    ck_assert_int_eq(pthread_join(s->thread, NULL), 0);
}

static inline void
destroy_service(void *user)
{
    ((service *)user)->destroyed++;
}

#endif
