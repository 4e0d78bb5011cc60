/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pages_system.h"

#include <sys/mman.h>

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
