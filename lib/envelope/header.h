/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message header, versions 1 and 2 (specification: data-format/message-header.md):
 * read from bytes, and in version 2 written. Reading authenticates nothing.
 */
#ifndef EVC_ENVELOPE_HEADER_H
#define EVC_ENVELOPE_HEADER_H

#include "envelope/config.h"
#include "envelope/derive.h"
#include "kms/edk.h"

#define EVC_MESSAGE_ID_MAX 32
#define EVC_HEADER_IV 12
#define EVC_HEADER_TAG 16

typedef struct evc_header {
    const evc_suite *suite;
    uint8_t id[EVC_MESSAGE_ID_MAX];
    evc_kv context; /* as stored */
    evc_edk *edks;  /* views into the bytes that were read */
    size_t edk_count;
    uint32_t frame_length; /* 0 = unframed */
    uint8_t commitment[EVC_COMMITMENT];
    uint8_t iv[EVC_HEADER_IV];
    uint8_t tag[EVC_HEADER_TAG];
    size_t body_size; /* bytes that the tag covers: up to, without, IV and tag */
    size_t size;      /* all bytes of the header */
} evc_header;

/*
 * Where a header ends, found in bytes that come in pieces. Each byte is looked at once,
 * however small the pieces are.
 */
typedef struct evc_header_scan {
    const evc_suite *suite; /* NULL until it was seen */
    size_t at;              /* bytes that were understood */
    size_t need;            /* bytes from the beginning without which it cannot go on */
    size_t fields;          /* fields of EDKs still to come */
    int step;
} evc_header_scan;

void evc_header_scan_init(evc_header_scan *scan);
/*
 * bytes: the message from its beginning. *more = false: the header is scan->need bytes,
 * and they are all there; true: at least scan->need are needed. Errors: NOT_A_MESSAGE,
 * BASE64_MESSAGE, HEADER, SUITE, LIMIT_EDKS, LIMIT_CONTEXT, LIMIT_HEADER, each as soon
 * as it is seen.
 */
int evc_header_scan_run(evc_header_scan *scan, evc_view bytes, const evc_config *config,
                        bool *more, evc_error **err) EVC_MUST_CHECK;

/*
 * Reads a header from the beginning of bytes, under the limits of config. When bytes
 * end before the header does: 0 with *more = true, and nothing is kept. Errors as of
 * the scan, and NOMEM. bytes must outlive the views in h->edks.
 */
int evc_header_read(evc_view bytes, const evc_config *config, evc_header *h, bool *more,
                    evc_error **err) EVC_MUST_CHECK;
void evc_header_reset(evc_header *h);

/*
 * Appends everything up to the tag, in version 2: suite, id, frame_length and
 * commitment of h, the context to be stored, and the EDKs in wire form. Sets body_size
 * and size, and keeps room for the tag and no more.
 */
void evc_header_write(evc_header *h, const evc_kv *context, evc_view edks,
                      size_t edk_count, evc_buf *out);

#endif
