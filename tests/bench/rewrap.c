/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <stdlib.h>
#include <unistd.h>

#define FRAME 262144u

/* One pass of the raw cipher over so many bytes, in pieces of a frame. */
static double
raw_pass(unsigned char *memory, size_t size)
{
    uint64_t begin;
    raw cipher;

    raw_open(&cipher);
    begin = bench_wall_ns();
    for (size_t at = 0; at < size; at += FRAME)
        raw_seal(&cipher, memory + at, FRAME, memory + at);
    begin = bench_wall_ns() - begin;
    raw_close(&cipher);
    return (double)begin;
}

static double
rewrap_memory(bench *b, const envcrypt_buffer *message)
{
    uint64_t begin = bench_wall_ns();
    envcrypt_buffer *out = NULL;

    MUST(envcrypt_rewrap(b->keyring, b->keyring, NULL, NULL,
                         envcrypt_buffer_data(message), envcrypt_buffer_size(message),
                         ENVCRYPT_REWRAP_FORCE, NULL, &out, NULL, &must_err));
    begin = bench_wall_ns() - begin;
    envcrypt_buffer_free(out);
    return (double)begin;
}

static double
rewrap_file(bench *b, const envcrypt_buffer *message)
{
    char path[] = "bench-rewrap-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    uint64_t begin;

    if (!file || fwrite(envcrypt_buffer_data(message), 1, envcrypt_buffer_size(message),
                        file) != envcrypt_buffer_size(message))
        exit(1);
    fclose(file);
    begin = bench_wall_ns();
    MUST(envcrypt_rewrap_file(b->keyring, b->keyring, NULL, NULL, path,
                              ENVCRYPT_REWRAP_FORCE, NULL, NULL, &must_err));
    begin = bench_wall_ns() - begin;
    unlink(path);
    return (double)begin;
}

void
bench_rewrap(bench *b)
{
    size_t size = b->smoke ? (size_t)1 << 20 : (size_t)1 << 30;
    unsigned char *plain = bench_memory(size);
    envcrypt_message_config *config = bench_config(b, FRAME, 1, NULL);
    envcrypt_buffer *message = NULL;
    double raw_ns = raw_pass(plain, size);

    MUST(envcrypt_encrypt(b->keyring, config, plain, size, NULL, &message, &must_err));
    bench_print_other(b, "rewrap: memory to memory, 1 GiB",
                      100 * raw_ns / rewrap_memory(b, message), "% of one raw pass");
    bench_print_other(b, "rewrap: file to file, 1 GiB",
                      100 * raw_ns / rewrap_file(b, message), "% of one raw pass");
    envcrypt_buffer_free(message);
    envcrypt_message_config_free(config);
    free(plain);
}
