/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <stdlib.h>

typedef struct job {
    envcrypt_keyring *keyring;
    envcrypt_message_config *config;
    raw cipher;
    unsigned char *plain;
    unsigned char *message;
    unsigned char *back;
    size_t size;
    size_t room;
    size_t made;
    size_t opened;
} job;

static void
encrypt(void *user)
{
    job *j = user;

    MUST(envcrypt_encrypt_into(j->keyring, j->config, j->plain, j->size, j->message,
                               j->room, &j->made, NULL, &must_err));
}

static void
decrypt(void *user)
{
    job *j = user;

    MUST(envcrypt_decrypt_into(j->keyring, j->config, j->message, j->made, j->back,
                               j->room, &j->opened, NULL, &must_err));
}

static void
seal(void *user)
{
    job *j = user;

    raw_seal(&j->cipher, j->plain, j->size, j->message);
}

static void
unseal(void *user)
{
    job *j = user;

    raw_unseal(&j->cipher, j->message, j->size, j->back);
}

static double
count(void (*work)(void *user), void *user)
{
    uint64_t before;

    work(user);
    before = bench_allocations();
    for (int i = 0; i < 10; i++)
        work(user);
    return (double)(bench_allocations() - before) / 10;
}

/* One row: work against raw work, round by round. prepare makes the input of both. */
static void
row(bench *b, job *j, message_figure *f, void (*work)(void *), void (*prepare)(void *),
    void (*raw_work)(void *), void (*raw_prepare)(void *))
{
    double ns[BENCH_ROUNDS];
    double raw_ns[BENCH_ROUNDS];
    double ratio[BENCH_ROUNDS];
    int rounds = bench_rounds(b);

    for (int i = 0; i < rounds; i++) {
        raw_prepare(j);
        raw_ns[i] = bench_time(b, raw_work, j);
        prepare(j);
        ns[i] = bench_time(b, work, j);
        ratio[i] = ns[i] / raw_ns[i];
    }
    f->allocs = count(work, j);
    f->ns = bench_median(ns, rounds);
    f->raw_ns = bench_median(raw_ns, rounds);
    f->ratio = bench_median(ratio, rounds);
    bench_print_message(b, f);
}

static void
size_rows(bench *b, size_t size, uint32_t frame, envcrypt_cache *cache)
{
    message_figure f = {"encrypt", size, frame, 1, cache != NULL, 0, 0, 0, 0};
    job j = {0};

    j.keyring = b->keyring;
    j.config = bench_config(b, frame, 1, cache);
    j.size = size;
    j.room = size + size / 64 + 4096;
    j.plain = bench_memory(size);
    j.message = bench_memory(j.room);
    j.back = bench_memory(j.room);
    raw_open(&j.cipher);
    row(b, &j, &f, encrypt, encrypt, seal, seal);
    f.op = "decrypt";
    row(b, &j, &f, decrypt, encrypt, unseal, seal);
    raw_close(&j.cipher);
    free(j.plain);
    free(j.message);
    free(j.back);
    envcrypt_message_config_free(j.config);
}

void
bench_messages(bench *b)
{
    static const size_t sizes[] = {64, 1024, 4096, 65536, 1048576};
    envcrypt_cache *cache = NULL;

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        size_rows(b, sizes[i], 4096, NULL);
    size_rows(b, b->smoke ? (size_t)1 << 20 : (size_t)64 << 20, 262144, NULL);
    MUST(envcrypt_cache_open(b->client, NULL, &cache, &must_err));
    for (size_t i = 0; i < 3; i++)
        size_rows(b, sizes[i], 4096, cache);
    envcrypt_cache_unref(cache);
}
