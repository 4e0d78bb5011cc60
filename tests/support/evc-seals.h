/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every use of AES-GCM to seal, with its key and IV, as OpenSSL is told of it. For programs that
 * the build links with --wrap of the functions in evc-seals.c (evc_seals_args in a meson.build
 * of tests/unit). All threads are seen.
 */
#ifndef EVC_TESTS_EVC_SEALS_H
#define EVC_TESTS_EVC_SEALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One sealing. A header tag of version 2 is one of no text whose AAD begins as such a header does. */
typedef struct evc_seal {
    uint8_t key[32];
    uint8_t iv[12];
    uint8_t id[32]; /* of the message; of a header tag */
    bool header;
} evc_seal;

void evc_seals_reset(void);
/* In the order in which they were finished. */
size_t evc_seals_count(void);
const evc_seal *evc_seals_get(size_t i);
void evc_seals_add(const evc_seal *seal); /* one that another process made */

size_t evc_seals_headers(void);
/* Whether two sealings have the same key and IV. */
bool evc_seals_repeat(void);
/* Whether two header tags have the same key, or the same message id. */
bool evc_seals_headers_repeat(void);

#endif
