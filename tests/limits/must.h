/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of this folder share: a call that must work, or the program ends. */
#ifndef EVC_TESTS_LIMITS_MUST_H
#define EVC_TESTS_LIMITS_MUST_H

#include <stdio.h>
#include <stdlib.h>

#include "envcrypt/envcrypt.h"

static void
must(int code, const char *what, envcrypt_error *err)
{
    if (code == 0)
        return;
    fprintf(stderr, "%s: %s\n", what, envcrypt_error_message(err));
    exit(2);
}

#define MUST(call)                        \
    do {                                  \
        envcrypt_error *must_err = NULL;  \
        int must_code = (call);           \
        must(must_code, #call, must_err); \
    } while (0)

#endif
