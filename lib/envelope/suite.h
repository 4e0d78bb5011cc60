/* SPDX-License-Identifier: Apache-2.0 */
/* The eleven algorithm suites (specification: framework/algorithm-suites.md), one
 * table. */
#ifndef EVC_ENVELOPE_SUITE_H
#define EVC_ENVELOPE_SUITE_H

#include "crypto/digest.h"
#include "crypto/ecdsa.h"

typedef struct evc_suite {
    uint16_t id;
    uint8_t format;   /* 1 or 2 */
    uint8_t key_size; /* data key and content key, bytes */
    uint8_t id_size;  /* message id: 16 or 32 */
    bool kdf;
    bool commits;
    bool is_signed;
    evc_hash kdf_hash;
    evc_curve curve;
    evc_hash signature_hash;
} evc_suite;

const evc_suite *evc_suite_find(uint32_t id); /* NULL when it is none */

#endif
