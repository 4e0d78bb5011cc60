/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message header, versions 1 and 2 (specification: data-format/message-header.md):
 * read from and written to bytes. Reading authenticates nothing.
 */
#ifndef EVC_ENVELOPE_HEADER_H
#define EVC_ENVELOPE_HEADER_H

#include "envelope/config.h"
#include "kms/edk.h"

#define EVC_MESSAGE_ID_MAX 32

typedef struct evc_header {
    const evc_suite *suite;
    uint8_t id[EVC_MESSAGE_ID_MAX];
    evc_kv context; /* as stored */
    evc_edk *edks;  /* views into the bytes that were read */
    size_t edk_count;
    uint32_t frame_length; /* 0 = unframed */
    uint8_t commitment[32];
    uint8_t iv[12];
    uint8_t tag[16];
    size_t body_size; /* bytes that the tag covers: up to, without, IV and tag */
    size_t size;      /* all bytes of the header */
} evc_header;

/*
 * Reads a header from the beginning of bytes, under the limits of config. When bytes
 * end before the header does: 0 with *more = true, and nothing is kept. Errors:
 * NOT_A_MESSAGE, BASE64_MESSAGE, HEADER, SUITE, LIMIT_EDKS, LIMIT_CONTEXT,
 * LIMIT_HEADER, NOMEM. A limit is reported as soon as it is seen, even if bytes are
 * missing. `bytes` must outlive h.
 */
int evc_header_read(evc_view bytes, const evc_config *config, evc_header *h, bool *more,
                    evc_error **err) EVC_MUST_CHECK;
void evc_header_reset(evc_header *h);

/* Everything up to the tag; h->edks are copied from views. Sets body_size. */
void evc_header_write(evc_header *h, evc_buf *out);

#endif
