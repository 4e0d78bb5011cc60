/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What writers and readers of every kind (whole, stream, range, file) begin with: from
 * settings and keyring to an authenticated header and a keyed cipher.
 */
#ifndef EVC_ENVELOPE_SESSION_H
#define EVC_ENVELOPE_SESSION_H

#include "envelope/frame.h"
#include "envelope/header.h"
#include "envelope/keyring.h"
#include "envelope/signature.h"

typedef struct evc_session {
    evc_crypto *crypto;   /* a reference is held */
    evc_header header;    /* reading: its EDKs are views of the bytes that were read */
    evc_buf header_bytes; /* writing: the whole header, ready to be sent */
    evc_kv context;       /* the whole context, where it is more than what is stored */
    evc_kv unstored;      /* its authenticated-only pairs */
    evc_body body;
    evc_secret content_key;
    evc_gcm *gcm;             /* keyed with the content key */
    evc_signature signature;  /* the header is already in it */
    uint8_t header_room[512]; /* in which most headers fit; so it is not to be moved */
} evc_session;

/* A session that was ended, or never begun, is all zero. */
void evc_session_init(evc_session *s);
void evc_session_end(evc_session *s); /* wipes; the cipher goes back to its pool */

/*
 * Makes data key, message id, header and its tag. length: bytes of plaintext at most,
 * or UINT64_MAX. The session must be ended, also after a failure.
 */
int evc_session_begin_write(evc_session *s, evc_keyring *keyring,
                            const evc_config *config, uint64_t length, evc_wait *wait,
                            evc_error **err) EVC_MUST_CHECK;

/* What a reader takes. */
#define EVC_ACCEPT_SIGNED 1u
#define EVC_ACCEPT_UNFRAMED 2u

/*
 * Reads and authenticates the header at the beginning of bytes. *more = true when it is
 * not all there; the session is untouched then. The keyring may be NULL when the config
 * has a data key. The session must be ended, also after a failure. s->header.edks is
 * valid as long as bytes are.
 */
int evc_session_begin_read(evc_session *s, evc_keyring *keyring,
                           const evc_config *config, unsigned accept, evc_view bytes,
                           evc_wait *wait, bool *more, evc_error **err) EVC_MUST_CHECK;
/* Reading: all pairs, stored or given again. */
const evc_kv *evc_session_context(const evc_session *s);

#endif
