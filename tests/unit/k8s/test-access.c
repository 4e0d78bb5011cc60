/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/access.h"

#include "../auth/auth-fixture.h"
#include "evc-alloc.h"

static evc_kube_access granted;

static void
set_up(void)
{
    open_auth();
    evc_kube_access_init(&granted);
}

static void
tear_down(void)
{
    evc_kube_access_reset(&granted);
    close_auth();
}

START_TEST(a_secret_may_fill_a_slot_and_no_more)
{
    static char bytes[EVC_ARENA_MAX_SLOT + 1];
    evc_error *err = NULL;

    memset(bytes, 'k', sizeof(bytes));
    EVC_CHECK_OK(evc_kube_access_keep(env->arena, "the key",
                                      evc_view_of(bytes, EVC_ARENA_MAX_SLOT),
                                      &granted.key_pem, NULL));
    EVC_CHECK_CODE(evc_kube_access_keep(env->arena, "the key",
                                        evc_view_of(bytes, EVC_ARENA_MAX_SLOT + 1),
                                        &granted.key_pem, &err),
                   ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "the key"));
    ck_assert_uint_eq(granted.key_pem.size, EVC_ARENA_MAX_SLOT);
    EVC_CHECK_CODE(evc_kube_access_keep(env->arena, "the key", evc_view_of(bytes, 0),
                                        &granted.key_pem, &err),
                   ENVCRYPT_E_BAD_CREDENTIALS);
    evc_error_free(err);
}
END_TEST

START_TEST(each_proof_of_who_we_are_counts)
{
    ck_assert(!evc_kube_access_has_user(&granted));
    EVC_CHECK_OK(evc_text_set(&granted.token_file, "/t", NULL));
    ck_assert(evc_kube_access_has_user(&granted));
    evc_kube_access_reset(&granted);
    EVC_CHECK_OK(evc_text_set(&granted.cert_pem, "c", NULL));
    ck_assert(evc_kube_access_has_user(&granted));
    evc_kube_access_reset(&granted);
    EVC_CHECK_OK(evc_text_set(&granted.exec.command, "aws", NULL));
    ck_assert(evc_kube_access_has_user(&granted));
}
END_TEST

START_TEST(a_key_of_extra_is_escaped_as_client_go_does)
{
    EVC_CHECK_OK(evc_kube_access_as(&granted, "User", "jane doe", NULL));
    EVC_CHECK_OK(evc_kube_access_as(&granted, "Extra-example.org/some%key", "v", NULL));
    ck_assert_str_eq(evc_headers_find(&granted.as, "Impersonate-User"), "jane doe");
    ck_assert_str_eq(
        evc_headers_find(&granted.as, "Impersonate-Extra-example.org%2Fsome%25key"),
        "v");
}
END_TEST

START_TEST(a_value_with_a_line_end_is_refused)
{
    EVC_CHECK_CODE(evc_kube_access_as(&granted, "User", "a\r\nX: y", NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
fill_once(void *user)
{
    evc_kube_access a;
    evc_buf text;
    int rc;

    (void)user;
    evc_kube_access_init(&a);
    evc_buf_init(&text);
    evc_buf_put_text(&text, "x");
    rc = evc_text_take(&a.ns, &text, NULL);
    if (rc == 0)
        rc = evc_text_set(&a.server, "s", NULL);
    if (rc == 0)
        rc = evc_kube_access_as(&a, "Group", "g", NULL);
    evc_kube_access_reset(&a);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(fill_once, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_secret_may_fill_a_slot_and_no_more,
                                  each_proof_of_who_we_are_counts,
                                  a_key_of_extra_is_escaped_as_client_go_does,
                                  a_value_with_a_line_end_is_refused,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("access");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("access", add_tests)
