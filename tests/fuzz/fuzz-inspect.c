/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a message or a record without keys: every record that is read is written
 * again as the same bytes, and what is told of anything is JSON.
 */
#include <string.h>

#include "codec/json.h"
#include "envelope/info.h"
#include "envelope/record.h"
#include "fuzz.h"
#include "kms/context.h"

#define MAC 32u

/* The context may have come in another order. */
static void
check_record(evc_view input)
{
    evc_record record;
    evc_buf again;

    if (evc_record_read(input, evc_config_or_default(NULL), &record, NULL) != 0)
        return;
    FUZZ_DEMAND(evc_record_is_one(input));
    FUZZ_DEMAND(record.edk_count >= 1 && record.edk_count <= 16);
    FUZZ_DEMAND(record.mac.size == MAC && record.covered.size + MAC == input.size);
    evc_buf_init(&again);
    evc_buf_put_text(&again, "EK\x01");
    evc_buf_put_u8(&again, record.purpose);
    evc_buf_put_u16(&again, (uint16_t)evc_context_size(&record.context));
    evc_context_write(&record.context, &again);
    evc_buf_put_u16(&again, (uint16_t)record.edk_count);
    for (size_t i = 0; i < record.edk_count; i++)
        evc_edk_write(&record.edks[i], &again);
    FUZZ_DEMAND(!again.failed && again.size == record.covered.size);
    if (record.context.count < 2)
        FUZZ_DEMAND(memcmp(again.data, record.covered.data, again.size) == 0);
    evc_buf_reset(&again);
    evc_record_reset(&record);
}

/* jansson takes no NUL in a text, which a context may have. */
static void
check_json(const evc_info *info)
{
    evc_json_doc *doc = NULL;
    evc_buf json;

    evc_buf_init(&json);
    FUZZ_DEMAND(evc_info_to_json(info, &json, NULL) == 0);
    FUZZ_DEMAND(json.size > 0 && !memchr(json.data, 0, json.size));
    evc_buf_put_u8(&json, 0);
    if (!strstr((const char *)json.data, "\\u0000"))
        FUZZ_DEMAND(evc_json_parse(evc_view_of(json.data, json.size - 1), "it", &doc,
                                   NULL) == 0);
    evc_json_free(doc);
    evc_buf_reset(&json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_view input = evc_view_of(data, size);
    evc_info *info = NULL;

    check_record(input);
    if (evc_info_inspect(input, evc_config_or_default(NULL), &info, NULL) == 0)
        check_json(info);
    else
        FUZZ_DEMAND(!info);
    evc_info_free(info);
    return 0;
}
