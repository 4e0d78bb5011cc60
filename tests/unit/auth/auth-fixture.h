/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of lib/auth share: arena, cryptography, and credentials of fixed texts. */
#ifndef EVC_TESTS_AUTH_FIXTURE_H
#define EVC_TESTS_AUTH_FIXTURE_H

#include "auth/creds.h"
#include "crypto/crypto.h"
#include "evc-check.h"

static evc_env *env;
static evc_crypto *crypto;

static void
open_auth(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
}

/* Nothing of a test is left in the arena. */
static void
close_auth(void)
{
    evc_arena_status status;

    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

/* As evc_check_add, with the fixture. */
static inline void
auth_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_auth, close_auth);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

/* token NULL: none. */
static inline evc_creds *
creds_of(const char *id, const char *secret, const char *token)
{
    evc_creds_parts parts = {.id = evc_view_text(id),
                             .secret = evc_view_text(secret),
                             .token = evc_view_text(token),
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "test"};
    evc_creds *creds;

    EVC_CHECK_OK(evc_creds_new(env->arena, &parts, &creds, NULL));
    return creds;
}

#endif
