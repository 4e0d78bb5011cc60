/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/bolt.h"

#define MAGIC 0xED0CDAEDu
#define VERSION 2u
#define HEADER 16u  /* bytes before a page's elements */
#define ELEMENT 16u /* of a branch and of a leaf page */
#define META 64u
#define PAGE_SIZE_MIN 1024u
#define PAGE_SIZE_MAX \
    (1024u << 14)  /* where bbolt itself looks for the second meta page */
#define BUCKET 16u /* bytes of a bucket's value before its page */

enum { BRANCH = 1, LEAF = 2, META_PAGE = 4, IS_BUCKET = 1 };

static int
damaged(const evc_bolt *bolt, const char *what, uint64_t page, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_ETCD_DUMP,
                   "the snapshot %s is damaged: %s (page %llu); take it again",
                   bolt->file->path, what, (unsigned long long)page);
}

/* --- numbers ------------------------------------------------------------------------ */

static uint64_t
swapped(uint64_t value, size_t size)
{
    uint64_t out = 0;

    for (size_t i = 0; i < size; i++, value >>= 8)
        out = out << 8 | (value & 0xff);
    return out;
}

/* Reads fields one after the other. */
typedef struct fields {
    evc_cursor c;
    bool big_endian;
} fields;

static uint64_t
next(fields *f, size_t size)
{
    uint64_t value = evc_cursor_number(&f->c, size);

    return f->big_endian ? value : swapped(value, size);
}

static uint32_t
next_u32(fields *f)
{
    return (uint32_t)next(f, 4);
}

/* FNV-1a of 64 bits (draft-eastlake-fnv), as Go's hash/fnv New64a. */
static uint64_t
fnv64(evc_view bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* --- meta pages --------------------------------------------------------------------- */

typedef struct meta {
    bool big_endian;
    uint32_t page_size;
    uint64_t root;
    uint64_t pages;
    uint64_t transaction;
} meta;

static bool
is_power_of_two(uint32_t number)
{
    return number && (number & (number - 1)) == 0;
}

/* page: HEADER and META bytes. */
static bool
read_meta(evc_view page, bool big_endian, meta *out)
{
    evc_cursor all = evc_cursor_of_view(page);
    fields f = {evc_cursor_of_view(page), big_endian};
    evc_view summed;
    uint32_t magic;
    uint32_t version;

    *out = (meta){.big_endian = big_endian};
    (void)evc_cursor_bytes(&f.c,
                           8); /* the id: of a copy of a meta page it may be any */
    if (next(&f, 2) != META_PAGE)
        return false;
    (void)evc_cursor_bytes(&f.c, 6);
    magic = next_u32(&f);
    version = next_u32(&f);
    out->page_size = next_u32(&f);
    (void)next_u32(&f); /* flags */
    out->root = next(&f, 8);
    (void)next(&f, 8); /* sequence */
    (void)next(&f, 8); /* free list */
    out->pages = next(&f, 8);
    out->transaction = next(&f, 8);
    (void)evc_cursor_bytes(&all, HEADER);
    summed = evc_cursor_bytes(&all, META - 8);
    return next(&f, 8) == fnv64(summed) && !f.c.failed && magic == MAGIC &&
           version == VERSION && is_power_of_two(out->page_size) &&
           out->page_size >= PAGE_SIZE_MIN && out->page_size <= PAGE_SIZE_MAX;
}

/* *found: a sound meta page stands there. */
static int
meta_at(const evc_infile *file, uint64_t size, uint64_t offset, meta *out, bool *found,
        evc_error **err)
{
    uint8_t page[HEADER + META];
    evc_view bytes = evc_view_of(page, sizeof(page));
    int rc;

    *found = false;
    if (size < sizeof(page) || offset > size - sizeof(page))
        return 0;
    rc = evc_infile_read(file, offset, page, sizeof(page), err);
    if (rc)
        return rc;
    *found = read_meta(bytes, false, out) || read_meta(bytes, true, out);
    return 0;
}

/* The second meta page, where the first one tells nothing: its place is the page size. */
static int
find_second(const evc_infile *file, uint64_t size, meta *out, bool *found,
            evc_error **err)
{
    int rc = 0;

    *found = false;
    for (uint32_t at = PAGE_SIZE_MIN; rc == 0 && !*found && at <= PAGE_SIZE_MAX;
         at <<= 1) {
        rc = meta_at(file, size, at, out, found, err);
        *found = *found && out->page_size == at;
    }
    return rc;
}

static int
choose_meta(const evc_infile *file, uint64_t size, meta *out, bool *found,
            evc_error **err)
{
    meta second;
    bool is_second = false;
    int rc = meta_at(file, size, 0, out, found, err);

    if (rc)
        return rc;
    if (!*found)
        return find_second(file, size, out, found, err);
    rc = meta_at(file, size, out->page_size, &second, &is_second, err);
    if (is_second && second.page_size == out->page_size &&
        second.transaction > out->transaction)
        *out = second;
    return rc;
}

static bool
has_magic(evc_view page)
{
    fields little = {evc_cursor_of_view(page), false};
    fields big = {evc_cursor_of_view(page), true};

    (void)evc_cursor_bytes(&little.c, HEADER);
    (void)evc_cursor_bytes(&big.c, HEADER);
    return next_u32(&little) == MAGIC || next_u32(&big) == MAGIC;
}

int
evc_bolt_recognize(const evc_infile *file, bool *is_bolt, evc_error **err)
{
    uint8_t page[HEADER + 4];
    meta found;
    int rc;

    *is_bolt = false;
    if (file->size < sizeof(page))
        return 0;
    rc = evc_infile_read(file, 0, page, sizeof(page), err);
    if (rc == 0)
        *is_bolt = has_magic(evc_view_of(page, sizeof(page)));
    return rc || *is_bolt ? rc : find_second(file, file->size, &found, is_bolt, err);
}

int
evc_bolt_open(evc_bolt *bolt, const evc_infile *file, uint64_t size, evc_error **err)
{
    meta chosen;
    bool found;
    int rc = choose_meta(file, size, &chosen, &found, err);

    if (rc)
        return rc;
    *bolt = (evc_bolt){.file = file};
    if (!found)
        return damaged(
            bolt,
            "neither of its first two pages is sound and of version 2 of the format", 0,
            err);
    bolt->big_endian = chosen.big_endian;
    bolt->page_size = chosen.page_size;
    bolt->pages = chosen.pages;
    bolt->root = chosen.root;
    if (bolt->pages > size / bolt->page_size)
        return damaged(bolt, "it is cut off before its last page", bolt->pages, err);
    return 0;
}

/* --- pages -------------------------------------------------------------------------- */

typedef struct level {
    evc_buf bytes; /* the page with what follows it */
    uint64_t id;
    uint16_t flags;
    uint16_t count;
    uint16_t at; /* the next element */
    size_t end;  /* of what was read of keys and values */
} level;

typedef struct walk {
    const evc_bolt *bolt;
    evc_wait *wait;
    evc_bolt_item_fn take;
    void *user;
    uint64_t left; /* pages that may still be reached */
    evc_buf last;  /* key */
    bool any;
    size_t depth;
    level levels[EVC_BOLT_DEPTH];
} walk;

/* A view of a level's page from a place, for its fields. */
static fields
fields_at(const walk *w, const level *l, size_t at)
{
    fields f = {evc_cursor_of_view(evc_buf_view(&l->bytes)), w->bolt->big_endian};

    (void)evc_cursor_bytes(&f.c, at);
    return f;
}

/* What the header of a page says; the rest of it is not read yet. */
static uint32_t
read_header(const walk *w, level *l, uint64_t *id)
{
    fields f = fields_at(w, l, 0);

    *id = next(&f, 8);
    l->flags = (uint16_t)next(&f, 2);
    l->count = (uint16_t)next(&f, 2);
    l->at = 0;
    l->end = HEADER + (size_t)l->count * ELEMENT;
    return next_u32(&f);
}

/* An empty page is sound only as the root of an empty bucket. */
static const char *
fault_of(const walk *w, const level *l)
{
    if (l->flags != LEAF && l->flags != BRANCH)
        return "a page is neither of data nor of places";
    if (l->count == 0 && (l->flags == BRANCH || w->depth > 0))
        return "a page is empty";
    if (l->end > l->bytes.size)
        return "a page has more elements than room";
    return NULL;
}

static int
read_into(const walk *w, level *l, uint64_t offset, size_t size, evc_error **err)
{
    uint8_t *room = evc_buf_room(&l->bytes, size);

    if (!room)
        return evc_buf_check(&l->bytes, err);
    return evc_infile_read(w->bolt->file, offset, room, size, err);
}

static int
read_page(walk *w, level *l, uint64_t page, evc_error **err)
{
    const evc_bolt *bolt = w->bolt;
    size_t page_size = bolt->page_size;
    uint32_t overflow;
    uint64_t id;
    size_t limit;
    int rc;

    evc_buf_clear(&l->bytes);
    rc = read_into(w, l, page * page_size, page_size, err);
    if (rc)
        return rc;
    overflow = read_header(w, l, &id);
    if (id != page)
        return damaged(bolt, "a page stands where another one belongs", page, err);
    if (overflow >= w->left || overflow >= bolt->pages - page)
        return damaged(bolt, "a page is reached twice, or ends past the file", page,
                       err);
    limit = l->flags == BRANCH ? EVC_BOLT_BRANCH_MAX : EVC_BOLT_LEAF_MAX;
    if (overflow >= limit / page_size)
        return damaged(bolt, "a page is larger than any that is read", page, err);
    w->left -= (uint64_t)overflow + 1;
    return read_into(w, l, (page + 1) * page_size, overflow * page_size, err);
}

static int
enter_level(walk *w, level *l, uint64_t page, evc_error **err)
{
    const char *fault = fault_of(w, l);

    if (fault)
        return damaged(w->bolt, fault, page, err);
    l->id = page;
    w->depth++;
    return 0;
}

static int
enter(walk *w, uint64_t page, evc_error **err)
{
    level *l;
    int rc;

    if (w->depth == EVC_BOLT_DEPTH)
        return damaged(w->bolt, "its pages lie too deep", page, err);
    if (page < 2 || page >= w->bolt->pages || w->left == 0)
        return damaged(w->bolt, "a page is reached that is not there", page, err);
    l = &w->levels[w->depth];
    rc = read_page(w, l, page, err);
    return rc ? rc : enter_level(w, l, page, err);
}

/* A bucket whose one page stands in its value. */
static int
enter_inlined(walk *w, const evc_buf *inlined, evc_error **err)
{
    level *l = &w->levels[0];
    uint64_t id;
    uint32_t overflow;
    int rc;

    evc_buf_put_view(&l->bytes, evc_buf_view(inlined));
    rc = evc_buf_check(&l->bytes, err);
    if (rc)
        return rc;
    overflow = read_header(w, l, &id);
    if (l->bytes.size < HEADER || overflow != 0 || l->flags != LEAF)
        return damaged(w->bolt, "a bucket within a page is none", 0, err);
    return enter_level(w, l, 0, err);
}

/* --- elements ----------------------------------------------------------------------- */

/* What an element names stands right behind what the one before it named. */
static bool
is_next(const level *l, size_t element, uint32_t place)
{
    return (uint64_t)element + place == l->end;
}

static bool
take_bytes(level *l, uint32_t size, evc_view *out)
{
    evc_cursor c = evc_cursor_of_view(evc_buf_view(&l->bytes));

    (void)evc_cursor_bytes(&c, l->end);
    *out = evc_cursor_bytes(&c, size);
    l->end = c.at;
    return !c.failed;
}

static int
outside(const walk *w, const level *l, evc_error **err)
{
    return damaged(w->bolt, "an element lies outside of its page", l->id, err);
}

static int
check_order(walk *w, evc_view key, uint64_t page, evc_error **err)
{
    if (w->any && evc_view_compare(key, evc_buf_view(&w->last)) <= 0)
        return damaged(w->bolt, "its keys are not in order", page, err);
    w->any = true;
    evc_buf_clear(&w->last);
    evc_buf_put_view(&w->last, key);
    return evc_buf_check(&w->last, err);
}

static int
visit_item(walk *w, level *l, evc_error **err)
{
    size_t element = HEADER + (size_t)l->at++ * ELEMENT;
    fields f = fields_at(w, l, element);
    uint32_t flags = next_u32(&f);
    uint32_t place = next_u32(&f);
    uint32_t key_size = next_u32(&f);
    uint32_t value_size = next_u32(&f);
    evc_bolt_item item = {.is_bucket = flags & IS_BUCKET};
    int rc;

    if (flags > IS_BUCKET || !is_next(l, element, place) ||
        !take_bytes(l, key_size, &item.key) || !take_bytes(l, value_size, &item.value))
        return outside(w, l, err);
    rc = check_order(w, item.key, l->id, err);
    return rc ? rc : w->take(w->user, &item, err);
}

static int
visit_branch(walk *w, level *l, evc_error **err)
{
    size_t element = HEADER + (size_t)l->at++ * ELEMENT;
    fields f = fields_at(w, l, element);
    uint32_t place = next_u32(&f);
    uint32_t key_size = next_u32(&f);
    uint64_t page = next(&f, 8);
    evc_view key;

    if (!is_next(l, element, place) || !take_bytes(l, key_size, &key))
        return outside(w, l, err);
    return enter(w, page, err);
}

static int
walk_levels(walk *w, evc_error **err)
{
    int rc = 0;

    while (rc == 0 && w->depth > 0) {
        level *l = &w->levels[w->depth - 1];

        if (l->at == 0)
            rc = evc_wait_check(w->wait, err);
        if (rc)
            break;
        if (l->at == l->count)
            w->depth--;
        else if (l->flags == BRANCH)
            rc = visit_branch(w, l, err);
        else
            rc = visit_item(w, l, err);
    }
    return rc;
}

int
evc_bolt_walk(const evc_bolt *bolt, const evc_bolt_bucket *bucket, evc_wait *wait,
              evc_bolt_item_fn take, void *user, evc_error **err)
{
    walk w = {.bolt = bolt, .wait = wait, .take = take, .user = user};
    int rc;

    w.left = bolt->pages;
    rc = bucket->root ? enter(&w, bucket->root, err)
                      : enter_inlined(&w, &bucket->inlined, err);
    if (rc == 0)
        rc = walk_levels(&w, err);
    for (size_t i = 0; i < EVC_BOLT_DEPTH; i++)
        evc_buf_reset(&w.levels[i].bytes);
    evc_buf_reset(&w.last);
    return rc;
}

/* --- buckets ------------------------------------------------------------------------ */

typedef struct search {
    const evc_bolt *bolt;
    const char *name;
    evc_bolt_bucket *out;
    bool found;
} search;

static int
match_bucket(void *user, const evc_bolt_item *item, evc_error **err)
{
    search *s = user;
    fields f = {evc_cursor_of_view(item->value), s->bolt->big_endian};

    if (!evc_view_is_text(item->key, s->name))
        return 0;
    s->out->root = next(&f, 8);
    (void)next(&f, 8); /* sequence */
    if (!item->is_bucket || f.c.failed)
        return damaged(s->bolt, "a bucket is none", 0, err);
    s->found = true;
    if (s->out->root == 0)
        evc_buf_put_view(&s->out->inlined,
                         evc_cursor_bytes(&f.c, evc_cursor_left(&f.c)));
    return evc_buf_check(&s->out->inlined, err);
}

int
evc_bolt_find(const evc_bolt *bolt, const char *name, evc_wait *wait,
              evc_bolt_bucket *out, bool *found, evc_error **err)
{
    const evc_bolt_bucket root = {.root = bolt->root};
    search s = {.bolt = bolt, .name = name, .out = out};
    int rc;

    *out = (evc_bolt_bucket){.root = 0};
    *found = false;
    if (root.root == 0)
        return damaged(bolt, "it has no root", 0, err);
    rc = evc_bolt_walk(bolt, &root, wait, match_bucket, &s, err);
    if (rc)
        evc_bolt_bucket_reset(out);
    else
        *found = s.found;
    return rc;
}

void
evc_bolt_bucket_reset(evc_bolt_bucket *bucket)
{
    evc_buf_reset(&bucket->inlined);
}
