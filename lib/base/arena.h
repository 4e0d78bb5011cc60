/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arena: all key bytes of a client, in chunks of 64 KiB between guard pages, locked
 * where the system permits, left out of core dumps, wiped in a forked child. Slots are
 * of 64, 256, 4,096 and 16,384 bytes, aligned to 16, each followed by a canary inside the
 * slot's stride; freeing wipes. Keys of data take the smallest; the largest, three to a
 * chunk, are for tokens of sign-on services that list groups, and for long RSA keys.
 * What is known about slots lies outside of the chunks. Any number of threads.
 */
#ifndef EVC_BASE_ARENA_H
#define EVC_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define EVC_ARENA_CHUNK ((size_t)65536)
#define EVC_ARENA_LIMIT (16 * EVC_ARENA_CHUNK) /* default cap */
#define EVC_ARENA_MAX_SLOT 16384u

typedef struct evc_arena evc_arena;

/*
 * limit: most bytes of chunks, rounded up to whole chunks, 1 byte to 1 GiB; the first
 * chunk is made at once. require_locked: a chunk that cannot be locked is
 * ENVCRYPT_E_ARENA_UNLOCKED, at open or later. Others: NOMEM, RANDOM, ARGUMENT.
 */
int evc_arena_open(size_t limit, bool require_locked, evc_arena **out,
                   evc_error **err) EVC_MUST_CHECK;
/*
 * All slots must be free. Should one not be: its bytes are gone, but freeing it stays
 * legal (the arena's book is leaked, so a leak checker tells). In a child of fork it
 * takes no lock and looks at no slot.
 */
void evc_arena_close(evc_arena *arena); /* NULL is fine */

/* Whoever holds a secret may copy this struct, but only one copy is ever freed. */
typedef struct evc_secret {
    uint8_t *bytes; /* NULL: nothing is held */
    size_t size;
    evc_arena *arena;
    /* For the arena alone. The number tells a copy whose slot serves another by now. */
    uint32_t slot;
    uint32_t serial;
} evc_secret;

/*
 * 1 to 16,384 zeroed bytes; what out held before is not freed. ENVCRYPT_E_ARENA_FULL,
 * ARENA_UNLOCKED, NOMEM, FORKED, ARGUMENT.
 */
int evc_secret_new(evc_arena *arena, size_t size, evc_secret *out,
                   evc_error **err) EVC_MUST_CHECK;
/* Same, with a copy of these bytes in it. */
int evc_secret_copy(evc_arena *arena, evc_view bytes, evc_secret *out,
                    evc_error **err) EVC_MUST_CHECK;
/*
 * Wipes and gives the slot back; a no-op when nothing is held. A damaged canary or a
 * second free, even of a slot that serves another secret by then, aborts the process:
 * memory is corrupt, and going on would work with wrong keys. In a child of fork it only
 * forgets the slot.
 */
void evc_secret_free(evc_secret *secret);

typedef struct evc_arena_status {
    size_t limit;
    size_t chunks;
    size_t locked_chunks;
    size_t used_slots;
    size_t used_bytes; /* of whole slots */
    bool not_dumped;   /* of all chunks */
    bool fork_wiped;
} evc_arena_status;

/* In a child of fork: the limit, and zeros. */
void evc_arena_get_status(evc_arena *arena, evc_arena_status *out);
bool evc_arena_chunk_is_locked(evc_arena *arena, size_t index);
/* Whether all of it could be locked now if it grew to its limit. Not in a child of fork. */
bool evc_arena_can_be_locked(evc_arena *arena);
uint64_t evc_arena_generation(const evc_arena *arena);

#endif
