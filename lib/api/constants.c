/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/nearest.h"
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

/* Names alone, for the search of the nearest. */
static const char *const names[COUNT + 1] = {
#define EVC_CONSTANT(name) #name,
#include "api/constants.inc"
#undef EVC_CONSTANT
};

const char *
envcrypt_constant_name(size_t index)
{
    return index < COUNT ? constants[index].name : NULL;
}

int
envcrypt_constant(const char *name, int64_t *value, envcrypt_error **err)
{
    char shown[EVC_SHOWN];
    const char *nearest;

    evc_err_clear(err);
    if (value)
        *value = 0;
    if (!name || !value)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a constant cannot be looked up: name or value is NULL");
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(constants[i].name, name) == 0) {
            *value = constants[i].value;
            return 0;
        }
    }
    if (!err) /* nobody reads it */
        return ENVCRYPT_E_UNKNOWN_OPTION;
    evc_encode_shown(evc_view_text(name), shown);
    nearest = evc_nearest(name, names);
    return evc_err(err, ENVCRYPT_E_UNKNOWN_OPTION,
                   "this version of the library has no constant %s%s%s%s", shown,
                   nearest ? "; did you mean " : "", nearest ? nearest : "",
                   nearest ? "?" : "");
}
