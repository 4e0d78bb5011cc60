/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pool.h"

#include <stddef.h>

bool
evc_pool_init(evc_pool *pool)
{
    atomic_init(&pool->last, NULL);
    pool->idle = NULL;
    return pthread_mutex_init(&pool->lock, NULL) == 0;
}

evc_pool_item *
evc_pool_take(evc_pool *pool)
{
    evc_pool_item *item =
        atomic_exchange_explicit(&pool->last, NULL, memory_order_acquire);

    if (item)
        return item;
    pthread_mutex_lock(&pool->lock);
    item = pool->idle;
    if (item)
        pool->idle = item->next;
    pthread_mutex_unlock(&pool->lock);
    return item;
}

void
evc_pool_give(evc_pool *pool, evc_pool_item *item)
{
    evc_pool_item *before =
        atomic_exchange_explicit(&pool->last, item, memory_order_acq_rel);

    if (!before)
        return;
    pthread_mutex_lock(&pool->lock);
    before->next = pool->idle;
    pool->idle = before;
    pthread_mutex_unlock(&pool->lock);
}

void
evc_pool_release(evc_pool *pool)
{
    evc_pool_item *item;

    while ((item = evc_pool_take(pool)))
        item->destroy(item);
    pthread_mutex_destroy(&pool->lock);
}
