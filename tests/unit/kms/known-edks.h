/* SPDX-License-Identifier: Apache-2.0 */
/* The known answers of tests/vectors/edks.json; edks.py there tells where from. */
#ifndef EVC_TESTS_KNOWN_EDKS_H
#define EVC_TESTS_KNOWN_EDKS_H

#include "codec/json.h"
#include "kms-fixture.h"
#include "kms/edk.h"

typedef struct known_edk {
    const char *id;
    const char *kek_name; /* raw-rsa: a member of "rsa" */
    const char *name;
    const char *padding;
    evc_buf bytes[5]; /* provider, info, ciphertext, key, kek */
    evc_edk edk;
    evc_view key;
    evc_view kek;
    evc_kv context;
} known_edk;

static evc_json_doc *known;

static void
open_known(void)
{
    char path[1024];
    evc_buf json_text;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/tests/vectors/edks.json",
                   getenv("EVC_TEST_SOURCE"));
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    evc_buf_init(&json_text);
    for (int c = fgetc(file); c != EOF; c = fgetc(file))
        evc_buf_put_u8(&json_text, (uint8_t)c);
    (void)fclose(file);
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&json_text), path, &known, NULL));
    evc_buf_reset(&json_text);
}

static void
close_known(void)
{
    evc_json_free(known);
}

static inline const char *
known_rsa(const char *name, const char *half)
{
    const evc_json *keys;
    const evc_json *key;
    const char *pem;

    EVC_CHECK_OK(evc_json_object(evc_json_root(known), "rsa", &keys, NULL));
    EVC_CHECK_OK(evc_json_object(keys, name, &key, NULL));
    EVC_CHECK_OK(evc_json_text(key, half, &pem, NULL));
    return pem;
}

static inline evc_view
read_hex(const evc_json *entry, const char *member, evc_buf *out)
{
    const char *hex;
    size_t size;

    evc_buf_init(out);
    EVC_CHECK_OK(evc_json_text(entry, member, &hex, NULL));
    size = strlen(hex) / 2;
    EVC_CHECK_OK(evc_json_hex(entry, member, evc_buf_extend(out, size), size, NULL));
    return evc_buf_view(out);
}

static inline void
read_known(const evc_json *entry, const char *type, known_edk *out)
{
    const evc_json *context;

    *out = (known_edk){.padding = ""};
    EVC_CHECK_OK(evc_json_text(entry, "id", &out->id, NULL));
    EVC_CHECK_OK(evc_json_text(entry, "name", &out->name, NULL));
    EVC_CHECK_OK(evc_json_text_opt(entry, "padding", &out->padding, NULL));
    out->edk.provider = read_hex(entry, "provider", &out->bytes[0]);
    out->edk.info = read_hex(entry, "info", &out->bytes[1]);
    out->edk.ciphertext = read_hex(entry, "ciphertext", &out->bytes[2]);
    out->key = read_hex(entry, "key", &out->bytes[3]);
    if (strcmp(type, "raw-rsa") == 0)
        EVC_CHECK_OK(evc_json_text(entry, "kek", &out->kek_name, NULL));
    else
        out->kek = read_hex(entry, "kek", &out->bytes[4]);
    evc_kv_init(&out->context);
    EVC_CHECK_OK(evc_json_object(entry, "context", &context, NULL));
    for (const char *name = evc_json_next_name(context, NULL); name;
         name = evc_json_next_name(context, name)) {
        const char *value;

        EVC_CHECK_OK(evc_json_text(context, name, &value, NULL));
        add_pair(&out->context, name, value);
    }
}

/* Runs check on each known answer of the type, and tells how many there are. */
static inline size_t
each_known(const char *type, void (*check)(const known_edk *k))
{
    const evc_json *entries;
    size_t count = 0;

    EVC_CHECK_OK(evc_json_array(evc_json_root(known), "edks", &entries, NULL));
    for (size_t i = 0; i < evc_json_count(entries); i++) {
        const evc_json *entry = evc_json_at(entries, i);
        const char *has_type;
        known_edk k;

        EVC_CHECK_OK(evc_json_text(entry, "type", &has_type, NULL));
        if (strcmp(has_type, type) != 0)
            continue;
        read_known(entry, type, &k);
        check(&k);
        for (size_t j = 0; j < 5; j++)
            evc_buf_reset(&k.bytes[j]);
        evc_kv_reset(&k.context);
        count++;
    }
    return count;
}

#endif
