/* SPDX-License-Identifier: Apache-2.0 */
/* What callbacks are told, and that they may call the library from within. */
#include "world.h"

static int told[ENVCRYPT_LOG_DEBUG + 1]; /* lines of each level */
static char last[1024];
static bool leaked; /* a line held the secret of a test */

/* Every callback of these tests calls back, through locks if any were held. */
static void
use_the_library(envcrypt_client *client)
{
    static int depth;
    envcrypt_buffer *message = NULL;
    envcrypt_buffer *plain = NULL;

    if (depth++ == 0) {
        ck_assert_uint_gt(envcrypt_client_arena_chunks(client), 0);
        envcrypt_cache_clear(w.cache);
        EVC_CHECK_OK(
            envcrypt_encrypt(w.keyring, w.config, "inner", 5, NULL, &message, NULL));
        EVC_CHECK_OK(envcrypt_decrypt(w.keyring, w.config, DATA(message), SIZE(message),
                                      NULL, &plain, NULL, NULL));
        ck_assert_mem_eq(DATA(plain), "inner", 5);
        envcrypt_buffer_free(plain);
        envcrypt_buffer_free(message);
    }
    depth--;
}

/* --- log -------------------------------------------------------------------------- */

static void
take_line(void *user, int32_t level, const char *text)
{
    ck_assert_int_ge(level, ENVCRYPT_LOG_ERROR);
    ck_assert_int_le(level, ENVCRYPT_LOG_DEBUG);
    told[level]++;
    (void)snprintf(last, sizeof(last), "%s", text);
    leaked = leaked || strstr(text, "hello") || strstr(text, "thirty-two");
    if (user)
        use_the_library(w.client);
}

/* A keyring of a client whose log is take_line at a level. */
static envcrypt_client *
open_logging(int32_t level, void *user)
{
    envcrypt_client_config *config;
    envcrypt_client *client;

    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
    EVC_CHECK_OK(
        envcrypt_client_config_set_log(config, level, take_line, user, NULL, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    envcrypt_client_config_free(config);
    memset(told, 0, sizeof(told));
    return client;
}

/* Wraps under a key of the client: one call of a key. */
static void
wrap_once(envcrypt_client *client)
{
    envcrypt_kms *kms;

    EVC_CHECK_OK(
        envcrypt_kms_open_raw_aes(client, "ns", "logged", KEY_32, 32, &kms, NULL));
    EVC_CHECK_OK(envcrypt_kms_probe(kms, NULL, NULL));
    envcrypt_kms_unref(kms);
}

START_TEST(debug_tells_each_call_of_a_key)
{
    envcrypt_client *client = open_logging(ENVCRYPT_LOG_DEBUG, NULL);

    wrap_once(client);
    ck_assert_int_ge(told[ENVCRYPT_LOG_DEBUG], 1);
    ck_assert_ptr_nonnull(strstr(last, "\"logged\""));
    ck_assert_ptr_nonnull(strstr(last, "done"));
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(debug_tells_how_a_call_failed)
{
    envcrypt_client *client = open_logging(ENVCRYPT_LOG_DEBUG, NULL);
    envcrypt_key_info *info;
    envcrypt_wait *wait;
    envcrypt_kms *kms;

    EVC_CHECK_OK(envcrypt_kms_open_custom(client, "acme", "key",
                                          ENVCRYPT_OP_WRAP | ENVCRYPT_OP_DESCRIBE,
                                          serve_never, NULL, NULL, &kms, NULL));
    EVC_CHECK_OK(envcrypt_wait_new(client, 1, &wait, NULL));
    EVC_CHECK_CODE(envcrypt_kms_describe(kms, wait, &info, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert_str_eq(last,
                     "DESCRIBE by the key \"key\" of \"acme\": ENVCRYPT_E_TIMEOUT");
    envcrypt_call_finish(unanswered, ENVCRYPT_E_CALLBACK, NULL, NULL);
    envcrypt_wait_free(wait);
    envcrypt_kms_unref(kms);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(info_tells_changes_and_no_calls)
{
    envcrypt_client *client = open_logging(ENVCRYPT_LOG_INFO, NULL);
    envcrypt_keystore *store;

    EVC_CHECK_OK(envcrypt_keystore_open(client, evc_folder_path("store.json"), w.raw,
                                        NULL, NULL, &store, NULL));
    EVC_CHECK_OK(envcrypt_keystore_rotate(store, "k", NULL, NULL, NULL));
    ck_assert_int_eq(told[ENVCRYPT_LOG_INFO], 1);
    ck_assert_int_eq(told[ENVCRYPT_LOG_DEBUG], 0);
    ck_assert_ptr_nonnull(strstr(last, "rotated the key k"));
    envcrypt_keystore_close(store);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(info_tells_that_a_cache_was_emptied)
{
    envcrypt_client *client = open_logging(ENVCRYPT_LOG_INFO, NULL);
    envcrypt_cache *cache;

    EVC_CHECK_OK(envcrypt_cache_open(client, NULL, &cache, NULL));
    envcrypt_cache_clear(cache);
    ck_assert_int_eq(told[ENVCRYPT_LOG_INFO], 1);
    envcrypt_cache_unref(cache);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(no_line_holds_a_secret)
{
    envcrypt_client *client = open_logging(ENVCRYPT_LOG_DEBUG, NULL);

    leaked = false;
    wrap_once(client);
    ck_assert(!leaked);
    envcrypt_client_unref(client);
}
END_TEST

START_TEST(the_log_may_call_the_library)
{
    int yes;
    envcrypt_client *client = open_logging(ENVCRYPT_LOG_DEBUG, &yes);

    wrap_once(client);
    ck_assert_int_ge(told[ENVCRYPT_LOG_DEBUG], 1);
    envcrypt_client_unref(client);
}
END_TEST

/* --- key services ----------------------------------------------------------------- */

static int served;

/* Answers; asks the very key that it serves, and works with others. */
static void
serve_and_call(envcrypt_call *call, void *user)
{
    int32_t operation = envcrypt_call_operation(call);
    envcrypt_kms *const *self = user;
    envcrypt_key_info *info;
    size_t size = 0;
    const void *input = envcrypt_call_input(call, &size);

    served++;
    if (operation != ENVCRYPT_OP_DESCRIBE) {
        EVC_CHECK_OK(envcrypt_kms_describe(*self, NULL, &info, NULL));
        envcrypt_key_info_free(info);
        envcrypt_kms_unref(envcrypt_kms_ref(*self));
        use_the_library(w.client);
    }
    if (operation == ENVCRYPT_OP_WRAP)
        EVC_CHECK_OK(envcrypt_call_set_wrapped(call, input, size, NULL));
    if (operation == ENVCRYPT_OP_UNWRAP)
        EVC_CHECK_OK(envcrypt_call_set_key(call, input, size, NULL));
    envcrypt_call_finish(call, 0, NULL, NULL);
}

START_TEST(a_key_service_may_call_the_library_and_its_own_key)
{
    envcrypt_kms *kms = NULL;
    envcrypt_keyring *keyring;
    envcrypt_buffer *message;

    EVC_CHECK_OK(envcrypt_kms_open_custom(w.client, "acme", "inner",
                                          ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP |
                                              ENVCRYPT_OP_DESCRIBE,
                                          serve_and_call, &kms, NULL, &kms, NULL));
    keyring = make_keyring(kms);
    /* Through the cache: its lock is not held while the service is asked. */
    EVC_CHECK_OK(envcrypt_encrypt(keyring, w.config, "outer", 5, NULL, &message, NULL));
    ck_assert_int_eq(served, 2);
    envcrypt_buffer_free(message);
    envcrypt_keyring_unref(keyring);
    envcrypt_kms_unref(kms);
}
END_TEST

/* --- progress, clock, read-at ----------------------------------------------------- */

static int64_t now_ms;
static int reported;

static int64_t
tell_time(void *user)
{
    (void)user;
    now_ms += 1000; /* every look is later, so that progress is told each time */
    return now_ms;
}

static void
report(void *user, uint64_t done, uint64_t total)
{
    ck_assert_uint_le(done, total);
    reported++;
    use_the_library(user);
}

START_TEST(progress_may_call_the_library)
{
    static char plain[3 << 20];
    envcrypt_client_config *config;
    envcrypt_message_config *settings;
    envcrypt_client *client;
    envcrypt_keyring_config *recipients;
    envcrypt_keyring *keyring;
    envcrypt_kms *kms;
    envcrypt_buffer *message;

    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_clock(config, tell_time, tell_time, NULL,
                                                  NULL, NULL, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    EVC_CHECK_OK(envcrypt_kms_open_raw_aes(client, "ns", "k", KEY_32, 32, &kms, NULL));
    EVC_CHECK_OK(envcrypt_keyring_config_new(&recipients, NULL));
    EVC_CHECK_OK(envcrypt_keyring_config_set_generator(recipients, kms, NULL));
    EVC_CHECK_OK(envcrypt_keyring_open(client, recipients, &keyring, NULL));
    EVC_CHECK_OK(envcrypt_message_config_new(&settings, NULL));
    EVC_CHECK_OK(
        envcrypt_message_config_set_progress(settings, report, client, NULL, NULL));
    EVC_CHECK_OK(envcrypt_encrypt(keyring, settings, plain, sizeof(plain), NULL,
                                  &message, NULL));
    ck_assert_int_gt(reported, 0);
    envcrypt_buffer_free(message);
    envcrypt_message_config_free(settings);
    envcrypt_keyring_unref(keyring);
    envcrypt_keyring_config_free(recipients);
    envcrypt_kms_unref(kms);
    envcrypt_client_unref(client);
    envcrypt_client_config_free(config);
}
END_TEST

static int32_t
read_and_call(void *user, uint64_t offset, void *out, size_t size)
{
    use_the_library(w.client);
    return read_message(user, offset, out, size);
}

START_TEST(read_at_may_call_the_library)
{
    envcrypt_range *range;
    char plain[5];
    size_t made;

    EVC_CHECK_OK(envcrypt_range_open(w.keyring, NULL, SIZE(w.message), read_and_call,
                                     w.message, NULL, 0, NULL, &range, NULL));
    EVC_CHECK_OK(envcrypt_range_read(range, 0, plain, 5, &made, NULL));
    ck_assert_mem_eq(plain, "hello", 5);
    envcrypt_range_free(range);
}
END_TEST

static void
destroy_and_call(void *user)
{
    (*(int *)user)++;
    use_the_library(w.client);
}

START_TEST(destroy_may_call_the_library)
{
    envcrypt_kms *kms;
    int count = 0;

    EVC_CHECK_OK(envcrypt_kms_open_custom(w.client, "acme", "k", ENVCRYPT_OP_WRAP,
                                          serve_never, &count, destroy_and_call, &kms,
                                          NULL));
    envcrypt_kms_unref(kms);
    ck_assert_int_eq(count, 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {debug_tells_each_call_of_a_key,
                                  debug_tells_how_a_call_failed,
                                  info_tells_changes_and_no_calls,
                                  info_tells_that_a_cache_was_emptied,
                                  no_line_holds_a_secret,
                                  the_log_may_call_the_library,
                                  a_key_service_may_call_the_library_and_its_own_key,
                                  progress_may_call_the_library,
                                  read_at_may_call_the_library,
                                  destroy_may_call_the_library,
                                  NULL};
    TCase *tcase = tcase_create("callbacks");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, make_world, end_world);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("callbacks", add_tests)
