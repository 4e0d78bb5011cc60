/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-seals.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "evc-check.h"

#define CONTEXTS 256u
#define SEALS 65536u
#define AAD 35u /* version, suite, message id */

int __real_EVP_CipherInit_ex2(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
                              const unsigned char *key, const unsigned char *iv,
                              int encrypt, const OSSL_PARAM params[]);
int __real_EVP_CipherUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *made,
                            const unsigned char *in, int size);
int __real_EVP_CipherFinal_ex(EVP_CIPHER_CTX *context, unsigned char *out, int *made);
int __wrap_EVP_CipherInit_ex2(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
                              const unsigned char *key, const unsigned char *iv,
                              int encrypt, const OSSL_PARAM params[]);
int __wrap_EVP_CipherUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *made,
                            const unsigned char *in, int size);
int __wrap_EVP_CipherFinal_ex(EVP_CIPHER_CTX *context, unsigned char *out, int *made);

/* What a context was told so far. */
typedef struct state {
    const EVP_CIPHER_CTX *context;
    evc_seal seal;
    uint8_t aad[AAD];
    size_t aad_size;
    size_t text_size;
} state;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static state states[CONTEXTS];
static evc_seal seals[SEALS];
static size_t count;

static state *
state_of(const EVP_CIPHER_CTX *context)
{
    for (size_t i = 0; i < CONTEXTS; i++) {
        if (!states[i].context)
            states[i].context = context;
        if (states[i].context == context)
            return &states[i];
    }
    abort();
}

/* -- what OpenSSL is told --------------------------------------------------------- */

static bool
seals_by_gcm(const EVP_CIPHER_CTX *context)
{
    return EVP_CIPHER_CTX_get_mode(context) == EVP_CIPH_GCM_MODE &&
           EVP_CIPHER_CTX_is_encrypting(context);
}

int
__wrap_EVP_CipherInit_ex2(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
                          const unsigned char *key, const unsigned char *iv,
                          int encrypt, const OSSL_PARAM params[])
{
    int rc = __real_EVP_CipherInit_ex2(context, cipher, key, iv, encrypt, params);
    state *s;

    if (EVP_CIPHER_CTX_get_mode(context) != EVP_CIPH_GCM_MODE)
        return rc;
    pthread_mutex_lock(&lock);
    s = state_of(context);
    if (key) {
        memset(s->seal.key, 0, sizeof s->seal.key);
        memcpy(s->seal.key, key, (size_t)EVP_CIPHER_CTX_get_key_length(context));
    }
    if (iv)
        memcpy(s->seal.iv, iv, sizeof s->seal.iv);
    s->aad_size = s->text_size = 0;
    pthread_mutex_unlock(&lock);
    return rc;
}

int
__wrap_EVP_CipherUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *made,
                        const unsigned char *in, int size)
{
    if (seals_by_gcm(context)) {
        state *s;

        pthread_mutex_lock(&lock);
        s = state_of(context);
        for (int i = 0; !out && i < size && s->aad_size < AAD; i++)
            s->aad[s->aad_size++] = in[i];
        if (out)
            s->text_size += (size_t)size;
        pthread_mutex_unlock(&lock);
    }
    return __real_EVP_CipherUpdate(context, out, made, in, size);
}

int
__wrap_EVP_CipherFinal_ex(EVP_CIPHER_CTX *context, unsigned char *out, int *made)
{
    if (seals_by_gcm(context)) {
        state *s;

        pthread_mutex_lock(&lock);
        s = state_of(context);
        s->seal.header = s->text_size == 0 && s->aad_size == AAD && s->aad[0] == 2 &&
                         (s->aad[1] == 4 || s->aad[1] == 5) && s->aad[2] == 0x78;
        memcpy(s->seal.id, &s->aad[3], sizeof s->seal.id);
        if (count == SEALS)
            abort();
        seals[count++] = s->seal;
        pthread_mutex_unlock(&lock);
    }
    return __real_EVP_CipherFinal_ex(context, out, made);
}

/* -- what tests ask --------------------------------------------------------------- */

void
evc_seals_reset(void)
{
    count = 0;
}

size_t
evc_seals_count(void)
{
    return count;
}

const evc_seal *
evc_seals_get(size_t i)
{
    return &seals[i];
}

void
evc_seals_add(const evc_seal *seal)
{
    ck_assert_uint_lt(count, SEALS);
    seals[count++] = *seal;
}

size_t
evc_seals_headers(void)
{
    size_t headers = 0;

    for (size_t i = 0; i < count; i++)
        headers += seals[i].header;
    return headers;
}

typedef int (*comparison)(const void *a, const void *b);

static int
by_key_and_iv(const void *a, const void *b)
{
    const evc_seal *x = a;
    const evc_seal *y = b;
    int order = memcmp(x->key, y->key, sizeof x->key);

    return order ? order : memcmp(x->iv, y->iv, sizeof x->iv);
}

static int
by_key(const void *a, const void *b)
{
    return memcmp(((const evc_seal *)a)->key, ((const evc_seal *)b)->key, 32);
}

static int
by_id(const void *a, const void *b)
{
    return memcmp(((const evc_seal *)a)->id, ((const evc_seal *)b)->id, 32);
}

/* Whether two of them are equal: in a sorted copy they are neighbours. */
static bool
has_equal(bool headers_only, comparison compare)
{
    evc_seal *copy = malloc(count * sizeof *copy + 1);
    bool found = false;
    size_t n = 0;

    ck_assert_ptr_nonnull(copy);
    for (size_t i = 0; i < count; i++) {
        if (seals[i].header || !headers_only)
            copy[n++] = seals[i];
    }
    qsort(copy, n, sizeof *copy, compare);
    for (size_t i = 1; i < n; i++)
        found |= compare(&copy[i - 1], &copy[i]) == 0;
    free(copy);
    return found;
}

bool
evc_seals_repeat(void)
{
    return has_equal(false, by_key_and_iv);
}

bool
evc_seals_headers_repeat(void)
{
    return has_equal(true, by_key) || has_equal(true, by_id);
}
