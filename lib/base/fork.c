/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fork.h"

#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "base/pages.h"

/* Holds the number of this process; a child of fork reads 0 in it. */
typedef atomic_size_t marker;

/* Stands for "the system has no such pages": then the process id is compared. */
static marker no_marker;
_Atomic(marker *) evc_fork_this_process;

/* The highest number given out by this process and those it descends from. */
static atomic_size_t highest;

/* Process id in the upper half, its generation in the lower one. */
static atomic_uint_least64_t by_pid;

static marker *
map_marker(void)
{
    marker *made = evc_pages_map_marker();
    marker *expected = NULL;

    if (!made)
        made = &no_marker;
    if (atomic_compare_exchange_strong(&evc_fork_this_process, &expected, made))
        return made;
    if (made != &no_marker)
        evc_pages_unmap_marker(made);
    return expected; /* another thread was first */
}

/*
 * The first look in this process. `highest` is raised before the marker shows the
 * number, so that a child which is forked at any moment counts on from it. Threads that
 * race each raise it; the numbers of the losers are never used.
 */
static size_t
begin_generation(marker *mine)
{
    size_t expected = 0;
    size_t number = atomic_fetch_add(&highest, 1) + 1;

    return atomic_compare_exchange_strong(mine, &expected, number) ? number : expected;
}

static uint64_t
generation_by_pid(void)
{
    uint_least64_t pid = (uint_least64_t)getpid() << 32;
    uint_least64_t seen = atomic_load(&by_pid);

    while (seen >> 32 != pid >> 32) {
        uint_least64_t next = pid | ((seen + 1) & UINT32_MAX);

        if (atomic_compare_exchange_weak(&by_pid, &seen, next))
            seen = next;
    }
    return seen & UINT32_MAX;
}

static inline uint64_t
generation_now(void)
{
    marker *mine = atomic_load_explicit(&evc_fork_this_process, memory_order_acquire);
    size_t number;

    if (!mine)
        mine = map_marker();
    if (mine == &no_marker)
        return generation_by_pid();
    number = atomic_load_explicit(mine, memory_order_acquire);
    return number ? number : begin_generation(mine);
}

uint64_t
evc_fork_generation(void)
{
    return generation_now();
}

bool
evc_fork_is_current_slow(uint64_t generation)
{
    return generation == generation_now();
}

int
evc_fork_refuse(const char *what, evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_FORKED,
        "this %s was made before fork(); free it and open a new one in the child",
        what);
}
