/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/envcrypt.h"

const char *
envcrypt_version_string(void)
{
    return ENVCRYPT_VERSION_STRING;
}

int32_t
envcrypt_version_number(void)
{
    return ENVCRYPT_VERSION_NUMBER;
}
