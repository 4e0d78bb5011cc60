/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of lib/crypto share: an open evc_crypto for each test, bytes from hex,
 * and the check after each test that OpenSSL's error queue is as the host left it.
 */
#ifndef EVC_TESTS_CRYPTO_FIXTURE_H
#define EVC_TESTS_CRYPTO_FIXTURE_H

#include <openssl/err.h>
#include <stdint.h>

#include "base/encode.h"
#include "crypto/crypto.h"
#include "evc-check.h"

static evc_env *env;
static evc_crypto *crypto;

#define HOST_REASON 77 /* of the error that the host is busy with */

static void
open_crypto(void)
{
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, HOST_REASON);
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
}

static void
close_crypto(void)
{
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    ck_assert_int_eq(ERR_GET_REASON(ERR_get_error()), HOST_REASON);
    ck_assert_uint_eq(ERR_get_error(), 0);
}

/* As evc_check_add, with the fixture. */
static inline void
crypto_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_crypto, close_crypto);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

typedef struct bytes {
    uint8_t data[160];
    size_t size;
} bytes;

static inline bytes
hex(const char *text)
{
    bytes b = {.size = strlen(text) / 2};

    ck_assert_uint_le(b.size, sizeof b.data);
    EVC_CHECK_OK(evc_decode_hex(evc_view_text(text), b.data, b.size, NULL));
    return b;
}

static inline evc_view
view(const bytes *b)
{
    return evc_view_of(b->data, b->size);
}

static inline bool
is_hex(const void *actual, const char *expected)
{
    bytes b = hex(expected);

    return b.size == 0 || memcmp(actual, b.data, b.size) == 0;
}

#define CHECK_HEX(actual, expected) \
    ck_assert_msg(is_hex(actual, expected), "%s is not %s", #actual, expected)

#endif
