/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/dek_cache.h"

#include <pthread.h>
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"

#define MOST_BUCKETS 65536u
#define PRUNED_AT_ONCE 4u /* expired entries that one look-up wipes */

typedef struct entry {
    struct entry *bucket_next;
    struct entry *newer; /* by use; the list ends at cache->newest */
    struct entry *older;
    struct entry *made_next; /* by the time of making */
    struct entry *made_previous;
    uint8_t id[EVC_DEK_CACHE_ID];
    int64_t made_ms; /* monotonic; before the making began */
    uint64_t messages;
    uint64_t bytes;
    evc_secret key;
    evc_buf note;
} entry;

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
    struct envcrypt_cache_config limits;
    size_t bucket_count; /* a power of two */
    atomic_size_t entries;
    atomic_uint_least64_t hits;
    atomic_uint_least64_t misses;
    atomic_uint_least64_t waits;
    pthread_mutex_t mutex; /* for all below, and for writing the counters above */
    entry **buckets;
    entry *newest;
    entry *oldest;
    entry *made_first;
    entry *made_last;
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

static size_t
buckets_for(size_t entries)
{
    size_t count = 1;

    while (count < entries && count < MOST_BUCKETS)
        count *= 2;
    return count;
}

int
evc_dek_cache_open(evc_env *env, const struct envcrypt_cache_config *config,
                   evc_dek_cache **out, evc_error **err)
{
    evc_dek_cache *cache = evc_mem_new(sizeof(*cache));

    *out = NULL;
    if (!cache)
        return evc_err_nomem(err);
    cache->limits = *config;
    cache->bucket_count = buckets_for(config->entries);
    cache->buckets = evc_mem_new_array(cache->bucket_count, sizeof(*cache->buckets));
    if (!cache->buckets || pthread_mutex_init(&cache->mutex, NULL) != 0) {
        evc_mem_free(cache->buckets);
        evc_mem_free(cache);
        return evc_err_nomem(err);
    }
    atomic_init(&cache->refs, 1);
    atomic_init(&cache->entries, 0);
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

evc_env *
evc_dek_cache_env(const evc_dek_cache *cache)
{
    return cache->env;
}

uint64_t
evc_dek_cache_count(const evc_dek_cache *cache, int32_t counter)
{
    switch (counter) {
    case ENVCRYPT_CACHE_ENTRIES:
        return atomic_load(&cache->entries);
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

/* --- the table, with the lock held --- */

/* Ids are digests, so any bytes of them spread well. */
static entry **
bucket_of(evc_dek_cache *cache, const uint8_t id[EVC_DEK_CACHE_ID])
{
    size_t hash;

    memcpy(&hash, id, sizeof(hash));
    return &cache->buckets[hash & (cache->bucket_count - 1)];
}

static entry *
find(evc_dek_cache *cache, const uint8_t id[EVC_DEK_CACHE_ID])
{
    entry *e = *bucket_of(cache, id);

    while (e && memcmp(e->id, id, EVC_DEK_CACHE_ID) != 0)
        e = e->bucket_next;
    return e;
}

static void
free_entry(entry *e)
{
    if (!e)
        return;
    evc_secret_free(&e->key);
    evc_buf_reset(&e->note);
    evc_mem_free(e);
}

static void
unlink_by_use(evc_dek_cache *cache, entry *e)
{
    if (e->newer)
        e->newer->older = e->older;
    else
        cache->newest = e->older;
    if (e->older)
        e->older->newer = e->newer;
    else
        cache->oldest = e->newer;
}

static void
link_as_newest(evc_dek_cache *cache, entry *e)
{
    e->newer = NULL;
    e->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = e;
    else
        cache->oldest = e;
    cache->newest = e;
}

static void
unlink_by_time(evc_dek_cache *cache, entry *e)
{
    if (e->made_previous)
        e->made_previous->made_next = e->made_next;
    else
        cache->made_first = e->made_next;
    if (e->made_next)
        e->made_next->made_previous = e->made_previous;
    else
        cache->made_last = e->made_previous;
}

/* In its place by time; makings may end in another order than they began. */
static void
link_by_time(evc_dek_cache *cache, entry *e)
{
    entry *before = cache->made_last;

    while (before && before->made_ms > e->made_ms)
        before = before->made_previous;
    e->made_previous = before;
    e->made_next = before ? before->made_next : cache->made_first;
    if (before)
        before->made_next = e;
    else
        cache->made_first = e;
    if (e->made_next)
        e->made_next->made_previous = e;
    else
        cache->made_last = e;
}

static void
drop(evc_dek_cache *cache, entry *e)
{
    entry **at = bucket_of(cache, e->id);

    while (*at != e)
        at = &(*at)->bucket_next;
    *at = e->bucket_next;
    unlink_by_use(cache, e);
    unlink_by_time(cache, e);
    atomic_fetch_sub(&cache->entries, 1);
    free_entry(e);
}

static void
drop_all(evc_dek_cache *cache)
{
    while (cache->newest)
        drop(cache, cache->newest);
}

static bool
is_expired(const evc_dek_cache *cache, const entry *e, int64_t now_ms)
{
    return now_ms - e->made_ms >= cache->limits.age_ms;
}

static void
prune(evc_dek_cache *cache, int64_t now_ms)
{
    for (unsigned i = 0; i < PRUNED_AT_ONCE; i++) {
        if (!cache->made_first || !is_expired(cache, cache->made_first, now_ms))
            return;
        drop(cache, cache->made_first);
    }
}

/* Whether a use more would go past a limit of writing. */
static bool
exceeds(const evc_dek_cache *cache, const entry *e, uint64_t uses, uint64_t bytes)
{
    const struct envcrypt_cache_config *limits = &cache->limits;

    if (uses == 0 && bytes == 0)
        return false;
    return uses > limits->messages - e->messages || bytes > limits->bytes ||
           e->bytes > limits->bytes - bytes;
}

/* Whether the uses so far leave nothing for another one. */
static bool
is_used_up(const evc_dek_cache *cache, const entry *e)
{
    return e->messages == cache->limits.messages ||
           (e->bytes > 0 && e->bytes == cache->limits.bytes);
}

static entry *
find_usable(evc_dek_cache *cache, const uint8_t id[EVC_DEK_CACHE_ID], uint64_t uses,
            uint64_t bytes, int64_t now_ms)
{
    entry *e;

    prune(cache, now_ms);
    e = find(cache, id);
    if (e && (is_expired(cache, e, now_ms) || exceeds(cache, e, uses, bytes))) {
        drop(cache, e);
        e = NULL;
    }
    return e;
}

static void
insert(evc_dek_cache *cache, entry *e)
{
    entry **bucket = bucket_of(cache, e->id);

    if (atomic_load(&cache->entries) == cache->limits.entries)
        drop(cache, cache->oldest);
    e->bucket_next = *bucket;
    *bucket = e;
    link_as_newest(cache, e);
    link_by_time(cache, e);
    atomic_fetch_add(&cache->entries, 1);
}

/* --- copies --- */

static int
copy_key(evc_dek_cache *cache, const evc_secret *from, evc_secret *to, evc_error **err)
{
    int rc = evc_secret_new(cache->env->arena, from->size, to, err);

    if (!rc)
        memcpy(to->bytes, from->bytes, from->size);
    return rc;
}

static int
copy(evc_dek_cache *cache, const evc_secret *key, const evc_buf *note,
     evc_secret *key_out, evc_buf *note_out, evc_error **err)
{
    int rc = copy_key(cache, key, key_out, err);

    if (rc)
        return rc;
    (void)evc_buf_reserve(note_out, note->size);
    evc_buf_put_view(note_out, evc_buf_view(note));
    rc = evc_buf_check(note_out, err);
    if (rc) {
        evc_secret_free(key_out);
        evc_buf_reset(note_out);
    }
    return rc;
}

/* NULL when there is no memory for it, or the first use leaves nothing for another. */
static entry *
make_entry(evc_dek_cache *cache, const uint8_t id[EVC_DEK_CACHE_ID], uint64_t uses,
           uint64_t bytes, const evc_secret *key, const evc_buf *note)
{
    entry *e = evc_mem_new(sizeof(*e));

    if (!e)
        return NULL;
    memcpy(e->id, id, EVC_DEK_CACHE_ID);
    evc_buf_init(&e->note);
    if (exceeds(cache, e, uses, bytes))
        goto none;
    e->messages = uses;
    e->bytes = bytes;
    if (is_used_up(cache, e) || copy(cache, key, note, &e->key, &e->note, NULL) != 0)
        goto none;
    return e;
none:
    free_entry(e);
    return NULL;
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
    /* All wake: they find the key, or the first of them makes it. */
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
    const uint8_t *id;
    uint64_t uses;
    uint64_t bytes;
    evc_dek_cache_make make;
    void *user;
    evc_wait *wait;
    evc_secret *key;
    evc_buf *note;
} request;

/* Makes the key while others wait. The lock is held before, not after. */
static int
fly(evc_dek_cache *cache, const request *r, int64_t began_ms, evc_error **err)
{
    flight f = {.next = cache->flights, .id = r->id, .epoch = cache->epoch};
    entry *e = NULL;
    int rc;

    cache->flights = &f;
    atomic_fetch_add(&cache->misses, 1);
    (void)pthread_mutex_unlock(&cache->mutex);
    rc = r->make(r->user, r->wait, r->key, r->note, err);
    /* A child that comes out of the callback has a copy of the lock and no owner of it.
     */
    if (!evc_fork_is_current(cache->env->generation)) {
        rc = evc_fork_check(cache->env->generation, "cache", err);
    } else {
        if (!rc)
            e = make_entry(cache, r->id, r->uses, r->bytes, r->key, r->note);
        (void)pthread_mutex_lock(&cache->mutex);
        if (e && f.epoch == cache->epoch) {
            e->made_ms = began_ms;
            insert(cache, e);
            e = NULL;
        }
        end_flight(cache, &f);
        (void)pthread_mutex_unlock(&cache->mutex);
        free_entry(e);
    }
    if (rc) {
        evc_secret_free(r->key);
        evc_buf_reset(r->note);
    }
    return rc;
}

/* Gives a copy of the entry to the caller. The lock is held before, not after. */
static int
take(evc_dek_cache *cache, entry *e, const request *r, evc_error **err)
{
    int rc = copy(cache, &e->key, &e->note, r->key, r->note, err);

    if (!rc) {
        atomic_fetch_add(&cache->hits, 1);
        e->messages += r->uses;
        e->bytes += r->bytes;
        unlink_by_use(cache, e);
        link_as_newest(cache, e);
        if (is_used_up(cache, e))
            drop(cache, e);
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
        entry *e;
        flight *f;

        (void)pthread_mutex_lock(&cache->mutex);
        e = find_usable(cache, r->id, r->uses, r->bytes, now_ms);
        if (e)
            return take(cache, e, r, err);
        f = find_flight(cache, r->id);
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
evc_dek_cache_get(evc_dek_cache *cache, const uint8_t id[EVC_DEK_CACHE_ID],
                  uint64_t uses, uint64_t bytes, evc_dek_cache_make make, void *user,
                  evc_wait *wait, evc_secret *key, evc_buf *note, evc_error **err)
{
    request r = {id, uses, bytes, make, user, wait, key, note};
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

void
evc_dek_cache_clear(evc_dek_cache *cache)
{
    if (!evc_fork_is_current(cache->env->generation))
        return;
    (void)pthread_mutex_lock(&cache->mutex);
    drop_all(cache);
    cache->epoch++;
    (void)pthread_mutex_unlock(&cache->mutex);
}

void
evc_dek_cache_unref(evc_dek_cache *cache)
{
    if (!cache || atomic_fetch_sub_explicit(&cache->refs, 1, memory_order_acq_rel) != 1)
        return;
    /* In a child another thread may have been at work in the lists: they are left. */
    if (evc_fork_is_current(cache->env->generation)) {
        drop_all(cache);
        (void)pthread_mutex_destroy(&cache->mutex);
    }
    evc_env_unref(cache->env);
    evc_mem_free(cache->buckets);
    evc_mem_free(cache);
}
