/* SPDX-License-Identifier: Apache-2.0 */
/* A program as a user writes it: installed headers, pkg-config, nothing of this tree. */
#include <envcrypt/envcrypt.h>

#include <string.h>

int
main(void)
{
    if (envcrypt_version_number() != ENVCRYPT_VERSION_NUMBER)
        return 1;
    return strcmp(envcrypt_version_string(), ENVCRYPT_VERSION_STRING) != 0;
}
