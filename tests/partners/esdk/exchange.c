/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our side of the exchange with other Encryption SDKs: one JSON object a line on standard
 * input, one on standard output.
 *
 *   {"op": "encrypt", "keys": […], "context": {…}, "suite": 1144, "frame": 512, "plain": "…"}
 *   {"op": "decrypt", "keys": […], "message": "…"}
 *   → {"ok": true, "data": "…", "context": {…}} or {"ok": false, "code": "…", "text": "…"}
 *
 * A key is {"type": "raw-aes", "namespace", "name", "material"} or {"type": "raw-rsa", …,
 * "public_pem", "private_pem", "padding": one of ENVCRYPT_RSA_…}. Bytes are base64.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envcrypt/envcrypt.h"

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

static const char *
text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static bytes
bytes_of(const json_t *object, const char *name)
{
    const char *text = text_of(object, name);
    size_t size = text ? strlen(text) : 0;
    bytes b = {malloc(size + 1), 0};

    if (!text || !b.data ||
        sodium_base642bin(b.data, size + 1, text, size, NULL, &b.size, NULL,
                          sodium_base64_VARIANT_ORIGINAL)) {
        fprintf(stderr, "exchange: member %s is not base64\n", name);
        exit(2);
    }
    return b;
}

static json_t *
base64(const envcrypt_buffer *buffer)
{
    size_t size = envcrypt_buffer_size(buffer);
    size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    json_t *json;

    if (!text)
        exit(2);
    sodium_bin2base64(text, room, envcrypt_buffer_data(buffer), size,
                      sodium_base64_VARIANT_ORIGINAL);
    json = json_string(text);
    free(text);
    return json;
}

static json_t *
pairs(const envcrypt_context *context)
{
    json_t *object = json_object();

    for (size_t i = 0; i < envcrypt_context_count(context); i++)
        json_object_set_new(object, envcrypt_context_name(context, i, NULL),
                            json_string(envcrypt_context_value(context, i, NULL)));
    return object;
}

static int
open_key(envcrypt_client *client, const json_t *key, envcrypt_kms **out,
         envcrypt_error **err)
{
    bytes material;
    int code;

    if (strcmp(text_of(key, "type"), "raw-rsa") == 0)
        return envcrypt_kms_open_raw_rsa(
            client, text_of(key, "namespace"), text_of(key, "name"),
            text_of(key, "public_pem"), text_of(key, "private_pem"),
            (int32_t)json_integer_value(json_object_get(key, "padding")),
            ENVCRYPT_RAW_WRITE_PKCS1, out, err);
    material = bytes_of(key, "material");
    code = envcrypt_kms_open_raw_aes(client, text_of(key, "namespace"),
                                     text_of(key, "name"), material.data, material.size,
                                     out, err);
    free(material.data);
    return code;
}

/* The first key wraps first; the others are further recipients. */
static int
open_keyring(envcrypt_client *client, const json_t *keys, envcrypt_keyring **out,
             envcrypt_error **err)
{
    envcrypt_keyring_config *config = NULL;
    json_t *key;
    size_t i;
    int code = envcrypt_keyring_config_new(&config, err);

    json_array_foreach(keys, i, key)
    {
        envcrypt_kms *kms = NULL;

        if (code == 0)
            code = open_key(client, key, &kms, err);
        if (code == 0)
            code = i == 0 ? envcrypt_keyring_config_set_generator(config, kms, err)
                          : envcrypt_keyring_config_add_recipient(config, kms, err);
        envcrypt_kms_unref(kms);
    }
    if (code == 0)
        code = envcrypt_keyring_open(client, config, out, err);
    envcrypt_keyring_config_free(config);
    return code;
}

static int
make_config(const json_t *request, envcrypt_message_config **out, envcrypt_error **err)
{
    const json_t *suite = json_object_get(request, "suite");
    const json_t *frame = json_object_get(request, "frame");
    envcrypt_context *context = NULL;
    const char *name;
    json_t *value;
    int code = envcrypt_message_config_new(out, err);

    if (code == 0)
        code = envcrypt_context_new(&context, err);
    json_object_foreach(json_object_get(request, "context"), name, value)
    {
        if (code == 0)
            code = envcrypt_context_add(context, name, json_string_value(value), err);
    }
    if (code == 0)
        code = envcrypt_message_config_set_context(*out, context, err);
    if (code == 0)
        code = envcrypt_message_config_set_policy(
            *out, ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT, err);
    if (code == 0 && suite)
        code = envcrypt_message_config_set_suite(
            *out, (int32_t)json_integer_value(suite), err);
    if (code == 0 && frame)
        code = envcrypt_message_config_set_frame_length(
            *out, (uint32_t)json_integer_value(frame), err);
    envcrypt_context_free(context);
    return code;
}

static int
run(envcrypt_keyring *keyring, const envcrypt_message_config *config,
    const json_t *request, json_t *answer, envcrypt_error **err)
{
    int encrypts = strcmp(text_of(request, "op"), "encrypt") == 0;
    bytes in = bytes_of(request, encrypts ? "plain" : "message");
    envcrypt_message_info *info = NULL;
    envcrypt_buffer *out = NULL;
    int code =
        encrypts ? envcrypt_encrypt(keyring, config, in.data, in.size, NULL, &out, err)
                 : envcrypt_decrypt(keyring, config, in.data, in.size, NULL, &out,
                                    &info, err);

    if (code == 0)
        json_object_set_new(answer, "data", base64(out));
    if (info)
        json_object_set_new(answer, "context",
                            pairs(envcrypt_message_info_context(info)));
    envcrypt_message_info_free(info);
    envcrypt_buffer_free(out);
    free(in.data);
    return code;
}

static json_t *
answer_to(envcrypt_client *client, const json_t *request)
{
    envcrypt_keyring *keyring = NULL;
    envcrypt_message_config *config = NULL;
    envcrypt_error *err = NULL;
    json_t *answer = json_object();
    int code = open_keyring(client, json_object_get(request, "keys"), &keyring, &err);

    if (code == 0)
        code = make_config(request, &config, &err);
    if (code == 0)
        code = run(keyring, config, request, answer, &err);
    json_object_set_new(answer, "ok", json_boolean(code == 0));
    if (code) {
        json_object_set_new(answer, "code", json_string(envcrypt_error_name(code)));
        json_object_set_new(answer, "text", json_string(envcrypt_error_message(err)));
    }
    envcrypt_error_free(err);
    envcrypt_message_config_free(config);
    envcrypt_keyring_unref(keyring);
    return answer;
}

int
main(void)
{
    envcrypt_client *client = NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    if (sodium_init() < 0 || envcrypt_client_open(NULL, &client, NULL))
        return 2;
    while ((size = getline(&line, &room, stdin)) > 0) {
        json_t *request = json_loadb(line, (size_t)size, 0, NULL);
        json_t *answer;
        char *text;

        if (!request)
            return 2;
        answer = answer_to(client, request);
        text = json_dumps(answer, JSON_COMPACT);
        puts(text);
        fflush(stdout);
        free(text);
        json_decref(answer);
        json_decref(request);
    }
    free(line);
    envcrypt_client_unref(client);
    return 0;
}
