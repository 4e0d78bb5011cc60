/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the allocations of the whole process, OpenSSL's too, while a message of 2 frames and
 * one of 2,002 is written and read in every way: a message takes at most 20, and a further frame
 * none. Exits with 0 when that holds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "must.h"

#define LENGTH 64u
#define SHORT ((size_t)2 * LENGTH)
#define LONG ((size_t)2002 * LENGTH)
#define ROOM ((size_t)512 * 1024)

uint64_t bench_allocations(void); /* of tests/bench/allocations.c */

static envcrypt_keyring *keyring;
static envcrypt_message_config *config;
static unsigned char plain[LONG];
static unsigned char message[ROOM];
static unsigned char back[ROOM];
static size_t message_size;

/* -- ways ------------------------------------------------------------------------- */

static void
encrypt(size_t size)
{
    MUST(envcrypt_encrypt_into(keyring, config, plain, size, message, sizeof message,
                               &message_size, NULL, &must_err));
}

static void
decrypt(size_t size)
{
    (void)size;
    MUST(envcrypt_decrypt_into(keyring, config, message, message_size, back,
                               sizeof back, &size, NULL, &must_err));
}

static void
write_stream(size_t size)
{
    envcrypt_writer *writer;
    int32_t done = 0;
    size_t used;
    size_t made;

    message_size = 0;
    MUST(envcrypt_writer_open(keyring, config, NULL, &writer, &must_err));
    for (size_t at = 0; at < size; at += used) {
        size_t left = size - at;

        MUST(envcrypt_writer_process(writer, plain + at, left < 50 ? left : 50, &used,
                                     message + message_size, 100, &made, &must_err));
        message_size += made;
    }
    while (!done) {
        MUST(envcrypt_writer_finish(writer, message + message_size, 100, &made, &done,
                                    &must_err));
        message_size += made;
    }
    envcrypt_writer_free(writer);
}

static void
read_stream(size_t size)
{
    envcrypt_reader *reader;
    int32_t done = 0;
    size_t used;
    size_t made;

    (void)size;
    MUST(envcrypt_reader_open(keyring, config, &reader, &must_err));
    for (size_t at = 0; at < message_size; at += used) {
        size_t left = message_size - at;

        MUST(envcrypt_reader_process(reader, message + at, left < 50 ? left : 50, &used,
                                     back, 100, &made, NULL, &must_err));
    }
    while (!done)
        MUST(envcrypt_reader_finish(reader, back, 100, &made, &done, &must_err));
    envcrypt_reader_free(reader);
}

static int32_t
read_at(void *user, uint64_t offset, void *out, size_t size)
{
    (void)user;
    memcpy(out, message + offset, size);
    return 0;
}

static void
read_range(size_t size)
{
    envcrypt_range *range;
    size_t made;

    MUST(envcrypt_range_open(keyring, config, message_size, read_at, NULL, NULL, 0,
                             NULL, &range, &must_err));
    for (size_t at = 1; at < size; at += LENGTH)
        MUST(envcrypt_range_read(range, at, back, LENGTH, &made, &must_err));
    envcrypt_range_free(range);
}

static const struct {
    const char *name;
    void (*run)(size_t size);
    unsigned most; /* allocations of a message */
    int reads;     /* a message that was written before */
} ways[] = {
    {"encryption", encrypt, 20, 0},       {"decryption", decrypt, 20, 1},
    {"writer", write_stream, 20, 0},      {"reader", read_stream, 20, 1},
    {"random access", read_range, 20, 1},
};
#define WAYS (sizeof ways / sizeof *ways)

/* -- counting --------------------------------------------------------------------- */

static uint64_t
count(size_t way, size_t size)
{
    uint64_t before;

    if (ways[way].reads)
        encrypt(size);
    ways[way].run(size); /* what is kept for later messages is made now */
    before = bench_allocations();
    ways[way].run(size);
    return bench_allocations() - before;
}

static int
check(size_t way)
{
    uint64_t few = count(way, SHORT);
    uint64_t many = count(way, LONG);

    printf("%s: %u allocations for 2 frames, %u for 2,002\n", ways[way].name,
           (unsigned)few, (unsigned)many);
    return few == 0 || few > ways[way].most || many != few;
}

static void
open_all(envcrypt_client **client)
{
    static const unsigned char key[32] = {1};
    envcrypt_keyring_config *keys = NULL;
    envcrypt_context *context = NULL;
    envcrypt_kms *kms = NULL;

    MUST(envcrypt_client_open(NULL, client, &must_err));
    MUST(envcrypt_kms_open_raw_aes(*client, "test", "key", key, sizeof key, &kms,
                                   &must_err));
    MUST(envcrypt_keyring_config_new(&keys, &must_err));
    MUST(envcrypt_keyring_config_set_generator(keys, kms, &must_err));
    MUST(envcrypt_keyring_open(*client, keys, &keyring, &must_err));
    envcrypt_keyring_config_free(keys);
    envcrypt_kms_unref(kms);
    MUST(envcrypt_context_new(&context, &must_err));
    MUST(envcrypt_context_add(context, "tenant", "a", &must_err));
    MUST(envcrypt_context_add(context, "purpose", "test", &must_err));
    MUST(envcrypt_message_config_new(&config, &must_err));
    MUST(envcrypt_message_config_set_context(config, context, &must_err));
    MUST(envcrypt_message_config_set_frame_length(config, LENGTH, &must_err));
    envcrypt_context_free(context);
}

int
main(void)
{
    envcrypt_client *client = NULL;
    int failed = 0;

    open_all(&client);
    for (size_t way = 0; way < WAYS; way++)
        failed |= check(way);
    envcrypt_message_config_free(config);
    envcrypt_keyring_unref(keyring);
    envcrypt_client_unref(client);
    if (failed)
        fputs("a message takes too many, or a frame takes some\n", stderr);
    return failed;
}
