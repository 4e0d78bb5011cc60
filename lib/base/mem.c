/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/pages_system.h"

/* Faults of small pages would cost a large result as much as its encryption. */
#define LARGE ((size_t)8 * 1024 * 1024)

static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;
static int sodium_result = -1;

static void
init_sodium(void)
{
    sodium_result = sodium_init() < 0 ? -1 : 0;
}

int
evc_mem_init(void)
{
    if (pthread_once(&sodium_once, init_sodium) != 0)
        return -1;
    return sodium_result;
}

void *
evc_mem_new(size_t size)
{
    return evc_mem_new_array(size, 1);
}

/* No object is larger than PTRDIFF_MAX; asked for more, sanitizers abort instead of
 * failing. */
void *
evc_mem_new_array(size_t count, size_t size)
{
    void *block;

    if (count == 0 || size == 0)
        return calloc(1, 1);
    if (count > PTRDIFF_MAX / size)
        return NULL;
    block = calloc(count, size);
    if (block && count * size >= LARGE)
        evc_pages_prefer_large(block, count * size);
    return block;
}

void *
evc_mem_grow(void *old, size_t old_count, size_t count, size_t size)
{
    void *block = evc_mem_new_array(count, size);
    size_t kept = old_count < count ? old_count : count;

    if (!block)
        return NULL;
    if (old) {
        if (kept)
            memcpy(block, old, kept * size);
        evc_mem_free_wiped(old, old_count * size);
    }
    return block;
}

char *
evc_mem_strdup(const char *text)
{
    return evc_mem_dup(text, strlen(text) + 1);
}

void *
evc_mem_dup(const void *data, size_t size)
{
    void *block = evc_mem_new(size);

    if (block && size)
        memcpy(block, data, size);
    return block;
}

char *
evc_mem_text(const void *data, size_t size)
{
    char *text = size < SIZE_MAX ? evc_mem_new(size + 1) : NULL;

    if (text && size)
        memcpy(text, data, size);
    return text;
}

void
evc_mem_free(void *block)
{
    free(block);
}

void
evc_mem_free_wiped(void *block, size_t size)
{
    if (block)
        evc_mem_wipe(block, size);
    free(block);
}

void
evc_mem_wipe(void *block, size_t size)
{
    if (size)
        sodium_memzero(block, size);
}

/* The functions for one size are constant time too, and ten times as fast. */
int
evc_mem_equal_secret(const void *a, const void *b, size_t size)
{
    switch (size) {
    case 0:
        return 1;
    case crypto_verify_16_BYTES:
        return crypto_verify_16(a, b) == 0;
    case crypto_verify_32_BYTES:
        return crypto_verify_32(a, b) == 0;
    default:
        return sodium_memcmp(a, b, size) == 0;
    }
}

int
evc_mem_is_zero(const void *block, size_t size)
{
    static const uint8_t zeros[crypto_verify_32_BYTES];

    if (size == sizeof zeros)
        return crypto_verify_32(block, zeros) == 0;
    return size == 0 || sodium_is_zero(block, size) == 1;
}
