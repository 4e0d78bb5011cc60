/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pages_system.h"

bool
evc_pages_leave_out_of_dumps(void *start, size_t size)
{
    (void)start;
    (void)size;
    return false;
}

bool
evc_pages_can_lock(size_t size)
{
    (void)size;
    return true;
}

bool
evc_pages_wipe_on_fork(void *start, size_t size)
{
    (void)start;
    (void)size;
    return false;
}

void
evc_pages_prefer_large(void *start, size_t size)
{
    (void)start;
    (void)size;
}
