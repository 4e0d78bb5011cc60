/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks for copies of a secret in all writable memory of this process (Linux). The scanner
 * itself holds the secret masked, byte by byte, so that it does not find its own.
 */
#ifndef EVC_TESTS_EVC_MEMSCAN_H
#define EVC_TESTS_EVC_MEMSCAN_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVC_MEMSCAN_MAX 256
#define EVC_MEMSCAN_MASK 0xa5u
#define EVC_MEMSCAN_CHUNK ((size_t)1 << 20)

typedef struct evc_memscan {
    unsigned char masked[EVC_MEMSCAN_MAX];
    size_t size;
    const void *allowed; /* one copy here is not counted: the arena's; NULL = none */
    bool shows;          /* prints where copies are */
} evc_memscan;

/* Remembers the secret, whose bytes are given masked, and wipes nothing. */
static inline void
evc_memscan_for_masked(evc_memscan *scan, const unsigned char *masked, size_t size)
{
    *scan = (evc_memscan){.size = size, .shows = getenv("EVC_MEMSCAN_SHOW") != NULL};
    memcpy(scan->masked, masked, size);
}

static inline bool
evc_memscan_is_at(const evc_memscan *scan, const unsigned char *bytes)
{
    for (size_t i = 0; i < scan->size; i++) {
        if ((bytes[i] ^ EVC_MEMSCAN_MASK) != scan->masked[i])
            return false;
    }
    return true;
}

/* Pages that cannot be read (guards) end a mapping. */
static inline unsigned
evc_memscan_mapping(const evc_memscan *scan, int memory, uintptr_t from, uintptr_t to,
                    unsigned char *chunk)
{
    unsigned found = 0;

    while (from < to) {
        size_t want = to - from < EVC_MEMSCAN_CHUNK ? to - from : EVC_MEMSCAN_CHUNK;
        ssize_t got = pread(memory, chunk, want, (off_t)from);

        if (got < (ssize_t)scan->size)
            break;
        for (size_t i = 0; i + scan->size <= (size_t)got; i++) {
            if (!evc_memscan_is_at(scan, &chunk[i]) ||
                from + i == (uintptr_t)scan->allowed)
                continue;
            found++;
            if (scan->shows)
                fprintf(stderr, "# copy at %" PRIxPTR "\n", from + i);
        }
        if ((uintptr_t)got == to - from)
            break;
        from += (size_t)got - scan->size + 1;
    }
    memset(chunk, 0, EVC_MEMSCAN_CHUNK);
    return found;
}

/* How many whole copies there are. */
static inline unsigned
evc_memscan_count(const evc_memscan *scan)
{
    static unsigned char chunk[EVC_MEMSCAN_CHUNK];
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned found = 0;
    char line[512];

    if (memory < 0 || !maps)
        abort(); /* a scan that cannot look must not find nothing */
    while (fgets(line, sizeof(line), maps)) {
        uintptr_t from;
        uintptr_t to;
        char mode[5];

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, mode) != 3 ||
            mode[0] != 'r' || mode[1] != 'w')
            continue;
        /* The scanner's own room. */
        if (from <= (uintptr_t)chunk && (uintptr_t)chunk < to) {
            found += evc_memscan_mapping(scan, memory, from, (uintptr_t)chunk, chunk);
            from = (uintptr_t)chunk + sizeof(chunk);
        }
        found += evc_memscan_mapping(scan, memory, from, to, chunk);
    }
    (void)fclose(maps);
    (void)close(memory);
    return found;
}

#endif
