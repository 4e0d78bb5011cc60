/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of OpenSSL: every block that it holds is known here, so a secret can be looked
 * for in all of them and in each one that is freed; and a block can be refused to it.
 */
#ifndef EVC_TESTS_OPENSSL_MEMORY_H
#define EVC_TESTS_OPENSSL_MEMORY_H

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct block {
    struct block *next;
    struct block *previous;
    size_t size;
    _Alignas(16) uint8_t data[];
} block;

static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
static block live = {.next = &live, .previous = &live};

static uint8_t secret[32];
static size_t secret_size;
static int freed_with_secret;
static int others; /* blocks that hold it rightly */

static size_t asked_for;                /* blocks, since refuse_block */
static size_t refused_block = SIZE_MAX; /* the number of the one that is refused */

static inline bool
has_secret(const block *b)
{
    for (size_t at = 0; at + secret_size <= b->size; at++)
        if (memcmp(&b->data[at], secret, secret_size) == 0)
            return true;
    return false;
}

/* From now on bytes are looked for. */
static inline void
look_for(const void *bytes_of, size_t size)
{
    memcpy(secret, bytes_of, size);
    secret_size = size;
    freed_with_secret = 0;
    others = 0;
}

/* How many blocks hold them now. */
static inline int
count_live(void)
{
    int found = 0;

    pthread_mutex_lock(&memory_lock);
    for (const block *b = live.next; b != &live; b = b->next)
        found += has_secret(b);
    pthread_mutex_unlock(&memory_lock);
    return found;
}

/* Counts from 0 again; block number n will not be had. SIZE_MAX: all will. */
static inline void
refuse_block(size_t n)
{
    refused_block = n;
    asked_for = 0;
}

static inline void *
hook_malloc(size_t size, const char *file, int line)
{
    block *b;

    (void)file;
    (void)line;
    if (asked_for++ == refused_block)
        return NULL;
    b = malloc(sizeof *b + size);
    if (!b)
        return NULL;
    pthread_mutex_lock(&memory_lock);
    b->size = size;
    b->next = live.next;
    b->previous = &live;
    live.next->previous = b;
    live.next = b;
    pthread_mutex_unlock(&memory_lock);
    return b->data;
}

static inline void
hook_free(void *data, const char *file, int line)
{
    block *b;

    (void)file;
    (void)line;
    if (!data)
        return;
    b = (block *)((uint8_t *)data - offsetof(block, data));
    pthread_mutex_lock(&memory_lock);
    b->next->previous = b->previous;
    b->previous->next = b->next;
    if (secret_size > 0 && has_secret(b))
        freed_with_secret++;
    pthread_mutex_unlock(&memory_lock);
    free(b);
}

static inline void *
hook_realloc(void *data, size_t size, const char *file, int line)
{
    void *grown = hook_malloc(size, file, line);

    if (data && grown) {
        size_t old = ((block *)((uint8_t *)data - offsetof(block, data)))->size;

        memcpy(grown, data, old < size ? old : size);
        hook_free(data, file, line);
    }
    return grown;
}

/* Must come before OpenSSL allocates for the first time. */
static inline void
take_over_memory(void)
{
    if (CRYPTO_set_mem_functions(hook_malloc, hook_realloc, hook_free) != 1)
        abort();
}

#endif
