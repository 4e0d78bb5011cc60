/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keys.h"

#include <string.h>

#include "base/utf8.h"

int
evc_keys_check_name(const char *name, size_t most, const char *what, evc_error **err)
{
    size_t size = strlen(name);

    if (size == 0 || size > most)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the %s has %zu bytes; give it 1 to %zu", what, size, most);
    if (!evc_is_utf8(evc_view_of(name, size)))
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "the %s is not UTF-8", what);
    return 0;
}

int
evc_keys_check_provider(const char *provider, size_t most, const char *what,
                        evc_error **err)
{
    int rc = evc_keys_check_name(provider, most, what, err);

    if (!rc && evc_edk_is_reserved_provider(evc_view_text(provider)))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the %s \"%s\" is reserved, as all that begin with aws-kms or "
                     "envcrypt-; choose another",
                     what, provider);
    return rc;
}
