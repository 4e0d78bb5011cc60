/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/context_form.h"
#include "codec/json.h"
#include "evc-alloc.h"
#include "ibm-fixture.h"

static evc_kv context;
static evc_buf out;

static void
set_up(void)
{
    open_toy();
    evc_kv_init(&context);
    evc_buf_init(&out);
}

static void
tear_down(void)
{
    evc_kv_reset(&context);
    evc_buf_reset(&out);
    close_toy();
}

static void
add_pair(evc_view name, evc_view value)
{
    EVC_CHECK_OK(evc_kv_add(&context, name, value, NULL));
}

static void
add_texts(const char *name, const char *value)
{
    add_pair(evc_view_text(name), evc_view_text(value));
}

static evc_json_doc *
open_vectors(const evc_json **cases)
{
    char path[1024];
    evc_json_doc *doc = NULL;
    evc_buf b;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/tests/vectors/service/ibm.json",
                   getenv("EVC_TEST_SOURCE"));
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    evc_buf_init(&b);
    for (int c = fgetc(file); c != EOF; c = fgetc(file))
        evc_buf_put_u8(&b, (uint8_t)c);
    (void)fclose(file);
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&b), path, &doc, NULL));
    evc_buf_reset(&b);
    EVC_CHECK_OK(evc_json_array(evc_json_root(doc), "cases", cases, NULL));
    return doc;
}

START_TEST(hashes_are_those_that_python_made)
{
    const evc_json *cases = NULL;
    evc_json_doc *doc = open_vectors(&cases);
    size_t compared = 0;

    for (size_t i = 0; evc_json_at(cases, i); i++) {
        const evc_json *pairs = NULL;
        const evc_json *aad = NULL;
        char hash[EVC_CONTEXT_HASH_TEXT];

        EVC_CHECK_OK(evc_json_array(evc_json_at(cases, i), "aad", &aad, NULL));
        if (!evc_json_count(aad))
            continue;
        evc_kv_reset(&context);
        EVC_CHECK_OK(evc_json_object(evc_json_at(cases, i), "context", &pairs, NULL));
        for (const char *name = evc_json_next_name(pairs, NULL); name;
             name = evc_json_next_name(pairs, name)) {
            const char *value = NULL;

            EVC_CHECK_OK(evc_json_text(pairs, name, &value, NULL));
            add_texts(name, value);
        }
        EVC_CHECK_OK(evc_context_hash(toy.crypto, &context, hash, NULL));
        ck_assert_str_eq(hash, evc_json_as_text(evc_json_at(aad, 0)));
        compared++;
    }
    ck_assert_uint_ge(compared, 4);
    evc_json_free(doc);
}
END_TEST

START_TEST(pairs_that_run_together_have_other_hashes)
{
    char first[EVC_CONTEXT_HASH_TEXT];
    char second[EVC_CONTEXT_HASH_TEXT];

    add_texts("ab", "c");
    EVC_CHECK_OK(evc_context_hash(toy.crypto, &context, first, NULL));
    evc_kv_reset(&context);
    add_texts("a", "bc");
    EVC_CHECK_OK(evc_context_hash(toy.crypto, &context, second, NULL));
    ck_assert_str_ne(first, second);
}
END_TEST

START_TEST(json_has_the_pairs_in_the_order_of_their_names)
{
    add_texts("b", "2");
    add_texts("a\"", "\\ \n");
    add_texts("B", "\xc3\xa9");
    ck_assert(evc_context_json(&context, 100, &out));
    ck_assert(evc_view_is_text(
        evc_buf_view(&out), "{\"B\":\"\xc3\xa9\",\"a\\\"\":\"\\\\ \\n\",\"b\":\"2\"}"));
}
END_TEST

START_TEST(json_is_limited_by_characters)
{
    add_texts("n", "v");
    ck_assert(evc_context_json(&context, 9, &out));
    evc_buf_clear(&out);
    ck_assert(!evc_context_json(&context, 8, &out));
    ck_assert_uint_eq(out.size, 0);
    evc_kv_reset(&context);
    add_texts("n", "\xe2\x82\xac\xf0\x9f\x98\x80"); /* two characters of 7 bytes */
    ck_assert(evc_context_json(&context, 10, &out));
    evc_buf_clear(&out);
    ck_assert(!evc_context_json(&context, 9, &out));
}
END_TEST

START_TEST(the_form_is_none_a_map_or_a_hash)
{
    ck_assert_int_eq(evc_context_form_of(NULL, 8192), EVC_FORM_NONE);
    ck_assert_int_eq(evc_context_form_of(&context, 8192), EVC_FORM_NONE);
    ck_assert_int_eq(evc_context_form_of(&context, 0), EVC_FORM_NONE);
    add_texts("n", "v");
    ck_assert_int_eq(evc_context_form_of(&context, 9), EVC_FORM_MAP);
    ck_assert_int_eq(evc_context_form_of(&context, 8), EVC_FORM_HASH);
    ck_assert_int_eq(evc_context_form_of(&context, 0), EVC_FORM_HASH);
}
END_TEST

START_TEST(a_nul_calls_for_a_hash)
{
    add_pair(evc_view_text("n"), evc_view_of("a\0b", 3));
    ck_assert_int_eq(evc_context_form_of(&context, 8192), EVC_FORM_HASH);
    evc_kv_reset(&context);
    add_pair(evc_view_of("a\0b", 3), evc_view_text("v"));
    ck_assert_int_eq(evc_context_form_of(&context, 8192), EVC_FORM_HASH);
}
END_TEST

START_TEST(want_of_memory_is_no_long_context)
{
    bool fits;

    add_texts("n", "v");
    evc_alloc_fail(0, true);
    fits = evc_context_json(&context, 100, &out);
    (void)evc_alloc_stop();
    ck_assert(!fits);
    EVC_CHECK_CODE(evc_buf_check(&out, NULL), ENVCRYPT_E_NOMEM);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {hashes_are_those_that_python_made,
                                  pairs_that_run_together_have_other_hashes,
                                  json_has_the_pairs_in_the_order_of_their_names,
                                  json_is_limited_by_characters,
                                  the_form_is_none_a_map_or_a_hash,
                                  want_of_memory_is_no_long_context,
                                  a_nul_calls_for_a_hash,
                                  NULL};
    TCase *tcase = tcase_create("context_form");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("context_form", add_tests)
