/* SPDX-License-Identifier: Apache-2.0 */
/* What Linux says about the memory of this process. */
#ifndef EVC_TESTS_SMAPS_H
#define EVC_TESTS_SMAPS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Whether the mapping that holds an address has a flag of proc(5): " dd", say. */
static inline bool
smaps_has_flag(const void *address, const char *flag)
{
    char line[512];
    bool found = false;
    bool here = false;
    FILE *file = fopen("/proc/self/smaps", "re");

    while (file && fgets(line, sizeof(line), file)) {
        uintptr_t first;
        uintptr_t end;

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &first, &end) == 2)
            here = first <= (uintptr_t)address && (uintptr_t)address < end;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            found = strstr(line + 8, flag) != NULL;
    }
    if (file)
        (void)fclose(file);
    return found;
}

/* VmLck of /proc/self/status in KiB; -1 when it is not told. */
static inline long
smaps_locked_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "re");

    while (file && fgets(line, sizeof(line), file)) {
        if (sscanf(line, "VmLck: %ld kB", &kib) == 1)
            break;
    }
    if (file)
        (void)fclose(file);
    return kib;
}

#endif
