/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body: frames and the unframed form (specification: data-format/message-body.md
 * and message-body-aad.md). Sealing and opening one frame, and the arithmetic of where
 * it lies.
 */
#ifndef EVC_ENVELOPE_FRAME_H
#define EVC_ENVELOPE_FRAME_H

#include "crypto/gcm.h"
#include "envelope/header.h"

#define EVC_FRAME_HEAD 16u     /* sequence 4, IV 12 */
#define EVC_FINAL_HEAD 24u     /* marker 4, sequence 4, IV 12, length 4 */
#define EVC_UNFRAMED_HEAD 20u  /* IV 12, length 8 */
#define EVC_FRAME_OVERHEAD 32u /* head and tag */
#define EVC_FINAL_OVERHEAD 40u
#define EVC_UNFRAMED_OVERHEAD 36u
#define EVC_FRAME_FINAL 0xFFFFFFFFu
#define EVC_UNFRAMED_MAX ((UINT64_C(1) << 36) - 32)

/* What every frame of one message shares. */
typedef struct evc_body {
    uint8_t id[EVC_MESSAGE_ID_MAX];
    uint8_t id_size;
    uint32_t frame_length; /* 0 = unframed */
} evc_body;

void evc_body_init(evc_body *body, const evc_header *header);

/* Bytes of body for so much plaintext, final frame full on an exact multiple;
 * UINT64_MAX = too much. Of framed bodies, as the following. */
uint64_t evc_body_size(uint32_t frame_length, uint64_t plain_size);
/* Frames of it: at least one. */
uint64_t evc_body_frames(uint32_t frame_length, uint64_t plain_size);

/*
 * Writes a frame of plain to out: exactly plain.size + the overhead. plain may stand
 * where the ciphertext goes, its head before it. sequence from 1. LIMIT_LENGTH for a
 * regular frame with the number that marks the final one.
 */
int evc_frame_seal(evc_gcm *gcm, const evc_body *body, uint32_t sequence, bool final,
                   evc_view plain, uint8_t *out, evc_error **err) EVC_MUST_CHECK;

/* A frame's fields, read from the bytes at its beginning. */
typedef struct evc_frame {
    bool final;
    uint32_t sequence;
    const uint8_t *iv;
    uint64_t content; /* plaintext bytes */
    size_t head;      /* bytes before the ciphertext */
    uint64_t size;    /* bytes of the whole frame */
} evc_frame;

/*
 * Reads the fields that stand before the ciphertext. *more = true when bytes end before
 * they do; out->head tells how many bytes are needed then. expected is the sequence
 * that must come. ENVCRYPT_E_FRAME, LIMIT_FRAME (max_content).
 */
int evc_frame_read(evc_view bytes, const evc_body *body, uint32_t expected,
                   uint64_t max_content, evc_frame *out, bool *more,
                   evc_error **err) EVC_MUST_CHECK;
/*
 * bytes holds the whole frame; out gets frame->content bytes and may be where the
 * ciphertext stands. ENVCRYPT_E_FRAME_AUTH, and out zeroed.
 */
int evc_frame_open(evc_gcm *gcm, const evc_body *body, const evc_frame *frame,
                   evc_view bytes, uint8_t *out, evc_error **err) EVC_MUST_CHECK;

#endif
