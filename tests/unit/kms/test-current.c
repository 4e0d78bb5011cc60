/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/current.h"

#include "kms/call.h"
#include "scripted.h"

#define BOTH (ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_DESCRIBE)

/* What the service answers. */
static const char *used; /* version of an unwrap; NULL = it does not tell */
static bool stale;
static bool replaces;
static bool lists; /* versions */
static int unwraps;
static int describes;
static int fails; /* code of DESCRIBE */

static void
act_describe(evc_call *call)
{
    evc_error *error = NULL;

    describes++;
    if (fails) {
        int rc = evc_err(&error, fails, "it fails");

        evc_call_finish(call, rc, error);
        return;
    }
    EVC_CHECK_OK(evc_key_info_new(evc_view_text("id"), &call->info, NULL));
    if (lists) {
        EVC_CHECK_OK(
            evc_key_info_add(call->info, "one", ENVCRYPT_KEY_ENABLED, -1, NULL));
        EVC_CHECK_OK(
            evc_key_info_add(call->info, "two", ENVCRYPT_KEY_ENABLED, -1, NULL));
    }
    evc_call_finish(call, 0, NULL);
}

static void
act_all(evc_call *call)
{
    if (call->operation == ENVCRYPT_OP_DESCRIBE) {
        act_describe(call);
        return;
    }
    unwraps++;
    call->key = make_secret(32, 1);
    call->stale = stale;
    if (used)
        evc_buf_put_text(&call->version, used);
    if (replaces) {
        evc_buf_put_text(&call->replacement.provider, "scripted");
        evc_buf_put_text(&call->replacement.ciphertext, "anew");
    }
    evc_call_finish(call, 0, NULL);
}

static void
begin(void)
{
    open_crypto();
    act = act_all;
    used = "two";
    stale = false;
    replaces = false;
    lists = true;
    unwraps = 0;
    describes = 0;
    fails = 0;
}

static int
ask(uint32_t operations, int32_t *answer)
{
    evc_edk edk = {evc_view_text("scripted"), evc_view_text("id"),
                   evc_view_text("wrapped")};
    evc_kms *kms = open_scripted(operations);
    int rc = evc_current_ask(kms, &edk, NULL, NULL, answer, NULL);

    evc_kms_unref(kms);
    return rc;
}

START_TEST(the_current_version_is_current)
{
    int32_t answer;

    EVC_CHECK_OK(ask(BOTH, &answer));
    ck_assert_int_eq(answer, ENVCRYPT_YES);
    ck_assert_int_eq(unwraps, 1);
    ck_assert_int_eq(describes, 1);
}
END_TEST

START_TEST(an_older_version_is_not)
{
    int32_t answer;

    used = "one";
    EVC_CHECK_OK(ask(BOTH, &answer));
    ck_assert_int_eq(answer, ENVCRYPT_NO);
}
END_TEST

START_TEST(a_service_that_says_stale_is_not_asked_again)
{
    int32_t answer;

    stale = true;
    EVC_CHECK_OK(ask(BOTH, &answer));
    ck_assert_int_eq(answer, ENVCRYPT_NO);
    stale = false;
    replaces = true;
    EVC_CHECK_OK(ask(BOTH, &answer));
    ck_assert_int_eq(answer, ENVCRYPT_NO);
    ck_assert_int_eq(describes, 0);
}
END_TEST

START_TEST(what_a_service_does_not_tell_is_unknown)
{
    int32_t answer;

    EVC_CHECK_OK(ask(ENVCRYPT_OP_UNWRAP, &answer));
    ck_assert_int_eq(answer, ENVCRYPT_UNKNOWN);
    lists = false;
    EVC_CHECK_OK(ask(BOTH, &answer));
    ck_assert_int_eq(answer, ENVCRYPT_UNKNOWN);
    used = NULL;
    lists = true;
    EVC_CHECK_OK(ask(BOTH, &answer));
    ck_assert_int_eq(answer, ENVCRYPT_UNKNOWN);
}
END_TEST

START_TEST(a_failure_is_an_error)
{
    int32_t answer;

    fails = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(ask(BOTH, &answer), ENVCRYPT_E_DENIED);
    ck_assert_int_eq(answer, ENVCRYPT_UNKNOWN);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_current_version_is_current,
                                  an_older_version_is_not,
                                  a_service_that_says_stale_is_not_asked_again,
                                  what_a_service_does_not_tell_is_unknown,
                                  a_failure_is_an_error,
                                  NULL};
    TCase *tcase = tcase_create("current");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, close_crypto);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("current", add_tests)
