/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-alloc.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "evc-check.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *block);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *block);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg);

static atomic_size_t asked;
static atomic_size_t failing = SIZE_MAX;
static atomic_bool failing_later;
static atomic_size_t threads_left = SIZE_MAX;

static const void *watched;
static size_t watched_size;
static void *watched_out;
static bool watched_freed;

static bool
must_fail(void)
{
    size_t number = atomic_fetch_add(&asked, 1);
    size_t n = atomic_load(&failing);

    return number == n || (atomic_load(&failing_later) && number > n);
}

void *
__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __real_calloc(count, size);
}

static void
report_watched(void)
{
    memcpy(watched_out, watched, watched_size);
    watched = NULL;
    watched_freed = true;
}

void
__wrap_free(void *block)
{
    if (block && block == watched)
        report_watched();
    __real_free(block);
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*start)(void *), void *arg)
{
    if (atomic_load(&threads_left) == 0)
        return EAGAIN;
    if (atomic_load(&threads_left) != SIZE_MAX)
        atomic_fetch_sub(&threads_left, 1);
    return __real_pthread_create(thread, attributes, start, arg);
}

static const char *failing_call;
static size_t calls_left;
static bool failing_call_later;

void
evc_alloc_fail_pages(const char *call, size_t n, bool later)
{
    failing_call = call;
    calls_left = n;
    failing_call_later = later;
}

static bool
page_call_must_fail(const char *call, int errnum)
{
    if (!failing_call || strcmp(failing_call, call) != 0)
        return false;
    if (calls_left > 0) {
        calls_left--;
        return false;
    }
    if (!failing_call_later)
        failing_call = NULL;
    errno = errnum;
    return true;
}

#define WRAP_PAGES(result, failed, errnum, name, parameters, arguments)      \
    result __real_##name parameters;                                         \
    result __wrap_##name parameters;                                         \
    result __wrap_##name parameters                                          \
    {                                                                        \
        return page_call_must_fail(#name, errnum) ? (failed)                 \
                                                  : __real_##name arguments; \
    }

/* what mmap is with offsets of 64 bits */
WRAP_PAGES(void *, MAP_FAILED, ENOMEM, mmap64,
           (void *start, size_t size, int protection, int flags, int fd, off_t at),
           (start, size, protection, flags, fd, at))
WRAP_PAGES(int, -1, ENOMEM, mprotect, (void *start, size_t size, int protection),
           (start, size, protection))
WRAP_PAGES(int, -1, EINVAL, madvise, (void *start, size_t size, int advice),
           (start, size, advice))

int __real_mlock(const void *start, size_t size);
int __wrap_mlock(const void *start, size_t size);

/* A lock that fails may have locked pages: here, all of them. */
int
__wrap_mlock(const void *start, size_t size)
{
    int rc = __real_mlock(start, size);

    return page_call_must_fail("mlock", ENOMEM) ? -1 : rc;
}

int __real_munmap(void *start, size_t size);
int __wrap_munmap(void *start, size_t size);

int
__wrap_munmap(void *start, size_t size)
{
    uintptr_t first = (uintptr_t)start;

    if (watched && (uintptr_t)watched >= first && (uintptr_t)watched - first < size)
        report_watched();
    return __real_munmap(start, size);
}

void
evc_alloc_fail(size_t n, bool later)
{
    atomic_store(&asked, 0);
    atomic_store(&failing_later, later);
    atomic_store(&failing, n);
}

size_t
evc_alloc_stop(void)
{
    atomic_store(&failing, SIZE_MAX);
    atomic_store(&failing_later, false);
    return atomic_load(&asked);
}

void
evc_alloc_watch(const void *block, size_t size, void *out)
{
    watched = block;
    watched_size = size;
    watched_out = out;
    watched_freed = false;
}

bool
evc_alloc_was_freed(void)
{
    return watched_freed;
}

void
evc_alloc_threads(size_t n)
{
    atomic_store(&threads_left, n);
}

/* Whether allocation n was asked for, so that it failed. */
static bool
run_failing(int (*closure)(void *user), void *user, size_t n, bool later)
{
    size_t count;
    int rc;

    evc_alloc_fail(n, later);
    rc = closure(user);
    count = evc_alloc_stop();
    if (count <= n) {
        EVC_CHECK_OK(rc);
        return false;
    }
    ck_assert_msg(rc == ENVCRYPT_E_NOMEM || rc == 0,
                  "with allocation %zu%s failing the closure gave %s", n,
                  later ? " and all later ones" : "", envcrypt_error_name(rc));
    return true;
}

size_t
evc_alloc_sweep(int (*closure)(void *user), void *user)
{
    size_t n = 0;

    while (run_failing(closure, user, n, false)) {
        (void)run_failing(closure, user, n, true);
        n++;
    }
    return n;
}
