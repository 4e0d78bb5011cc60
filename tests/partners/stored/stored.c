/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our side of the tests of stored values and EncryptionConfiguration: one JSON object a line
 * on standard input, one on standard output.
 *
 *   {"op": "write" | "read", "provider": as envcrypt_stored_provider_name(), "name", "key":
 *    base64, "form": "raw" | "edk", "place": key in etcd, "data": base64}  → {"data": base64}
 *   {"op": "inspect", "data": base64}  → {"provider", "name", "key_id", "dek_type",
 *    "annotations": {name: base64}}
 *   {"op": "check" | "explain", "data": base64 of a file}  → {"rows": [{…}]}
 *   {"op": "generate", "options": {…}}  → {"data": base64}
 *   or {"error": code}
 *
 * The plugin of form raw turns the bits of what it wraps; that of edk is a raw AES key of the
 * namespace "ns" and the name "kek".
 */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envcrypt/envcrypt.h"

#define KEY_MAX 64
#define EACH_BOTH (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP)

static envcrypt_client *client;

static void
broken(const char *what)
{
    (void)fprintf(stderr, "stored: %s\n", what);
    exit(2);
}

static const char *
text_of(const json_t *order, const char *name)
{
    return json_string_value(json_object_get(order, name));
}

/* The bytes of a member, to be freed; empty without it. */
static unsigned char *
bytes_of(const json_t *order, const char *name, size_t *size)
{
    const char *text = text_of(order, name);
    size_t room = text ? strlen(text) + 1 : 1;
    unsigned char *bytes = calloc(1, room);

    *size = 0;
    if (!bytes ||
        (text && sodium_base642bin(bytes, room, text, strlen(text), NULL, size, NULL,
                                   sodium_base64_VARIANT_ORIGINAL)))
        broken("a member is not base64");
    return bytes;
}

static json_t *
base64_of(const void *data, size_t size)
{
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    json_t *made;

    if (!text)
        broken("no memory");
    sodium_bin2base64(text, room, data, size, sodium_base64_VARIANT_ORIGINAL);
    made = json_string(text);
    free(text);
    return made;
}

static json_t *
failed(int rc, envcrypt_error *err)
{
    (void)fprintf(stderr, "stored: %s\n", envcrypt_error_message(err));
    envcrypt_error_free(err);
    return json_pack("{s:s}", "error", envcrypt_error_name(rc));
}

static json_t *
made(int rc, envcrypt_buffer *buffer, envcrypt_error *err)
{
    json_t *reply;

    if (rc)
        return failed(rc, err);
    reply = json_pack(
        "{s:o}", "data",
        base64_of(envcrypt_buffer_data(buffer), envcrypt_buffer_size(buffer)));
    envcrypt_buffer_free(buffer);
    return reply;
}

/* --- stored values --- */

static void
turn(envcrypt_call *call, void *user)
{
    unsigned char turned[KEY_MAX];
    size_t size;
    const unsigned char *input = envcrypt_call_input(call, &size);

    (void)user;
    if (size > sizeof(turned))
        broken("a key is too long to be turned");
    for (size_t i = 0; i < size; i++)
        turned[i] = (unsigned char)~input[i];
    if (envcrypt_call_operation(call) == ENVCRYPT_OP_UNWRAP
            ? envcrypt_call_set_key(call, turned, size, NULL)
            : envcrypt_call_set_wrapped(call, turned, size, NULL))
        broken("a key cannot be turned");
    envcrypt_call_finish(call, ENVCRYPT_OK, NULL, NULL);
}

static int32_t
provider_of(const char *name)
{
    static const char *const names[] = {"identity",  "aescbc", "aesgcm",
                                        "secretbox", "kms v1", "kms v2"};

    for (int32_t i = 0; i < 6; i++)
        if (strcmp(names[i], name) == 0)
            return i + 1;
    broken("there is no such provider");
    return 0;
}

static int
add_kms(envcrypt_stored_keys *keys, const json_t *order, const void *key, size_t size,
        envcrypt_error **err)
{
    const char *form = text_of(order, "form");
    envcrypt_kms *kms = NULL;
    int rc = strcmp(form, "raw") == 0
                 ? envcrypt_kms_open_custom(client, "acme", "kek-1", EACH_BOTH, turn,
                                            NULL, NULL, &kms, err)
                 : envcrypt_kms_open_raw_aes(client, "ns", "kek", key, size, &kms, err);

    if (rc == 0)
        rc = envcrypt_stored_keys_add_kms(keys, text_of(order, "name"), form, kms, NULL,
                                          err);
    envcrypt_kms_unref(kms);
    return rc;
}

static int
add_key(envcrypt_stored_keys *keys, const json_t *order, int32_t provider,
        envcrypt_error **err)
{
    size_t size;
    unsigned char *key = bytes_of(order, "key", &size);
    int rc = provider >= ENVCRYPT_STORED_KMS_V1
                 ? add_kms(keys, order, key, size, err)
                 : envcrypt_stored_keys_add_key(keys, provider, text_of(order, "name"),
                                                key, size, err);

    free(key);
    return rc;
}

static json_t *
transform(const json_t *order)
{
    int32_t provider = provider_of(text_of(order, "provider"));
    const char *place = text_of(order, "place");
    envcrypt_stored_keys *keys;
    envcrypt_buffer *buffer = NULL;
    envcrypt_error *err = NULL;
    size_t size;
    unsigned char *data = bytes_of(order, "data", &size);
    int rc = envcrypt_stored_keys_new(client, &keys, &err);

    if (rc == 0)
        rc = add_key(keys, order, provider, &err);
    if (rc == 0)
        rc =
            strcmp(text_of(order, "op"), "write") == 0
                ? envcrypt_stored_encrypt(keys, provider, text_of(order, "name"), place,
                                          data, size, NULL, &buffer, &err)
                : envcrypt_stored_decrypt(keys, place, data, size, NULL, &buffer, &err);
    free(data);
    envcrypt_stored_keys_free(keys);
    return made(rc, buffer, err);
}

static json_t *
inspect(const json_t *order)
{
    envcrypt_stored *stored;
    envcrypt_error *err = NULL;
    size_t size;
    unsigned char *data = bytes_of(order, "data", &size);
    json_t *notes;
    json_t *reply;
    int rc = envcrypt_stored_inspect(client, data, size, &stored, &err);

    free(data);
    if (rc)
        return failed(rc, err);
    notes = json_object();
    for (size_t i = 0; i < envcrypt_stored_annotations(stored); i++) {
        const void *value = envcrypt_stored_annotation_value(stored, i, &size);

        (void)json_object_set_new(notes, envcrypt_stored_annotation_name(stored, i),
                                  base64_of(value, size));
    }
    reply = json_pack(
        "{s:s, s:s, s:s, s:i, s:o}", "provider", envcrypt_stored_provider_name(stored),
        "name", envcrypt_stored_name(stored), "key_id", envcrypt_stored_key_id(stored),
        "dek_type", (int)envcrypt_stored_dek_type(stored), "annotations", notes);
    envcrypt_stored_free(stored);
    return reply;
}

/* --- EncryptionConfiguration --- */

static json_t *
rows_of(envcrypt_table *table)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < envcrypt_table_rows(table); i++) {
        json_t *row = json_object();

        for (size_t j = 0; j < envcrypt_table_columns(table); j++) {
            const char *cell = envcrypt_table_cell(table, i, j);

            (void)json_object_set_new(row, envcrypt_table_column(table, j),
                                      cell ? json_string(cell) : json_null());
        }
        (void)json_array_append_new(rows, row);
    }
    envcrypt_table_free(table);
    return json_pack("{s:o}", "rows", rows);
}

static json_t *
read_config(const json_t *order)
{
    envcrypt_table *table;
    envcrypt_error *err = NULL;
    size_t size;
    unsigned char *data = bytes_of(order, "data", &size);
    int rc =
        strcmp(text_of(order, "op"), "check") == 0
            ? envcrypt_encryption_config_check(client, data, size, NULL, &table, &err)
            : envcrypt_encryption_config_explain(client, data, size, &table, &err);

    free(data);
    return rc ? failed(rc, err) : rows_of(table);
}

static json_t *
generate(const json_t *order)
{
    envcrypt_encryption_options *options;
    envcrypt_buffer *buffer = NULL;
    envcrypt_error *err = NULL;
    const char *name;
    json_t *value;
    int rc = envcrypt_encryption_options_new(&options, &err);

    json_object_foreach(json_object_get(order, "options"), name, value)
    {
        if (rc == 0)
            rc = envcrypt_encryption_options_set(options, name,
                                                 json_string_value(value), &err);
    }
    if (rc == 0)
        rc = envcrypt_encryption_config_generate(options, &buffer, &err);
    envcrypt_encryption_options_free(options);
    return made(rc, buffer, err);
}

static json_t *
obey(const json_t *order)
{
    const char *op = text_of(order, "op");

    if (!op)
        broken("an order has no op");
    if (strcmp(op, "inspect") == 0)
        return inspect(order);
    if (strcmp(op, "generate") == 0)
        return generate(order);
    if (strcmp(op, "check") == 0 || strcmp(op, "explain") == 0)
        return read_config(order);
    return transform(order);
}

int
main(void)
{
    char *line = NULL;
    size_t room = 0;

    if (envcrypt_client_open(NULL, &client, NULL))
        broken("no client");
    while (getline(&line, &room, stdin) > 0) {
        json_t *order = json_loads(line, 0, NULL);
        json_t *reply = order ? obey(order) : NULL;

        if (!reply)
            broken("an order is not JSON");
        (void)json_dumpf(reply, stdout, JSON_COMPACT);
        (void)putchar('\n');
        (void)fflush(stdout);
        json_decref(reply);
        json_decref(order);
    }
    free(line);
    envcrypt_client_unref(client);
    return 0;
}
