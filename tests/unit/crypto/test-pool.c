/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pool.h"

#include "base/threads.h"
#include "evc-check.h"

#define THREADS 4
#define ROUNDS 20000

typedef struct thing {
    evc_pool_item item;
    int *destroyed;
    bool in_use;
} thing;

static evc_pool pool;

static void
destroy(evc_pool_item *item)
{
    (*((thing *)item)->destroyed)++;
}

static void
open_pool(void)
{
    ck_assert(evc_pool_init(&pool));
}

START_TEST(takes_nothing_from_an_empty_pool)
{
    open_pool();
    ck_assert_ptr_null(evc_pool_take(&pool));
    evc_pool_release(&pool);
}
END_TEST

START_TEST(takes_what_was_given_last)
{
    thing a = {.item.destroy = destroy};
    thing b = {.item.destroy = destroy};

    open_pool();
    evc_pool_give(&pool, &a.item);
    evc_pool_give(&pool, &b.item);
    ck_assert_ptr_eq(evc_pool_take(&pool), &b);
    ck_assert_ptr_eq(evc_pool_take(&pool), &a);
    ck_assert_ptr_null(evc_pool_take(&pool));
    evc_pool_release(&pool);
}
END_TEST

START_TEST(release_destroys_each_idle_item_once)
{
    int first = 0;
    int second = 0;
    thing a = {{NULL, destroy}, &first, false};
    thing b = {{NULL, destroy}, &second, false};

    open_pool();
    evc_pool_give(&pool, &a.item);
    evc_pool_give(&pool, &b.item);
    evc_pool_release(&pool);
    ck_assert_int_eq(first, 1);
    ck_assert_int_eq(second, 1);
}
END_TEST

typedef struct shared {
    thing things[THREADS];
    bool twice[THREADS];
} shared;

static void
take_and_give(void *user, size_t index)
{
    shared *all = user;

    for (int i = 0; i < ROUNDS; i++) {
        thing *t = (thing *)evc_pool_take(&pool);

        if (!t || t->in_use) {
            all->twice[index] = true;
            return;
        }
        t->in_use = true;
        t->in_use = false;
        evc_pool_give(&pool, &t->item);
    }
}

START_TEST(threads_never_hold_the_same_item)
{
    static shared all;
    int destroyed = 0;

    open_pool();
    for (size_t i = 0; i < THREADS; i++) {
        all.things[i] = (thing){{NULL, destroy}, &destroyed, false};
        evc_pool_give(&pool, &all.things[i].item);
    }
    EVC_CHECK_OK(evc_threads_run(THREADS, take_and_give, &all, NULL));
    evc_pool_release(&pool);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert(!all.twice[i]);
    ck_assert_int_eq(destroyed, THREADS);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const pool_tests[] = {
        takes_nothing_from_an_empty_pool,
        takes_what_was_given_last,
        release_destroys_each_idle_item_once,
        threads_never_hold_the_same_item,
        NULL,
    };

    evc_check_add(suite, "pool", pool_tests);
}

EVC_TEST_MAIN("pool", add_tests)
