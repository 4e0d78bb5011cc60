/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a data key to the keys of one message (specification:
 * framework/algorithm-suites.md, "Algorithm Suites Encryption Key Derivation
 * Settings").
 */
#ifndef EVC_ENVELOPE_DERIVE_H
#define EVC_ENVELOPE_DERIVE_H

#include "envelope/suite.h"

#define EVC_COMMITMENT 32

/*
 * content: suite->key_size bytes of the arena; commitment: zero when the suite has
 * none. ENVCRYPT_E_BAD_DEK for a data key of another size.
 */
int evc_derive(evc_crypto *crypto, const evc_suite *suite, evc_view data_key,
               const uint8_t *message_id, uint8_t *content,
               uint8_t commitment[EVC_COMMITMENT], evc_error **err) EVC_MUST_CHECK;

#endif
