/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a second thread gains: wall time of one over two threads, for messages and for two raw
 * ciphers side by side.
 */
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>

#define FRAME 262144u

typedef struct half {
    raw cipher;
    unsigned char *in;
    unsigned char *out;
    size_t size;
} half;

/* In pieces of a frame, as a message is. */
static void *
seal_half(void *user)
{
    half *h = user;

    for (size_t at = 0; at < h->size; at += FRAME)
        raw_seal(&h->cipher, h->in + at, FRAME, h->out + at);
    return NULL;
}

static double
raw_wall(half *halves, int threads)
{
    uint64_t begin = bench_wall_ns();
    pthread_t thread;

    if (threads == 2 && pthread_create(&thread, NULL, seal_half, &halves[1]))
        exit(1);
    seal_half(&halves[0]);
    if (threads == 2)
        pthread_join(thread, NULL);
    else
        seal_half(&halves[1]);
    return (double)(bench_wall_ns() - begin);
}

typedef struct shared {
    bench *b;
    unsigned char *plain;
    unsigned char *message;
    unsigned char *back;
    size_t size;
    size_t room;
    size_t made;
} shared;

static double
message_wall(shared *s, int threads, int opens)
{
    envcrypt_message_config *config = bench_config(s->b, FRAME, (size_t)threads, NULL);
    uint64_t begin = bench_wall_ns();
    size_t made = 0;

    if (opens)
        MUST(envcrypt_decrypt_into(s->b->keyring, config, s->message, s->made, s->back,
                                   s->room, &made, NULL, &must_err));
    else
        MUST(envcrypt_encrypt_into(s->b->keyring, config, s->plain, s->size, s->message,
                                   s->room, &s->made, NULL, &must_err));
    begin = bench_wall_ns() - begin;
    envcrypt_message_config_free(config);
    return (double)begin;
}

static void
open_halves(half *halves, shared *s)
{
    for (int i = 0; i < 2; i++) {
        raw_open(&halves[i].cipher);
        halves[i].size = s->size / 2;
        halves[i].in = s->plain + (size_t)i * s->size / 2;
        halves[i].out = s->back + (size_t)i * s->size / 2;
    }
}

void
bench_threads(bench *b)
{
    double raw_gain[BENCH_ROUNDS];
    double seal_part[BENCH_ROUNDS];
    double open_part[BENCH_ROUNDS];
    int rounds = bench_rounds(b);
    half halves[2];
    shared s = {b, NULL, NULL, NULL, 0, 0, 0};

    s.size = b->smoke ? (size_t)1 << 20 : (size_t)64 << 20;
    s.room = s.size + s.size / 64 + 4096;
    s.plain = bench_memory(s.size);
    s.message = bench_memory(s.room);
    s.back = bench_memory(s.room);
    open_halves(halves, &s);
    for (int i = 0; i < rounds; i++) {
        raw_gain[i] = raw_wall(halves, 1) / raw_wall(halves, 2);
        seal_part[i] = message_wall(&s, 1, 0) / message_wall(&s, 2, 0) / raw_gain[i];
        open_part[i] = message_wall(&s, 1, 1) / message_wall(&s, 2, 1) / raw_gain[i];
    }
    bench_print_other(b, "threads: raw cipher, one over two",
                      bench_median(raw_gain, rounds), "x");
    bench_print_other(b, "threads: encrypt, gain over raw gain",
                      bench_median(seal_part, rounds), "x");
    bench_print_other(b, "threads: decrypt, gain over raw gain",
                      bench_median(open_part, rounds), "x");
    for (int i = 0; i < 2; i++)
        raw_close(&halves[i].cipher);
    free(s.plain);
    free(s.message);
    free(s.back);
}
