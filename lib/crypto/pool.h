/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that are costly to make and wait for their next use: the last one given is
 * the first one taken, since it is still in the processor's cache. Any number of
 * threads.
 */
#ifndef EVC_CRYPTO_POOL_H
#define EVC_CRYPTO_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* First member of whatever is pooled. */
typedef struct evc_pool_item {
    struct evc_pool_item *next;
    void (*destroy)(struct evc_pool_item *item);
} evc_pool_item;

typedef struct evc_pool {
    _Atomic(evc_pool_item *) last; /* the one given last; exchanged without the lock */
    pthread_mutex_t lock;
    evc_pool_item *idle; /* the others */
} evc_pool;

bool evc_pool_init(evc_pool *pool); /* false when the system has no more mutexes */
evc_pool_item *evc_pool_take(evc_pool *pool); /* NULL when none is idle */
void evc_pool_give(evc_pool *pool, evc_pool_item *item);
void evc_pool_release(evc_pool *pool); /* destroys the idle items */

#endif
