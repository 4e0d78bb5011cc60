/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of lib/kms share: an open evc_crypto for each test, whose wall clock
 * stands still at wall_ms, and data keys in its arena.
 */
#ifndef EVC_TESTS_KMS_FIXTURE_H
#define EVC_TESTS_KMS_FIXTURE_H

#include <stdint.h>

#include "base/mem.h"
#include "crypto/crypto.h"
#include "evc-check.h"
#include "kms/context.h"

#define WALL_MS INT64_C(1700000000123)

static evc_env *env;
static evc_crypto *crypto;
static int64_t wall_ms;

static int64_t
tell_wall_ms(void *user)
{
    (void)user;
    return wall_ms;
}

static void
open_crypto(void)
{
    const evc_clock clock = {.wall_ms = tell_wall_ms};

    wall_ms = WALL_MS;
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, &clock, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
}

/* Every test gives back what it took from the arena. */
static void
close_crypto(void)
{
    evc_arena_status status;

    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

/* As evc_check_add, with the fixture. */
static inline void
kms_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_crypto, close_crypto);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

/* Of size bytes that count up from first. */
static inline evc_secret
make_secret(size_t size, uint8_t first)
{
    evc_secret secret;

    EVC_CHECK_OK(evc_secret_new(env->arena, size, &secret, NULL));
    for (size_t i = 0; i < size; i++)
        secret.bytes[i] = (uint8_t)(first + i);
    return secret;
}

static inline evc_view
view_of_secret(const evc_secret *secret)
{
    return evc_view_of(secret->bytes, secret->size);
}

static inline void
add_pair(evc_kv *pairs, const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_add(pairs, evc_view_text(name), evc_view_text(value), NULL));
}

static inline evc_view
text(const char *s)
{
    return evc_view_text(s);
}

#endif
