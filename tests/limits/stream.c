/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams 1 GiB through a writer and a reader with 2 MiB of memory beyond what the process has
 * when the library has started: RLIMIT_DATA refuses more. Exits with 0 when the plaintext that
 * comes out is the one that went in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "must.h"

#define TOTAL (UINT64_C(1) << 30)
#define ROOM ((rlim_t)2 << 20)
#define PIECE 65536u

static envcrypt_keyring *
open_keyring(envcrypt_client *client)
{
    static const unsigned char key[32] = {1};
    envcrypt_keyring_config *config = NULL;
    envcrypt_keyring *keyring = NULL;
    envcrypt_kms *kms = NULL;

    MUST(envcrypt_kms_open_raw_aes(client, "test", "key", key, sizeof key, &kms,
                                   &must_err));
    MUST(envcrypt_keyring_config_new(&config, &must_err));
    MUST(envcrypt_keyring_config_set_generator(config, kms, &must_err));
    MUST(envcrypt_keyring_open(client, config, &keyring, &must_err));
    envcrypt_keyring_config_free(config);
    envcrypt_kms_unref(kms);
    return keyring;
}

/* The byte at a place of the plaintext: cheap, and no two frames are alike. */
static unsigned char
byte_at(uint64_t place)
{
    return (unsigned char)(place ^ place >> 8 ^ place >> 18);
}

typedef struct pipe_of_two {
    envcrypt_writer *writer;
    envcrypt_reader *reader;
    uint64_t out; /* plaintext that came back */
    int differs;
} pipe_of_two;

static void
compare(pipe_of_two *p, const unsigned char *plain, size_t size)
{
    for (size_t i = 0; i < size; i++)
        p->differs |= plain[i] != byte_at(p->out + i);
    p->out += size;
}

static void
read_back(pipe_of_two *p, const unsigned char *message, size_t size)
{
    static unsigned char plain[PIECE];
    size_t at = 0;

    while (at < size) {
        size_t used = 0;
        size_t made = 0;

        MUST(envcrypt_reader_process(p->reader, message + at, size - at, &used, plain,
                                     sizeof plain, &made, NULL, &must_err));
        compare(p, plain, made);
        at += used;
    }
}

static void
finish(pipe_of_two *p)
{
    static unsigned char room[PIECE];
    int32_t done = 0;
    size_t made = 0;

    while (!done) {
        MUST(envcrypt_writer_finish(p->writer, room, sizeof room, &made, &done,
                                    &must_err));
        read_back(p, room, made);
    }
    for (done = 0; !done;) {
        MUST(envcrypt_reader_finish(p->reader, room, sizeof room, &made, &done,
                                    &must_err));
        compare(p, room, made);
    }
    envcrypt_writer_free(p->writer);
    envcrypt_reader_free(p->reader);
}

static int
stream(envcrypt_keyring *keyring, uint64_t total)
{
    static unsigned char plain[PIECE];
    static unsigned char message[PIECE];
    pipe_of_two p = {NULL, NULL, 0, 0};
    envcrypt_message_config *config = NULL;
    uint64_t in = 0;

    MUST(envcrypt_message_config_new(&config, &must_err));
    MUST(envcrypt_message_config_set_frame_length(config, 262144, &must_err));
    MUST(envcrypt_writer_open(keyring, config, NULL, &p.writer, &must_err));
    MUST(envcrypt_reader_open(keyring, config, &p.reader, &must_err));
    while (in < total) {
        size_t used = 0;
        size_t made = 0;

        for (size_t i = 0; i < sizeof plain; i++)
            plain[i] = byte_at(in + i);
        MUST(envcrypt_writer_process(p.writer, plain, sizeof plain, &used, message,
                                     sizeof message, &made, &must_err));
        read_back(&p, message, made);
        in += used;
    }
    finish(&p);
    envcrypt_message_config_free(config);
    return p.differs || p.out != total;
}

/* VmData in bytes: what RLIMIT_DATA counts. */
static rlim_t
data_now(void)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    rlim_t kib = 0;

    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "VmData:", 7) == 0)
            kib = strtoul(line + 7, NULL, 10);
    }
    if (file)
        fclose(file);
    return kib * 1024;
}

int
main(void)
{
    envcrypt_client *client = NULL;
    envcrypt_keyring *keyring;
    struct rlimit limit;
    void *volatile more;
    int failed;

    MUST(envcrypt_client_open(NULL, &client, &must_err));
    keyring = open_keyring(client);
    limit.rlim_cur = data_now() + ROOM;
    limit.rlim_max = limit.rlim_cur;
    if (setrlimit(RLIMIT_DATA, &limit)) {
        perror("setrlimit");
        return 1;
    }
    failed = stream(keyring, TOTAL);
    more = malloc(ROOM);
    if (more) {
        fputs("the limit of the test does not hold\n", stderr);
        return 1;
    }
    envcrypt_keyring_unref(keyring);
    envcrypt_client_unref(client);
    if (failed)
        fputs("the stream does not give back what went in\n", stderr);
    return failed;
}
