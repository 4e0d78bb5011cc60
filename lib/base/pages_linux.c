/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* mlock2 */
#include "base/pages_system.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

bool
evc_pages_leave_out_of_dumps(void *start, size_t size)
{
    return madvise(start, size, MADV_DONTDUMP) == 0;
}

/*
 * Limit, privilege and what is locked already count as for a true lock, but with this flag
 * no page is made.
 */
bool
evc_pages_can_lock(size_t size)
{
    void *start = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool can;

    if (start == MAP_FAILED)
        return false;
    can = mlock2(start, size, MLOCK_ONFAULT) == 0 || errno == ENOSYS;
    (void)munmap(start, size);
    return can;
}

/* Fails on Linux before 4.14 and in sandboxes that imitate it in part. */
bool
evc_pages_wipe_on_fork(void *start, size_t size)
{
    return madvise(start, size, MADV_WIPEONFORK) == 0;
}

void
evc_pages_prefer_large(void *start, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t before = (page - (uintptr_t)start % page) % page;

    if (size > before)
        (void)madvise((uint8_t *)start + before, (size - before) / page * page,
                      MADV_HUGEPAGE);
}
