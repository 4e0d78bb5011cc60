/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a stream of 1 GiB, written and read again piece by piece. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#define FRAME 262144u
#define PIECE 65536u

static double
peak_kib(void)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    double kib = 0;

    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtod(line + 6, NULL);
    }
    if (file)
        fclose(file);
    return kib;
}

/* Forgets the peak so far (Linux: 5 to clear_refs). */
static void
reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");

    if (file) {
        fputs("5", file);
        fclose(file);
    }
}

static void
read_back(envcrypt_reader *reader, const unsigned char *message, size_t size,
          unsigned char *room, size_t capacity)
{
    size_t at = 0;

    while (at < size) {
        size_t used = 0;
        size_t made = 0;

        MUST(envcrypt_reader_process(reader, message + at, size - at, &used, room,
                                     capacity, &made, NULL, &must_err));
        at += used;
    }
}

static void
run(bench *b, uint64_t total)
{
    static unsigned char plain[PIECE];
    static unsigned char message[2 * PIECE];
    static unsigned char room[2 * PIECE];
    envcrypt_message_config *config = bench_config(b, FRAME, 1, NULL);
    envcrypt_writer *writer = NULL;
    envcrypt_reader *reader = NULL;
    size_t used = 0;
    size_t made = 0;
    int32_t done = 0;

    MUST(envcrypt_writer_open(b->keyring, config, NULL, &writer, &must_err));
    MUST(envcrypt_reader_open(b->keyring, config, &reader, &must_err));
    for (uint64_t left = total; left > 0; left -= used) {
        size_t size = left < PIECE ? (size_t)left : PIECE;

        MUST(envcrypt_writer_process(writer, plain, size, &used, message,
                                     sizeof message, &made, &must_err));
        read_back(reader, message, made, room, sizeof room);
    }
    while (!done) {
        MUST(envcrypt_writer_finish(writer, message, sizeof message, &made, &done,
                                    &must_err));
        read_back(reader, message, made, room, sizeof room);
    }
    for (done = 0; !done;)
        MUST(
            envcrypt_reader_finish(reader, room, sizeof room, &made, &done, &must_err));
    envcrypt_writer_free(writer);
    envcrypt_reader_free(reader);
    envcrypt_message_config_free(config);
}

void
bench_stream(bench *b)
{
    double before;

    run(b, PIECE); /* the library has started: pools are warm, pages are touched */
    reset_peak();
    before = peak_kib();
    run(b, b->smoke ? (uint64_t)1 << 22 : (uint64_t)1 << 30);
    bench_print_other(b, "stream: 1 GiB written and read, memory above start",
                      (peak_kib() - before) / 1024, "MiB");
}
