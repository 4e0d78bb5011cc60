/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of bbolt with pages of 1,024 bytes, put together byte by byte, and what etcd stores in
 * them. That bbolt itself writes such files is shown by tests/partners/etcd.
 */
#ifndef EVC_TESTS_BOLT_FIXTURE_H
#define EVC_TESTS_BOLT_FIXTURE_H

#include "base/buf.h"
#include "codec/protobuf.h"
#include "evc-check.h"
#include "evc-folder.h"

#define BOLT_PAGE 1024u
#define BOLT_PAGES 64u

static struct {
    uint8_t bytes[BOLT_PAGES * BOLT_PAGE];
    size_t size;
    bool big_endian;
} bolt;

typedef struct bolt_entry {
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    uint32_t flags; /* of a leaf: 1 = a bucket */
    uint64_t page;  /* of a branch */
} bolt_entry;

static inline void
bolt_put(size_t at, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bolt.bytes[at + (bolt.big_endian ? size - 1 - i : i)] =
            (uint8_t)(number >> 8 * i);
}

static inline size_t
bolt_at(uint64_t page)
{
    return (size_t)page * BOLT_PAGE;
}

static inline void
bolt_put_header(size_t at, uint64_t id, unsigned flags, size_t count, size_t overflow)
{
    bolt_put(at, id, 8);
    bolt_put(at + 8, flags, 2);
    bolt_put(at + 10, count, 2);
    bolt_put(at + 12, overflow, 4);
}

static inline void
bolt_sum(size_t at) /* of a meta page */
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 16; i < 72; i++)
        hash = (hash ^ bolt.bytes[at + i]) * UINT64_C(1099511628211);
    bolt_put(at + 72, hash, 8);
}

static inline void
bolt_put_meta(uint64_t page, uint64_t transaction, uint64_t root, uint64_t pages)
{
    size_t at = bolt_at(page);

    bolt_put_header(at, page, 4, 0, 0);
    bolt_put(at + 16, 0xED0CDAED, 4);
    bolt_put(at + 20, 2, 4);
    bolt_put(at + 24, BOLT_PAGE, 4);
    bolt_put(at + 28, 0, 4);
    bolt_put(at + 32, root, 8);
    bolt_put(at + 40, 0, 8);
    bolt_put(at + 48, 3, 8);
    bolt_put(at + 56, pages, 8);
    bolt_put(at + 64, transaction, 8);
    bolt_sum(at);
}

/* Elements, and behind them what they name. Returns the bytes that the page takes. */
static inline size_t
bolt_put_entries(size_t at, bool branch, const bolt_entry *entries, size_t count)
{
    size_t end = at + 16 + 16 * count;

    for (size_t i = 0; i < count; i++) {
        const bolt_entry *e = &entries[i];
        size_t element = at + 16 + 16 * i;

        if (branch) {
            bolt_put(element, end - element, 4);
            bolt_put(element + 4, e->key_size, 4);
            bolt_put(element + 8, e->page, 8);
        } else {
            bolt_put(element, e->flags, 4);
            bolt_put(element + 4, end - element, 4);
            bolt_put(element + 8, e->key_size, 4);
            bolt_put(element + 12, e->value_size, 4);
        }
        memcpy(&bolt.bytes[end], e->key, e->key_size);
        end += e->key_size;
        if (e->value_size)
            memcpy(&bolt.bytes[end], e->value, e->value_size);
        end += e->value_size;
    }
    return end - at;
}

/* Returns the page behind it. */
static inline uint64_t
bolt_put_page(uint64_t page, bool branch, const bolt_entry *entries, size_t count)
{
    size_t size = bolt_put_entries(bolt_at(page), branch, entries, count);
    size_t overflow = (size - 1) / BOLT_PAGE;

    bolt_put_header(bolt_at(page), page, branch ? 1 : 2, count, overflow);
    return page + overflow + 1;
}

static inline void
bolt_begin(bool big_endian)
{
    memset(&bolt, 0, sizeof(bolt));
    bolt.big_endian = big_endian;
}

/* Meta pages, and page 2 with one bucket whose root page is given. */
static inline void
bolt_end(const char *bucket, uint64_t root, uint64_t pages)
{
    uint8_t value[16];
    const bolt_entry entry = {bucket, strlen(bucket), value, sizeof(value), 1, 0};

    bolt_put(0, root, 8); /* in the order of bytes of the file */
    bolt_put(8, 0, 8);
    memcpy(value, bolt.bytes, sizeof(value));
    (void)bolt_put_page(2, false, &entry, 1);
    bolt_put_header(bolt_at(3), 3, 16, 0, 0);
    bolt_put_meta(0, 7, 2, pages);
    bolt_put_meta(1, 6, 2, pages);
    bolt.size = bolt_at(pages);
}

static inline const char *
bolt_write(const char *name)
{
    const char *path = evc_folder_path(name);
    FILE *file;

    /* A file that is cut and written again is flushed by ext4, which takes its time. */
    (void)unlink(path);
    file = fopen(path, "we");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bolt.bytes, 1, bolt.size, file), bolt.size);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

/* --- etcd --------------------------------------------------------------------------- */

#define CHANGES 16u

static struct {
    bolt_entry entries[CHANGES];
    uint8_t keys[CHANGES][18];
    uint8_t values[CHANGES][4096];
    size_t count;
} changes;

static inline void
change_begin(void)
{
    memset(&changes, 0, sizeof(changes));
}

/* value NULL: a deletion. Returns the entry, for who wants it spoiled. */
static inline bolt_entry *
change(uint64_t main, uint64_t sub, const char *key, const void *value, size_t size)
{
    size_t i = changes.count++;
    bolt_entry *e = &changes.entries[i];
    evc_buf b;

    ck_assert_uint_lt(i, CHANGES);
    evc_buf_init_fixed(&b, changes.keys[i], sizeof(changes.keys[i]));
    evc_buf_put_u64(&b, main);
    evc_buf_put_u8(&b, '_');
    evc_buf_put_u64(&b, sub);
    if (!value)
        evc_buf_put_u8(&b, 't');
    e->key = b.data;
    e->key_size = b.size;
    evc_buf_init_fixed(&b, changes.values[i], sizeof(changes.values[i]));
    evc_pb_put_bytes(&b, 1, evc_view_text(key));
    if (value) {
        evc_pb_put_varint(&b, 2, main);
        evc_pb_put_varint(&b, 3, main);
        evc_pb_put_varint(&b, 4, 1);
        evc_pb_put_bytes(&b, 5, evc_view_of(value, size));
    }
    ck_assert(!b.failed);
    e->value = b.data;
    e->value_size = b.size;
    return e;
}

static inline bolt_entry *
put(uint64_t main, const char *key, const char *value)
{
    return change(main, 0, key, value, strlen(value));
}

/* All changes in one leaf of the bucket "key". */
static inline void
change_end(void)
{
    bolt_end("key", 4, bolt_put_page(4, false, changes.entries, changes.count));
}

#endif
