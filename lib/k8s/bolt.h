/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of bbolt, the database of etcd, for reading only: nothing is mapped, each page is read
 * by itself, and every size and place in it is checked. Source of the format: etcd-io/bbolt,
 * internal/common/{page,meta,bucket,inode}.go, node.go and db.go. Numbers stand in the byte
 * order of the machine that wrote them; both orders are read.
 *
 * | page | id u64, flags u16 (1 branch, 2 leaf, 4 meta, 16 free list), count u16, overflow u32: how many
 * pages follow that belong to it |
 * | meta | pages 0 and 1: magic u32 ED0CDAED, version u32 2, page size u32, flags u32, root bucket (page u64,
 * sequence u64), free list u64, high-water mark u64, transaction u64, FNV-1a-64 of what is before |
 * | branch element | place u32 (of the key, from this element), key size u32, page u64 |
 * | leaf element | flags u32 (1 = a bucket), place u32, key size u32, value size u32 |
 * | bucket | as a value: page u64, sequence u64; page 0 = the page itself follows, a leaf |
 *
 * bbolt writes the elements of a page, then their keys and values, one right behind the other.
 * That, ascending keys, and that no page is reached twice hold for every sound file, and are
 * demanded here: so the work is bounded by the size of the file.
 */
#ifndef EVC_K8S_BOLT_H
#define EVC_K8S_BOLT_H

#include "base/buf.h"
#include "base/infile.h"
#include "base/wait.h"

#define EVC_BOLT_DEPTH 16u                        /* pages from the root to a leaf */
#define EVC_BOLT_BRANCH_MAX ((size_t)1024 * 1024) /* bytes of a branch page */
#define EVC_BOLT_LEAF_MAX \
    ((size_t)64 * 1024 * 1024) /* of a leaf page: at least two values */

typedef struct evc_bolt {
    const evc_infile *file; /* borrowed */
    bool big_endian;
    size_t page_size;
    uint64_t pages; /* high-water mark */
    uint64_t root;
} evc_bolt;

/* Whether the file begins as one of bbolt, or its second meta page does. IO. */
int evc_bolt_recognize(const evc_infile *file, bool *is_bolt,
                       evc_error **err) EVC_MUST_CHECK;
/*
 * size: the bytes of the file that are the database. Of the meta pages the sound one with the
 * later transaction holds. ETCD_DUMP: none is sound, or the file is cut; IO.
 */
int evc_bolt_open(evc_bolt *bolt, const evc_infile *file, uint64_t size,
                  evc_error **err) EVC_MUST_CHECK;

typedef struct evc_bolt_bucket {
    uint64_t root;   /* 0: the page is */
    evc_buf inlined; /* this one */
} evc_bolt_bucket;

/* A bucket of the root bucket. *found false: there is none of that name. ETCD_DUMP, IO,
 * CANCELED, TIMEOUT, NOMEM. */
int evc_bolt_find(const evc_bolt *bolt, const char *name, evc_wait *wait,
                  evc_bolt_bucket *out, bool *found, evc_error **err) EVC_MUST_CHECK;
void evc_bolt_bucket_reset(evc_bolt_bucket *bucket);

typedef struct evc_bolt_item {
    evc_view key; /* both borrowed for the call, and wiped after it */
    evc_view value;
    bool is_bucket;
} evc_bolt_item;

/* Anything but 0 ends the walk, and is what it returns. */
typedef int (*evc_bolt_item_fn)(void *user, const evc_bolt_item *item, evc_error **err);

/* Every item of a bucket in ascending order of keys. As evc_bolt_find. */
int evc_bolt_walk(const evc_bolt *bolt, const evc_bolt_bucket *bucket, evc_wait *wait,
                  evc_bolt_item_fn take, void *user, evc_error **err) EVC_MUST_CHECK;

#endif
