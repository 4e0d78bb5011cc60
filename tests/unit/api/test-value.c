/* SPDX-License-Identifier: Apache-2.0 */
#include "api-fixture.h"
#include "base/mem.h"
#include "envelope/value.h"
#include "evc-alloc.h"
#include "evc-child.h"
#include "evc-folder.h"

#define SEALED (5 + ENVCRYPT_VALUE_OVERHEAD)

static envcrypt_keyring *keyring; /* of the key "a" */
static envcrypt_context *context;
static envcrypt_value_key *key;
static envcrypt_buffer *record;
static uint8_t sealed[SEALED];

static void
open_value(void)
{
    size_t made;

    open_client();
    keyring = open_keyring("a", NULL);
    EVC_CHECK_OK(envcrypt_context_new(&context, NULL));
    EVC_CHECK_OK(envcrypt_context_add(context, "table", "users", NULL));
    EVC_CHECK_OK(envcrypt_value_key_new(keyring, context, NULL, &key, &record, NULL));
    EVC_CHECK_OK(
        envcrypt_value_seal(key, context, "token", 5, sealed, SEALED, &made, NULL));
    ck_assert_uint_eq(made, SEALED);
}

static void
close_value(void)
{
    envcrypt_buffer_free(record);
    envcrypt_value_key_unref(key);
    envcrypt_context_free(context);
    envcrypt_keyring_unref(keyring);
    close_client();
}

static int
reopen(const envcrypt_context *expected, envcrypt_cache *cache,
       envcrypt_value_key **out)
{
    return envcrypt_value_key_open(keyring, envcrypt_buffer_data(record),
                                   envcrypt_buffer_size(record), expected, cache, NULL,
                                   out, NULL);
}

START_TEST(the_record_opens_the_same_key)
{
    envcrypt_value_key *again;
    uint8_t commitment[32];
    uint8_t plain[5];
    size_t made;

    EVC_CHECK_OK(reopen(context, NULL, &again));
    EVC_CHECK_OK(
        envcrypt_value_open(again, context, sealed, SEALED, plain, 5, &made, NULL));
    ck_assert_uint_eq(made, 5);
    ck_assert_mem_eq(plain, "token", 5);
    EVC_CHECK_OK(envcrypt_value_key_commitment(again, commitment, NULL));
    ck_assert_mem_eq(commitment, &sealed[1], 32);
    envcrypt_value_key_unref(again);
}
END_TEST

START_TEST(the_record_of_a_key_is_not_for_values)
{
    envcrypt_value_key *again;
    envcrypt_buffer *other;
    envcrypt_dek *dek;

    EVC_CHECK_OK(envcrypt_dek_generate(client, 32, &dek, NULL));
    EVC_CHECK_OK(envcrypt_dek_wrap(dek, keyring, NULL, NULL, &other, NULL));
    EVC_CHECK_CODE(envcrypt_value_key_open(keyring, envcrypt_buffer_data(other),
                                           envcrypt_buffer_size(other), NULL, NULL,
                                           NULL, &again, NULL),
                   ENVCRYPT_E_RECORD_PURPOSE);
    ck_assert_ptr_null(again);
    envcrypt_buffer_free(other);
    envcrypt_dek_free(dek);
}
END_TEST

START_TEST(expected_pairs_must_be_in_the_record)
{
    envcrypt_value_key *again;
    envcrypt_context *other;

    EVC_CHECK_OK(envcrypt_context_new(&other, NULL));
    EVC_CHECK_OK(envcrypt_context_add(other, "table", "orders", NULL));
    EVC_CHECK_CODE(reopen(other, NULL, &again), ENVCRYPT_E_CONTEXT_MISMATCH);
    envcrypt_context_free(other);
}
END_TEST

/* A message in memory, a file of the same settings, a value: each twice. */
START_TEST(one_cache_serves_values_messages_and_files)
{
    envcrypt_message_config *config;
    envcrypt_value_key *again;
    envcrypt_buffer *message;
    envcrypt_cache *cache;

    evc_folder_make();
    evc_folder_put("plain", "text", 0600);
    EVC_CHECK_OK(envcrypt_cache_open(client, NULL, &cache, NULL));
    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_cache(config, cache, NULL));
    for (int i = 0; i < 2; i++) {
        EVC_CHECK_OK(
            envcrypt_encrypt(keyring, config, "text", 4, NULL, &message, NULL));
        envcrypt_buffer_free(message);
        EVC_CHECK_OK(envcrypt_encrypt_file(keyring, config, evc_folder_path("plain"),
                                           evc_folder_path("message"),
                                           ENVCRYPT_FILE_REPLACE, NULL, NULL));
        EVC_CHECK_OK(reopen(NULL, cache, &again));
        envcrypt_value_key_unref(again);
    }
    ck_assert_uint_eq(envcrypt_cache_count(cache, ENVCRYPT_CACHE_ENTRIES), 2);
    ck_assert_uint_eq(envcrypt_cache_count(cache, ENVCRYPT_CACHE_MISSES), 2);
    ck_assert_uint_eq(envcrypt_cache_count(cache, ENVCRYPT_CACHE_HITS), 4);
    envcrypt_message_config_free(config);
    envcrypt_cache_unref(cache);
    evc_folder_remove();
}
END_TEST

START_TEST(room_for_a_sealed_value_must_suffice)
{
    uint8_t out[SEALED] = {1};
    size_t made;

    EVC_CHECK_CODE(
        envcrypt_value_seal(key, NULL, "token", 5, out, SEALED - 1, &made, NULL),
        ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(made, SEALED);
    ck_assert_uint_eq(out[0], 0);
    EVC_CHECK_CODE(envcrypt_value_seal(key, NULL, "token", 5, NULL, 0, &made, NULL),
                   ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(made, SEALED);
}
END_TEST

START_TEST(room_for_a_value_must_suffice)
{
    uint8_t out[5] = {1};
    size_t made;

    EVC_CHECK_CODE(
        envcrypt_value_open(key, context, sealed, SEALED, out, 4, &made, NULL),
        ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(made, 5);
    ck_assert_uint_eq(out[0], 0);
}
END_TEST

START_TEST(an_empty_value_needs_no_room)
{
    uint8_t out[ENVCRYPT_VALUE_OVERHEAD];
    size_t made;

    EVC_CHECK_OK(
        envcrypt_value_seal(key, NULL, NULL, 0, out, sizeof(out), &made, NULL));
    EVC_CHECK_OK(
        envcrypt_value_open(key, NULL, out, sizeof(out), NULL, 0, &made, NULL));
    ck_assert_uint_eq(made, 0);
}
END_TEST

START_TEST(output_is_zero_after_a_failure)
{
    uint8_t out[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    size_t made = 7;

    sealed[SEALED - 1] ^= 1;
    EVC_CHECK_CODE(
        envcrypt_value_open(key, context, sealed, SEALED, out, 8, &made, NULL),
        ENVCRYPT_E_VALUE_AUTH);
    ck_assert_uint_eq(made, 0);
    ck_assert(evc_mem_is_zero(out, sizeof(out)));
}
END_TEST

START_TEST(too_large_a_value_is_refused)
{
    uint8_t out[SEALED] = {1};
    size_t made = 7;

    EVC_CHECK_CODE(envcrypt_value_seal(key, NULL, out, ENVCRYPT_VALUE_MAX + 1, out,
                                       SEALED, &made, NULL),
                   ENVCRYPT_E_VALUE_SIZE);
    ck_assert_uint_eq(made, 0);
    ck_assert_uint_eq(out[0], 0);
}
END_TEST

START_TEST(null_is_an_argument_error)
{
    envcrypt_value_key *again;
    envcrypt_buffer *other;
    uint8_t out[SEALED];
    size_t made;

    EVC_CHECK_CODE(envcrypt_value_key_new(NULL, NULL, NULL, &again, &other, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_key_new(keyring, NULL, NULL, NULL, &other, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_key_new(keyring, NULL, NULL, &again, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_key_open(NULL, "", 0, NULL, NULL, NULL, &again, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_value_key_open(keyring, NULL, 1, NULL, NULL, NULL, &again, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_value_key_open(keyring, "", 0, NULL, NULL, NULL, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_key_commitment(NULL, out, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_key_commitment(key, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_seal(NULL, NULL, "", 0, out, SEALED, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_seal(key, NULL, NULL, 1, out, SEALED, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_seal(key, NULL, "", 0, out, SEALED, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_open(NULL, NULL, "", 0, out, SEALED, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_open(key, NULL, NULL, 1, out, SEALED, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_value_open(key, NULL, "", 0, out, SEALED, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(envcrypt_value_key_ref(NULL));
    envcrypt_value_key_unref(NULL);
}
END_TEST

static int
use_in_child(void *user)
{
    uint8_t out[SEALED];
    size_t made;

    (void)user;
    if (envcrypt_value_seal(key, NULL, "", 0, out, SEALED, &made, NULL) !=
        ENVCRYPT_E_FORKED)
        return 1;
    if (envcrypt_value_open(key, NULL, sealed, SEALED, out, SEALED, &made, NULL) !=
        ENVCRYPT_E_FORKED)
        return 2;
    if (envcrypt_value_key_commitment(key, out, NULL) != ENVCRYPT_E_FORKED)
        return 3;
    envcrypt_value_key_unref(key);
    return 0;
}

START_TEST(a_child_of_fork_may_only_free_it)
{
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static int
make_and_open(void *user)
{
    envcrypt_value_key *made_key = NULL;
    envcrypt_value_key *again = NULL;
    envcrypt_buffer *made = NULL;
    int rc = envcrypt_value_key_new(user, context, NULL, &made_key, &made, NULL);

    if (rc == 0)
        rc = envcrypt_value_key_open(user, envcrypt_buffer_data(made),
                                     envcrypt_buffer_size(made), NULL, NULL, NULL,
                                     &again, NULL);
    envcrypt_value_key_unref(made_key);
    envcrypt_value_key_unref(again);
    envcrypt_buffer_free(made);
    return rc;
}

START_TEST(survives_lack_of_memory)
{
    ck_assert_uint_ge(evc_alloc_sweep(make_and_open, keyring), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_record_opens_the_same_key,
        the_record_of_a_key_is_not_for_values,
        expected_pairs_must_be_in_the_record,
        one_cache_serves_values_messages_and_files,
        room_for_a_sealed_value_must_suffice,
        room_for_a_value_must_suffice,
        an_empty_value_needs_no_room,
        output_is_zero_after_a_failure,
        too_large_a_value_is_refused,
        null_is_an_argument_error,
        a_child_of_fork_may_only_free_it,
        survives_lack_of_memory,
        NULL,
    };
    TCase *tcase = tcase_create("value");

    tcase_add_checked_fixture(tcase, open_value, close_value);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("value", add_tests)
