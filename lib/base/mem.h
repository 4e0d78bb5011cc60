/* SPDX-License-Identifier: Apache-2.0 */
/* The only place of malloc, calloc and free. All return zeroed memory or NULL. */
#ifndef EVC_BASE_MEM_H
#define EVC_BASE_MEM_H

#include <stddef.h>

/*
 * For a large local that is written before it is read: the compiler's zeros would cost
 * more than the work at hand.
 */
#define EVC_UNSET __attribute__((uninitialized))

/*
 * Makes libsodium ready, once in a process: 0, or -1 when it cannot be. What stands
 * here and in encode.h works without; randombytes_…, crypto_… and everything that picks
 * code by the processor needs it. evc_env_open() calls it, so whoever holds an env need
 * not.
 */
int evc_mem_init(void);

void evc_mem_free(void *block);
void evc_mem_free_wiped(void *block, size_t size); /* wipes size bytes first */
void evc_mem_wipe(void *block, size_t size);       /* never optimised away */

/* What ends a block's life, for gcc's -fanalyzer; clang has no such attribute. */
#ifdef __clang__
#define EVC_FREED_BY(function)
#else
#define EVC_FREED_BY(function) __attribute__((__malloc__(function, 1)))
#endif
#define EVC_ALLOCATES EVC_FREED_BY(evc_mem_free) EVC_FREED_BY(evc_mem_free_wiped)

/* Size 0 gives a valid block; NULL when memory runs out, and when a product overflows. */
EVC_ALLOCATES void *evc_mem_new(size_t size);
EVC_ALLOCATES void *evc_mem_new_array(size_t count, size_t size);
EVC_ALLOCATES char *evc_mem_strdup(const char *text);
EVC_ALLOCATES void *evc_mem_dup(const void *data, size_t size);
/* The bytes as a text, with a NUL behind them; data may be NULL when size is 0. */
EVC_ALLOCATES char *evc_mem_text(const void *data, size_t size);

/*
 * Grows to count elements of size bytes; the old block is wiped before it is freed. On
 * failure the old block stays as it was.
 */
void *evc_mem_grow(void *old, size_t old_count, size_t count, size_t size);

/* Constant time; both of size bytes. 1 when equal. */
int evc_mem_equal_secret(const void *a, const void *b, size_t size);
int evc_mem_is_zero(const void *block, size_t size); /* constant time */

#endif
