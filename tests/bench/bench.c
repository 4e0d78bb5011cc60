/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
bench_must(int code, const envcrypt_error *error, const char *what)
{
    if (code == 0)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, envcrypt_error_message(error));
    exit(1);
}

void
bench_cpu(char *out, size_t size)
{
    char line[512] = "";
    FILE *file = fopen("/proc/cpuinfo", "r");
    const char *model = "unknown";

    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            model = strchr(line, ':') + 2;
            line[strcspn(line, "\n\"\\")] = '\0';
            break;
        }
    }
    if (file)
        fclose(file);
    (void)snprintf(out, size, "%s", model);
}

static void
print_cpu(void)
{
    char model[256];

    bench_cpu(model, sizeof(model));
    printf("{\"cpu\": \"%s\", \"openssl\": \"%s\", \"results\": [", model,
           OpenSSL_version(OPENSSL_VERSION_STRING));
}

void
bench_open(bench *b)
{
    static const unsigned char key[32] = {1, 2, 3, 4};
    envcrypt_keyring_config *config = NULL;
    envcrypt_kms *kms = NULL;

    MUST(envcrypt_client_open(NULL, &b->client, &must_err));
    MUST(envcrypt_kms_open_raw_aes(b->client, "bench", "key-1", key, sizeof key, &kms,
                                   &must_err));
    MUST(envcrypt_keyring_config_new(&config, &must_err));
    MUST(envcrypt_keyring_config_set_generator(config, kms, &must_err));
    MUST(envcrypt_keyring_open(b->client, config, &b->keyring, &must_err));
    envcrypt_keyring_config_free(config);
    envcrypt_kms_unref(kms);
    MUST(envcrypt_context_new(&b->context, &must_err));
    MUST(envcrypt_context_add(b->context, "purpose", "bench", &must_err));
    MUST(envcrypt_context_add(b->context, "tenant", "a-tenant", &must_err));
    if (b->json)
        print_cpu();
    else
        printf("OpenSSL %s\n%-8s %10s %8s %3s %-7s %12s %12s %7s %7s\n",
               OpenSSL_version(OPENSSL_VERSION_STRING), "op", "size", "frame", "thr",
               "", "ns", "raw ns", "ratio", "allocs");
}

void
bench_close(bench *b)
{
    if (b->json)
        printf("\n], \"others\": [%s\n]}\n", b->pending ? b->pending : "");
    free(b->pending);
    envcrypt_context_free(b->context);
    envcrypt_keyring_unref(b->keyring);
    envcrypt_client_unref(b->client);
}

envcrypt_message_config *
bench_config(const bench *b, uint32_t frame, size_t threads, envcrypt_cache *cache)
{
    envcrypt_message_config *config = NULL;

    MUST(envcrypt_message_config_new(&config, &must_err));
    MUST(envcrypt_message_config_set_context(config, b->context, &must_err));
    MUST(envcrypt_message_config_set_frame_length(config, frame, &must_err));
    MUST(envcrypt_message_config_set_threads(config, threads, &must_err));
    MUST(envcrypt_message_config_set_cache(config, cache, &must_err));
    return config;
}

static EVP_CIPHER_CTX *
raw_context(int seal)
{
    static const unsigned char key[32] = {9, 8, 7};
    static const unsigned char iv[12] = {0};
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (!ctx || EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv, seal) != 1) {
        fputs("bench: OpenSSL has no AES-256-GCM\n", stderr);
        exit(1);
    }
    return ctx;
}

void
raw_open(raw *r)
{
    memset(r, 0, sizeof *r);
    r->seal = raw_context(1);
    r->open = raw_context(0);
}

void
raw_close(raw *r)
{
    EVP_CIPHER_CTX_free(r->seal);
    EVP_CIPHER_CTX_free(r->open);
}

void
raw_seal(raw *r, const unsigned char *in, size_t size, unsigned char *out)
{
    int n = 0;

    r->iv[0]++;
    EVP_EncryptInit_ex(r->seal, NULL, NULL, NULL, r->iv);
    EVP_EncryptUpdate(r->seal, NULL, &n, r->aad, sizeof r->aad);
    EVP_EncryptUpdate(r->seal, out, &n, in, (int)size);
    EVP_EncryptFinal_ex(r->seal, out, &n);
    EVP_CIPHER_CTX_ctrl(r->seal, EVP_CTRL_AEAD_GET_TAG, sizeof r->tag, r->tag);
}

void
raw_unseal(raw *r, const unsigned char *in, size_t size, unsigned char *out)
{
    int n = 0;

    EVP_DecryptInit_ex(r->open, NULL, NULL, NULL, r->iv);
    EVP_DecryptUpdate(r->open, NULL, &n, r->aad, sizeof r->aad);
    EVP_DecryptUpdate(r->open, out, &n, in, (int)size);
    EVP_CIPHER_CTX_ctrl(r->open, EVP_CTRL_AEAD_SET_TAG, sizeof r->tag, r->tag);
    if (EVP_DecryptFinal_ex(r->open, out, &n) != 1) {
        fputs("bench: the raw tag does not hold\n", stderr);
        exit(1);
    }
}

static uint64_t
read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t
bench_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t
bench_wall_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double
bench_time(const bench *b, void (*work)(void *user), void *user)
{
    uint64_t limit = b->smoke ? 0 : 30000000;
    uint64_t begin = bench_cpu_ns();
    uint64_t spent = 0;
    uint64_t calls = 0;
    uint64_t step = 1;

    do {
        for (uint64_t i = 0; i < step; i++)
            work(user);
        calls += step;
        spent = bench_cpu_ns() - begin;
        if (spent < limit / 8)
            step *= 2;
    } while (spent < limit);
    return (double)spent / (double)calls;
}

int
bench_rounds(const bench *b)
{
    return b->smoke ? 1 : BENCH_ROUNDS;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

double
bench_median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

unsigned char *
bench_memory(size_t size)
{
    unsigned char *memory = malloc(size);

    if (!memory) {
        fputs("bench: out of memory\n", stderr);
        exit(1);
    }
    memset(memory, 0x5a, size);
    return memory;
}

void
bench_print_message(bench *b, const message_figure *f)
{
    if (b->json)
        printf("%s\n  {\"op\": \"%s\", \"size\": %zu, \"frame\": %u, \"threads\": %zu, "
               "\"cached\": %s, \"ns\": %.1f, \"raw_ns\": %.1f, \"ratio\": %.3f, "
               "\"allocs\": %.1f}",
               b->results++ ? "," : "", f->op, f->size, f->frame, f->threads,
               f->cached ? "true" : "false", f->ns, f->raw_ns, f->ratio, f->allocs);
    else
        printf("%-8s %10zu %8u %3zu %-7s %12.0f %12.0f %7.2f %7.1f\n", f->op, f->size,
               f->frame, f->threads, f->cached ? "cached" : "", f->ns, f->raw_ns,
               f->ratio, f->allocs);
    fflush(stdout);
}

void
bench_print_other(bench *b, const char *name, double value, const char *unit)
{
    char text[256];
    int size;

    if (!b->json) {
        printf("%-52s %10.3f %s\n", name, value, unit);
        fflush(stdout);
        return;
    }
    size = snprintf(text, sizeof text,
                    "%s\n  {\"name\": \"%s\", \"value\": %.4f, \"unit\": \"%s\"}",
                    b->others++ ? "," : "", name, value, unit);
    b->pending = realloc(b->pending, b->pending_size + (size_t)size + 1);
    if (!b->pending)
        exit(1);
    memcpy(b->pending + b->pending_size, text, (size_t)size + 1);
    b->pending_size += (size_t)size;
}
