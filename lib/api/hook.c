/* SPDX-License-Identifier: Apache-2.0 */
#include "api/hook.h"

int
evc_hook_end(int rc, envcrypt_destroy_fn destroy, void *user)
{
    if (rc != 0 && destroy)
        destroy(user);
    return rc;
}
