/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/dek_table.h"

#include <string.h>

#include "base/mem.h"

#define MOST_BUCKETS 65536u
#define PRUNED_AT_ONCE 4u /* entries past their age that one look-up wipes */

static size_t
buckets_for(size_t entries)
{
    size_t count = 1;

    while (count < entries && count < MOST_BUCKETS)
        count *= 2;
    return count;
}

int
evc_dek_table_init(evc_dek_table *table, const struct envcrypt_cache_config *limits,
                   evc_error **err)
{
    *table = (evc_dek_table){.limits = *limits};
    atomic_init(&table->count, 0);
    table->bucket_count = buckets_for(limits->entries);
    table->buckets = evc_mem_new_array(table->bucket_count, sizeof(*table->buckets));
    return table->buckets ? 0 : evc_err_nomem(err);
}

void
evc_dek_table_release(evc_dek_table *table)
{
    evc_mem_free(table->buckets);
    table->buckets = NULL;
}

/* Ids are digests, so any bytes of them spread well. */
static evc_dek_entry **
bucket_of(evc_dek_table *table, const uint8_t id[EVC_DEK_CACHE_ID])
{
    size_t hash;

    memcpy(&hash, id, sizeof(hash));
    return &table->buckets[hash & (table->bucket_count - 1)];
}

/* --- the list by use, and the one by time --- */

static void
unlink_by_use(evc_dek_table *table, evc_dek_entry *e)
{
    if (e->newer)
        e->newer->older = e->older;
    else
        table->newest = e->older;
    if (e->older)
        e->older->newer = e->newer;
    else
        table->oldest = e->newer;
}

static void
link_as_newest(evc_dek_table *table, evc_dek_entry *e)
{
    e->newer = NULL;
    e->older = table->newest;
    if (table->newest)
        table->newest->newer = e;
    else
        table->oldest = e;
    table->newest = e;
}

static void
unlink_by_time(evc_dek_table *table, evc_dek_entry *e)
{
    if (e->made_previous)
        e->made_previous->made_next = e->made_next;
    else
        table->made_first = e->made_next;
    if (e->made_next)
        e->made_next->made_previous = e->made_previous;
    else
        table->made_last = e->made_previous;
}

/* In its place by time; makings may end in another order than they began. */
static void
link_by_time(evc_dek_table *table, evc_dek_entry *e)
{
    evc_dek_entry *before = table->made_last;

    while (before && before->made_ms > e->made_ms)
        before = before->made_previous;
    e->made_previous = before;
    e->made_next = before ? before->made_next : table->made_first;
    if (before)
        before->made_next = e;
    else
        table->made_first = e;
    if (e->made_next)
        e->made_next->made_previous = e;
    else
        table->made_last = e;
}

void
evc_dek_table_free(evc_dek_entry *e)
{
    if (!e)
        return;
    evc_secret_free(&e->key);
    evc_buf_reset(&e->note);
    evc_mem_free(e);
}

static void
drop(evc_dek_table *table, evc_dek_entry *e)
{
    evc_dek_entry **at = bucket_of(table, e->id);

    while (*at != e)
        at = &(*at)->bucket_next;
    *at = e->bucket_next;
    unlink_by_use(table, e);
    unlink_by_time(table, e);
    atomic_fetch_sub(&table->count, 1);
    evc_dek_table_free(e);
}

void
evc_dek_table_clear(evc_dek_table *table)
{
    while (table->newest)
        drop(table, table->newest);
}

/* --- limits --- */

static bool
is_expired(const evc_dek_table *table, const evc_dek_entry *e, int64_t now_ms)
{
    return now_ms - e->made_ms >= table->limits.age_ms;
}

static void
prune(evc_dek_table *table, int64_t now_ms)
{
    for (unsigned i = 0; i < PRUNED_AT_ONCE; i++) {
        if (!table->made_first || !is_expired(table, table->made_first, now_ms))
            return;
        drop(table, table->made_first);
    }
}

/* Whether this use would go past a limit; for reading only the age counts. */
static bool
exceeds(const evc_dek_table *table, const evc_dek_entry *e, const evc_dek_use *use)
{
    const struct envcrypt_cache_config *limits = &table->limits;

    if (use->messages == 0 && use->bytes == 0)
        return false;
    return use->messages > limits->messages - e->messages ||
           use->bytes > limits->bytes || e->bytes > limits->bytes - use->bytes;
}

/* Whether the uses so far leave nothing for another one. */
static bool
is_used_up(const evc_dek_table *table, const evc_dek_entry *e)
{
    return e->messages == table->limits.messages ||
           (e->bytes > 0 && e->bytes == table->limits.bytes);
}

static evc_dek_entry *
find(evc_dek_table *table, const uint8_t id[EVC_DEK_CACHE_ID])
{
    evc_dek_entry *e = *bucket_of(table, id);

    while (e && memcmp(e->id, id, EVC_DEK_CACHE_ID) != 0)
        e = e->bucket_next;
    return e;
}

evc_dek_entry *
evc_dek_table_find(evc_dek_table *table, const evc_dek_use *use, int64_t now_ms)
{
    evc_dek_entry *e;

    prune(table, now_ms);
    e = find(table, use->id);
    if (e && (is_expired(table, e, now_ms) || exceeds(table, e, use))) {
        drop(table, e);
        e = NULL;
    }
    return e;
}

void
evc_dek_table_use(evc_dek_table *table, evc_dek_entry *e, const evc_dek_use *use)
{
    e->messages += use->messages;
    e->bytes += use->bytes;
    unlink_by_use(table, e);
    link_as_newest(table, e);
    if (is_used_up(table, e))
        drop(table, e);
}

void
evc_dek_table_forget(evc_dek_table *table, const uint8_t id[EVC_DEK_CACHE_ID])
{
    evc_dek_entry *e = find(table, id);

    if (e)
        drop(table, e);
}

void
evc_dek_table_insert(evc_dek_table *table, evc_dek_entry *e)
{
    evc_dek_entry **bucket = bucket_of(table, e->id);

    if (atomic_load(&table->count) == table->limits.entries)
        drop(table, table->oldest);
    e->bucket_next = *bucket;
    *bucket = e;
    link_as_newest(table, e);
    link_by_time(table, e);
    atomic_fetch_add(&table->count, 1);
}

/* --- copies --- */

int
evc_dek_table_copy(const evc_secret *key, const evc_buf *note, evc_secret *key_out,
                   evc_buf *note_out, evc_error **err)
{
    int rc =
        evc_secret_copy(key->arena, evc_view_of(key->bytes, key->size), key_out, err);

    evc_buf_init(note_out);
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

evc_dek_entry *
evc_dek_table_make(const evc_dek_table *table, const evc_dek_use *use,
                   const evc_secret *key, const evc_buf *note, int64_t made_ms)
{
    evc_dek_entry *e = evc_mem_new(sizeof(*e));

    if (!e)
        return NULL;
    memcpy(e->id, use->id, EVC_DEK_CACHE_ID);
    evc_buf_init(&e->note);
    e->made_ms = made_ms;
    if (exceeds(table, e, use))
        goto none;
    e->messages = use->messages;
    e->bytes = use->bytes;
    if (!is_used_up(table, e) &&
        evc_dek_table_copy(key, note, &e->key, &e->note, NULL) == 0)
        return e;
none:
    evc_dek_table_free(e);
    return NULL;
}
