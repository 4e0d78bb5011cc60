/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/dek_cache.h"

#include <pthread.h>
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"

/* A thread that waits for another one's making. On its own stack. */
typedef struct waiter {
    struct waiter *next;
    evc_wait *wait;
    bool woken;
} waiter;

/* A making that goes on. On the stack of the thread that makes. */
typedef struct flight {
    struct flight *next;
    const uint8_t *id;
    waiter *waiters;
    uint64_t epoch;
} flight;

struct envcrypt_cache {
    atomic_size_t refs;
    evc_env *env;
    atomic_uint_least64_t hits;
    atomic_uint_least64_t misses;
    atomic_uint_least64_t waits;
    pthread_mutex_t mutex; /* for all below */
    evc_dek_table table;
    flight *flights;
    uint64_t epoch; /* how often the cache was cleared */
};

void
evc_dek_cache_defaults(struct envcrypt_cache_config *config)
{
    *config = (struct envcrypt_cache_config){
        .entries = 1000,
        .age_ms = 300000,
        .messages = UINT64_C(1) << 32,
        .bytes = INT64_MAX,
    };
}

int
evc_dek_cache_open(evc_env *env, const struct envcrypt_cache_config *config,
                   evc_dek_cache **out, evc_error **err)
{
    evc_dek_cache *cache = evc_mem_new(sizeof(*cache));
    int rc;

    *out = NULL;
    if (!cache)
        return evc_err_nomem(err);
    rc = evc_dek_table_init(&cache->table, config, err);
    if (rc == 0 && pthread_mutex_init(&cache->mutex, NULL) != 0)
        rc = evc_err_nomem(err);
    if (rc != 0) {
        evc_dek_table_release(&cache->table);
        evc_mem_free(cache);
        return rc;
    }
    atomic_init(&cache->refs, 1);
    atomic_init(&cache->hits, 0);
    atomic_init(&cache->misses, 0);
    atomic_init(&cache->waits, 0);
    cache->env = evc_env_ref(env);
    *out = cache;
    return 0;
}

evc_dek_cache *
evc_dek_cache_ref(evc_dek_cache *cache)
{
    if (cache)
        atomic_fetch_add_explicit(&cache->refs, 1, memory_order_relaxed);
    return cache;
}

void
evc_dek_cache_unref(evc_dek_cache *cache)
{
    if (!cache || atomic_fetch_sub_explicit(&cache->refs, 1, memory_order_acq_rel) != 1)
        return;
    /* In a child another thread may have been at work in the lists: they are left. */
    if (evc_fork_is_current(cache->env->generation)) {
        evc_dek_table_clear(&cache->table);
        (void)pthread_mutex_destroy(&cache->mutex);
    }
    evc_env_unref(cache->env);
    evc_dek_table_release(&cache->table);
    evc_mem_free(cache);
}

void
evc_dek_cache_clear(evc_dek_cache *cache)
{
    if (!evc_fork_is_current(cache->env->generation))
        return;
    (void)pthread_mutex_lock(&cache->mutex);
    evc_dek_table_clear(&cache->table);
    cache->epoch++;
    (void)pthread_mutex_unlock(&cache->mutex);
}

void
evc_dek_cache_forget(evc_dek_cache *cache, const uint8_t id[EVC_DEK_CACHE_ID])
{
    if (!evc_fork_is_current(cache->env->generation))
        return;
    (void)pthread_mutex_lock(&cache->mutex);
    evc_dek_table_forget(&cache->table, id);
    (void)pthread_mutex_unlock(&cache->mutex);
}

uint64_t
evc_dek_cache_count(const evc_dek_cache *cache, int32_t counter)
{
    switch (counter) {
    case ENVCRYPT_CACHE_ENTRIES:
        return atomic_load(&cache->table.count);
    case ENVCRYPT_CACHE_HITS:
        return atomic_load(&cache->hits);
    case ENVCRYPT_CACHE_MISSES:
        return atomic_load(&cache->misses);
    case ENVCRYPT_CACHE_WAITS:
        return atomic_load(&cache->waits);
    default:
        return 0;
    }
}

evc_env *
evc_dek_cache_env(const evc_dek_cache *cache)
{
    return cache->env;
}

/* --- single flight --- */

static flight *
find_flight(evc_dek_cache *cache, const uint8_t id[EVC_DEK_CACHE_ID])
{
    flight *f = cache->flights;

    while (f && memcmp(f->id, id, EVC_DEK_CACHE_ID) != 0)
        f = f->next;
    return f;
}

static void
end_flight(evc_dek_cache *cache, flight *f)
{
    flight **at = &cache->flights;

    while (*at != f)
        at = &(*at)->next;
    *at = f->next;
    /* All wake: they find the key, or the first of them makes it. With the lock held:
     * afterwards their waits may be gone. */
    for (waiter *w = f->waiters; w; w = w->next) {
        w->woken = true;
        evc_wait_wake(w->wait);
    }
}

static void
remove_waiter(flight *f, waiter *leaving)
{
    waiter **at = &f->waiters;

    while (*at != leaving)
        at = &(*at)->next;
    *at = leaving->next;
}

/* Sleeps until the flight ended. The lock is held before, not after. */
static int
wait_for_flight(evc_dek_cache *cache, flight *f, evc_wait *wait, evc_error **err)
{
    waiter self = {.wait = wait};
    int rc = evc_wait_arm(wait, err);

    if (rc)
        goto out;
    self.next = f->waiters;
    f->waiters = &self;
    while (rc == 0 && !self.woken) {
        (void)pthread_mutex_unlock(&cache->mutex);
        rc = evc_wait_sleep(wait, err);
        (void)pthread_mutex_lock(&cache->mutex);
    }
    if (!self.woken)
        remove_waiter(f, &self);
out:
    (void)pthread_mutex_unlock(&cache->mutex);
    return rc;
}

typedef struct request {
    const evc_dek_use *use;
    evc_dek_cache_make make;
    void *user;
    evc_wait *wait; /* as the caller gave it */
    evc_secret *key;
    evc_buf *note;
} request;

/* What was made is kept, unless there is no room or the cache was cleared meanwhile. */
static void
keep(evc_dek_cache *cache, const flight *f, evc_dek_entry **e)
{
    if (!*e || f->epoch != cache->epoch)
        return;
    evc_dek_table_insert(&cache->table, *e);
    *e = NULL;
}

/* Makes the key while others wait. The lock is held before, not after. */
static int
fly(evc_dek_cache *cache, const request *r, int64_t began_ms, evc_error **err)
{
    flight f = {.next = cache->flights, .id = r->use->id, .epoch = cache->epoch};
    evc_dek_entry *e = NULL;
    int forked;
    int rc;

    cache->flights = &f;
    atomic_fetch_add(&cache->misses, 1);
    (void)pthread_mutex_unlock(&cache->mutex);
    rc = r->make(r->user, r->wait, r->key, r->note, err);
    /* A child that comes out of the callback may find the lock held by a thread that it
     * does not have. */
    forked = evc_fork_check(cache->env->generation, "cache", rc ? NULL : err);
    if (forked) {
        rc = rc ? rc : forked;
        goto out;
    }
    if (!rc)
        e = evc_dek_table_make(&cache->table, r->use, r->key, r->note, began_ms);
    (void)pthread_mutex_lock(&cache->mutex);
    keep(cache, &f, &e);
    end_flight(cache, &f);
    (void)pthread_mutex_unlock(&cache->mutex);
    evc_dek_table_free(e);
out:
    if (rc) {
        evc_secret_free(r->key);
        evc_buf_reset(r->note);
    }
    return rc;
}

/* Gives a copy of the entry to the caller. The lock is held before, not after. */
static int
take(evc_dek_cache *cache, evc_dek_entry *e, const request *r, evc_error **err)
{
    int rc = evc_dek_table_copy(&e->key, &e->note, r->key, r->note, err);

    if (!rc) {
        atomic_fetch_add(&cache->hits, 1);
        evc_dek_table_use(&cache->table, e, r->use);
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    return rc;
}

static int
get(evc_dek_cache *cache, const request *r, evc_wait *wait, evc_error **err)
{
    bool waited = false;
    int rc = 0;

    while (rc == 0) {
        /* The clock may be the caller's: no lock is held meanwhile. */
        int64_t now_ms = evc_clock_monotonic_ms(&cache->env->clock);
        evc_dek_entry *e;
        flight *f;

        (void)pthread_mutex_lock(&cache->mutex);
        e = evc_dek_table_find(&cache->table, r->use, now_ms);
        if (e)
            return take(cache, e, r, err);
        f = find_flight(cache, r->use->id);
        if (!f)
            return fly(cache, r, now_ms, err);
        if (!waited)
            atomic_fetch_add(&cache->waits, 1);
        waited = true;
        rc = wait_for_flight(cache, f, wait, err);
    }
    return rc;
}

int
evc_dek_cache_get(evc_dek_cache *cache, const evc_dek_use *use, evc_dek_cache_make make,
                  void *user, evc_wait *wait, evc_secret *key, evc_buf *note,
                  evc_error **err)
{
    const request r = {use, make, user, wait, key, note};
    evc_wait endless;
    int rc;

    *key = (evc_secret){0};
    evc_buf_init(note);
    rc = evc_fork_check(cache->env->generation, "cache", err);
    if (rc)
        return rc;
    evc_wait_init(&endless, &cache->env->clock, -1);
    rc = get(cache, &r, wait ? wait : &endless, err);
    evc_wait_release(&endless);
    return rc;
}
