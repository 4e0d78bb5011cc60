/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_key.h"

#include "base/encode.h"
#include "base/env.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_env *env;
static evc_secret key;

static void
begin(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
}

static void
end(void)
{
    evc_secret_free(&key);
    evc_env_unref(env);
}

static int
decode(const char *text)
{
    evc_secret_free(&key);
    return evc_config_key_decode(evc_view_text(text), env->arena, &key, NULL);
}

static void
check_is(const char *text, const char *bytes)
{
    EVC_CHECK_OK(decode(text));
    ck_assert(evc_view_is_text(evc_view_of(key.bytes, key.size), bytes));
}

START_TEST(reads_base64)
{
    check_is("c2VjcmV0", "secret");
    check_is("c2VjcmV0cw==", "secrets");
    check_is("c2VjcmV0IGE=", "secret a");
}
END_TEST

/* As a block of YAML ends with one. */
START_TEST(passes_over_line_breaks)
{
    check_is("c2Vj\ncmV0\r\n", "secret");
}
END_TEST

/* "s=" has spare bits in its last character but one: cw is s, and so are cx, cy … c/ */
START_TEST(spare_bits_do_not_count)
{
    check_is("cw==", "s");
    check_is("cx==", "s");
    check_is("c/==", "s");
    check_is("c2E=", "sa");
    check_is("c2H=", "sa");
}
END_TEST

START_TEST(refuses_what_is_no_base64)
{
    static const char *const wrong[] = {"c2VjcmV", "c2VjcmV0=", "c2Vj cmV0", "c2V*",
                                        "====",    "=",         "c2Vjc===",  "-_-_"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        EVC_CHECK_CODE(decode(wrong[i]), ENVCRYPT_E_ENCODING);
        ck_assert_ptr_null(key.bytes);
    }
}
END_TEST

START_TEST(refuses_keys_of_no_size)
{
    EVC_CHECK_CODE(decode(""), ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_CODE(decode("\n"), ENVCRYPT_E_KEY_SIZE);
}
END_TEST

START_TEST(reads_keys_up_to_the_limit)
{
    evc_buf bytes = {0};
    evc_buf text = {0};

    (void)evc_buf_extend(&bytes, EVC_CONFIG_KEY_MAX);
    evc_encode_base64(&text, evc_buf_view(&bytes));
    evc_buf_put_u8(&text, 0);
    EVC_CHECK_OK(decode((const char *)text.data));
    ck_assert_uint_eq(key.size, EVC_CONFIG_KEY_MAX);
    evc_buf_clear(&text);
    (void)evc_buf_extend(&bytes, 3);
    evc_encode_base64(&text, evc_buf_view(&bytes));
    evc_buf_put_u8(&text, 0);
    EVC_CHECK_CODE(decode((const char *)text.data), ENVCRYPT_E_KEY_SIZE);
    evc_buf_reset(&bytes);
    evc_buf_reset(&text);
}
END_TEST

static int
decode_once(void *user)
{
    (void)user;
    return decode("c2VjcmV0");
}

START_TEST(survives_any_lack_of_memory)
{
    ck_assert_uint_ge(evc_alloc_sweep(decode_once, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_base64,
        passes_over_line_breaks,
        spare_bits_do_not_count,
        refuses_what_is_no_base64,
        refuses_keys_of_no_size,
        reads_keys_up_to_the_limit,
        survives_any_lack_of_memory,
        NULL,
    };
    TCase *tcase = tcase_create("config key");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("config key", add_tests)
