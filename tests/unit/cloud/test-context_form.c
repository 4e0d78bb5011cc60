/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/context_form.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_kv pairs;
static evc_buf out;

static void
set_up(void)
{
    evc_kv_init(&pairs);
    evc_buf_init(&out);
}

static void
tear_down(void)
{
    evc_kv_reset(&pairs);
    evc_buf_reset(&out);
}

static void
add(const char *name, const char *value, size_t size)
{
    EVC_CHECK_OK(
        evc_kv_add(&pairs, evc_view_text(name), evc_view_of(value, size), NULL));
}

/* By Python: base64(sha256(b'envcrypt-context-1\0' + serialized)). */
START_TEST(the_hash_is_that_of_the_serialized_context)
{
    char hash[EVC_CONTEXT_HASH_TEXT];
    evc_env *env;
    evc_crypto *crypto;

    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    add("a", "1", 1);
    EVC_CHECK_OK(evc_context_hash(crypto, &pairs, hash, NULL));
    ck_assert_str_eq(hash, "iQhDskFkzpm3OMriQo01idVzo8fvh7Sl/6NNrSraTrg=");
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}
END_TEST

START_TEST(json_has_the_pairs_in_the_order_of_their_names)
{
    add("b", "\"\\\n", 3);
    add("a", "\xc3\xa4", 2);
    ck_assert(evc_context_json(&pairs, 100, &out));
    ck_assert(evc_view_is_text(evc_buf_view(&out),
                               "{\"a\":\"\xc3\xa4\",\"b\":\"\\\"\\\\\\n\"}"));
}
END_TEST

START_TEST(json_is_as_long_as_it_may_be)
{
    add("a", "1", 1);
    ck_assert(!evc_context_json(&pairs, 8, &out));
    ck_assert_uint_eq(out.size, 0);
    ck_assert(!out.failed);
    ck_assert(evc_context_json(&pairs, 9, &out));
}
END_TEST

START_TEST(a_nul_makes_no_json)
{
    add("a", "x\0y", 3);
    ck_assert(!evc_context_json(&pairs, 100, &out));
    ck_assert(evc_context_form_of(&pairs, 100) == EVC_FORM_HASH);
}
END_TEST

START_TEST(want_of_memory_is_no_long_context)
{
    bool fits;

    add("a", "1", 1);
    evc_alloc_fail(0, true);
    fits = evc_context_json(&pairs, 100, &out);
    (void)evc_alloc_stop();
    ck_assert(!fits);
    EVC_CHECK_CODE(evc_buf_check(&out, NULL), ENVCRYPT_E_NOMEM);
}
END_TEST

START_TEST(the_form_follows_size_and_service)
{
    ck_assert_int_eq(evc_context_form_of(NULL, 100), EVC_FORM_NONE);
    ck_assert_int_eq(evc_context_form_of(&pairs, 100), EVC_FORM_NONE);
    add("a", "1", 1);
    ck_assert_int_eq(evc_context_form_of(&pairs, 9), EVC_FORM_MAP);
    ck_assert_int_eq(evc_context_form_of(&pairs, 8), EVC_FORM_HASH);
    ck_assert_int_eq(evc_context_form_of(&pairs, 0), EVC_FORM_HASH);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("forms");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_hash_is_that_of_the_serialized_context);
    tcase_add_test(tcase, json_has_the_pairs_in_the_order_of_their_names);
    tcase_add_test(tcase, json_is_as_long_as_it_may_be);
    tcase_add_test(tcase, a_nul_makes_no_json);
    tcase_add_test(tcase, want_of_memory_is_no_long_context);
    tcase_add_test(tcase, the_form_follows_size_and_service);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("context_form", add_tests)
