/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/creds.h"

#include "base/env.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

static evc_env *env;

static void
setup(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
}

static void
teardown(void)
{
    evc_env_unref(env);
}

static size_t
used(void)
{
    evc_arena_status status;

    evc_arena_get_status(env->arena, &status);
    return status.used_slots;
}

static evc_creds_parts
parts(void)
{
    return (evc_creds_parts){.id = evc_view_text("AKIDEXAMPLE"),
                             .secret = evc_view_text("wJalrXUtnFEMI"),
                             .token = evc_view_text("token/+="),
                             .expires_ms = 1234,
                             .account = evc_view_text("111122223333"),
                             .source = "profile",
                             .detail = "dev"};
}

START_TEST(holds_copies_of_all_parts)
{
    evc_creds_parts p = parts();
    evc_creds *c = NULL;

    EVC_CHECK_OK(evc_creds_new(env->arena, &p, &c, NULL));
    ck_assert_str_eq(c->id, "AKIDEXAMPLE");
    ck_assert_mem_eq(c->secret.bytes, "wJalrXUtnFEMI", 13);
    ck_assert_mem_eq(c->token.bytes, "token/+=", 8);
    ck_assert_str_eq(c->account, "111122223333");
    ck_assert_str_eq(c->detail, "dev");
    ck_assert_str_eq(c->source, "profile");
    ck_assert_int_eq(c->expires_ms, 1234);
    ck_assert(!c->fixed);
    evc_creds_unref(c);
}
END_TEST

START_TEST(empty_parts_are_empty_texts_and_no_secrets)
{
    evc_creds_parts p = {.token = evc_view_text("t"), .source = "file", .fixed = true};
    evc_creds *c = NULL;

    EVC_CHECK_OK(evc_creds_new(env->arena, &p, &c, NULL));
    ck_assert_str_eq(c->id, "");
    ck_assert_str_eq(c->account, "");
    ck_assert_str_eq(c->detail, "");
    ck_assert_ptr_null(c->secret.bytes);
    ck_assert(c->fixed);
    evc_creds_unref(c);
}
END_TEST

START_TEST(the_last_reference_gives_the_slots_back)
{
    evc_creds_parts p = parts();
    evc_creds *c = NULL;

    EVC_CHECK_OK(evc_creds_new(env->arena, &p, &c, NULL));
    evc_creds_unref(evc_creds_ref(c));
    ck_assert_uint_eq(used(), 2);
    evc_creds_unref(c);
    ck_assert_uint_eq(used(), 0);
    evc_creds_unref(NULL);
}
END_TEST

static void
check_token_size(size_t size, int code)
{
    static char token[EVC_ARENA_MAX_SLOT + 1];
    evc_creds_parts p = parts();
    evc_creds *c = NULL;

    memset(token, 'x', sizeof(token));
    p.token = evc_view_of(token, size);
    EVC_CHECK_CODE(evc_creds_new(env->arena, &p, &c, NULL), code);
    ck_assert_int_eq(c != NULL, code == 0);
    evc_creds_unref(c);
    ck_assert_uint_eq(used(), 0);
}

START_TEST(a_token_may_fill_a_slot)
{
    check_token_size(EVC_ARENA_MAX_SLOT, 0);
}
END_TEST

START_TEST(a_token_past_a_slot_is_refused)
{
    check_token_size(EVC_ARENA_MAX_SLOT + 1, ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static const char *const bad[] = {"a\n", "a\r", "a\tb", "\x7f", "caf\xc3\xa9", "\x1f"};

START_TEST(control_and_other_bytes_are_refused_in_each_part)
{
    evc_view text = evc_view_text(bad[_i / 4]);
    evc_creds_parts p = parts();
    evc_error *err = NULL;
    evc_creds *c = NULL;

    switch (_i % 4) {
    case 0:
        p.id = text;
        break;
    case 1:
        p.secret = text;
        break;
    case 2:
        p.token = text;
        break;
    default:
        p.account = text;
    }
    EVC_CHECK_CODE(evc_creds_new(env->arena, &p, &c, &err), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "profile"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "wJalr"));
    evc_error_free(err);
}
END_TEST

static int
make(void *user)
{
    evc_creds_parts p = parts();
    evc_creds *c = NULL;
    int rc = evc_creds_new(env->arena, &p, &c, NULL);

    (void)user;
    evc_creds_unref(c);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(make, NULL), 4);
    ck_assert_uint_eq(used(), 0);
}
END_TEST

START_TEST(a_certificate_comes_with_a_key_that_has_lines)
{
    evc_creds_parts p = {.secret = evc_view_text("-----BEGIN K-----\r\n\tA\n"),
                         .certificate = evc_view_text("-----BEGIN C-----\nB\n"),
                         .source = "exec"};
    evc_creds *c = NULL;

    EVC_CHECK_OK(evc_creds_new(env->arena, &p, &c, NULL));
    ck_assert_str_eq(c->certificate, "-----BEGIN C-----\nB\n");
    ck_assert_mem_eq(c->secret.bytes, "-----BEGIN K-----\r\n\tA\n", 23);
    evc_creds_unref(c);
    p.certificate = evc_view_of(NULL, 0);
    EVC_CHECK_CODE(evc_creds_new(env->arena, &p, &c, NULL), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(a_certificate_has_no_control_bytes_but_white_space)
{
    evc_creds_parts p = {.secret = evc_view_text("k"), .source = "exec"};
    evc_creds *c = NULL;

    p.certificate = evc_view_text("C\x1b");
    EVC_CHECK_CODE(evc_creds_new(env->arena, &p, &c, NULL), ENVCRYPT_E_BAD_CREDENTIALS);
    p.certificate = evc_view_of("C\0", 2);
    EVC_CHECK_CODE(evc_creds_new(env->arena, &p, &c, NULL), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

static int
unref_in_child(void *user)
{
    evc_creds_unref(user);
    return 0;
}

START_TEST(a_child_may_free_them)
{
    evc_creds_parts p = parts();
    evc_creds *c = NULL;

    EVC_CHECK_OK(evc_creds_new(env->arena, &p, &c, NULL));
    EVC_CHECK_CHILD(unref_in_child, c);
    ck_assert_mem_eq(c->secret.bytes, "wJalrXUtnFEMI", 13);
    evc_creds_unref(c);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {holds_copies_of_all_parts,
                                  empty_parts_are_empty_texts_and_no_secrets,
                                  the_last_reference_gives_the_slots_back,
                                  a_token_may_fill_a_slot,
                                  a_token_past_a_slot_is_refused,
                                  a_certificate_comes_with_a_key_that_has_lines,
                                  a_certificate_has_no_control_bytes_but_white_space,
                                  survives_memory_running_out,
                                  a_child_may_free_them,
                                  NULL};
    TCase *tcase = tcase_create("creds");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, control_and_other_bytes_are_refused_in_each_part, 0, 24);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("creds", add_tests)
