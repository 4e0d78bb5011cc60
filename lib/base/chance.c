/* SPDX-License-Identifier: Apache-2.0 */
#include "base/chance.h"

#include <sodium.h>

uint32_t
evc_chance_u32(void)
{
    return randombytes_random();
}
