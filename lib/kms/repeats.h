/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remembers the last data keys that a key service generated, as keyed hashes, to notice
 * one that comes twice: a service that replays or whose generator is stuck. Any number
 * of threads.
 */
#ifndef EVC_KMS_REPEATS_H
#define EVC_KMS_REPEATS_H

#include "base/view.h"
#include "crypto/crypto.h"

#define EVC_REPEATS 1024u /* keys that are remembered */

typedef struct evc_repeats evc_repeats;

/* crypto is borrowed. NOMEM, RANDOM. */
int evc_repeats_open(evc_crypto *crypto, evc_repeats **out,
                     evc_error **err) EVC_MUST_CHECK;
void evc_repeats_close(
    evc_repeats *repeats); /* NULL is fine; legal in a child of fork */
/* Remembers the key. ENVCRYPT_E_BAD_DEK when it came before. */
int evc_repeats_check(evc_repeats *repeats, evc_view key,
                      evc_error **err) EVC_MUST_CHECK;

#endif
