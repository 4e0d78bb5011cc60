/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pages_system.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

bool
evc_pages_leave_out_of_dumps(void *start, size_t size)
{
    return madvise(start, size, MADV_DONTDUMP) == 0;
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
