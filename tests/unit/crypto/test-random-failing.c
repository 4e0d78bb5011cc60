/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel gives no random bytes: getentropy is replaced. */
#include <errno.h>

#include "base/mem.h"
#include "crypto-fixture.h"
#include "crypto/loan.h"
#include "crypto/random.h"

int __real_getentropy(void *out, size_t size);
int __wrap_getentropy(void *out, size_t size);

static size_t served = SIZE_MAX; /* calls until the first that fails */

int
__wrap_getentropy(void *out, size_t size)
{
    if (served-- > 0)
        return __real_getentropy(out, size);
    served = 0;
    errno = ENOSYS;
    return -1;
}

START_TEST(a_key_is_refused_and_zeroed)
{
    uint8_t key[32];
    evc_error *err = NULL;

    memset(key, 0xA5, sizeof key);
    served = 0;
    EVC_CHECK_CODE(evc_random_key(crypto, key, sizeof key, &err), ENVCRYPT_E_RANDOM);
    ck_assert(evc_mem_is_zero(key, sizeof key));
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "getrandom"));
    evc_error_free(err);
}
END_TEST

START_TEST(bytes_before_the_failure_are_zeroed_too)
{
    uint8_t many[600];

    memset(many, 0xA5, sizeof many);
    served = 2;
    EVC_CHECK_CODE(evc_random_key(crypto, many, sizeof many, NULL), ENVCRYPT_E_RANDOM);
    ck_assert(evc_mem_is_zero(many, sizeof many));
}
END_TEST

START_TEST(nothing_is_lent)
{
    evc_loan loan = {.gcm = NULL};
    uint8_t own[32];

    served = 0;
    EVC_CHECK_CODE(evc_loan_draw(&loan, crypto, own, sizeof own, NULL),
                   ENVCRYPT_E_RANDOM);
    ck_assert(!loan.has_iv);
    ck_assert_ptr_null(loan.key.bytes);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_key_is_refused_and_zeroed,
        bytes_before_the_failure_are_zeroed_too,
        nothing_is_lent,
        NULL,
    };

    crypto_add(suite, "random-failing", tests);
}

EVC_TEST_MAIN("random-failing", add_tests)
