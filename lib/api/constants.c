/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "envcrypt/envcrypt.h"

static const struct {
    const char *name;
    int64_t value;
} constants[] = {
#define EVC_CONSTANT(name) {#name, name},
#include "api/constants.inc"
#undef EVC_CONSTANT
};

#define COUNT (sizeof constants / sizeof *constants)

const char *
envcrypt_constant_name(size_t index)
{
    return index < COUNT ? constants[index].name : NULL;
}

int
envcrypt_constant(const char *name, int64_t *value, envcrypt_error **err)
{
    char shown[EVC_SHOWN];

    evc_err_clear(err);
    if (!name || !value)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a constant needs its name and a value");
    *value = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(constants[i].name, name) == 0) {
            *value = constants[i].value;
            return 0;
        }
    }
    evc_encode_shown(evc_view_text(name), shown);
    return evc_err(err, ENVCRYPT_E_UNKNOWN_OPTION,
                   "this version of the library has no constant %s", shown);
}
