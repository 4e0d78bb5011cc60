/* SPDX-License-Identifier: Apache-2.0 */
#include "api/backends.h"

#include <stddef.h>

static const evc_backend *const backends[] = {
    NULL,
};

const evc_backend *const *
evc_backends(void)
{
    return backends;
}
