/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/header.h"

#include "base/mem.h"

#define TYPE_CUSTOMER_DATA 0x80u /* of version 1; there is no other */
#define CONTENT_UNFRAMED 1u
#define CONTENT_FRAMED 2u
#define FIELDS_OF_EDK 3u

/* Bytes behind the EDKs. */
#define TAIL_1 (1u + 4u + 1u + 4u + EVC_HEADER_IV + EVC_HEADER_TAG)
#define TAIL_2 (1u + 4u + EVC_COMMITMENT + EVC_HEADER_TAG)

static size_t
tail_size(const evc_suite *suite)
{
    return suite->format == 1 ? TAIL_1 : TAIL_2;
}

/* -- scan ------------------------------------------------------------------------- */

enum step { VERSION, SUITE, CONTEXT, EDKS, FIELD, END };

void
evc_header_scan_init(evc_header_scan *scan)
{
    *scan = (evc_header_scan){.need = 1, .step = VERSION};
}

/*
 * The base64 text of a message begins with these two characters, of version 1 and 2. It
 * happens that somebody passes it.
 */
static int
not_a_message(uint8_t first, uint8_t second, evc_error **err)
{
    if (first == 'A' && (second == 'Y' || second == 'g'))
        return evc_err(err, ENVCRYPT_E_BASE64_MESSAGE,
                       "the input is the base64 text of a message; decode it first");
    return evc_err(
        err, ENVCRYPT_E_NOT_A_MESSAGE,
        "the input does not begin like an encrypted message; check that it is "
        "one and is read from its first byte");
}

static int
scan_version(evc_header_scan *scan, evc_cursor *c, evc_error **err)
{
    uint8_t version = evc_cursor_u8(c);

    if (version == 'A' && scan->need < 2) {
        scan->need = 2;
        return 0;
    }
    if (version != 1 && version != 2)
        return not_a_message(version, evc_cursor_u8(c), err);
    scan->need = version == 1 ? 4 : 3;
    scan->step = SUITE;
    return 0;
}

static int
scan_suite(evc_header_scan *scan, evc_cursor *c, evc_error **err)
{
    uint8_t version = evc_cursor_u8(c);
    uint16_t id;

    if (version == 1 && evc_cursor_u8(c) != TYPE_CUSTOMER_DATA)
        return not_a_message(0, 0, err);
    id = evc_cursor_u16(c);
    scan->suite = evc_suite_find(id);
    if (!scan->suite)
        return evc_err(
            err, ENVCRYPT_E_SUITE,
            "the header names suite %04x, which the format does not have; the "
            "message is damaged, or newer than this library",
            id);
    if (scan->suite->format != version)
        return evc_err(err, ENVCRYPT_E_HEADER,
                       "the header has version %u and suite %04x, which belongs to "
                       "version %u; the message is damaged",
                       version, id, scan->suite->format);
    scan->at = c->at;
    scan->need = scan->at + scan->suite->id_size + 2u;
    scan->step = CONTEXT;
    return 0;
}

static int
scan_context(evc_header_scan *scan, evc_cursor *c, const evc_config *config,
             evc_error **err)
{
    uint16_t size;

    (void)evc_cursor_bytes(c, scan->suite->id_size);
    size = evc_cursor_u16(c);
    if (size > config->max_context)
        return evc_err(
            err, ENVCRYPT_E_LIMIT_CONTEXT,
            "the encryption context of the message has %u bytes and the limit "
            "is %zu; raise it if you trust the source",
            size, config->max_context);
    scan->at = c->at + size;
    scan->need = scan->at + 2u;
    scan->step = EDKS;
    return 0;
}

static void
expect_field(evc_header_scan *scan, size_t at)
{
    scan->at = at;
    scan->need = at + 2u * scan->fields + tail_size(scan->suite);
    scan->step = scan->fields ? FIELD : END;
}

static int
scan_edks(evc_header_scan *scan, evc_cursor *c, const evc_config *config,
          evc_error **err)
{
    uint16_t count = evc_cursor_u16(c);

    if (count == 0)
        return evc_err(err, ENVCRYPT_E_HEADER,
                       "the header has no encrypted data key; the message is damaged");
    if (count > config->max_edks)
        return evc_err(err, ENVCRYPT_E_LIMIT_EDKS,
                       "the message has %u encrypted data keys and the limit is %zu; "
                       "raise it if you trust the source",
                       count, config->max_edks);
    scan->fields = (size_t)FIELDS_OF_EDK * count;
    expect_field(scan, c->at);
    return 0;
}

static void
scan_field(evc_header_scan *scan, evc_cursor *c)
{
    uint16_t size = evc_cursor_u16(c);

    scan->fields--;
    expect_field(scan, c->at + size);
}

static int
scan_step(evc_header_scan *scan, evc_view bytes, const evc_config *config,
          evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(bytes);

    (void)evc_cursor_bytes(&c, scan->at);
    switch (scan->step) {
    case VERSION:
        return scan_version(scan, &c, err);
    case SUITE:
        return scan_suite(scan, &c, err);
    case CONTEXT:
        return scan_context(scan, &c, config, err);
    case EDKS:
        return scan_edks(scan, &c, config, err);
    default:
        scan_field(scan, &c);
        return 0;
    }
}

int
evc_header_scan_run(evc_header_scan *scan, evc_view bytes, const evc_config *config,
                    bool *more, evc_error **err)
{
    *more = true;
    while (scan->need <= bytes.size && scan->step != END) {
        int rc = scan_step(scan, bytes, config, err);

        if (rc)
            return rc;
        if (scan->need > config->max_header)
            return evc_err(err, ENVCRYPT_E_LIMIT_HEADER,
                           "the header of the message has at least %zu bytes and the "
                           "limit is %zu; raise it if you trust the source",
                           scan->need, config->max_header);
    }
    *more = scan->need > bytes.size;
    return 0;
}

/* -- read ------------------------------------------------------------------------- */

static int
malformed(evc_error **err, const char *what)
{
    return evc_err(err, ENVCRYPT_E_HEADER,
                   "the header %s; the message is damaged or was not made by the rules",
                   what);
}

static int
read_edks(evc_header *h, evc_cursor *c, evc_error **err)
{
    uint16_t count = evc_cursor_u16(c);

    h->edks = evc_mem_new_array(count, sizeof *h->edks);
    if (!h->edks)
        return evc_err_nomem(err);
    while (h->edk_count < count && evc_edk_read(c, &h->edks[h->edk_count]))
        h->edk_count++;
    return 0;
}

static int
read_tail(evc_header *h, evc_cursor *c, evc_error **err)
{
    bool first = h->suite->format == 1;
    uint8_t content = evc_cursor_u8(c);
    uint32_t reserved = first ? evc_cursor_u32(c) : 0;
    uint8_t iv_size = first ? evc_cursor_u8(c) : EVC_HEADER_IV;

    h->frame_length = evc_cursor_u32(c);
    if (!first)
        evc_cursor_copy(c, h->commitment, sizeof h->commitment);
    h->body_size = c->at;
    if (first)
        evc_cursor_copy(c, h->iv, sizeof h->iv); /* version 2: all zero, not carried */
    evc_cursor_copy(c, h->tag, sizeof h->tag);
    h->size = c->at;
    if (!evc_cursor_done(c))
        return malformed(err, "has fields that do not fill it");
    if (content != CONTENT_UNFRAMED && content != CONTENT_FRAMED)
        return malformed(err, "names a content type that does not exist");
    if (reserved != 0)
        return malformed(err, "has a reserved field that is not zero");
    if (iv_size != EVC_HEADER_IV)
        return malformed(err, "names an IV length other than 12");
    if ((content == CONTENT_FRAMED) != (h->frame_length != 0))
        return malformed(err, "has a frame length that contradicts its content type");
    return 0;
}

/* whole: exactly one header, as the scan found it. */
static int
read_whole(evc_view whole, evc_header *h, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(whole);
    evc_view context;
    int rc;

    (void)evc_cursor_bytes(&c, h->suite->format == 1 ? 4 : 3);
    evc_cursor_copy(&c, h->id, h->suite->id_size);
    context = evc_cursor_bytes16(&c);
    rc = evc_context_read(context, &h->context, err);
    if (!rc)
        rc = read_edks(h, &c, err);
    if (!rc)
        rc = read_tail(h, &c, err);
    return rc;
}

int
evc_header_read(evc_view bytes, const evc_config *config, evc_header *h, bool *more,
                evc_error **err)
{
    evc_header_scan scan;
    evc_cursor c = evc_cursor_of_view(bytes);
    int rc;

    *h = (evc_header){0};
    evc_header_scan_init(&scan);
    rc = evc_header_scan_run(&scan, bytes, config, more, err);
    if (rc || *more)
        return rc;
    h->suite = scan.suite;
    rc = read_whole(evc_cursor_bytes(&c, scan.need), h, err);
    if (rc)
        evc_header_reset(h);
    return rc;
}

void
evc_header_reset(evc_header *h)
{
    evc_kv_reset(&h->context);
    evc_mem_free(h->edks);
    *h = (evc_header){0};
}

/* -- write ------------------------------------------------------------------------ */

void
evc_header_write(evc_header *h, const evc_kv *context, evc_view edks, size_t edk_count,
                 evc_buf *out)
{
    size_t start = out->size;
    size_t context_size = evc_context_size(context);

    (void)evc_buf_reserve(out, 3u + h->suite->id_size + 2u + context_size + 2u +
                                   edks.size + TAIL_2);
    evc_buf_put_u8(out, 2);
    evc_buf_put_u16(out, h->suite->id);
    evc_buf_put(out, h->id, h->suite->id_size);
    evc_buf_put_u16(out, (uint16_t)context_size);
    evc_context_write(context, out);
    evc_buf_put_u16(out, (uint16_t)edk_count);
    evc_buf_put_view(out, edks);
    evc_buf_put_u8(out, CONTENT_FRAMED);
    evc_buf_put_u32(out, h->frame_length);
    evc_buf_put(out, h->commitment, sizeof h->commitment);
    h->body_size = out->size - start;
    h->size = h->body_size + EVC_HEADER_TAG;
}
