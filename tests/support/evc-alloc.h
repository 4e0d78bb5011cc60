/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out where a test wants it to. For programs that the build links with
 * --wrap of malloc, calloc, free, pthread_create and the calls on pages (a list unit_alloc
 * in a meson.build of tests/unit); the library's calls and the test's own are seen, those of
 * shared libraries are not. No assertion of Check inside of what runs while allocations fail:
 * Check allocates.
 */
#ifndef EVC_TESTS_EVC_ALLOC_H
#define EVC_TESTS_EVC_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Counts from 0 again; allocation number n fails, with later every one after it too. */
void evc_alloc_fail(size_t n, bool later);
#define EVC_ALLOC_NONE ((size_t)-1) /* counts only */

/* From now on none fails. Returns how many were asked for since evc_alloc_fail(). */
size_t evc_alloc_stop(void);

/* When block is freed, or the pages around it unmapped, its first size bytes are copied to
 * out before. One block at a time. */
void evc_alloc_watch(const void *block, size_t size, void *out);
bool evc_alloc_was_freed(void); /* the watched block was, or unmapped */

/*
 * Call number n (from 0) of mmap64, mprotect, mlock or madvise fails, with later every one
 * after it too. One of the four at a time; NULL = none.
 */
void evc_alloc_fail_pages(const char *call, size_t n, bool later);

/* Only n more threads can be started. */
void evc_alloc_threads(size_t n);

/*
 * Runs the closure with allocation 0, 1, 2, … failing, once alone and once with all
 * later ones, until it asks for no further one. A run in which one failed must return
 * ENVCRYPT_E_NOMEM, or 0 where the closure can do without; the last must return 0.
 * A crash or a leak is the sanitizers' to see. Fails the test; else returns the number
 * of allocations of the undisturbed run.
 */
size_t evc_alloc_sweep(int (*closure)(void *user), void *user);

#endif
