/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/suite.h"

#define VERSION_1 .format = 1, .id_size = 16
#define VERSION_2 .format = 2, .id_size = 32, .commits = true
#define HKDF(hash) .kdf = true, .kdf_hash = (hash)
#define P256 .is_signed = true, .curve = EVC_P256, .signature_hash = EVC_SHA256
#define P384 .is_signed = true, .curve = EVC_P384, .signature_hash = EVC_SHA384

static const evc_suite suites[] = {
    {.id = 0x0014, VERSION_1, .key_size = 16},
    {.id = 0x0046, VERSION_1, .key_size = 24},
    {.id = 0x0078, VERSION_1, .key_size = 32},
    {.id = 0x0114, VERSION_1, .key_size = 16, HKDF(EVC_SHA256)},
    {.id = 0x0146, VERSION_1, .key_size = 24, HKDF(EVC_SHA256)},
    {.id = 0x0178, VERSION_1, .key_size = 32, HKDF(EVC_SHA256)},
    {.id = 0x0214, VERSION_1, .key_size = 16, HKDF(EVC_SHA256), P256},
    {.id = 0x0346, VERSION_1, .key_size = 24, HKDF(EVC_SHA384), P384},
    {.id = 0x0378, VERSION_1, .key_size = 32, HKDF(EVC_SHA384), P384},
    {.id = 0x0478, VERSION_2, .key_size = 32, HKDF(EVC_SHA512)},
    {.id = 0x0578, VERSION_2, .key_size = 32, HKDF(EVC_SHA512), P384},
};

const evc_suite *
evc_suite_find(uint32_t id)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        if (suites[i].id == id)
            return &suites[i];
    return NULL;
}
