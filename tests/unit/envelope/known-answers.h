/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers of tests/vectors/NAME/NAME.json; make.py beside them tells where from. */
#ifndef EVC_TESTS_KNOWN_ANSWERS_H
#define EVC_TESTS_KNOWN_ANSWERS_H

#include "codec/json.h"
#include "envelope-fixture.h"

static evc_json_doc *
open_known(const char *name)
{
    char path[1024];
    evc_json_doc *known;
    evc_buf json;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/tests/vectors/%s/%s.json",
                   getenv("EVC_TEST_SOURCE"), name, name);
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    evc_buf_init(&json);
    for (int c = fgetc(file); c != EOF; c = fgetc(file))
        evc_buf_put_u8(&json, (uint8_t)c);
    (void)fclose(file);
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&json), path, &known, NULL));
    evc_buf_reset(&json);
    return known;
}

/* The member as bytes; out holds them. */
static inline evc_view
known_hex(const evc_json *entry, const char *member, evc_buf *out)
{
    const char *hex;
    size_t size;

    evc_buf_init(out);
    EVC_CHECK_OK(evc_json_text(entry, member, &hex, NULL));
    size = strlen(hex) / 2;
    if (size)
        EVC_CHECK_OK(
            evc_json_hex(entry, member, evc_buf_extend(out, size), size, NULL));
    return evc_buf_view(out);
}

static inline void
known_context(const evc_json *entry, evc_kv *out)
{
    const evc_json *context;

    evc_kv_init(out);
    EVC_CHECK_OK(evc_json_object(entry, "context", &context, NULL));
    for (const char *name = evc_json_next_name(context, NULL); name;
         name = evc_json_next_name(context, name)) {
        const char *value;

        EVC_CHECK_OK(evc_json_text(context, name, &value, NULL));
        add_pair(out, name, value);
    }
}

#endif
