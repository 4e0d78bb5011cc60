/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The textual encoding of keys (RFC 7468). Read here, because OpenSSL frees the last line
 * of a private key unwiped (its base64 context), and decodes with tables that
 * secrets index.
 */
#ifndef EVC_CRYPTO_PEM_H
#define EVC_CRYPTO_PEM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

/*
 * The first block of the text: its label (a part of text) and, appended to der, its bytes.
 * Lines before it are skipped; inside, lines of any length and white space at their ends
 * are fine, headers are not. ENVCRYPT_E_ENCODING when there is no whole block; NOMEM.
 */
int evc_pem_read(evc_view text, evc_view *label, evc_buf *der,
                 evc_error **err) EVC_MUST_CHECK;
/* The same of what is left of a text; the cursor stands behind the block then. */
int evc_pem_next(evc_cursor *text, evc_view *label, evc_buf *der,
                 evc_error **err) EVC_MUST_CHECK;

#endif
