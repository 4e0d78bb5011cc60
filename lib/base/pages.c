/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pages_system.h"

static size_t
page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void *
map(size_t size, int protection)
{
    void *start = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return start == MAP_FAILED ? NULL : start;
}

bool
evc_pages_map(evc_pages *pages, size_t size)
{
    size_t page = page_size();
    uint8_t *whole;

    *pages = (evc_pages){0};
    if (size == 0 || size > SIZE_MAX - 3 * page)
        return false;
    size = (size + page - 1) / page * page;
    whole = map(size + 2 * page, PROT_NONE);
    if (!whole)
        return false;
    if (mprotect(whole + page, size, PROT_READ | PROT_WRITE) != 0) {
        (void)munmap(whole, size + 2 * page);
        return false;
    }
    pages->start = whole + page;
    pages->size = size;
    pages->not_dumped = evc_pages_leave_out_of_dumps(pages->start, size);
    pages->fork_wiped = evc_pages_wipe_on_fork(pages->start, size);
    pages->locked = mlock(pages->start, size) == 0;
    if (!pages->locked)
        (void)munlock(pages->start, size); /* a lock that failed midway still counts */
    return true;
}

void
evc_pages_unmap(evc_pages *pages)
{
    size_t page = page_size();

    if (!pages->start)
        return;
    evc_mem_wipe(pages->start, pages->size);
    (void)munmap((uint8_t *)pages->start - page, pages->size + 2 * page);
    *pages = (evc_pages){0};
}

void *
evc_pages_map_marker(void)
{
    size_t page = page_size();
    void *marker = map(page, PROT_READ | PROT_WRITE);

    if (marker && !evc_pages_wipe_on_fork(marker, page)) {
        evc_pages_unmap_marker(marker);
        return NULL;
    }
    return marker;
}

void
evc_pages_unmap_marker(void *marker)
{
    (void)munmap(marker, page_size());
}
