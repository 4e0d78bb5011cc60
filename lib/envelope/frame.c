/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/frame.h"

#include <inttypes.h>
#include <string.h>

static const char regular_label[] = "AWSKMSEncryptionClient Frame";
static const char final_label[] = "AWSKMSEncryptionClient Final Frame";
static const char unframed_label[] = "AWSKMSEncryptionClient Single Block";

#define AAD_MAX (EVC_MESSAGE_ID_MAX + sizeof unframed_label + 4 + 8)

void
evc_body_init(evc_body *body, const evc_header *header)
{
    memcpy(body->id, header->id, sizeof body->id);
    body->id_size = header->suite->id_size;
    body->frame_length = header->frame_length;
}

uint64_t
evc_body_frames(uint32_t frame_length, uint64_t plain_size)
{
    return plain_size ? (plain_size - 1) / frame_length + 1 : 1;
}

uint64_t
evc_body_size(uint32_t frame_length, uint64_t plain_size)
{
    uint64_t frames = evc_body_frames(frame_length, plain_size);
    uint64_t size;

    if (frames > EVC_FRAME_FINAL ||
        __builtin_add_overflow(
            plain_size, (frames - 1) * EVC_FRAME_OVERHEAD + EVC_FINAL_OVERHEAD, &size))
        return UINT64_MAX;
    return size;
}

static evc_view
write_aad(const evc_body *body, bool final, uint32_t sequence, uint64_t content,
          uint8_t memory[AAD_MAX])
{
    const char *label = body->frame_length == 0 ? unframed_label
                        : final                 ? final_label
                                                : regular_label;
    evc_buf aad;

    evc_buf_init_fixed(&aad, memory, AAD_MAX);
    evc_buf_put(&aad, body->id, body->id_size);
    evc_buf_put_text(&aad, label);
    evc_buf_put_u32(&aad, sequence);
    evc_buf_put_u64(&aad, content);
    return evc_buf_view(&aad);
}

int
evc_frame_seal(evc_gcm *gcm, const evc_body *body, uint32_t sequence, bool final,
               evc_view plain, uint8_t *out, evc_error **err)
{
    static const uint8_t padding[EVC_GCM_IV - 4];
    uint8_t aad_memory[AAD_MAX];
    evc_view aad = write_aad(body, final, sequence, plain.size, aad_memory);
    uint8_t iv_memory[EVC_GCM_IV];
    evc_buf head;
    evc_buf iv;

    if (!final && sequence == EVC_FRAME_FINAL)
        return evc_err(err, ENVCRYPT_E_LIMIT_LENGTH,
                       "the plaintext needs more than 2^32 - 1 frames of %" PRIu32
                       " bytes; choose a larger frame length",
                       body->frame_length);
    evc_buf_init_fixed(&iv, iv_memory, sizeof iv_memory);
    evc_buf_put(&iv, padding, sizeof padding);
    evc_buf_put_u32(&iv, sequence);

    evc_buf_init_fixed(&head, out, final ? EVC_FINAL_HEAD : EVC_FRAME_HEAD);
    if (final)
        evc_buf_put_u32(&head, EVC_FRAME_FINAL);
    evc_buf_put_u32(&head, sequence);
    evc_buf_put(&head, iv_memory, sizeof iv_memory);
    if (final)
        evc_buf_put_u32(&head, (uint32_t)plain.size);
    return evc_gcm_seal(gcm, iv_memory, &aad, 1, plain, &out[head.size],
                        &out[head.size + plain.size], err);
}

/* -- reading ---------------------------------------------------------------------- */

static int
out_of_order(evc_error **err, uint32_t expected, uint32_t sequence)
{
    return evc_err(err, ENVCRYPT_E_FRAME,
                   "frame %" PRIu32 " stands where frame %" PRIu32
                   " must; the message was cut, reordered or damaged",
                   sequence, expected);
}

static int
read_final(evc_cursor *c, const evc_body *body, uint32_t expected, evc_frame *out,
           evc_error **err)
{
    out->sequence = evc_cursor_u32(c);
    out->iv = evc_cursor_bytes(c, EVC_GCM_IV).data;
    out->content = evc_cursor_u32(c);
    if (out->sequence != expected)
        return out_of_order(err, expected, out->sequence);
    if (out->content > body->frame_length)
        return evc_err(err, ENVCRYPT_E_FRAME,
                       "the final frame claims %" PRIu64
                       " bytes and frames have at most "
                       "%" PRIu32 "; the message is damaged",
                       out->content, body->frame_length);
    return 0;
}

static int
read_unframed(evc_cursor *c, evc_frame *out, evc_error **err)
{
    out->sequence = 1;
    out->iv = evc_cursor_bytes(c, EVC_GCM_IV).data;
    out->content = evc_cursor_u64(c);
    if (out->content > EVC_UNFRAMED_MAX)
        return evc_err(err, ENVCRYPT_E_FRAME,
                       "the body claims %" PRIu64
                       " bytes, more than the format permits; "
                       "the message is damaged",
                       out->content);
    return 0;
}

static int
read_regular(evc_cursor *c, const evc_body *body, uint32_t expected, evc_frame *out,
             evc_error **err)
{
    out->sequence = evc_cursor_u32(c);
    out->iv = evc_cursor_bytes(c, EVC_GCM_IV).data;
    out->content = body->frame_length;
    return out->sequence == expected ? 0 : out_of_order(err, expected, out->sequence);
}

/* The size of the head, told by the first four bytes of a frame. */
static size_t
head_size(const evc_cursor *at, const evc_body *body, bool *final)
{
    evc_cursor c = *at;

    *final = true;
    if (body->frame_length == 0)
        return EVC_UNFRAMED_HEAD;
    *final = evc_cursor_u32(&c) == EVC_FRAME_FINAL;
    if (c.failed)
        return 4;
    return *final ? EVC_FINAL_HEAD : EVC_FRAME_HEAD;
}

int
evc_frame_read(evc_view bytes, const evc_body *body, uint32_t expected,
               uint64_t max_content, evc_frame *out, bool *more, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(bytes);
    int rc;

    *out = (evc_frame){0};
    out->head = head_size(&c, body, &out->final);
    *more = bytes.size < out->head;
    if (*more)
        return 0;
    if (body->frame_length == 0) {
        rc = read_unframed(&c, out, err);
    } else if (out->final) {
        (void)evc_cursor_u32(&c);
        rc = read_final(&c, body, expected, out, err);
    } else {
        rc = read_regular(&c, body, expected, out, err);
    }
    if (rc)
        return rc;
    if (out->content > max_content)
        return evc_err(err, ENVCRYPT_E_LIMIT_FRAME,
                       "the body has %" PRIu64 " bytes in one piece and the limit is "
                       "%" PRIu64 "; raise it, or decrypt the message in one piece",
                       out->content, max_content);
    out->size = out->head + out->content + EVC_GCM_TAG;
    return 0;
}

int
evc_frame_open(evc_gcm *gcm, const evc_body *body, const evc_frame *frame,
               evc_view bytes, uint8_t *out, evc_error **err)
{
    uint8_t aad_memory[AAD_MAX];
    evc_view aad =
        write_aad(body, frame->final, frame->sequence, frame->content, aad_memory);
    evc_cursor c = evc_cursor_of_view(bytes);
    evc_view cipher;
    evc_view tag;
    int rc;

    (void)evc_cursor_bytes(&c, frame->head);
    cipher = evc_cursor_bytes(&c, (size_t)frame->content);
    tag = evc_cursor_bytes(&c, EVC_GCM_TAG);
    if (c.failed)
        return evc_err(err, ENVCRYPT_E_INTERNAL,
                       "a frame was opened before it was whole");
    rc = evc_gcm_open(gcm, frame->iv, &aad, 1, cipher, out, tag.data, err);
    if (rc != EVC_NOT_AUTHENTIC)
        return rc;
    return evc_err(err, ENVCRYPT_E_FRAME_AUTH,
                   "frame %" PRIu32
                   " is not authentic; the message was changed after it "
                   "was written",
                   frame->sequence);
}
