/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries of a cache of data keys: found by id, limited in number, age and use. It
 * knows neither threads nor making; whoever uses it holds a lock, except for the count.
 */
#ifndef EVC_KMS_DEK_TABLE_H
#define EVC_KMS_DEK_TABLE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"

#define EVC_DEK_CACHE_ID 32

struct envcrypt_cache_config {
    size_t entries;    /* at least 1 */
    int64_t age_ms;    /* a key is used for less than this time from its making */
    uint64_t messages; /* at least 1 */
    uint64_t bytes;
};

/* One use of a key. */
typedef struct evc_dek_use {
    const uint8_t *id; /* EVC_DEK_CACHE_ID bytes, a digest */
    uint64_t
        messages;   /* what it adds to the counts of the key: 1 and the length of the */
    uint64_t bytes; /* plaintext when writing, 0 and 0 when reading */
} evc_dek_use;

typedef struct evc_dek_entry {
    struct evc_dek_entry *bucket_next;
    struct evc_dek_entry *newer; /* by use */
    struct evc_dek_entry *older;
    struct evc_dek_entry *made_next; /* by the time of making */
    struct evc_dek_entry *made_previous;
    uint8_t id[EVC_DEK_CACHE_ID];
    int64_t made_ms; /* monotonic */
    uint64_t messages;
    uint64_t bytes;
    evc_secret key;
    evc_buf note;
} evc_dek_entry;

typedef struct evc_dek_table {
    struct envcrypt_cache_config limits;
    atomic_size_t count;
    size_t bucket_count; /* a power of two */
    evc_dek_entry **buckets;
    evc_dek_entry *newest;
    evc_dek_entry *oldest;
    evc_dek_entry *made_first;
    evc_dek_entry *made_last;
} evc_dek_table;

/* NOMEM. */
int evc_dek_table_init(evc_dek_table *table, const struct envcrypt_cache_config *limits,
                       evc_error **err) EVC_MUST_CHECK;
void evc_dek_table_clear(evc_dek_table *table);   /* wipes all entries */
void evc_dek_table_release(evc_dek_table *table); /* frees what is not an entry */

/*
 * The entry that this use may have, or NULL. One that is past its age, or that the use
 * would push past a limit, is wiped, and so are a few others that are past their age.
 */
evc_dek_entry *evc_dek_table_find(evc_dek_table *table, const evc_dek_use *use,
                                  int64_t now_ms);
/* Counts a use of an entry that was found for it; one that is used up is wiped. */
void evc_dek_table_use(evc_dek_table *table, evc_dek_entry *e, const evc_dek_use *use);

/* Wipes the entry of this id, if there is one. */
void evc_dek_table_forget(evc_dek_table *table, const uint8_t id[EVC_DEK_CACHE_ID]);

/*
 * An entry of copies, after its first use; NULL when that leaves nothing for another
 * one, or memory is out. Needs no lock.
 */
evc_dek_entry *evc_dek_table_make(const evc_dek_table *table, const evc_dek_use *use,
                                  const evc_secret *key, const evc_buf *note,
                                  int64_t made_ms);
void evc_dek_table_free(evc_dek_entry *e); /* one that is in no table; NULL is fine */
/* Takes the entry, whose id is not in the table. The one that was not used for the
 * longest time makes room. */
void evc_dek_table_insert(evc_dek_table *table, evc_dek_entry *e);

/* Copies of key and note; both empty on failure. ARENA_FULL, NOMEM. */
int evc_dek_table_copy(const evc_secret *key, const evc_buf *note, evc_secret *key_out,
                       evc_buf *note_out, evc_error **err) EVC_MUST_CHECK;

#endif
