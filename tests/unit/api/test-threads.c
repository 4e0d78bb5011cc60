/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the headers call shared is used by many threads at once: all they share is opened
 * before. Under ThreadSanitizer (meson setup build-tsan -Db_sanitize=thread) it sees the races.
 */
#include <pthread.h>

#include "world.h"

#define THREADS 6
#define ROUNDS 20

static envcrypt_keyring *served_keyring;

typedef struct worker {
    pthread_t thread;
    int (*work)(void);
    int failed; /* the first code that was not expected */
} worker;

static void *
run_worker(void *user)
{
    worker *self = user;

    for (int i = 0; i < ROUNDS && !self->failed; i++)
        self->failed = self->work();
    return NULL;
}

/* No assertion of Check runs beside another thread. */
static void
run_threads(int (*const works[])(void), size_t kinds)
{
    worker workers[THREADS] = {0};

    for (size_t i = 0; i < THREADS; i++) {
        workers[i].work = works[i % kinds];
        ck_assert_int_eq(
            pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(workers[i].thread, NULL);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_msg(workers[i].failed == 0, "thread %zu: %s", i,
                      envcrypt_error_name(workers[i].failed));
}

static int
round_trip(envcrypt_keyring *keyring, const envcrypt_message_config *config)
{
    envcrypt_buffer *message = NULL;
    envcrypt_buffer *plain = NULL;
    envcrypt_message_info *info = NULL;
    envcrypt_error *err = NULL;
    int rc = envcrypt_encrypt(keyring, config, "hello", 5, NULL, &message, &err);

    if (rc == 0)
        rc = envcrypt_decrypt(keyring, config, DATA(message), SIZE(message), NULL,
                              &plain, &info, &err);
    if (rc == 0 && (SIZE(plain) != 5 || memcmp(DATA(plain), "hello", 5) != 0))
        rc = ENVCRYPT_E_INTERNAL;
    envcrypt_error_free(err);
    envcrypt_message_info_free(info);
    envcrypt_buffer_free(plain);
    envcrypt_buffer_free(message);
    return rc;
}

static int
plain_messages(void)
{
    return round_trip(w.keyring, NULL);
}

static int
cached_messages(void)
{
    return round_trip(w.keyring, w.config);
}

static int
served_messages(void)
{
    return round_trip(served_keyring, w.config);
}

static int
empty_the_cache(void)
{
    envcrypt_cache_clear(w.cache);
    return envcrypt_cache_count(w.cache, ENVCRYPT_CACHE_ENTRIES) > 1000;
}

static int
references(void)
{
    envcrypt_client_unref(envcrypt_client_ref(w.client));
    envcrypt_kms_unref(envcrypt_kms_ref(w.aes));
    envcrypt_keyring_unref(envcrypt_keyring_ref(w.keyring));
    envcrypt_cache_unref(envcrypt_cache_ref(w.cache));
    envcrypt_value_key_unref(envcrypt_value_key_ref(w.values));
    return envcrypt_client_arena_chunks(w.client) == 0;
}

static int
values(void)
{
    unsigned char sealed[5 + ENVCRYPT_VALUE_OVERHEAD];
    char opened[5];
    size_t size;
    int rc = envcrypt_value_seal(w.values, w.context, "value", 5, sealed,
                                 sizeof(sealed), &size, NULL);

    if (rc == 0)
        rc = envcrypt_value_open(w.values, w.context, sealed, size, opened,
                                 sizeof(opened), &size, NULL);
    return rc;
}

static int
records(void)
{
    envcrypt_buffer *record;
    envcrypt_dek *dek;
    int rc = envcrypt_dek_wrap(w.dek, w.keyring, NULL, NULL, &record, NULL);

    if (rc)
        return rc;
    rc = envcrypt_dek_unwrap(w.keyring, DATA(record), SIZE(record), NULL, NULL, &dek,
                             NULL);
    envcrypt_dek_free(dek);
    envcrypt_buffer_free(record);
    return rc;
}

/* Questions to what cannot change, and to a key of a store. */
static int
questions(void)
{
    envcrypt_key_info *info;
    envcrypt_buffer *json;
    int32_t answer;
    int rc = envcrypt_message_info_needs_rewrap(w.info, w.keyring, 1, &answer, NULL);

    if (rc == 0)
        rc = envcrypt_message_info_to_json(w.info, &json, NULL);
    if (rc)
        return rc;
    envcrypt_buffer_free(json);
    rc = envcrypt_kms_describe(w.kms, NULL, &info, NULL);
    envcrypt_key_info_free(info);
    return rc;
}

/* Each thread its own objects, made from shared ones. */
static int
own_objects(void)
{
    envcrypt_keyring_config *config = NULL;
    envcrypt_keyring *keyring = NULL;
    envcrypt_kms *kms = NULL;
    envcrypt_wait *wait = NULL;
    int rc = envcrypt_wait_new(w.client, 60000, &wait, NULL);

    if (!rc)
        rc = envcrypt_kms_open_raw_aes(w.client, "ns", "own", KEY_32, 32, &kms, NULL);
    if (!rc)
        rc = envcrypt_keyring_config_new(&config, NULL);
    if (!rc)
        rc = envcrypt_keyring_config_set_generator(config, kms, NULL);
    if (!rc)
        rc = envcrypt_keyring_config_add_recipient(config, w.aes, NULL);
    if (!rc)
        rc = envcrypt_keyring_open(w.client, config, &keyring, NULL);
    if (!rc)
        rc = round_trip(keyring, NULL);
    envcrypt_keyring_unref(keyring);
    envcrypt_keyring_config_free(config);
    envcrypt_kms_unref(kms);
    envcrypt_wait_free(wait);
    return rc;
}

/* A service that answers on the thread that asks. */
static void
serve_at_once(envcrypt_call *call, void *user)
{
    size_t size = 0;
    const void *input = envcrypt_call_input(call, &size);
    int rc;

    (void)user;
    rc = envcrypt_call_operation(call) == ENVCRYPT_OP_WRAP
             ? envcrypt_call_set_wrapped(call, input, size, NULL)
             : envcrypt_call_set_key(call, input, size, NULL);
    envcrypt_call_finish(call, rc, NULL, NULL);
}

#define RUN(...)                                           \
    do {                                                   \
        int (*const works[])(void) = {__VA_ARGS__};        \
        run_threads(works, sizeof(works) / sizeof *works); \
    } while (0)

START_TEST(messages_share_client_keyring_config_and_cache)
{
    RUN(plain_messages, cached_messages, empty_the_cache);
}
END_TEST

START_TEST(a_custom_service_is_asked_by_many)
{
    envcrypt_kms *kms;

    EVC_CHECK_OK(envcrypt_kms_open_custom(w.client, "acme", "many",
                                          ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP,
                                          serve_at_once, NULL, NULL, &kms, NULL));
    served_keyring = make_keyring(kms);
    RUN(served_messages, empty_the_cache);
    envcrypt_keyring_unref(served_keyring);
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(values_and_records_share_their_keys)
{
    RUN(values, records, references);
}
END_TEST

START_TEST(answers_are_asked_for_by_many)
{
    RUN(questions, own_objects);
}
END_TEST

static void *
cancel_soon(void *user)
{
    envcrypt_wait_cancel(user);
    return NULL;
}

START_TEST(another_thread_cancels)
{
    envcrypt_key_info *info;
    envcrypt_wait *wait;
    pthread_t thread;
    int rc;

    EVC_CHECK_OK(envcrypt_wait_new(w.client, -1, &wait, NULL));
    ck_assert_int_eq(pthread_create(&thread, NULL, cancel_soon, wait), 0);
    unanswered = NULL;
    rc = envcrypt_kms_describe(w.served, wait, &info, NULL);
    (void)pthread_join(thread, NULL);
    EVC_CHECK_CODE(rc, ENVCRYPT_E_CANCELED);
    if (unanswered)
        envcrypt_call_finish(unanswered, ENVCRYPT_E_CALLBACK, NULL, NULL);
    envcrypt_wait_free(wait);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {messages_share_client_keyring_config_and_cache,
                                  a_custom_service_is_asked_by_many,
                                  values_and_records_share_their_keys,
                                  answers_are_asked_for_by_many,
                                  another_thread_cancels,
                                  NULL};
    TCase *tcase = tcase_create("threads");

    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, make_world, end_world);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("threads", add_tests)
