/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What writers and readers of every kind (whole, stream, range, file) begin with: from
 * settings and keyring to an authenticated header and a keyed cipher.
 */
#ifndef EVC_ENVELOPE_SESSION_H
#define EVC_ENVELOPE_SESSION_H

#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/gcm.h"
#include "envelope/frame.h"
#include "envelope/header.h"
#include "envelope/keyring.h"

typedef struct evc_session {
    evc_crypto *crypto; /* a reference is held */
    evc_header header;
    evc_buf header_bytes; /* the header as written, or as read (views of header point
                             here) */
    evc_kv context;       /* the whole context */
    evc_kv unstored;      /* its authenticated-only pairs */
    evc_body body;
    evc_secret content_key;
    evc_gcm *gcm;       /* keyed with the content key */
    evc_ec *ec;         /* signed suites */
    evc_hasher *hasher; /* signed suites: over everything before the footer; header
                           already in */
} evc_session;

void evc_session_init(evc_session *s);
/* Makes data key, message id, header and its tag; header_bytes is ready to be sent. */
int evc_session_begin_write(evc_session *s, evc_keyring *keyring,
                            const evc_config *config, uint64_t length,
                            uint32_t frame_length, evc_wait *wait,
                            evc_error **err) EVC_MUST_CHECK;
/*
 * Reads and authenticates the header at the beginning of bytes. *more = true when it is
 * not all there. allow_signed: what -1 in the config means here.
 */
int evc_session_begin_read(evc_session *s, evc_keyring *keyring,
                           const evc_config *config, bool allow_signed, evc_view bytes,
                           evc_wait *wait, bool *more, evc_error **err) EVC_MUST_CHECK;
void evc_session_end(evc_session *s); /* wipes; the cipher goes back to its pool */

/* Footer (data-format/message-footer.md): u16 length, DER signature. */
int evc_session_sign(evc_session *s, evc_buf *out, evc_error **err) EVC_MUST_CHECK;
size_t evc_session_footer_size(const evc_session *s); /* as written; 0 when unsigned */
/* *used: bytes of the footer; *more when it is not all there. ENVCRYPT_E_SIGNATURE,
 * FRAME… */
int evc_session_verify(evc_session *s, evc_view bytes, size_t *used, bool *more,
                       evc_error **err) EVC_MUST_CHECK;

#endif
