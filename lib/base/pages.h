/* SPDX-License-Identifier: Apache-2.0 */
/* Whole pages for secrets, between guard pages. */
#ifndef EVC_BASE_PAGES_H
#define EVC_BASE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct evc_pages {
    void *start; /* first usable byte; one inaccessible page stands on either side */
    size_t size; /* usable bytes, a multiple of the page size */
    bool locked; /* mlock held */
    bool not_dumped; /* left out of core dumps */
    bool fork_wiped; /* a child reads zeros */
} evc_pages;

/* size is rounded up. false when memory is out; a failed lock is only recorded. */
bool evc_pages_map(evc_pages *pages, size_t size);
void evc_pages_unmap(evc_pages *pages); /* wipes first; fine when nothing is mapped */

/*
 * One page of zeros that a child of fork finds zeroed again. NULL where the system has
 * no such pages, or memory is out.
 */
void *evc_pages_map_marker(void);
void evc_pages_unmap_marker(void *marker);

#endif
