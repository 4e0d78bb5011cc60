/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* secure_getenv */
#include "base/environ.h"

#include <stdlib.h>
#include <strings.h>

const char *
evc_environ(const char *name)
{
    const char *value = secure_getenv(name);

    return value && value[0] ? value : NULL;
}

bool
evc_environ_is_true(const char *name)
{
    const char *value = evc_environ(name);

    return value && strcasecmp(value, "true") == 0;
}
