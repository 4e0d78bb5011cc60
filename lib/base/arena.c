/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "base/pages.h"
#include "base/pages_system.h"

/*
 * A chunk is cut into runs, each of which holds slots of one size for as long as one of
 * them is used. So a single chunk, which is all that a limit of 64 KiB permits, serves
 * every size. A run is as long as one large slot; the last one of a chunk is shorter.
 * A largest slot takes a whole span, four runs in a row; a span serves as single runs
 * while one of them is used, and only when there is no other run left.
 */
#define CANARY_SIZE 16u
#define CANARY_WORDS (CANARY_SIZE / sizeof(uint64_t))
#define LARGE_SLOT 4096u
#define RUN_SIZE (LARGE_SLOT + CANARY_SIZE)
#define FULL_RUNS (EVC_ARENA_CHUNK / RUN_SIZE)
#define TAIL_SIZE (EVC_ARENA_CHUNK - FULL_RUNS * RUN_SIZE)
#define RUNS (FULL_RUNS + 1)
#define SPAN 4u /* runs */
#define SPANS \
    (FULL_RUNS / SPAN)   /* of a chunk; the runs behind them are always single */
#define SLOTS_OF_RUN 64u /* bits of run.used; more than the most that fit, 51 */
#define LARGEST_LIMIT ((size_t)1024 * 1024 * 1024)

typedef struct slot_class {
    size_t size;
    size_t stride;
    uint64_t all; /* a bit for each slot of a run */
    uint64_t all_of_tail;
} slot_class;

#define BITS(run_size, stride) ((UINT64_C(1) << (run_size) / (stride)) - 1)
#define SLOT_CLASS(size)                                                    \
    {                                                                       \
        (size), (size) + CANARY_SIZE, BITS(RUN_SIZE, (size) + CANARY_SIZE), \
            BITS(TAIL_SIZE, (size) + CANARY_SIZE)                           \
    }
#define CLASSES 4u
#define LARGEST (CLASSES - 1)
static const slot_class classes[CLASSES] = {
    SLOT_CLASS(64),
    SLOT_CLASS(256),
    SLOT_CLASS(LARGE_SLOT),
    {EVC_ARENA_MAX_SLOT, EVC_ARENA_MAX_SLOT + CANARY_SIZE, 1, 0},
};
_Static_assert(EVC_ARENA_MAX_SLOT + CANARY_SIZE <= SPAN * RUN_SIZE,
               "a largest slot fits a span");

typedef struct run {
    struct run *next; /* in the list that holds it; a full run is in none */
    struct run *previous;
    uint8_t *start;
    uint64_t used; /* a bit for each slot */
    uint64_t all;  /* what used is when no slot is free */
    size_t class_index;
    uint32_t first_slot; /* evc_secret.slot of its first one */
    bool is_tail;
} run;

typedef struct chunk {
    evc_pages pages;
    run runs[RUNS];
    size_t single[SPANS]; /* runs of each span that are used by themselves */
} chunk;

struct evc_arena {
    uint64_t generation;
    size_t most_chunks;
    bool require_locked;
    uint8_t canary[CANARY_SIZE];
    pthread_mutex_t mutex; /* for all below; a child of fork never touches it */
    chunk **chunks;
    size_t chunk_count;
    run *partial[CLASSES]; /* runs of a class with a free slot */
    run *blank;            /* single runs without a class */
    run *blank_tails;      /* same, too short for large slots */
    run *blank_spans;      /* the first run of each */
    size_t used_slots;
    size_t used_bytes;
    uint32_t last_serial;
    bool closed; /* kept for secrets that were not freed in time */
};

/* A frame of this name in a backtrace is all that can be said: memory is not to be
 * trusted. */
static _Noreturn __attribute__((noinline)) void
abort_as_secrets_are_corrupt(void)
{
    abort();
}

static void
list_push(run **list, run *r)
{
    r->previous = NULL;
    r->next = *list;
    if (*list)
        (*list)->previous = r;
    *list = r;
}

static void
list_remove(run **list, run *r)
{
    if (r->previous)
        r->previous->next = r->next;
    else
        *list = r->next;
    if (r->next)
        r->next->previous = r->previous;
}

static size_t
class_for(size_t size)
{
    size_t class_index = 0;

    while (size > classes[class_index].size)
        class_index++;
    return class_index;
}

/* A new chunk becomes blank runs. */
static void
cut(evc_arena *arena, chunk *made)
{
    for (size_t i = 0; i < RUNS; i++) {
        run *r = &made->runs[i];

        r->start = (uint8_t *)made->pages.start + i * RUN_SIZE;
        r->is_tail = i == FULL_RUNS;
        r->first_slot = (uint32_t)((arena->chunk_count * RUNS + i) * SLOTS_OF_RUN);
        if (r->is_tail)
            list_push(&arena->blank_tails, r);
        else if (i >= SPANS * SPAN)
            list_push(&arena->blank, r);
        else if (i % SPAN == 0)
            list_push(&arena->blank_spans, r);
    }
}

static int
add_chunk(evc_arena *arena, evc_error **err)
{
    chunk *made;

    if (arena->chunk_count == arena->most_chunks)
        return evc_err(
            err, ENVCRYPT_E_ARENA_FULL,
            "cannot hold one more key: the arena is full at its limit of %zu "
            "bytes; free keys, or raise the arena limit of the client",
            arena->most_chunks * EVC_ARENA_CHUNK);
    made = evc_mem_new(sizeof(*made));
    if (!made)
        return evc_err_nomem(err);
    if (!evc_pages_map(&made->pages, EVC_ARENA_CHUNK)) {
        evc_mem_free(made);
        return evc_err_nomem(err);
    }
    if (arena->require_locked && !made->pages.locked) {
        evc_pages_unmap(&made->pages);
        evc_mem_free(made);
        return evc_err(
            err, ENVCRYPT_E_ARENA_UNLOCKED,
            "cannot lock %zu more bytes of memory for keys beside the %zu of this "
            "client; raise RLIMIT_MEMLOCK, or do not require locked memory",
            EVC_ARENA_CHUNK, arena->chunk_count * EVC_ARENA_CHUNK);
    }
    cut(arena, made);
    arena->chunks[arena->chunk_count++] = made;
    return 0;
}

/* How many runs of r's span are used by themselves; NULL when r is in none. */
static size_t *
singles_of(evc_arena *arena, const run *r)
{
    size_t run_index = r->first_slot / SLOTS_OF_RUN;
    size_t span = run_index % RUNS / SPAN;

    return span < SPANS ? &arena->chunks[run_index / RUNS]->single[span] : NULL;
}

static run *
span_of(evc_arena *arena, const run *r)
{
    size_t run_index = r->first_slot / SLOTS_OF_RUN;

    return &arena->chunks[run_index / RUNS]->runs[run_index % RUNS / SPAN * SPAN];
}

/* A blank span becomes four blank runs. */
static void
break_span(evc_arena *arena)
{
    run *first = arena->blank_spans;

    list_remove(&arena->blank_spans, first);
    for (size_t i = SPAN; i > 0; i--)
        list_push(&arena->blank, &first[i - 1]);
}

/* Four blank runs become a span again. */
static void
join_span(evc_arena *arena, run *first)
{
    for (size_t i = 0; i < SPAN; i++)
        list_remove(&arena->blank, &first[i]);
    list_push(&arena->blank_spans, first);
}

/* The list whose first run serves the class; NULL when a chunk must be added. */
static run **
blank_list_for(evc_arena *arena, size_t class_index)
{
    if (class_index == LARGEST)
        return arena->blank_spans ? &arena->blank_spans : NULL;
    if (classes[class_index].all_of_tail && arena->blank_tails)
        return &arena->blank_tails;
    if (!arena->blank && arena->blank_spans)
        break_span(arena);
    return arena->blank ? &arena->blank : NULL;
}

/* A blank run becomes one of a class; NULL when a chunk must be added. */
static run *
begin_run(evc_arena *arena, size_t class_index)
{
    run **list = blank_list_for(arena, class_index);
    size_t *singles;
    run *r;

    if (!list)
        return NULL;
    r = *list;
    list_remove(list, r);
    singles = class_index == LARGEST ? NULL : singles_of(arena, r);
    if (singles)
        ++*singles;
    r->class_index = class_index;
    r->all = r->is_tail ? classes[class_index].all_of_tail : classes[class_index].all;
    list_push(&arena->partial[class_index], r);
    return r;
}

/* A run whose last slot was given back is blank again. */
static void
end_run(evc_arena *arena, run *r)
{
    size_t *singles = singles_of(arena, r);

    list_remove(&arena->partial[r->class_index], r);
    if (r->class_index == LARGEST) {
        list_push(&arena->blank_spans, r);
        return;
    }
    list_push(r->is_tail ? &arena->blank_tails : &arena->blank, r);
    if (singles && --*singles == 0)
        join_span(arena, span_of(arena, r));
}

/*
 * The canary of a slot names the secret that it serves too, so that a stale copy of an
 * earlier one does not free it.
 */
static void
make_canary(const evc_arena *arena, uint32_t serial, uint64_t out[CANARY_WORDS])
{
    memcpy(out, arena->canary, CANARY_SIZE);
    out[0] ^= serial;
}

static void
take_slot(evc_arena *arena, run *r, evc_secret *out)
{
    uint32_t index = (uint32_t)__builtin_ctzll(~r->used);
    uint64_t canary[CANARY_WORDS];

    r->used |= UINT64_C(1) << index;
    if (r->used == r->all)
        list_remove(&arena->partial[r->class_index], r);
    arena->used_slots++;
    arena->used_bytes += classes[r->class_index].size;
    out->arena = arena;
    out->slot = r->first_slot + index;
    out->serial = ++arena->last_serial;
    out->bytes = r->start + index * classes[r->class_index].stride;
    make_canary(arena, out->serial, canary);
    memcpy(out->bytes + classes[r->class_index].size, canary, CANARY_SIZE);
}

int
evc_secret_new(evc_arena *arena, size_t size, evc_secret *out, evc_error **err)
{
    size_t class_index;
    run *r;
    int rc = 0;

    *out = (evc_secret){0};
    if (size == 0 || size > EVC_ARENA_MAX_SLOT)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "cannot hold a key of %zu bytes: 1 to %u are possible", size,
                       EVC_ARENA_MAX_SLOT);
    rc = evc_fork_check(arena->generation, "arena of keys", err);
    if (rc != 0)
        return rc;
    class_index = class_for(size);
    pthread_mutex_lock(&arena->mutex);
    r = arena->partial[class_index];
    if (!r)
        r = begin_run(arena, class_index);
    while (!r) {
        rc = add_chunk(arena, err);
        if (rc != 0)
            goto out;
        r = begin_run(arena, class_index);
    }
    take_slot(arena, r, out);
    out->size = size;
out:
    pthread_mutex_unlock(&arena->mutex);
    return rc;
}

int
evc_secret_copy(evc_arena *arena, evc_view bytes, evc_secret *out, evc_error **err)
{
    int rc = evc_secret_new(arena, bytes.size, out, err);

    if (rc == 0)
        memcpy(out->bytes, bytes.data, bytes.size);
    return rc;
}

/* The run of a slot that is in use and where its holder says it is. */
static run *
run_of(evc_arena *arena, const evc_secret *secret)
{
    size_t run_index = secret->slot / SLOTS_OF_RUN;
    uint32_t index = secret->slot % SLOTS_OF_RUN;
    run *r;

    if (run_index / RUNS >= arena->chunk_count)
        abort_as_secrets_are_corrupt();
    r = &arena->chunks[run_index / RUNS]->runs[run_index % RUNS];
    if (!(r->used & UINT64_C(1) << index) ||
        secret->bytes != r->start + index * classes[r->class_index].stride)
        abort_as_secrets_are_corrupt();
    return r;
}

static void
check_canary(const evc_arena *arena, uint32_t serial, const uint8_t *bytes)
{
    uint64_t expected[CANARY_WORDS];
    uint64_t found[CANARY_WORDS];

    make_canary(arena, serial, expected);
    memcpy(found, bytes, CANARY_SIZE);
    if (found[0] != expected[0] || found[1] != expected[1])
        abort_as_secrets_are_corrupt();
}

static void
give_back(evc_arena *arena, run *r, const evc_secret *secret)
{
    size_t size = classes[r->class_index].size;

    check_canary(arena, secret->serial, secret->bytes + size);
    evc_mem_wipe(secret->bytes, size + CANARY_SIZE);
    if (r->used == r->all)
        list_push(&arena->partial[r->class_index], r);
    r->used &= ~(UINT64_C(1) << secret->slot % SLOTS_OF_RUN);
    if (r->used == 0)
        end_run(arena, r);
    arena->used_slots--;
    arena->used_bytes -= size;
}

void
evc_secret_free(evc_secret *secret)
{
    evc_arena *arena;

    if (!secret || !secret->bytes)
        return;
    arena = secret->arena;
    if (evc_fork_is_current(arena->generation)) {
        pthread_mutex_lock(&arena->mutex);
        if (!arena->closed)
            give_back(arena, run_of(arena, secret), secret);
        pthread_mutex_unlock(&arena->mutex);
    }
    *secret = (evc_secret){0};
}

static void
free_book(evc_arena *arena)
{
    size_t i;

    for (i = 0; i < arena->chunk_count; i++)
        evc_mem_free(arena->chunks[i]);
    evc_mem_free(arena->chunks);
    evc_mem_free(arena);
}

static void
unmap_chunks(evc_arena *arena)
{
    size_t i;

    for (i = 0; i < arena->chunk_count; i++)
        evc_pages_unmap(&arena->chunks[i]->pages);
}

void
evc_arena_close(evc_arena *arena)
{
    size_t used_slots;

    if (!arena)
        return;
    if (!evc_fork_is_current(arena->generation)) {
        unmap_chunks(arena);
        /* As it was at the fork. What is not freed yet still reads the generation. */
        if (arena->used_slots == 0)
            free_book(arena);
        return;
    }
    pthread_mutex_lock(&arena->mutex);
    unmap_chunks(arena);
    used_slots = arena->used_slots;
    arena->closed = true;
    pthread_mutex_unlock(&arena->mutex);
    if (used_slots > 0)
        return;
    pthread_mutex_destroy(&arena->mutex);
    free_book(arena);
}

int
evc_arena_open(size_t limit, bool require_locked, evc_arena **out, evc_error **err)
{
    evc_arena *arena;
    int rc;

    *out = NULL;
    if (limit == 0 || limit > LARGEST_LIMIT)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "cannot make an arena of %zu bytes: the limit is 1 GiB", limit);
    if (evc_mem_init() != 0)
        return evc_err(err, ENVCRYPT_E_RANDOM,
                       "cannot make an arena: the system gives no random bytes");
    arena = evc_mem_new(sizeof(*arena));
    if (!arena)
        return evc_err_nomem(err);
    randombytes_buf(arena->canary, sizeof(arena->canary));
    arena->generation = evc_fork_generation();
    arena->chunk_count = 0;
    arena->most_chunks = (limit + EVC_ARENA_CHUNK - 1) / EVC_ARENA_CHUNK;
    arena->require_locked = require_locked;
    arena->chunks = evc_mem_new_array(arena->most_chunks, sizeof(*arena->chunks));
    if (!arena->chunks || pthread_mutex_init(&arena->mutex, NULL) != 0) {
        free_book(arena);
        return evc_err_nomem(err);
    }
    rc = add_chunk(arena, err);
    if (rc != 0) {
        evc_arena_close(arena);
        return rc;
    }
    *out = arena;
    return 0;
}

void
evc_arena_get_status(evc_arena *arena, evc_arena_status *out)
{
    size_t i;

    *out = (evc_arena_status){.limit = arena->most_chunks * EVC_ARENA_CHUNK};
    if (!evc_fork_is_current(arena->generation))
        return;
    out->not_dumped = true;
    out->fork_wiped = true;
    pthread_mutex_lock(&arena->mutex);
    out->chunks = arena->chunk_count;
    out->used_slots = arena->used_slots;
    out->used_bytes = arena->used_bytes;
    for (i = 0; i < arena->chunk_count; i++) {
        const evc_pages *pages = &arena->chunks[i]->pages;

        out->locked_chunks += pages->locked;
        out->not_dumped = out->not_dumped && pages->not_dumped;
        out->fork_wiped = out->fork_wiped && pages->fork_wiped;
    }
    pthread_mutex_unlock(&arena->mutex);
}

bool
evc_arena_chunk_is_locked(evc_arena *arena, size_t index)
{
    bool locked = false;

    if (!evc_fork_is_current(arena->generation))
        return false;
    pthread_mutex_lock(&arena->mutex);
    if (index < arena->chunk_count)
        locked = arena->chunks[index]->pages.locked;
    pthread_mutex_unlock(&arena->mutex);
    return locked;
}

bool
evc_arena_can_be_locked(evc_arena *arena)
{
    evc_arena_status status;
    size_t more;

    evc_arena_get_status(arena, &status);
    more = status.limit - status.chunks * EVC_ARENA_CHUNK;
    return status.chunks == status.locked_chunks &&
           (more == 0 || evc_pages_can_lock(more));
}

uint64_t
evc_arena_generation(const evc_arena *arena)
{
    return arena->generation;
}
