/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random.h"

#include <openssl/rand.h>

#include "base/mem.h"
#include "base/threads.h"
#include "crypto-fixture.h"
#include "evc-child.h"

#define THREADS 4
#define KEYS 200

START_TEST(keys_differ)
{
    uint8_t keys[2][32] = {{0}};

    EVC_CHECK_OK(evc_random_key(crypto, keys[0], 32, NULL));
    EVC_CHECK_OK(evc_random_key(crypto, keys[1], 32, NULL));
    ck_assert_mem_ne(keys[0], keys[1], 32);
}
END_TEST

START_TEST(fills_exactly_what_was_asked_for)
{
    uint8_t bytes_of[66] = {0};

    bytes_of[0] = 0xA5;
    bytes_of[65] = 0x5A;
    EVC_CHECK_OK(evc_random_key(crypto, &bytes_of[1], 64, NULL));
    ck_assert_int_eq(bytes_of[0], 0xA5);
    ck_assert_int_eq(bytes_of[65], 0x5A);
    ck_assert(!evc_mem_is_zero(&bytes_of[1], 32));
    ck_assert(!evc_mem_is_zero(&bytes_of[33], 32));
}
END_TEST

/* One request to the kernel is 256 bytes at most. */
START_TEST(fills_more_than_one_request)
{
    static uint8_t many[3 * 65536 + 5];

    EVC_CHECK_OK(evc_random_key(crypto, many, sizeof many, NULL));
    for (size_t at = 0; at + 32 <= sizeof many; at += 32)
        ck_assert(!evc_mem_is_zero(&many[at], 32));
}
END_TEST

START_TEST(nothing_is_a_legal_size)
{
    uint8_t byte = 7;

    EVC_CHECK_OK(evc_random_key(crypto, &byte, 0, NULL));
    ck_assert_int_eq(byte, 7);
}
END_TEST

START_TEST(public_bytes_differ)
{
    uint8_t ids[2][16] = {{0}};

    evc_random_public(ids[0], 16);
    evc_random_public(ids[1], 16);
    ck_assert_mem_ne(ids[0], ids[1], 16);
}
END_TEST

static uint8_t keys_of[THREADS][KEYS][16];

static void
draw(void *user, size_t index)
{
    int *failed = user;

    for (size_t i = 0; i < KEYS; i++)
        if (evc_random_key(crypto, keys_of[index][i], 16, NULL))
            failed[index] = 1;
}

static int
by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

START_TEST(threads_never_draw_the_same_key)
{
    int failed[THREADS] = {0};

    EVC_CHECK_OK(evc_threads_run(THREADS, draw, failed, NULL));
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(failed[i], 0);
    qsort(keys_of, (size_t)THREADS * KEYS, 16, by_bytes);
    for (size_t i = 1; i < (size_t)THREADS * KEYS; i++)
        ck_assert_mem_ne(&keys_of[0][0][0] + 16 * (i - 1), &keys_of[0][0][0] + 16 * i,
                         16);
}
END_TEST

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static int
host_bytes(unsigned char *out, int size)
{
    memset(out, 0, (size_t)size);
    return 1;
}

static void
set_host_method(void)
{
    static RAND_METHOD method = {.bytes = host_bytes};

    ck_assert_int_eq(RAND_set_rand_method(&method), 1);
}
#pragma GCC diagnostic pop

START_TEST(random_method_of_the_host_chooses_no_keys)
{
    uint8_t key[32] = {0};

    set_host_method();
    EVC_CHECK_OK(evc_random_key(crypto, key, sizeof key, NULL));
    ck_assert(!evc_mem_is_zero(key, sizeof key));
}
END_TEST

static int
draw_in_child(void *user)
{
    uint8_t key[32];

    (void)user;
    memset(key, 0xA5, sizeof key);
    if (evc_random_key(crypto, key, sizeof key, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    return evc_mem_is_zero(key, sizeof key) ? 0 : 2;
}

START_TEST(child_of_fork_gets_an_error_and_zeros)
{
    EVC_CHECK_CHILD(draw_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const random_tests[] = {
        keys_differ,
        fills_exactly_what_was_asked_for,
        fills_more_than_one_request,
        nothing_is_a_legal_size,
        public_bytes_differ,
        threads_never_draw_the_same_key,
        random_method_of_the_host_chooses_no_keys,
        child_of_fork_gets_an_error_and_zeros,
        NULL,
    };

    crypto_add(suite, "random", random_tests);
}

EVC_TEST_MAIN("random", add_tests)
