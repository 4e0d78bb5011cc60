/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/json_reply.h"

#include "base/env.h"
#include "evc-check.h"

#define KEY_TEXT "MDEyMzQ1Njc4OWFiY2RlZg=="
#define KEY_BYTES "0123456789abcdef"
#define GOOD "{\"KeyId\":\"k\",\"Plaintext\":\"" KEY_TEXT "\",\"More\":1}"

static evc_env *env;
static evc_exchange x;
static evc_json_doc *doc;
static evc_secret key;
static evc_call call;

static void
set_up(void)
{
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    evc_exchange_init(&x);
    doc = NULL;
    key = (evc_secret){.bytes = NULL};
    call = (evc_call){.kms = NULL};
}

static void
tear_down(void)
{
    evc_arena_status status;

    evc_secret_free(&key);
    evc_secret_free(&call.key);
    evc_json_free(doc);
    evc_exchange_reset(&x);
    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_env_unref(env);
}

static void
reply(const char *text)
{
    evc_buf_put_text(&x.reply, text);
}

static bool
reply_holds(const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i + size <= x.reply.capacity; i++) {
        if (memcmp(&x.reply.data[i], text, size) == 0)
            return true;
    }
    return false;
}

static const char *const refused[] = {
    "", "{", "[{}]", "[1]", "text", "{} {}", "{\"a\":1,\"a\":2}", "<Error/>"};

START_TEST(what_is_not_one_object_is_refused)
{
    reply(refused[_i]);
    EVC_CHECK_CODE(evc_json_reply_parse(&x, &doc, NULL), ENVCRYPT_E_JSON);
    ck_assert_ptr_null(doc);
}
END_TEST

START_TEST(the_key_moves_to_the_arena_and_leaves_no_trace)
{
    reply(GOOD);
    EVC_CHECK_OK(evc_json_reply_take(&x, env->arena, &key, &doc, NULL));
    ck_assert_uint_eq(key.size, 16);
    ck_assert_mem_eq(key.bytes, KEY_BYTES, 16);
    ck_assert(!reply_holds("MDEyMz"));
}
END_TEST

START_TEST(what_follows_is_read_strictly_and_the_key_wiped_else)
{
    reply("{\"Plaintext\":\"" KEY_TEXT "\",\"KeyId\":\"k\",\"KeyId\":1}");
    EVC_CHECK_CODE(evc_json_reply_take(&x, env->arena, &key, &doc, NULL),
                   ENVCRYPT_E_JSON);
    ck_assert_ptr_null(doc);
    ck_assert_ptr_null(key.bytes);
    ck_assert(!reply_holds("MDEyMz"));
}
END_TEST

static int
look(evc_call *of, const evc_json *root, evc_error **err)
{
    const char *id = NULL;
    int rc = evc_json_text(root, "KeyId", &id, err);

    ck_assert_uint_eq(of->key.size, 16);
    return rc == 0 && strcmp(id, "k") != 0 ? ENVCRYPT_E_KEY_MISMATCH : rc;
}

START_TEST(a_call_has_the_key_when_the_rest_is_as_it_should_be)
{
    reply(GOOD);
    EVC_CHECK_OK(evc_json_reply_read(&x, env->arena, &call, look, NULL));
    ck_assert_mem_eq(call.key.bytes, KEY_BYTES, 16);
}
END_TEST

START_TEST(and_has_none_otherwise)
{
    reply("{\"KeyId\":\"other\",\"Plaintext\":\"" KEY_TEXT "\"}");
    EVC_CHECK_CODE(evc_json_reply_read(&x, env->arena, &call, look, NULL),
                   ENVCRYPT_E_KEY_MISMATCH);
    ck_assert_ptr_null(call.key.bytes);
}
END_TEST

static int
look_at_nothing(evc_call *of, const evc_json *root, evc_error **err)
{
    (void)of;
    (void)root;
    (void)err;
    ck_abort_msg("nobody looks at a reply without a key");
    return 0;
}

START_TEST(a_reply_without_a_key_is_not_looked_at)
{
    reply("{\"KeyId\":\"k\"}");
    ck_assert_int_ne(evc_json_reply_read(&x, env->arena, &call, look_at_nothing, NULL),
                     0);
    ck_assert_ptr_null(call.key.bytes);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("json_reply");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, what_is_not_one_object_is_refused, 0,
                        (int)(sizeof(refused) / sizeof(refused[0])));
    tcase_add_test(tcase, the_key_moves_to_the_arena_and_leaves_no_trace);
    tcase_add_test(tcase, what_follows_is_read_strictly_and_the_key_wiped_else);
    tcase_add_test(tcase, a_call_has_the_key_when_the_rest_is_as_it_should_be);
    tcase_add_test(tcase, and_has_none_otherwise);
    tcase_add_test(tcase, a_reply_without_a_key_is_not_looked_at);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("json_reply", add_tests)
