/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that are no secret: to spread waits, never for keys, ids or nonces. */
#ifndef EVC_BASE_CHANCE_H
#define EVC_BASE_CHANCE_H

#include <stdint.h>

/* Of libsodium, which must be ready (evc_mem_init). Any thread; another in each child. */
uint32_t evc_chance_u32(void);

#endif
