/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/wrap_counts.h"

#include <string.h>

#include "base/mem.h"

#define BUCKETS 256u

typedef struct entry {
    struct entry *next;
    evc_wrap_count count;
    uint32_t version;
    uint8_t store_id[EVC_STORE_ID];
    char name[EVC_STORE_NAME_MAX + 1];
} entry;

/* Each list grows at its head and loses nothing. */
static _Atomic(entry *) buckets[BUCKETS];

static _Atomic(entry *) *
bucket_of(const uint8_t store_id[EVC_STORE_ID], const char *name, uint32_t version)
{
    uint32_t hash = version;

    for (size_t i = 0; i < EVC_STORE_ID; i++)
        hash = hash * 31 + store_id[i];
    for (size_t i = 0; name[i]; i++)
        hash = hash * 31 + (uint8_t)name[i];
    return &buckets[hash % BUCKETS];
}

/* From first up to, and without, last. */
static entry *
find(entry *first, const entry *last, const uint8_t store_id[EVC_STORE_ID],
     const char *name, uint32_t version)
{
    for (entry *e = first; e != last; e = e->next) {
        if (e->version == version && memcmp(e->store_id, store_id, EVC_STORE_ID) == 0 &&
            strcmp(e->name, name) == 0)
            return e;
    }
    return NULL;
}

static entry *
make(const uint8_t store_id[EVC_STORE_ID], const char *name, uint32_t version)
{
    entry *e = evc_mem_new(sizeof(*e));

    if (!e)
        return NULL;
    atomic_init(&e->count, 0);
    e->version = version;
    memcpy(e->store_id, store_id, EVC_STORE_ID);
    memcpy(e->name, name, strlen(name) + 1);
    return e;
}

evc_wrap_count *
evc_wrap_counts_find(const uint8_t store_id[EVC_STORE_ID], const char *name,
                     uint32_t version)
{
    _Atomic(entry *) *bucket = bucket_of(store_id, name, version);
    entry *first = atomic_load(bucket);
    entry *found = find(first, NULL, store_id, name, version);
    entry *fresh;

    if (found)
        return &found->count;
    fresh = make(store_id, name, version);
    if (!fresh)
        return NULL;
    fresh->next = first;
    while (!atomic_compare_exchange_strong(bucket, &first, fresh)) {
        /* Others were added before what was looked through: one may be the same. */
        found = find(first, fresh->next, store_id, name, version);
        if (found) {
            evc_mem_free(fresh);
            return &found->count;
        }
        fresh->next = first;
    }
    return &fresh->count;
}
