/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the benchmark share. */
#ifndef EVC_TESTS_BENCH_H
#define EVC_TESTS_BENCH_H

#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>

#include "envcrypt/envcrypt.h"

/* A failed call ends the program: a figure of a failed call means nothing. */
void bench_must(int code, const envcrypt_error *error, const char *what);
#define MUST(call)                              \
    do {                                        \
        envcrypt_error *must_err = NULL;        \
        int must_code = (call);                 \
                                                \
        bench_must(must_code, must_err, #call); \
    } while (0)

typedef struct bench {
    int json;
    int smoke;
    int results; /* printed so far, for the commas */
    int others;
    envcrypt_client *client;
    envcrypt_keyring *keyring;
    envcrypt_context *context; /* two pairs */
    char *pending;             /* JSON of the figures that are not messages */
    size_t pending_size;
} bench;

void bench_open(bench *b);
void bench_close(bench *b);
/* Suite 0478, two context pairs. */
envcrypt_message_config *bench_config(const bench *b, uint32_t frame, size_t threads,
                                      envcrypt_cache *cache);

/* Raw AES-256-GCM with a ready context. */
typedef struct raw {
    EVP_CIPHER_CTX *seal;
    EVP_CIPHER_CTX *open;
    unsigned char iv[12];
    unsigned char tag[16];
    unsigned char aad[32];
} raw;
void raw_open(raw *r);
void raw_close(raw *r);
void raw_seal(raw *r, const unsigned char *in, size_t size, unsigned char *out);
void raw_unseal(raw *r, const unsigned char *in, size_t size, unsigned char *out);

void bench_cpu(char *out, size_t size); /* the model's name, fit for JSON */
uint64_t bench_cpu_ns(void);            /* of this thread */
uint64_t bench_wall_ns(void);
uint64_t bench_allocations(void);
/* Calls work as often as fits into some 30 ms (once in a smoke run): nanoseconds for one. */
double bench_time(const bench *b, void (*work)(void *user), void *user);
#define BENCH_ROUNDS 15
int bench_rounds(const bench *b);
double bench_median(double *values, int count); /* sorts */
unsigned char *bench_memory(size_t size);       /* touched */

typedef struct message_figure {
    const char *op;
    size_t size;
    uint32_t frame;
    size_t threads;
    int cached;
    double ns;
    double raw_ns;
    double ratio;
    double allocs;
} message_figure;
void bench_print_message(bench *b, const message_figure *f);
/* A figure of another kind: name, value, unit, in words what it is compared with. */
void bench_print_other(bench *b, const char *name, double value, const char *unit);

void bench_messages(bench *b);
void bench_threads(bench *b);
void bench_values(bench *b);
void bench_rewrap(bench *b);
void bench_stream(bench *b);

#endif
