/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes single fields out of the XML that AWS's query services answer (STS): elements with
 * text, by their path of local names, outermost first ("ErrorResponse/Error/Code").
 * Prefixes and attributes are skipped.
 *
 * The whole text is checked each time. ENVCRYPT_E_PROTOCOL are: what is not well-formed as
 * far as it is read here (XML 1.0: tags that nest and match, attributes in quotes, the five
 * named entities and numeric ones), a document type or CDATA, bytes that are no UTF-8 or
 * control bytes, more than EVC_XML_MAX_DEPTH levels, and a field that comes twice or has
 * elements in it. No message shows the text.
 */
#ifndef EVC_CODEC_XML_H
#define EVC_CODEC_XML_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

#define EVC_XML_MAX_DEPTH 16u

/* Appends the field's text to out, or nothing and *found = false when there is none. */
int evc_xml_find(evc_view text, const char *path, evc_buf *out, bool *found,
                 evc_error **err) EVC_MUST_CHECK;
/*
 * Moves the field's text, of 1 to max bytes, to a new slot of the arena, and writes spaces
 * where it stood. PROTOCOL also when there is none; the errors of evc_secret_new. On any
 * failure the whole text is wiped and *out holds nothing.
 */
int evc_xml_take(char *text, size_t size, const char *path, evc_arena *arena,
                 size_t max, evc_secret *out, evc_error **err) EVC_MUST_CHECK;

#endif
