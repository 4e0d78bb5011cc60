/* SPDX-License-Identifier: Apache-2.0 */
/* A back end that does what a test tells it, and threads that finish calls later. */
#ifndef EVC_TESTS_SCRIPTED_H
#define EVC_TESTS_SCRIPTED_H

#include <pthread.h>
#include <time.h>

#include "kms-fixture.h"
#include "kms/backend.h"
#include "kms/call.h"

static void (*act)(evc_call *call); /* what start does */
static int scripted_closed;
static bool scripted_claims_all;

static void
scripted_start(evc_kms *kms, evc_call *call)
{
    (void)kms;
    act(call);
}

static void
scripted_close(void *state)
{
    (void)state;
    scripted_closed++;
}

static bool
scripted_claims(const evc_kms *kms, const evc_edk *edk)
{
    return scripted_claims_all || evc_view_is_text(edk->provider, kms->provider);
}

static const evc_backend scripted = {
    .close = scripted_close,
    .claims = scripted_claims,
    .start = scripted_start,
};

static inline evc_kms *
open_scripted(uint32_t operations)
{
    static int state;
    evc_kms *kms = NULL;

    scripted_closed = 0;
    scripted_claims_all = false;
    EVC_CHECK_OK(evc_kms_new(crypto, &scripted, &state, "scripted", "id", operations,
                             &kms, NULL));
    return kms;
}

static inline void
pause_ms(long ms)
{
    const struct timespec time = {0, ms * 1000000};

    (void)nanosleep(&time, NULL);
}

static pthread_t later;

static void *
finish_later(void *arg)
{
    pause_ms(20);
    evc_call_finish(arg, 0, NULL);
    return NULL;
}

static inline void
act_later(evc_call *call)
{
    ck_assert_int_eq(pthread_create(&later, NULL, finish_later, call), 0);
}

static inline void
join_later(void)
{
    ck_assert_int_eq(pthread_join(later, NULL), 0);
}

#endif
