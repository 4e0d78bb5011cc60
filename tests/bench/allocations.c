/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the allocations of the whole process: these definitions come before those of the
 * C library for every library that is loaded.
 */
#include "bench.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t nmemb, size_t size);
extern void *__libc_realloc(void *ptr, size_t size);

static atomic_uint_fast64_t allocations;

void *
malloc(size_t size)
{
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return __libc_malloc(size);
}

void *
calloc(size_t nmemb, size_t size)
{
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return __libc_calloc(nmemb, size);
}

void *
realloc(void *ptr, size_t size)
{
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return __libc_realloc(ptr, size);
}

uint64_t
bench_allocations(void)
{
    return atomic_load(&allocations);
}
