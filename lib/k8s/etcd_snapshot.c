/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd_snapshot.h"

#include "base/mem.h"
#include "codec/protobuf.h"
#include "crypto/digest.h"
#include "envcrypt/k8s.h"
#include "k8s/bolt.h"
#include "k8s/fingerprints.h"

#define SECTOR 512u
#define CHECKSUM 32u
#define CHUNK 65536u

struct evc_etcd_snapshot {
    evc_crypto *crypto; /* a reference is held */
    const evc_infile *file;
    size_t keys_max;
    bool is_verified; /* the checksum, which is looked at once */
};

typedef struct reading {
    const evc_etcd_snapshot *snapshot;
    const evc_etcd_range *range;
    evc_fingerprints keys; /* first, second: revision; third: it is a deletion */
    evc_etcd_pair_fn take;
    void *user;
} reading;

static int
damaged(const evc_etcd_snapshot *s, const char *what, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_ETCD_DUMP,
                   "the snapshot %s is damaged: %s; take it again", s->file->path,
                   what);
}

/* --- the checksum ------------------------------------------------------------------- */

static int
hash_database(const evc_etcd_snapshot *s, uint64_t size, evc_hasher *hasher,
              evc_wait *wait, uint8_t chunk[CHUNK], evc_error **err)
{
    int rc = 0;

    for (uint64_t at = 0; rc == 0 && at < size;) {
        size_t part = size - at < CHUNK ? (size_t)(size - at) : CHUNK;

        rc = evc_wait_check(wait, err);
        if (rc == 0)
            rc = evc_infile_read(s->file, at, chunk, part, err);
        if (rc == 0)
            rc = evc_hasher_add(hasher, evc_view_of(chunk, part), err);
        at += part;
    }
    return rc;
}

static int
compare_checksum(const evc_etcd_snapshot *s, uint64_t size, evc_wait *wait,
                 evc_error **err)
{
    uint8_t stored[CHECKSUM];
    uint8_t actual[CHECKSUM];
    uint8_t *chunk = evc_mem_new(CHUNK);
    evc_hasher *hasher = NULL;
    int rc = chunk ? evc_hasher_open(s->crypto, EVC_SHA256, &hasher, err)
                   : evc_err_nomem(err);

    if (rc == 0)
        rc = hash_database(s, size, hasher, wait, chunk, err);
    if (rc == 0)
        rc = evc_hasher_finish(hasher, actual, err);
    if (rc == 0)
        rc = evc_infile_read(s->file, size, stored, sizeof(stored), err);
    evc_hasher_close(hasher);
    evc_mem_free_wiped(chunk, CHUNK);
    if (rc == 0 && !evc_view_equal(evc_view_of(stored, sizeof(stored)),
                                   evc_view_of(actual, sizeof(actual))))
        rc = damaged(s, "it does not fit the checksum at its end", err);
    return rc;
}

/* Gives the size of the database without its checksum. */
static int
verify(evc_etcd_snapshot *s, evc_wait *wait, uint64_t *size, evc_error **err)
{
    uint64_t over = s->file->size % SECTOR;
    int rc;

    *size = s->file->size;
    if (over == 0)
        return 0;
    if (over != CHECKSUM)
        return damaged(s, "it is cut off", err);
    *size -= CHECKSUM;
    if (s->is_verified)
        return 0;
    rc = compare_checksum(s, *size, wait, err);
    s->is_verified = rc == 0;
    return rc;
}

/* --- changes ------------------------------------------------------------------------ */

typedef struct change {
    uint64_t main;
    uint64_t sub;
    bool is_deletion;
    evc_etcd_pair pair;
} change;

static bool
read_revision(evc_view key, change *out)
{
    evc_cursor c = evc_cursor_of_view(key);

    out->main = evc_cursor_u64(&c);
    if (evc_cursor_u8(&c) != '_')
        return false;
    out->sub = evc_cursor_u64(&c);
    out->is_deletion = evc_cursor_left(&c) > 0;
    if (out->is_deletion && evc_cursor_u8(&c) != 't')
        return false;
    return evc_cursor_done(&c) && out->main <= INT64_MAX && out->sub <= UINT32_MAX;
}

static bool
take_field(const evc_pb_field *field, evc_etcd_pair *pair)
{
    switch (field->number) {
    case 1:
        pair->key = field->bytes;
        return field->wire == EVC_PB_BYTES;
    case 2:
        pair->create_revision = (int64_t)field->value;
        return field->wire == EVC_PB_VARINT;
    case 3:
        pair->mod_revision = (int64_t)field->value;
        return field->wire == EVC_PB_VARINT;
    case 5:
        pair->value = field->bytes;
        return field->wire == EVC_PB_BYTES;
    default:
        return true;
    }
}

static bool
read_pair(evc_view bytes, evc_etcd_pair *pair)
{
    evc_cursor c = evc_cursor_of_view(bytes);
    evc_pb_field field;

    *pair = (evc_etcd_pair){.create_revision = 0};
    while (evc_pb_next(&c, &field)) {
        if (!take_field(&field, pair))
            return false;
    }
    return !c.failed && pair->key.size > 0 && pair->key.size <= EVC_ETCD_KEY_MAX &&
           pair->value.size <= EVC_ETCD_VALUE_MAX && pair->create_revision >= 0;
}

static int
read_change(const reading *r, const evc_bolt_item *item, change *out, evc_error **err)
{
    if (item->is_bucket || !read_revision(item->key, out))
        return damaged(r->snapshot, "a key of it is no revision", err);
    if (!read_pair(item->value, &out->pair))
        return damaged(r->snapshot, "a value of it is no key and value of etcd", err);
    if (!out->is_deletion && out->pair.mod_revision != (int64_t)out->main)
        return damaged(r->snapshot, "a value of it is of another revision", err);
    return 0;
}

/* The first walk. Revisions ascend, so the last one that is noted is the newest. */
static int
note_change(void *user, const evc_bolt_item *item, evc_error **err)
{
    reading *r = user;
    evc_fingerprint *noted;
    change c;
    bool made;
    int rc = read_change(r, item, &c, err);

    if (rc || !evc_etcd_range_has(r->range, c.pair.key))
        return rc;
    rc = evc_fingerprints_add(&r->keys, &c.pair.key, 1, &noted, &made, err);
    if (rc)
        return rc;
    if (!noted)
        return evc_err(
            err, ENVCRYPT_E_ETCD_DUMP,
            "%s holds more than %zu different keys under what was asked for; "
            "ask for a longer prefix",
            r->snapshot->file->path, r->keys.limit);
    noted->first = c.main;
    noted->second = (uint32_t)c.sub;
    noted->third = c.is_deletion;
    return 0;
}

/* The second one. */
static int
give_change(void *user, const evc_bolt_item *item, evc_error **err)
{
    reading *r = user;
    evc_fingerprint *noted;
    change c;
    int rc = read_change(r, item, &c, err);

    if (rc || c.is_deletion || !evc_etcd_range_has(r->range, c.pair.key))
        return rc;
    rc = evc_fingerprints_find(&r->keys, &c.pair.key, 1, &noted, err);
    if (rc || !noted || noted->third || noted->first != c.main ||
        noted->second != c.sub)
        return rc;
    return r->take(r->user, &c.pair, err);
}

/* --- reading ------------------------------------------------------------------------ */

static int
read_bucket(reading *r, const evc_bolt *bolt, const evc_bolt_bucket *bucket,
            evc_wait *wait, evc_error **err)
{
    int rc;

    evc_fingerprints_init(&r->keys, r->snapshot->crypto, r->snapshot->keys_max);
    rc = evc_bolt_walk(bolt, bucket, wait, note_change, r, err);
    if (rc == 0)
        rc = evc_infile_check(r->snapshot->file, err);
    if (rc == 0)
        rc = evc_bolt_walk(bolt, bucket, wait, give_change, r, err);
    evc_fingerprints_reset(&r->keys);
    return rc;
}

static int
snapshot_read(void *state, const evc_etcd_range *range, evc_wait *wait,
              evc_etcd_pair_fn take, void *user, evc_error **err)
{
    evc_etcd_snapshot *s = state;
    reading r = {.snapshot = s, .range = range, .take = take, .user = user};
    evc_bolt_bucket bucket;
    evc_bolt bolt;
    uint64_t size;
    bool found = false;
    int rc = verify(s, wait, &size, err);

    if (rc == 0)
        rc = evc_bolt_open(&bolt, s->file, size, err);
    if (rc == 0)
        rc = evc_bolt_find(&bolt, "key", wait, &bucket, &found, err);
    if (rc)
        return rc;
    if (!found)
        return evc_err(err, ENVCRYPT_E_ETCD_DUMP,
                       "%s is a database of bbolt but none of etcd: it has no bucket "
                       "\"key\"",
                       s->file->path);
    rc = read_bucket(&r, &bolt, &bucket, wait, err);
    evc_bolt_bucket_reset(&bucket);
    return rc ? rc : evc_infile_check(s->file, err);
}

int
evc_etcd_snapshot_open(evc_crypto *crypto, const evc_infile *file, size_t keys_max,
                       evc_etcd_snapshot **out, evc_error **err)
{
    evc_etcd_snapshot *s = evc_mem_new(sizeof(*s));

    if (!s)
        return evc_err_nomem(err);
    s->crypto = evc_crypto_ref(crypto);
    s->file = file;
    s->keys_max = keys_max;
    *out = s;
    return 0;
}

static void
snapshot_close(void *state)
{
    evc_etcd_snapshot *s = state;

    if (!s)
        return;
    evc_crypto_unref(s->crypto);
    evc_mem_free(s);
}

const evc_etcd_source evc_etcd_source_snapshot = {snapshot_read, snapshot_close};
