/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replace-file PATH TEXT [exclusive]: what replace.sh kills at each system call. Replaces the
 * file, or makes it where none may be.
 */
#include <stdbool.h>
#include <stdio.h>

#include "base/replace.h"

int
main(int argc, char **argv)
{
    bool exclusive = argc == 4;
    evc_replace r;

    if ((argc != 3 && argc != 4) || evc_replace_open(&r, argv[1], NULL) != 0)
        return 2;
    if (evc_replace_write(&r, evc_view_text(argv[2]), NULL) != 0) {
        evc_replace_abort(&r);
        return 1;
    }
    return evc_replace_commit(&r, exclusive, !exclusive, NULL) == 0 ? 0 : 1;
}
