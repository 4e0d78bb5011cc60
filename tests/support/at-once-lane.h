/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transport in which nothing is ever in flight: its state is its one lane, and an exchange is done
 * when a test's own function has begun it.
 */
#ifndef EVC_TESTS_AT_ONCE_LANE_H
#define EVC_TESTS_AT_ONCE_LANE_H

#include "net/operation.h"

static int
at_once_open(void *state, evc_env *env, const evc_net_settings *settings, void **lane,
             evc_error **err)
{
    (void)env;
    (void)settings;
    (void)err;
    *lane = state;
    return 0;
}

static void
at_once_close(void *lane)
{
    (void)lane;
}

static inline int
at_once_drive(void *lane, int64_t until_ms, evc_wait *wait, evc_error **err)
{
    (void)lane;
    (void)until_ms;
    return evc_wait_check(wait, err);
}

static void
at_once_stop(void *lane, evc_exchange *x)
{
    (void)lane;
    x->done = true;
    x->code = ENVCRYPT_E_CANCELED;
}

#define AT_ONCE_TRANSPORT(start)                                        \
    {                                                                   \
        at_once_open, at_once_close, start, at_once_drive, at_once_stop \
    }

#endif
