/* SPDX-License-Identifier: Apache-2.0 */
#include "api/backends.h"

#include <stddef.h>

#include "kms/local.h"

static const evc_backend *const backends[] = {
    &evc_backend_local,
    NULL,
};

const evc_backend *const *
evc_backends(void)
{
    return backends;
}
