/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our side of the tests of key services: one JSON object a line on standard input, one on
 * standard output, one client and its keys for the whole of a run.
 *
 *   {"op": "open", "key": NAME, "uri": "…", "options": {…}}
 *   {"op": "encrypt" | "decrypt", "key": NAME, "context": {…}, "data": base64}
 *   {"op": "make-record" | "rewrap-record" | "open-record", "key", "context", "data"}
 *   {"op": "describe" | "rotate" | "probe" | "close", "key": NAME}
 *   {"op": "make-store" | "open-store" | "rewrap-store", "key": NAME, "path": "…"}
 *   {"op": "scan", "data": base64}: whole copies in writable memory of what has these bytes
 *       when each is turned by A5, as "copies"
 *   {"op": "plant", "data": base64}: keeps those bytes themselves until the next one
 *   {"op": "check", "key": NAME}: the answer as "rows"
 *   {"op": "run", "uri": "…", "action": "…", "args": {…}}
 *   → {"ok": true, …, "log": […]}
 *   or {"ok": false, "code", "text", "class", "provider_code", "request_id", "http",
 *       "key_state", "retryable", "retry_after_ms", "causes": […], "log": […]}
 */
#include <jansson.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envcrypt/envcrypt.h"
#include "evc-memscan.h"

#define KEYS 16

static envcrypt_client *client;
static json_t *log_lines;
static struct {
    char *name;
    envcrypt_kms *kms;
    envcrypt_keyring *keyring;
} keys[KEYS];

static void
broken(const char *what)
{
    (void)fprintf(stderr, "client: %s\n", what);
    exit(2);
}

static const char *
text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void
take_log(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    json_array_append_new(log_lines, json_string(text));
}

/* --- values --- */

static unsigned char *
bytes_of(const json_t *order, size_t *size)
{
    const char *text = text_of(order, "data");
    size_t room = text ? strlen(text) + 1 : 1;
    unsigned char *bytes = malloc(room);

    *size = 0;
    if (!bytes ||
        (text && sodium_base642bin(bytes, room, text, strlen(text), NULL, size, NULL,
                                   sodium_base64_VARIANT_ORIGINAL)))
        broken("the member data is not base64");
    return bytes;
}

static void
put_bytes(json_t *reply, const void *data, size_t size)
{
    size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);

    if (!text)
        broken("no memory");
    sodium_bin2base64(text, room, data, size, sodium_base64_VARIANT_ORIGINAL);
    json_object_set_new(reply, "data", json_string(text));
    free(text);
}

static envcrypt_context *
context_of(json_t *order)
{
    envcrypt_context *context = NULL;
    const char *name;
    json_t *value;

    if (envcrypt_context_new(&context, NULL))
        broken("no context");
    json_object_foreach(json_object_get(order, "context"), name, value)
    {
        if (envcrypt_context_add(context, name, json_string_value(value), NULL))
            broken("a pair of the context is refused");
    }
    return context;
}

static size_t
slot_of(const json_t *order)
{
    const char *name = text_of(order, "key");

    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].name && name && strcmp(keys[i].name, name) == 0)
            return i;
    }
    broken("no such key is open");
    return 0;
}

/* --- keys --- */

static int
open_keyring(size_t at, envcrypt_error **err)
{
    envcrypt_keyring_config *config = NULL;
    int rc = envcrypt_keyring_config_new(&config, err);

    if (!rc)
        rc = envcrypt_keyring_config_set_generator(config, keys[at].kms, err);
    if (!rc)
        rc = envcrypt_keyring_open(client, config, &keys[at].keyring, err);
    envcrypt_keyring_config_free(config);
    return rc;
}

static int
open_key(json_t *order, json_t *reply, envcrypt_error **err)
{
    envcrypt_kms_config *config = NULL;
    const char *name;
    json_t *value;
    size_t at = 0;
    int rc = envcrypt_kms_config_new(&config, err);

    while (at < KEYS && keys[at].name)
        at++;
    if (at == KEYS)
        broken("too many keys");
    json_object_foreach(json_object_get(order, "options"), name, value)
    {
        if (!rc)
            rc = envcrypt_kms_config_set(config, name, json_string_value(value), err);
    }
    if (!rc)
        rc = envcrypt_kms_open(client, text_of(order, "uri"), config, NULL,
                               &keys[at].kms, err);
    envcrypt_kms_config_free(config);
    if (rc)
        return rc;
    keys[at].name = strdup(text_of(order, "key"));
    json_object_set_new(reply, "key_id",
                        json_string(envcrypt_kms_key_id(keys[at].kms)));
    json_object_set_new(reply, "provider_id",
                        json_string(envcrypt_kms_provider_id(keys[at].kms)));
    return open_keyring(at, err);
}

static void
close_key(size_t at)
{
    envcrypt_keyring_unref(keys[at].keyring);
    envcrypt_kms_unref(keys[at].kms);
    free(keys[at].name);
    memset(&keys[at], 0, sizeof(keys[at]));
}

static int
describe(size_t at, json_t *reply, envcrypt_error **err)
{
    envcrypt_key_info *info = NULL;
    json_t *versions = json_array();
    int rc = envcrypt_kms_describe(keys[at].kms, NULL, &info, err);

    json_object_set_new(reply, "versions", versions);
    if (rc)
        return rc;
    json_object_set_new(reply, "state", json_integer(envcrypt_key_info_state(info)));
    json_object_set_new(reply, "current",
                        json_integer((json_int_t)envcrypt_key_info_current(info)));
    for (size_t i = 0; i < envcrypt_key_info_versions(info); i++)
        json_array_append_new(versions,
                              json_string(envcrypt_key_info_version(info, i)));
    envcrypt_key_info_free(info);
    return 0;
}

/* --- messages and records --- */

static int
crypt_message(json_t *order, size_t at, bool encrypt, json_t *reply,
              envcrypt_error **err)
{
    envcrypt_message_config *config = NULL;
    envcrypt_context *context = context_of(order);
    envcrypt_buffer *out = NULL;
    size_t size;
    unsigned char *data = bytes_of(order, &size);
    int rc = envcrypt_message_config_new(&config, err);

    if (!rc)
        rc = envcrypt_message_config_set_context(config, context, err);
    if (!rc && encrypt)
        rc = envcrypt_encrypt(keys[at].keyring, config, data, size, NULL, &out, err);
    else if (!rc)
        rc = envcrypt_decrypt(keys[at].keyring, config, data, size, NULL, &out, NULL,
                              err);
    if (!rc)
        put_bytes(reply, envcrypt_buffer_data(out), envcrypt_buffer_size(out));
    envcrypt_buffer_free(out);
    envcrypt_message_config_free(config);
    envcrypt_context_free(context);
    free(data);
    return rc;
}

static int
make_record(json_t *order, size_t at, json_t *reply, envcrypt_error **err)
{
    envcrypt_context *context = context_of(order);
    envcrypt_buffer *out = NULL;
    envcrypt_dek *dek = NULL;
    int rc = envcrypt_dek_generate(client, 32, &dek, err);

    if (!rc)
        rc = envcrypt_dek_wrap(dek, keys[at].keyring, context, NULL, &out, err);
    if (!rc)
        put_bytes(reply, envcrypt_buffer_data(out), envcrypt_buffer_size(out));
    envcrypt_buffer_free(out);
    envcrypt_dek_free(dek);
    envcrypt_context_free(context);
    return rc;
}

static int
rewrap_record(json_t *order, size_t at, json_t *reply, envcrypt_error **err)
{
    envcrypt_buffer *out = NULL;
    size_t size;
    unsigned char *data = bytes_of(order, &size);
    int rc = envcrypt_record_rewrap(keys[at].keyring, keys[at].keyring, data, size,
                                    NULL, &out, err);

    if (!rc)
        put_bytes(reply, envcrypt_buffer_data(out), envcrypt_buffer_size(out));
    envcrypt_buffer_free(out);
    free(data);
    return rc;
}

static int
open_record(json_t *order, size_t at, json_t *reply, envcrypt_error **err)
{
    envcrypt_context *context = context_of(order);
    envcrypt_dek *dek = NULL;
    size_t size;
    unsigned char *data = bytes_of(order, &size);
    unsigned char key[32];
    size_t key_size = 0;
    int rc =
        envcrypt_dek_unwrap(keys[at].keyring, data, size, context, NULL, &dek, err);

    if (!rc)
        rc = envcrypt_dek_export(dek, key, sizeof(key), &key_size, err);
    if (!rc)
        put_bytes(reply, key, key_size);
    envcrypt_dek_free(dek);
    envcrypt_context_free(context);
    free(data);
    return rc;
}

/* --- key stores, which a key protects --- */

static int
use_store(json_t *order, size_t at, const char *op, envcrypt_error **err)
{
    envcrypt_protectors *protectors = NULL;
    envcrypt_keystore *store = NULL;
    const char *path = text_of(order, "path");
    size_t count = 0;
    int rc = envcrypt_protectors_new(client, &protectors, err);

    if (!rc)
        rc = envcrypt_protectors_add_kms(protectors, keys[at].kms, err);
    if (!rc && strcmp(op, "make-store") == 0)
        rc = envcrypt_keystore_create(client, path, "of-tests", protectors, NULL,
                                      &store, err);
    else if (!rc)
        rc = envcrypt_keystore_open(client, path, protectors, NULL, NULL, &store, err);
    if (!rc && strcmp(op, "rewrap-store") == 0)
        rc = envcrypt_keystore_rewrap(store, "", protectors, &count, NULL, err);
    if (!rc && strcmp(op, "rewrap-store") == 0 && count != 1)
        broken("one protector was to be wrapped anew");
    envcrypt_keystore_close(store);
    envcrypt_protectors_free(protectors);
    return rc;
}

/* --- services --- */

static json_t *
rows_of(const envcrypt_table *table)
{
    json_t *rows = json_array();

    for (size_t row = 0; row < envcrypt_table_rows(table); row++) {
        json_t *one = json_object();

        for (size_t column = 0; column < envcrypt_table_columns(table); column++) {
            const char *cell = envcrypt_table_cell(table, row, column);

            json_object_set_new(one, envcrypt_table_column(table, column),
                                cell ? json_string(cell) : json_null());
        }
        json_array_append_new(rows, one);
    }
    return rows;
}

static int
run_action(json_t *order, json_t *reply, envcrypt_error **err)
{
    envcrypt_service *service = NULL;
    envcrypt_request *request = NULL;
    envcrypt_table *table = NULL;
    const char *name;
    json_t *value;
    int rc =
        envcrypt_service_open(client, text_of(order, "uri"), NULL, NULL, &service, err);

    if (!rc)
        rc = envcrypt_request_new(text_of(order, "action"), &request, err);
    json_object_foreach(json_object_get(order, "args"), name, value)
    {
        if (!rc)
            rc = envcrypt_request_set(request, name, json_string_value(value), err);
    }
    if (!rc)
        rc = envcrypt_service_run(service, request, NULL, &table, err);
    if (!rc)
        json_object_set_new(reply, "rows", rows_of(table));
    envcrypt_table_free(table);
    envcrypt_request_free(request);
    envcrypt_service_unref(service);
    return rc;
}

static int
check_key(size_t at, json_t *reply, envcrypt_error **err)
{
    envcrypt_table *table = NULL;
    int rc = envcrypt_kms_check(keys[at].kms, NULL, NULL, &table, err);

    if (!rc)
        json_object_set_new(reply, "rows", rows_of(table));
    envcrypt_table_free(table);
    return rc;
}

/* --- memory --- */

/* What a scan that works must find. */
static void
plant(const json_t *order)
{
    static unsigned char *planted;
    static size_t planted_size;

    if (planted)
        sodium_memzero(planted, planted_size);
    free(planted);
    planted = bytes_of(order, &planted_size);
    for (size_t i = 0; i < planted_size; i++)
        planted[i] ^= EVC_MEMSCAN_MASK;
}

static void
scan_memory(json_t *order, json_t *reply)
{
    evc_memscan scan;
    size_t size;
    unsigned char *masked = bytes_of(order, &size);

    if (size < 16 || size > EVC_MEMSCAN_MAX)
        broken("a scan for too little or too much");
    evc_memscan_for_masked(&scan, masked, size);
    free(masked);
    json_object_set_new(reply, "copies",
                        json_integer((json_int_t)evc_memscan_count(&scan)));
}

/* --- the run --- */

static int
serve(json_t *order, json_t *reply, envcrypt_error **err)
{
    const char *op = text_of(order, "op");
    size_t at;

    if (!op)
        broken("an order without op");
    if (strcmp(op, "open") == 0)
        return open_key(order, reply, err);
    if (strcmp(op, "run") == 0)
        return run_action(order, reply, err);
    if (strcmp(op, "scan") == 0) {
        scan_memory(order, reply);
        return 0;
    }
    if (strcmp(op, "plant") == 0) {
        plant(order);
        return 0;
    }
    at = slot_of(order);
    if (strcmp(op, "encrypt") == 0 || strcmp(op, "decrypt") == 0)
        return crypt_message(order, at, op[0] == 'e', reply, err);
    if (strcmp(op, "make-record") == 0)
        return make_record(order, at, reply, err);
    if (strcmp(op, "rewrap-record") == 0)
        return rewrap_record(order, at, reply, err);
    if (strcmp(op, "open-record") == 0)
        return open_record(order, at, reply, err);
    if (strstr(op, "-store"))
        return use_store(order, at, op, err);
    if (strcmp(op, "describe") == 0)
        return describe(at, reply, err);
    if (strcmp(op, "check") == 0)
        return check_key(at, reply, err);
    if (strcmp(op, "rotate") == 0)
        return envcrypt_kms_rotate(keys[at].kms, NULL, err);
    if (strcmp(op, "probe") == 0)
        return envcrypt_kms_probe(keys[at].kms, NULL, err);
    if (strcmp(op, "close") != 0)
        broken("an unknown op");
    close_key(at);
    return 0;
}

static void
put_text(json_t *reply, const char *name, const char *text)
{
    json_object_set_new(reply, name, text && *text ? json_string(text) : json_null());
}

static void
put_error(json_t *reply, int rc, const envcrypt_error *err)
{
    json_t *causes = json_array();

    put_text(reply, "code", envcrypt_error_name(rc));
    put_text(reply, "text", envcrypt_error_message(err));
    put_text(reply, "class", envcrypt_error_class_name(envcrypt_error_class(err)));
    put_text(reply, "provider_code", envcrypt_error_provider_code(err));
    put_text(reply, "request_id", envcrypt_error_request_id(err));
    put_text(reply, "key_state", envcrypt_error_key_state(err));
    json_object_set_new(reply, "http", json_integer(envcrypt_error_http_status(err)));
    json_object_set_new(reply, "retryable",
                        json_boolean(envcrypt_error_is_retryable(err)));
    json_object_set_new(reply, "retry_after_ms",
                        json_integer(envcrypt_error_retry_after_ms(err)));
    for (err = envcrypt_error_cause(err); err; err = envcrypt_error_cause(err)) {
        json_t *one = json_object();

        put_text(one, "code", envcrypt_error_name(envcrypt_error_code(err)));
        put_text(one, "text", envcrypt_error_message(err));
        put_text(one, "provider_code", envcrypt_error_provider_code(err));
        put_text(one, "key_state", envcrypt_error_key_state(err));
        json_array_append_new(causes, one);
    }
    json_object_set_new(reply, "causes", causes);
}

static void
open_client(void)
{
    envcrypt_client_config *config = NULL;

    if (envcrypt_client_config_new(&config, NULL) ||
        envcrypt_client_config_set_log(config, ENVCRYPT_LOG_DEBUG, take_log, NULL, NULL,
                                       NULL) ||
        envcrypt_client_open(config, &client, NULL))
        broken("no client");
    envcrypt_client_config_free(config);
}

int
main(void)
{
    static char line[8 << 20];

    if (sodium_init() < 0)
        broken("no libsodium");
    log_lines = json_array();
    open_client();
    while (fgets(line, sizeof(line), stdin)) {
        json_t *order = json_loads(line, 0, NULL);
        json_t *reply = json_object();
        envcrypt_error *err = NULL;
        int rc = serve(order, reply, &err);

        json_object_set_new(reply, "ok", json_boolean(rc == 0));
        if (rc)
            put_error(reply, rc, err);
        json_object_set(reply, "log", log_lines);
        if (json_dumpf(reply, stdout, JSON_COMPACT) || puts("") < 0 || fflush(stdout))
            broken("cannot write");
        json_array_clear(log_lines);
        envcrypt_error_free(err);
        json_decref(reply);
        json_decref(order);
    }
    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].name)
            close_key(i);
    }
    envcrypt_client_unref(client);
    json_decref(log_lines);
    return 0;
}
