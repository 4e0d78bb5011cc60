/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decrypts the messages of a vector folder through the public API and compares with
 * what its manifest expects.
 *
 *     esdk DIR        prints failing ids and, last, "N passed, N failed"
 *
 * Each entry is inspected without a key, and read in three ways: whole, as a stream in odd
 * pieces, and, where the message is framed and unsigned, at random. Exit 0 when all agree,
 * 1 when one does not, 2 when the folder cannot be read. The README beside the vectors
 * describes the manifest.
 */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envcrypt/envcrypt.h"
#include "esdk-facts.h"

#define FAIL(...)                              \
    do {                                       \
        fprintf(stderr, "esdk: " __VA_ARGS__); \
        fputc('\n', stderr);                   \
        exit(2);                               \
    } while (0)

/* A call that only fails when this program or the machine is wrong. */
#define MUST(call)                                        \
    do {                                                  \
        envcrypt_error *must_err = NULL;                  \
        if (call)                                         \
            FAIL("%s", envcrypt_error_message(must_err)); \
    } while (0)

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

typedef struct folder {
    const char *path;
    json_t *manifest;
    json_t *keys;
    envcrypt_client *client;
} folder;

static bytes
read_file(const folder *f, const char *name)
{
    char path[2048];
    bytes b = {NULL, 0};
    FILE *file;
    long size;

    snprintf(path, sizeof path, "%s/%s", f->path, name);
    file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
        FAIL("cannot read %s", path);
    rewind(file);
    b.size = (size_t)size;
    b.data = malloc(b.size + 1);
    if (!b.data || fread(b.data, 1, b.size, file) != b.size)
        FAIL("cannot read %s", path);
    b.data[b.size] = '\0';
    fclose(file);
    return b;
}

static json_t *
read_json(const folder *f, const char *name)
{
    bytes text = read_file(f, name);
    json_error_t error;
    json_t *json = json_loadb((char *)text.data, text.size,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

    if (!json)
        FAIL("%s/%s, line %d: not JSON", f->path, name, error.line);
    free(text.data);
    return json;
}

static const char *
text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static bytes
base64_of(const json_t *object, const char *name)
{
    const char *text = text_of(object, name);
    bytes b = {malloc(text ? strlen(text) + 1 : 1), 0};

    if (!text || !b.data ||
        sodium_base642bin(b.data, strlen(text) + 1, text, strlen(text), NULL, &b.size,
                          NULL, sodium_base64_VARIANT_ORIGINAL))
        FAIL("member %s is not base64", name);
    return b;
}

/* A branch key that a test hands out to the hierarchical keyring. */
typedef struct branch {
    bytes key;
    const char *version;
} branch;

static void
serve_branch(envcrypt_call *call, void *user)
{
    const branch *b = user;

    if (strcmp(envcrypt_call_key_version(call), b->version) != 0) {
        envcrypt_call_finish(call, ENVCRYPT_E_KEY_NOT_FOUND, NULL, "no such version");
        return;
    }
    MUST(envcrypt_call_set_key(call, b->key.data, b->key.size, &must_err));
    MUST(envcrypt_call_set_key_version(call, b->version, &must_err));
    envcrypt_call_finish(call, 0, NULL, NULL);
}

static void
free_branch(void *user)
{
    branch *b = user;

    free(b->key.data);
    free(b);
}

static int32_t
padding_of(const char *name)
{
    static const struct {
        const char *name;
        int32_t padding;
    } table[] = {
        {"pkcs1", ENVCRYPT_RSA_PKCS1},
        {"oaep-sha1", ENVCRYPT_RSA_OAEP_SHA1},
        {"oaep-sha256", ENVCRYPT_RSA_OAEP_SHA256},
        {"oaep-sha384", ENVCRYPT_RSA_OAEP_SHA384},
        {"oaep-sha512", ENVCRYPT_RSA_OAEP_SHA512},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0)
            return table[i].padding;
    }
    FAIL("unknown padding %s", name);
}

/* The API takes names as text; a NUL in one becomes another character that the name of no
 * message has there, so that a longer name stays longer. */
static const char *
name_of(const json_t *unwrap)
{
    static char name[65536];
    const json_t *member = json_object_get(unwrap, "name");
    size_t size = json_string_length(member);

    if (size >= sizeof name)
        FAIL("a key has a name of %zu bytes", size);
    for (size_t i = 0; i < size; i++)
        name[i] = json_string_value(member)[i] ? json_string_value(member)[i] : '?';
    name[size] = '\0';
    return name;
}

static envcrypt_kms *
open_aes(const folder *f, const json_t *unwrap, const json_t *key)
{
    bytes material = base64_of(key, "material_b64");
    envcrypt_kms *kms = NULL;

    MUST(envcrypt_kms_open_raw_aes(f->client, text_of(unwrap, "namespace"),
                                   name_of(unwrap), material.data, material.size, &kms,
                                   &must_err));
    free(material.data);
    return kms;
}

static envcrypt_kms *
open_branch(const folder *f, const json_t *key)
{
    envcrypt_kms *kms = NULL;
    branch *b = malloc(sizeof *b);

    if (!b)
        FAIL("out of memory");
    b->key = base64_of(key, "material_b64");
    b->version = text_of(key, "branch_key_version");
    MUST(envcrypt_kms_open_branch(f->client, text_of(key, "branch_key_id"),
                                  serve_branch, b, free_branch, &kms, &must_err));
    return kms;
}

static envcrypt_kms *
open_key(const folder *f, const json_t *unwrap)
{
    const char *type = text_of(unwrap, "type");
    const json_t *key = json_object_get(f->keys, text_of(unwrap, "key"));
    envcrypt_kms *kms = NULL;

    if (!key)
        FAIL("a test names a key that keys.json does not have");
    if (strcmp(type, "raw-aes") == 0)
        return open_aes(f, unwrap, key);
    if (strcmp(type, "hierarchy") == 0)
        return open_branch(f, key);
    if (strcmp(type, "raw-rsa") != 0)
        FAIL("unknown unwrap type %s", type);
    MUST(envcrypt_kms_open_raw_rsa(f->client, text_of(unwrap, "namespace"),
                                   name_of(unwrap), NULL, text_of(key, "private_pem"),
                                   padding_of(text_of(unwrap, "padding")), 0, &kms,
                                   &must_err));
    return kms;
}

static envcrypt_keyring *
open_keyring(const folder *f, const json_t *unwrap)
{
    envcrypt_keyring_config *config = NULL;
    envcrypt_keyring *keyring = NULL;
    envcrypt_kms *kms = open_key(f, unwrap);

    MUST(envcrypt_keyring_config_new(&config, &must_err));
    MUST(envcrypt_keyring_config_add_recipient(config, kms, &must_err));
    MUST(envcrypt_keyring_open(f->client, config, &keyring, &must_err));
    envcrypt_keyring_config_free(config);
    envcrypt_kms_unref(kms);
    return keyring;
}

static int32_t
policy_of(const char *name)
{
    if (!name || strcmp(name, "require-encrypt-allow-decrypt") == 0)
        return ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT;
    if (strcmp(name, "require-encrypt-require-decrypt") == 0)
        return ENVCRYPT_POLICY_REQUIRE;
    if (strcmp(name, "forbid-encrypt-allow-decrypt") == 0)
        return ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT;
    FAIL("unknown policy %s", name);
}

static void
set_context(envcrypt_message_config *config, const json_t *test)
{
    envcrypt_context *context = NULL;
    const char *name;
    json_t *value;
    json_t *required;
    size_t i;

    MUST(envcrypt_context_new(&context, &must_err));
    json_object_foreach(json_object_get(test, "reproduced_encryption_context"), name,
                        value)
        MUST(envcrypt_context_add(context, name, json_string_value(value), &must_err));
    MUST(envcrypt_message_config_set_context(config, context, &must_err));
    envcrypt_context_free(context);
    json_array_foreach(json_object_get(test, "required_keys"), i, required)
        MUST(envcrypt_message_config_require(config, json_string_value(required),
                                             &must_err));
}

static envcrypt_message_config *
make_config(const json_t *test)
{
    envcrypt_message_config *config = NULL;
    const json_t *max_edks = json_object_get(test, "max_edks");
    const char *api = text_of(test, "api");

    MUST(envcrypt_message_config_new(&config, &must_err));
    MUST(envcrypt_message_config_set_policy(config, policy_of(text_of(test, "policy")),
                                            &must_err));
    if (max_edks)
        MUST(envcrypt_message_config_set_max_edks(
            config, (size_t)json_integer_value(max_edks), &must_err));
    MUST(envcrypt_message_config_set_allow_signed(
        config, !(api && strcmp(api, "unsigned-only") == 0), &must_err));
    set_context(config, test);
    return config;
}

/* What one way of reading gave: 0 and the plaintext, or a code. */
typedef struct result {
    int code;
    bytes plain;
} result;

static result
read_whole(envcrypt_keyring *keyring, const envcrypt_message_config *config,
           bytes message)
{
    envcrypt_buffer *out = NULL;
    result r = {0, {NULL, 0}};

    r.code = envcrypt_decrypt(keyring, config, message.data, message.size, NULL, &out,
                              NULL, NULL);
    if (r.code && out)
        FAIL("a failed decryption gave a buffer");
    if (r.code == 0) {
        r.plain.size = envcrypt_buffer_size(out);
        r.plain.data = malloc(r.plain.size + 1);
        if (!r.plain.data)
            FAIL("out of memory");
        memcpy(r.plain.data, envcrypt_buffer_data(out), r.plain.size);
        envcrypt_buffer_free(out);
    }
    return r;
}

/* Input in pieces of 1, 2, … 97 bytes, output in a room of 61. */
static int
feed(envcrypt_reader *reader, bytes message, bytes *plain)
{
    size_t at = 0;
    size_t piece = 1;
    int32_t done = 0;
    int code = 0;

    while (code == 0 && at < message.size) {
        size_t size = message.size - at < piece ? message.size - at : piece;
        size_t used = 0;
        size_t made = 0;

        code =
            envcrypt_reader_process(reader, message.data + at, size, &used,
                                    plain->data + plain->size, 61, &made, NULL, NULL);
        at += used;
        plain->size += made;
        piece = piece % 97 + 1;
    }
    while (code == 0 && !done) {
        size_t made = 0;

        code = envcrypt_reader_finish(reader, plain->data + plain->size, 61, &made,
                                      &done, NULL);
        plain->size += made;
    }
    return code;
}

static result
read_stream(envcrypt_keyring *keyring, const envcrypt_message_config *config,
            bytes message)
{
    result r = {0, {malloc(message.size + 64), 0}};
    envcrypt_reader *reader = NULL;

    MUST(envcrypt_reader_open(keyring, config, &reader, &must_err));
    r.code = feed(reader, message, &r.plain);
    envcrypt_reader_free(reader);
    return r;
}

static int32_t
read_at(void *user, uint64_t offset, void *out, size_t size)
{
    const bytes *message = user;

    if (offset > message->size || size > message->size - offset)
        return -1;
    memcpy(out, message->data + offset, size);
    return 0;
}

static result
read_range(envcrypt_keyring *keyring, const envcrypt_message_config *config,
           bytes message)
{
    result r = {0, {NULL, 0}};
    envcrypt_range *range = NULL;

    r.code = envcrypt_range_open(keyring, config, message.size, read_at, &message, NULL,
                                 0, NULL, &range, NULL);
    if (r.code == 0) {
        size_t size = (size_t)envcrypt_range_size(range);
        size_t first = size / 3;
        size_t made = 0;

        r.plain.data = malloc(size + 1);
        r.code = envcrypt_range_read(range, first, r.plain.data + first, size - first,
                                     &made, NULL);
        if (r.code == 0 && made == size - first)
            r.code = envcrypt_range_read(range, 0, r.plain.data, first, &made, NULL);
        r.plain.size = size;
    }
    envcrypt_range_free(range);
    return r;
}

static int
is_expected(const folder *f, const json_t *test, const result *r)
{
    const json_t *size = json_object_get(test, "plaintext_len");
    bytes plain;
    int same;

    if (strcmp(text_of(test, "expect"), "success") != 0)
        return r->code != 0;
    if (r->code || (size && (size_t)json_integer_value(size) != r->plain.size))
        return 0;
    plain = read_file(f, text_of(test, "plaintext"));
    same = plain.size == r->plain.size &&
           memcmp(plain.data, r->plain.data, plain.size) == 0;
    free(plain.data);
    return same;
}

static int
judge(const folder *f, const json_t *test, const char *way, result r)
{
    int good = is_expected(f, test, &r);

    if (!good)
        printf("%s: %s: expected %s, got %s\n", text_of(test, "id"), way,
               text_of(test, "expect"), envcrypt_error_name(r.code));
    free(r.plain.data);
    return good;
}

/* Whether a message can be read at random is told by reading it whole. */
static int
is_random_access(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                 bytes message)
{
    envcrypt_message_info *info = NULL;
    envcrypt_buffer *out = NULL;
    int random = 0;

    if (envcrypt_decrypt(keyring, config, message.data, message.size, NULL, &out, &info,
                         NULL) == 0) {
        switch (envcrypt_message_info_suite(info)) {
        case ENVCRYPT_SUITE_0214:
        case ENVCRYPT_SUITE_0346:
        case ENVCRYPT_SUITE_0378:
        case ENVCRYPT_SUITE_0578:
            break;
        default:
            random = envcrypt_message_info_frame_length(info) != 0;
        }
    }
    envcrypt_message_info_free(info);
    envcrypt_buffer_free(out);
    return random;
}

static int
try_ways(const folder *f, const json_t *test, envcrypt_keyring *keyring,
         const envcrypt_message_config *config)
{
    bytes message = read_file(f, text_of(test, "ciphertext"));
    int good = esdk_facts_hold(test, message.data, message.size);

    good &= judge(f, test, "whole", read_whole(keyring, config, message));
    good &= judge(f, test, "stream", read_stream(keyring, config, message));
    if (is_random_access(keyring, config, message))
        good &= judge(f, test, "range", read_range(keyring, config, message));
    free(message.data);
    return good;
}

static int
try_data_key(const folder *f, const json_t *test, const json_t *unwrap,
             envcrypt_message_config *config)
{
    bytes key = base64_of(unwrap, "dek_b64");
    envcrypt_dek *dek = NULL;
    int good;

    MUST(envcrypt_dek_import(f->client, key.data, key.size, ENVCRYPT_DEK_READ_ONLY,
                             &dek, &must_err));
    free(key.data);
    MUST(envcrypt_message_config_set_data_key(config, dek, &must_err));
    good = try_ways(f, test, NULL, config);
    envcrypt_dek_free(dek);
    return good;
}

static int
try_unwrap(const folder *f, const json_t *test, const json_t *unwrap,
           envcrypt_message_config *config)
{
    envcrypt_keyring *keyring;
    int good;

    if (strcmp(text_of(unwrap, "type"), "static") == 0)
        return try_data_key(f, test, unwrap, config);
    keyring = open_keyring(f, unwrap);
    good = try_ways(f, test, keyring, config);
    envcrypt_keyring_unref(keyring);
    return good;
}

static int
try_test(const folder *f, const json_t *test)
{
    const json_t *unwrap = json_object_get(test, "unwrap");
    envcrypt_message_config *config = make_config(test);
    int good = 1;

    if (strcmp(text_of(unwrap, "type"), "any") == 0) {
        json_t *one;
        size_t i;
        json_array_foreach(json_object_get(unwrap, "of"), i, one) good &=
            try_unwrap(f, test, one, config);
    } else {
        good = try_unwrap(f, test, unwrap, config);
    }
    envcrypt_message_config_free(config);
    return good;
}

int
main(int argc, char **argv)
{
    folder f = {argc == 2 ? argv[1] : NULL, NULL, NULL, NULL};
    size_t passed = 0;
    size_t failed = 0;
    json_t *test;
    size_t i;

    if (!f.path)
        FAIL("usage: esdk DIR, a folder with manifest.json");
    if (sodium_init() < 0)
        FAIL("libsodium does not start");
    MUST(envcrypt_client_open(NULL, &f.client, &must_err));
    f.manifest = read_json(&f, "manifest.json");
    f.keys = read_json(&f, text_of(f.manifest, "keys"));
    json_array_foreach(json_object_get(f.manifest, "tests"), i, test)
    {
        if (try_test(&f, test))
            passed++;
        else
            failed++;
    }
    json_decref(f.manifest);
    json_decref(f.keys);
    envcrypt_client_unref(f.client);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed != 0;
}
