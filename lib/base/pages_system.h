/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only some systems can do with pages: pages_linux.c and its portable sibling
 * pages_posix.c. True when it was done. start and size are whole pages.
 */
#ifndef EVC_BASE_PAGES_SYSTEM_H
#define EVC_BASE_PAGES_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

bool evc_pages_leave_out_of_dumps(void *start, size_t size);
bool evc_pages_wipe_on_fork(void *start, size_t size);
/* A wish: memory that is about to be filled comes in fewer, larger pages. Any start and
 * size. */
void evc_pages_prefer_large(void *start, size_t size);
/*
 * Whether the system would lock size bytes more for this process now. Touches no memory;
 * true where nobody can tell.
 */
bool evc_pages_can_lock(size_t size);

#endif
