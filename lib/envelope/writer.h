/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypts a stream. Holds one frame of plaintext, since only more input tells that it
 * is not the last. */
#ifndef EVC_ENVELOPE_WRITER_H
#define EVC_ENVELOPE_WRITER_H

#include "base/wait.h"
#include "envcrypt/stream.h"
#include "envelope/config.h"
#include "envelope/keyring.h"

typedef struct envcrypt_writer evc_writer;

int evc_writer_open(evc_keyring *keyring, const evc_config *config, evc_wait *wait,
                    evc_writer **out, evc_error **err) EVC_MUST_CHECK;
void evc_writer_free(evc_writer *w);

/* A failure repeats for ever; out is zeroed then, and *used and *made are 0. */
int evc_writer_process(evc_writer *w, evc_view in, size_t *used, void *out,
                       size_t capacity, size_t *made, evc_error **err) EVC_MUST_CHECK;
int evc_writer_finish(evc_writer *w, void *out, size_t capacity, size_t *made,
                      bool *done, evc_error **err) EVC_MUST_CHECK;
size_t evc_writer_header_size(const evc_writer *w);

#endif
