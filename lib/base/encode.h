/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 (RFC 4648, with padding) and lower-case hex, in constant time by libsodium, so
 * fit for secrets. Decoding is strict: no white space, right padding, zero spare bits.
 * When it fails, all of the output is wiped; no message shows the text.
 */
#ifndef EVC_BASE_ENCODE_H
#define EVC_BASE_ENCODE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "base/view.h"

void evc_encode_hex(evc_buf *out, evc_view bytes);
void evc_encode_base64(evc_buf *out, evc_view bytes);
/* base64url without padding (RFC 4648, section 5). */
void evc_encode_base64url(evc_buf *out, evc_view bytes);
size_t evc_encode_base64_size(size_t bytes); /* characters, without a NUL */

/* Upper and lower case are read. Exactly size bytes must come out. ENVCRYPT_E_ENCODING.
 */
int evc_decode_hex(evc_view text, void *out, size_t size,
                   evc_error **err) EVC_MUST_CHECK;
/* At most capacity bytes; *size tells how many, 0 on failure. ENVCRYPT_E_ENCODING. */
int evc_decode_base64(evc_view text, void *out, size_t capacity, size_t *size,
                      evc_error **err) EVC_MUST_CHECK;
/* Same for base64url without padding, as in JSON Web Tokens (RFC 7515, section 2). */
int evc_decode_base64url(evc_view text, void *out, size_t capacity, size_t *size,
                         evc_error **err) EVC_MUST_CHECK;

/*
 * Text for a message: at most 64 bytes, then "..."; control and non-ASCII bytes and the
 * backslash as \xNN.
 */
#define EVC_SHOWN 272
void evc_encode_shown(evc_view text, char out[EVC_SHOWN]);

#endif
