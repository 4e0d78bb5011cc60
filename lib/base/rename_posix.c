/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rename.h"

#include <fcntl.h>
#include <unistd.h>

int
evc_rename_exclusive(int folder, const char *from, const char *to)
{
    if (linkat(folder, from, folder, to, 0) != 0)
        return -1;
    (void)unlinkat(folder, from, 0); /* else it is removed as a stale temporary later */
    return 0;
}
