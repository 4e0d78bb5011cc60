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
    size_t size = envcrypt_buffer_size(message);
    unsigned char *out = bench_memory(size);
    uint64_t begin = bench_wall_ns();
    size_t made;

    MUST(envcrypt_rewrap_into(
        b->keyring, b->keyring, NULL, NULL, envcrypt_buffer_data(message), size,
        ENVCRYPT_REWRAP_FORCE, out, size, &made, NULL, NULL, &must_err));
    begin = bench_wall_ns() - begin;
    free(out);
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

#define ROUNDS 3

/* Round by round, so that what else the machine does meets both. */
static void
compare_passes(bench *b, const char *name, unsigned char *plain, size_t size,
               const envcrypt_buffer *message,
               double (*pass)(bench *b, const envcrypt_buffer *message))
{
    int rounds = b->smoke ? 1 : ROUNDS;
    double speed[ROUNDS];

    for (int i = 0; i < rounds; i++) {
        double raw_ns = raw_pass(plain, size);

        speed[i] = 100 * raw_ns / pass(b, message);
    }
    bench_print_other(b, name, bench_median(speed, rounds), "% of one raw pass");
}

void
bench_rewrap(bench *b)
{
    size_t size = b->smoke ? (size_t)1 << 20 : (size_t)1 << 30;
    unsigned char *plain = bench_memory(size);
    envcrypt_message_config *config = bench_config(b, FRAME, 1, NULL);
    envcrypt_buffer *message = NULL;

    MUST(envcrypt_encrypt(b->keyring, config, plain, size, NULL, &message, &must_err));
    compare_passes(b, "rewrap: memory to memory, 1 GiB", plain, size, message,
                   rewrap_memory);
    compare_passes(b, "rewrap: file to file, 1 GiB", plain, size, message, rewrap_file);
    envcrypt_buffer_free(message);
    envcrypt_message_config_free(config);
    free(plain);
}
