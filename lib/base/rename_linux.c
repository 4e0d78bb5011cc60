/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* renameat2 */
#include "base/rename.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int
evc_rename_exclusive(int folder, const char *from, const char *to)
{
    if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    /* NFS among others; those that have no hard links know the flag. */
    if (linkat(folder, from, folder, to, 0) != 0)
        return -1;
    (void)unlinkat(folder, from, 0); /* else it is removed as a stale temporary later */
    return 0;
}
