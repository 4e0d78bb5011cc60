/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a live etcd holds, opened without an API server and without the KMS plugin, by the files of
 * the plugin's keys:
 *
 *   offline ENDPOINT PREFIX FOLDER → a line {"key", "provider", "key_id", "data": base64} for each
 *                                    value, or "error" in the place of "data"
 *
 * A wrapped seed of that plugin (kubeserver/plugin) is the number of its key (4 bytes, big-endian),
 * a nonce (12), and what AES-256-GCM gives, with the number as additional data.
 */
#include <jansson.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envcrypt/envcrypt.h"

enum { NUMBER = 4, NONCE = 12, TAG = 16, KEY = 32, SEED_MAX = 64 };

typedef struct opener {
    envcrypt_client *client;
    envcrypt_stored_keys *keys;
    const char *folder;
} opener;

static void
demand(int holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "offline: %s\n", what);
    exit(2);
}

static void
read_key(const char *folder, unsigned number, unsigned char key[KEY])
{
    char path[1024];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/key-%u", folder, number);
    file = fopen(path, "rb");
    demand(file && fread(key, 1, KEY, file) == KEY, "the key's file cannot be read");
    (void)fclose(file);
}

/* The size of the seed, or -1. */
static int
unwrap(const unsigned char *in, int size, const unsigned char key[KEY],
       unsigned char *out)
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    unsigned char tag[TAG];
    int length = size - NUMBER - NONCE - TAG;
    int got = 0;
    int ok;

    demand(x != NULL, "no memory");
    memcpy(tag, &in[size - TAG], TAG);
    ok = EVP_DecryptInit_ex(x, EVP_aes_256_gcm(), NULL, key, &in[NUMBER]) == 1 &&
         EVP_DecryptUpdate(x, NULL, &got, in, NUMBER) == 1 &&
         EVP_DecryptUpdate(x, out, &got, &in[NUMBER + NONCE], length) == 1 &&
         EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
         EVP_DecryptFinal_ex(x, &out[length], &got) == 1;
    EVP_CIPHER_CTX_free(x);
    return ok ? length : -1;
}

/* In the place of the plugin. */
static void
answer(envcrypt_call *call, void *user)
{
    const opener *o = user;
    unsigned char seed[SEED_MAX];
    unsigned char key[KEY];
    size_t size;
    const unsigned char *in = envcrypt_call_input(call, &size);
    int length;

    demand(size > NUMBER + NONCE + TAG && size <= NUMBER + NONCE + TAG + SEED_MAX,
           "this is no seed of the plugin");
    read_key(o->folder, (unsigned)in[2] << 8 | in[3], key);
    length = unwrap(in, (int)size, key, seed);
    demand(length > 0 && envcrypt_call_set_key(call, seed, (size_t)length, NULL) == 0,
           "the seed cannot be unwrapped");
    envcrypt_call_finish(call, ENVCRYPT_OK, NULL, NULL);
}

static json_t *
base64_of(envcrypt_buffer *buffer)
{
    size_t size = envcrypt_buffer_size(buffer);
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    json_t *json;

    demand(text != NULL, "no memory");
    sodium_bin2base64(text, room, envcrypt_buffer_data(buffer), size,
                      sodium_base64_VARIANT_ORIGINAL);
    json = json_string(text);
    free(text);
    return json;
}

static int32_t
open_one(void *user, const void *key, size_t key_size, const void *value, size_t size,
         int64_t create_revision, int64_t mod_revision)
{
    opener *o = user;
    char place[1024];
    envcrypt_stored *stored = NULL;
    envcrypt_buffer *plain = NULL;
    json_t *line;
    int rc;

    (void)create_revision;
    (void)mod_revision;
    (void)snprintf(place, sizeof(place), "%.*s", (int)key_size, (const char *)key);
    demand(envcrypt_stored_inspect(o->client, value, size, &stored, NULL) == 0,
           "a value cannot be inspected");
    rc = envcrypt_stored_decrypt(o->keys, place, value, size, NULL, &plain, NULL);
    line = json_pack("{s:s, s:s, s:s}", "key", place, "provider",
                     envcrypt_stored_provider_name(stored), "key_id",
                     envcrypt_stored_key_id(stored));
    demand(line != NULL, "a line cannot be made");
    if (rc)
        json_object_set_new(line, "error", json_string(envcrypt_error_name(rc)));
    else
        json_object_set_new(line, "data", base64_of(plain));
    demand(json_dumpf(line, stdout, JSON_COMPACT) == 0 && putchar('\n') == '\n',
           "standard output is gone");
    json_decref(line);
    envcrypt_buffer_free(plain);
    envcrypt_stored_free(stored);
    return 0;
}

int
main(int argc, char **argv)
{
    opener o = {0};
    envcrypt_etcd_config *config = NULL;
    envcrypt_etcd *etcd = NULL;
    envcrypt_kms *plugin = NULL;

    demand(argc == 4, "usage: offline ENDPOINT PREFIX FOLDER");
    o.folder = argv[3];
    demand(
        envcrypt_client_open(NULL, &o.client, NULL) == 0 &&
            envcrypt_stored_keys_new(o.client, &o.keys, NULL) == 0 &&
            envcrypt_kms_open_custom(o.client, "kubeserver", "key", ENVCRYPT_OP_UNWRAP,
                                     answer, &o, NULL, &plugin, NULL) == 0 &&
            envcrypt_stored_keys_add_kms(o.keys, NULL, "raw", plugin, NULL, NULL) == 0,
        "the keys cannot be taken");
    demand(envcrypt_etcd_config_new(&config, NULL) == 0 &&
               envcrypt_etcd_config_set(config, "endpoint", argv[1], NULL) == 0 &&
               envcrypt_etcd_open(o.client, config, &etcd, NULL) == 0 &&
               envcrypt_etcd_read(etcd, argv[2], open_one, &o, NULL, NULL, NULL) == 0,
           "etcd cannot be read");
    envcrypt_etcd_close(etcd);
    envcrypt_etcd_config_free(config);
    envcrypt_stored_keys_free(o.keys);
    envcrypt_kms_unref(plugin);
    envcrypt_client_unref(o.client);
    return 0;
}
