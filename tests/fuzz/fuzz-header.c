/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message headers: a scan of pieces ends as one of the whole does; what was read and is
 * written again gives the same bytes.
 */
#include <string.h>

#include "envelope/header.h"
#include "fuzz.h"

/* The result of a scan that gets one byte more each time. */
static int
scan_bytewise(evc_view input, size_t *need, bool *more)
{
    evc_header_scan scan;
    int rc = 0;

    *more = true;
    evc_header_scan_init(&scan);
    for (size_t size = 0; rc == 0 && *more && size <= input.size; size++) {
        size_t before = scan.need;

        rc = evc_header_scan_run(&scan, evc_view_of(input.data, size),
                                 evc_config_or_default(NULL), more, NULL);
        FUZZ_DEMAND(scan.need >= before);
    }
    *need = scan.need;
    return rc;
}

/* Version 2 alone is written. The context may have come in another order. */
static void
check_written(const evc_header *read, evc_view input)
{
    evc_header h = *read;
    evc_buf edks;
    evc_buf out;

    evc_buf_init(&edks);
    evc_buf_init(&out);
    for (size_t i = 0; i < h.edk_count; i++)
        evc_edk_write(&h.edks[i], &edks);
    evc_header_write(&h, &h.context, evc_buf_view(&edks), h.edk_count, &out);
    FUZZ_DEMAND(!out.failed && !edks.failed);
    FUZZ_DEMAND(h.size == read->size && h.body_size == read->body_size);
    FUZZ_DEMAND(out.size == h.body_size && h.size <= input.size);
    if (h.context.count < 2)
        FUZZ_DEMAND(memcmp(out.data, input.data, out.size) == 0);
    evc_buf_reset(&out);
    evc_buf_reset(&edks);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_view input = evc_view_of(data, size);
    evc_header h;
    size_t need;
    bool piecewise_more;
    bool more;
    int piecewise = scan_bytewise(input, &need, &piecewise_more);
    int rc = evc_header_read(input, evc_config_or_default(NULL), &h, &more, NULL);

    if (piecewise)
        FUZZ_DEMAND(rc == piecewise);
    else
        FUZZ_DEMAND(more == piecewise_more);
    if (rc || more)
        return 0;
    FUZZ_DEMAND(h.size == need);
    FUZZ_DEMAND(h.edk_count > 0 && h.edk_count <= 16);
    if (h.suite->format == 2 && h.frame_length)
        check_written(&h, input);
    evc_header_reset(&h);
    return 0;
}
