/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decrypts a stream. Plaintext is given once its frame was authenticated; that of the
 * last frame of a signed message once the signature held.
 */
#ifndef EVC_ENVELOPE_READER_H
#define EVC_ENVELOPE_READER_H

#include "base/wait.h"
#include "envcrypt/stream.h"
#include "envelope/config.h"
#include "envelope/info.h"
#include "envelope/keyring.h"

typedef struct envcrypt_reader evc_reader;

/*
 * keyring may be NULL when the config has a data key. allow_signed: what a config
 * that says nothing means here.
 */
int evc_reader_open(evc_keyring *keyring, const evc_config *config, bool allow_signed,
                    evc_reader **out, evc_error **err) EVC_MUST_CHECK;
void evc_reader_free(evc_reader *r);

/* A failure repeats for ever; out is zeroed then, and *used and *made are 0. */
int evc_reader_process(evc_reader *r, evc_view in, size_t *used, void *out,
                       size_t capacity, size_t *made, evc_wait *wait,
                       evc_error **err) EVC_MUST_CHECK;
int evc_reader_finish(evc_reader *r, void *out, size_t capacity, size_t *made,
                      bool *done, evc_error **err) EVC_MUST_CHECK;

const evc_info *evc_reader_info(const evc_reader *r); /* NULL before the header */
/* Same; it moves to the caller. */
evc_info *evc_reader_take_info(evc_reader *r);

#endif
