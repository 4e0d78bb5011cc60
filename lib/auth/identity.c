/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/identity.h"

static bool
is_name(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    }
    return text.size >= 1 && text.size <= EVC_IDENTITY_MAX;
}

int
evc_identity_put(evc_buf *out, const char *what, evc_view name, evc_error **err)
{
    if (!is_name(name))
        return evc_err(
            err, ENVCRYPT_E_PROTOCOL,
            "cannot tell whom the credentials are of: %s is missing or is no "
            "name",
            what);
    evc_buf_put_view(out, name);
    return evc_buf_check(out, err);
}
