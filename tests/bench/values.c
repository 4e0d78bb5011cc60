/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <stdlib.h>

#define SIZE 1024

typedef struct job {
    envcrypt_value_key *key;
    const envcrypt_context *context;
    raw cipher;
    unsigned char plain[SIZE];
    unsigned char value[SIZE + ENVCRYPT_VALUE_OVERHEAD];
    unsigned char raw_out[SIZE];
    size_t made;
} job;

static void
seal(void *user)
{
    job *j = user;

    MUST(envcrypt_value_seal(j->key, j->context, j->plain, SIZE, j->value,
                             sizeof j->value, &j->made, &must_err));
}

static void
open_value(void *user)
{
    job *j = user;
    size_t made = 0;

    MUST(envcrypt_value_open(j->key, j->context, j->value, sizeof j->value, j->plain,
                             SIZE, &made, &must_err));
}

static void
raw_one(void *user)
{
    job *j = user;

    raw_seal(&j->cipher, j->plain, SIZE, j->raw_out);
}

static void
raw_open_one(void *user)
{
    job *j = user;

    raw_unseal(&j->cipher, j->raw_out, SIZE, j->plain);
}

static void
compare_speed(bench *b, job *j, const char *name, void (*work)(void *),
              void (*raw_work)(void *))
{
    double speed[BENCH_ROUNDS];
    int rounds = bench_rounds(b);

    for (int i = 0; i < rounds; i++)
        speed[i] = 100 * bench_time(b, raw_work, j) / bench_time(b, work, j);
    bench_print_other(b, name, bench_median(speed, rounds), "% of raw");
}

void
bench_values(bench *b)
{
    envcrypt_buffer *record = NULL;
    static job j;

    MUST(envcrypt_value_key_new(b->keyring, b->context, NULL, &j.key, &record,
                                &must_err));
    envcrypt_buffer_free(record);
    j.context = b->context;
    raw_open(&j.cipher);
    raw_one(&j);
    seal(&j);
    compare_speed(b, &j, "values: seal, 1 KiB", seal, raw_one);
    raw_one(&j);
    compare_speed(b, &j, "values: open, 1 KiB", open_value, raw_open_one);
    raw_close(&j.cipher);
    envcrypt_value_key_unref(j.key);
}
