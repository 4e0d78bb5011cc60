/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stays of a secret on the stack of the thread that used it. The work runs in a thread
 * whose stack is memory of the test; secrets and results stand elsewhere. OpenSSL's and
 * libsodium's frames lie on it too.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/argon2.h"
#include "crypto/cbc.h"
#include "crypto/chacha.h"
#include "crypto/digest.h"
#include "crypto/gcm.h"
#include "crypto/keywrap.h"
#include "crypto/random.h"
#include "crypto/secretbox.h"
#include "crypto/xaes.h"
#include "rsa-keys.h"

#define STACK_SIZE ((size_t)512 * 1024)
#define PIECE 16u /* of a secret that counts as found */

/* Mapped twice: valgrind permits no look at the stack of a thread that has ended. */
static uint8_t *stack;
static const uint8_t *stack_seen;
static const uint8_t nonce[EVC_XAES_NONCE] = {1};

/* Each work reads the first and writes the second; neither may be found afterwards. */
static uint8_t secret[32];
static uint8_t made[256];
static uint8_t prk[64]; /* what HKDF makes of the secret on its way */
static size_t made_size;
static int rc;

static void
seal_gcm(void)
{
    uint8_t tag[EVC_GCM_TAG];
    evc_gcm *gcm;

    rc = evc_gcm_take(crypto, evc_view_of(secret, 32), &gcm, NULL);
    if (rc == 0)
        rc = evc_gcm_seal(gcm, nonce, NULL, 0, evc_view_of(NULL, 0), NULL, tag, NULL);
    evc_gcm_give(gcm);
}

static void
seal_xaes(void)
{
    static uint8_t out[EVC_XAES_TAG];
    evc_xaes *xaes;

    rc = evc_xaes_open_key(crypto, evc_view_of(secret, 32), &xaes, NULL);
    if (rc == 0)
        rc = evc_xaes_seal(xaes, nonce, NULL, 0, evc_view_of(NULL, 0), out, NULL);
    evc_xaes_close(xaes);
}

static void
seal_chacha(void)
{
    static uint8_t out[EVC_CHACHA_TAG];

    rc = evc_chacha_seal(evc_view_of(secret, 32), evc_view_of(nonce, sizeof nonce),
                         evc_view_of(NULL, 0), evc_view_of(NULL, 0), out, NULL);
}

static void
derive(void)
{
    evc_view salt = evc_view_text("salt");

    made_size = 64;
    rc = evc_hkdf(crypto, EVC_SHA512, salt, evc_view_of(secret, 32), salt, made, 64,
                  NULL);
}

static void
mac(void)
{
    evc_view part = evc_view_text("text");

    made_size = 32;
    rc = evc_hmac(crypto, EVC_SHA256, evc_view_of(secret, 32), &part, 1, made, NULL);
}

static void
mac_by_long_key(void)
{
    static uint8_t key[200];
    evc_view part = evc_view_of(key, sizeof key);

    memcpy(key, secret, sizeof secret);
    made_size = 32; /* what HMAC takes in the place of such a key */
    rc = evc_hmac(crypto, EVC_SHA256, part, &part, 1, made, NULL);
    if (rc == 0)
        rc = evc_digest(crypto, EVC_SHA256, &part, 1, made, NULL);
}

static void
draw(void)
{
    made_size = 32;
    rc = evc_random_key(crypto, made, 32, NULL);
}

static void
unwrap(void)
{
    static uint8_t wrapped[40];
    size_t size;

    rc = evc_keywrap_wrap(crypto, false, evc_view_of(secret, 32),
                          evc_view_of(secret, 32), wrapped, &size, NULL);
    if (rc == 0)
        rc = evc_keywrap_unwrap(crypto, false, evc_view_of(secret, 32),
                                evc_view_of(wrapped, size), made, &made_size, NULL);
}

static void
open_cbc(void)
{
    static uint8_t sealed[48];

    rc = evc_cbc_seal(crypto, evc_view_of(secret, 32), nonce, evc_view_of(secret, 32),
                      sealed, NULL);
    if (rc == 0)
        rc = evc_cbc_open(crypto, evc_view_of(secret, 32), nonce,
                          evc_view_of(sealed, sizeof sealed), made, &made_size, NULL);
}

static void
open_secretbox(void)
{
    static uint8_t sealed[32 + EVC_SECRETBOX_TAG];

    made_size = 32;
    rc = evc_secretbox_seal(evc_view_of(secret, 32), nonce, evc_view_of(secret, 32),
                            sealed, NULL);
    if (rc == 0)
        rc = evc_secretbox_open(evc_view_of(secret, 32), nonce,
                                evc_view_of(sealed, sizeof sealed), made, NULL);
}

static void
stretch(void)
{
    made_size = 32;
    rc =
        evc_argon2id(evc_view_of(secret, 32), nonce, 1, EVC_ARGON2_MIN_KIB, made, NULL);
}

static const evc_rsa_padding oaep = {.hash = EVC_SHA256, .mgf1 = EVC_SHA256};
static evc_rsa *private_half;
static uint8_t cipher[256];

static void
open_rsa(void)
{
    rc = evc_rsa_decrypt(private_half, &oaep, evc_view_of(cipher, sizeof cipher), made,
                         &made_size, NULL);
}

static void
read_rsa_keys(void)
{
    evc_buf public_pem = {0};
    evc_buf private_pem = {0};
    evc_view no_passphrase = evc_view_of(NULL, 0);
    evc_rsa *public_half;

    encode_public(&public_pem, key2048, "PEM");
    encode_private(&private_pem, key2048, "PEM");
    EVC_CHECK_OK(
        evc_rsa_from_public_pem(crypto, evc_buf_view(&public_pem), &public_half, NULL));
    EVC_CHECK_OK(evc_rsa_from_private_pem(crypto, evc_buf_view(&private_pem),
                                          no_passphrase, &private_half, NULL));
    EVC_CHECK_OK(evc_rsa_encrypt(public_half, &oaep, evc_view_of(secret, sizeof secret),
                                 cipher, NULL));
    evc_rsa_unref(public_half);
    evc_buf_reset(&public_pem);
    evc_buf_reset(&private_pem);
}

static const struct work {
    const char *name;
    void (*run)(void);
} works[] = {
    {"gcm", seal_gcm}, {"xaes", seal_xaes}, {"chacha", seal_chacha},
    {"hkdf", derive},  {"hmac", mac},       {"hmac by a long key", mac_by_long_key},
    {"random", draw},  {"keywrap", unwrap}, {"argon2", stretch},
    {"rsa", open_rsa}, {"cbc", open_cbc},   {"secretbox", open_secretbox},
};

/* The end of a thread writes over what lies first on its stack, so the work lies deeper. */
static void *
on_own_stack(void *user)
{
    const struct work *work = user;
    volatile uint8_t above[3500];

    above[0] = 0;
    work->run();
    above[sizeof above - 1] = above[0];
    return NULL;
}

static bool
stands_at(const uint8_t *place, const uint8_t *wanted, uint8_t mask)
{
    size_t same = 0;

    while (same < PIECE && place[same] == (wanted[same] ^ mask))
        same++;
    return same == PIECE;
}

/* Where in the stack a piece of it stands, plain or as HMAC masks a key, or -1. */
static long
find(const uint8_t *wanted, size_t size)
{
    static const uint8_t masks[] = {0, 0x36, 0x5c};

    for (size_t from = 0; from + PIECE <= size; from += PIECE)
        for (size_t at = 0; at + PIECE <= STACK_SIZE; at++)
            for (size_t i = 0; i < sizeof masks; i++)
                if (stands_at(&stack_seen[at], &wanted[from], masks[i]))
                    return (long)(STACK_SIZE - at);
    return -1;
}

static void *
map_shared(int fd)
{
    void *start = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    ck_assert_ptr_ne(start, MAP_FAILED);
    return start;
}

static void
make_stack(void)
{
    FILE *file = tmpfile();

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(ftruncate(fileno(file), STACK_SIZE), 0);
    stack = map_shared(fileno(file));
    stack_seen = map_shared(fileno(file));
    (void)fclose(file);
}

static void
run(const struct work *work)
{
    pthread_attr_t attributes;
    pthread_t thread;

    make_stack();
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstack(&attributes, stack, STACK_SIZE), 0);
    ck_assert_int_eq(
        pthread_create(&thread, &attributes, on_own_stack, (void *)(uintptr_t)work), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    (void)pthread_attr_destroy(&attributes);
    EVC_CHECK_OK(rc);
}

static void
check_absent(const struct work *work, const char *what, const uint8_t *wanted,
             size_t size)
{
    long at = find(wanted, size);

    ck_assert_msg(at < 0, "%s: the %s is %ld bytes below the top", work->name, what,
                  at);
}

START_TEST(nothing_stays_on_the_stack)
{
    const struct work *work = &works[_i];

    made_size = 0;
    EVC_CHECK_OK(evc_random_key(crypto, secret, sizeof secret, NULL));
    EVC_CHECK_OK(evc_hkdf_extract(crypto, EVC_SHA512, evc_view_text("salt"),
                                  evc_view_of(secret, 32), prk, NULL));
    read_rsa_keys();
    run(work);
    evc_rsa_unref(private_half);
    check_absent(work, "secret", secret, sizeof secret);
    check_absent(work, "result", made, made_size);
    check_absent(work, "extracted key", prk, sizeof prk);
}
END_TEST

static void
leave_a_copy(void)
{
    volatile uint8_t copy[32];

    for (size_t i = 0; i < sizeof copy; i++)
        copy[i] = secret[i];
    rc = 0;
}

/* Else the other test would prove nothing. */
START_TEST(what_stays_is_found)
{
    const struct work work = {"copy", leave_a_copy};

    EVC_CHECK_OK(evc_random_key(crypto, secret, sizeof secret, NULL));
    run(&work);
    ck_assert_int_ge(find(secret, sizeof secret), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const copy_tests[] = {what_stays_is_found, NULL};
    const TTest *const work_tests[] = {nothing_stays_on_the_stack, NULL};

    rsa_add(suite, "copy", copy_tests, 1);
    rsa_add(suite, "each work", work_tests, (int)(sizeof works / sizeof works[0]));
}

EVC_TEST_MAIN("stack", add_tests)
