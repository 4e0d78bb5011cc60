/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"
#include "envelope-fixture.h"

/* EDKs in wire form, and read back. */
typedef struct wrapped {
    evc_buf bytes;
    evc_edk edks[8];
    size_t count;
} wrapped;

static void
read_edks(wrapped *w)
{
    evc_cursor c = evc_cursor_of_view(evc_buf_view(&w->bytes));

    for (size_t i = 0; i < w->count; i++)
        ck_assert(evc_edk_read(&c, &w->edks[i]));
    ck_assert(evc_cursor_done(&c));
}

static evc_secret
generate(evc_keyring *keyring, wrapped *w)
{
    evc_secret key;

    evc_buf_init(&w->bytes);
    EVC_CHECK_OK(
        evc_keyring_generate(keyring, 32, 16, NULL, NULL, NULL, &key, &w->bytes, NULL));
    w->count = evc_keyring_writers(keyring);
    read_edks(w);
    return key;
}

static int
unwrap(evc_keyring *keyring, const wrapped *w, evc_secret *key, evc_error **err)
{
    *key = (evc_secret){0};
    return evc_keyring_unwrap(keyring, w->edks, w->count, 32, NULL, NULL, NULL, key,
                              err);
}

/* -- open ------------------------------------------------------------------------- */

START_TEST(refuses_a_keyring_without_keys)
{
    struct envcrypt_keyring_config config = {0};
    evc_keyring *keyring;

    EVC_CHECK_CODE(evc_keyring_open(crypto, &config, &keyring, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(keyring);
}
END_TEST

START_TEST(refuses_a_key_of_another_client)
{
    evc_crypto *other;
    toy t = {0};
    evc_kms *kms = toy_open(&t, "a", TOY_BOTH);
    struct envcrypt_keyring_config config = {.generator = kms};
    evc_keyring *keyring;

    EVC_CHECK_OK(evc_crypto_open(env, &other, NULL));
    EVC_CHECK_CODE(evc_keyring_open(other, &config, &keyring, NULL),
                   ENVCRYPT_E_ARGUMENT);
    evc_kms_unref(kms);
    evc_crypto_unref(other);
}
END_TEST

START_TEST(refuses_a_generator_that_cannot_wrap)
{
    toy t = {0};
    evc_kms *kms = toy_open(&t, "a", ENVCRYPT_OP_UNWRAP);
    struct envcrypt_keyring_config config = {.generator = kms};
    evc_keyring *keyring;

    EVC_CHECK_CODE(evc_keyring_open(crypto, &config, &keyring, NULL),
                   ENVCRYPT_E_KEY_READ_ONLY);
    evc_kms_unref(kms);
}
END_TEST

/* The config has room for one generator and one recipient. */
static int
open_pair(evc_kms *generator, evc_kms *recipient, bool discovery)
{
    struct envcrypt_keyring_config config = {.generator = generator,
                                             .recipients = &recipient,
                                             .count = recipient ? 1 : 0,
                                             .discovery = discovery};
    evc_keyring *keyring;
    int rc = evc_keyring_open(crypto, &config, &keyring, NULL);

    evc_keyring_unref(keyring);
    evc_kms_unref(generator);
    evc_kms_unref(recipient);
    return rc;
}

static evc_kms *
open_discovery(toy *t)
{
    evc_kms *kms = toy_open(t, "", ENVCRYPT_OP_UNWRAP);

    kms->discovery = true;
    return kms;
}

START_TEST(refuses_a_discovery_key_without_the_setting)
{
    toy t = {0};

    EVC_CHECK_CODE(open_pair(NULL, open_discovery(&t), false), ENVCRYPT_E_DISCOVERY);
}
END_TEST

START_TEST(refuses_a_generator_in_discovery_mode)
{
    toy t = {0};

    EVC_CHECK_CODE(open_pair(toy_open(&t, "a", TOY_BOTH), NULL, true),
                   ENVCRYPT_E_DISCOVERY);
}
END_TEST

START_TEST(takes_a_discovery_key_with_the_setting)
{
    toy t = {0};

    EVC_CHECK_OK(open_pair(NULL, open_discovery(&t), true));
}
END_TEST

START_TEST(refuses_the_same_recipient_twice)
{
    toy t = {0};
    evc_kms *kms = toy_open(&t, "a", TOY_BOTH);

    EVC_CHECK_CODE(open_pair(evc_kms_ref(kms), evc_kms_ref(kms), false),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_pair(kms, toy_open(&t, "a", TOY_BOTH), false),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(takes_keys_of_one_name_when_only_one_writes)
{
    toy t = {0};

    EVC_CHECK_OK(open_pair(toy_open(&t, "a", TOY_BOTH),
                           toy_open(&t, "a", ENVCRYPT_OP_UNWRAP), false));
}
END_TEST

/* Demands a recipient, with keys "a" (generator) and "b". */
static int
open_with_demand(const char *provider, const char *key_id, uint32_t operations_of_b)
{
    toy t = {0};
    evc_kms *a = toy_open(&t, "a", TOY_BOTH);
    evc_kms *b = toy_open(&t, "b", operations_of_b);
    struct envcrypt_keyring_config config = {
        .generator = a, .recipients = &b, .count = 1};
    evc_keyring *keyring;
    evc_buf name;
    int rc;

    evc_buf_init(&name);
    evc_buf_put_text(&name, provider);
    evc_buf_put_u8(&name, 0);
    evc_buf_put_text(&name, key_id);
    EVC_CHECK_OK(evc_kv_add(&config.required, evc_buf_view(&name), text(""), NULL));
    rc = evc_keyring_open(crypto, &config, &keyring, NULL);
    evc_keyring_unref(keyring);
    evc_kv_reset(&config.required);
    evc_buf_reset(&name);
    evc_kms_unref(a);
    evc_kms_unref(b);
    return rc;
}

START_TEST(demands_a_recipient)
{
    EVC_CHECK_OK(open_with_demand("toy", "a", TOY_BOTH));
    EVC_CHECK_OK(open_with_demand("toy", "b", TOY_BOTH));
    EVC_CHECK_CODE(open_with_demand("toy", "c", TOY_BOTH), ENVCRYPT_E_POLICY_RECIPIENT);
    EVC_CHECK_CODE(open_with_demand("other", "b", TOY_BOTH),
                   ENVCRYPT_E_POLICY_RECIPIENT);
}
END_TEST

START_TEST(a_key_that_only_opens_does_not_meet_a_demand)
{
    EVC_CHECK_CODE(open_with_demand("toy", "b", ENVCRYPT_OP_UNWRAP),
                   ENVCRYPT_E_POLICY_RECIPIENT);
}
END_TEST

START_TEST(keyrings_of_the_same_keys_are_told_apart)
{
    toy t = {0};
    evc_keyring *a = open_keyring(toy_open(&t, "a", TOY_BOTH), NULL, NULL, NULL);
    evc_keyring *b = open_keyring(toy_open(&t, "a", TOY_BOTH), NULL, NULL, NULL);

    ck_assert_mem_eq(a->recipients_id, b->recipients_id, 32);
    ck_assert_mem_ne(a->instance, b->instance, 16);
    evc_keyring_unref(a);
    evc_keyring_unref(b);
}
END_TEST

/* -- wrap ------------------------------------------------------------------------- */

START_TEST(wraps_for_all_that_write_the_generator_first)
{
    toy t[3] = {0};
    wrapped w;
    evc_keyring *keyring = open_keyring(toy_open(&t[0], "a", TOY_BOTH),
                                        toy_open(&t[1], "b", ENVCRYPT_OP_UNWRAP),
                                        toy_open(&t[2], "c", TOY_BOTH), NULL);
    evc_secret key = generate(keyring, &w);

    ck_assert_uint_eq(w.count, 2);
    ck_assert(evc_view_is_text(w.edks[0].info, "a/1"));
    ck_assert(evc_view_is_text(w.edks[1].info, "c/1"));
    ck_assert_mem_eq(t[0].seen[0], key.bytes, 32);
    ck_assert_mem_eq(t[2].seen[0], key.bytes, 32);
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
}
END_TEST

START_TEST(one_failure_fails_the_whole_wrap)
{
    toy t[2] = {{0}, {.wrap_code = ENVCRYPT_E_KEY_DISABLED}};
    evc_keyring *keyring = open_keyring(toy_open(&t[0], "a", TOY_BOTH),
                                        toy_open(&t[1], "b", TOY_BOTH), NULL, NULL);
    evc_secret key;
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_CODE(
        evc_keyring_generate(keyring, 32, 16, NULL, NULL, NULL, &key, &out, NULL),
        ENVCRYPT_E_KEY_DISABLED);
    ck_assert_ptr_null(key.bytes);
    evc_buf_reset(&out);
    evc_keyring_unref(keyring);
}
END_TEST

START_TEST(does_not_wrap_without_a_generator)
{
    toy t = {0};
    evc_keyring *keyring = open_keyring(NULL, toy_open(&t, "a", TOY_BOTH), NULL, NULL);
    evc_secret key;
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_CODE(
        evc_keyring_generate(keyring, 32, 16, NULL, NULL, NULL, &key, &out, NULL),
        ENVCRYPT_E_NO_GENERATOR);
    ck_assert_uint_eq(atomic_load(&t.wraps), 0);
    evc_keyring_unref(keyring);
}
END_TEST

START_TEST(counts_recipients_before_it_wraps)
{
    toy t[2] = {0};
    evc_keyring *keyring = open_keyring(toy_open(&t[0], "a", TOY_BOTH),
                                        toy_open(&t[1], "b", TOY_BOTH), NULL, NULL);
    evc_secret key;
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_CODE(
        evc_keyring_generate(keyring, 32, 1, NULL, NULL, NULL, &key, &out, NULL),
        ENVCRYPT_E_LIMIT_EDKS);
    ck_assert_uint_eq(atomic_load(&t[0].wraps), 0);
    EVC_CHECK_OK(
        evc_keyring_generate(keyring, 32, 2, NULL, NULL, NULL, &key, &out, NULL));
    evc_secret_free(&key);
    evc_buf_reset(&out);
    evc_keyring_unref(keyring);
}
END_TEST

/* -- unwrap ----------------------------------------------------------------------- */

START_TEST(every_recipient_opens)
{
    toy t[3] = {0};
    wrapped w;
    evc_keyring *keyring =
        open_keyring(toy_open(&t[0], "a", TOY_BOTH), toy_open(&t[1], "b", TOY_BOTH),
                     toy_open(&t[2], "c", TOY_BOTH), NULL);
    evc_secret key = generate(keyring, &w);
    static const char *const names[] = {"a", "b", "c"};

    for (size_t i = 0; i < 3; i++) {
        toy alone = {0};
        evc_keyring *reader = open_keyring(
            NULL, toy_open(&alone, names[i], ENVCRYPT_OP_UNWRAP), NULL, NULL);
        evc_secret again;

        EVC_CHECK_OK(unwrap(reader, &w, &again, NULL));
        ck_assert_mem_eq(again.bytes, key.bytes, 32);
        evc_secret_free(&again);
        evc_keyring_unref(reader);
    }
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
}
END_TEST

/* The EDK of the cloud stands first in the message, the local key in the keyring. */
START_TEST(asks_its_keys_in_their_order)
{
    toy writer[2] = {0};
    toy t[2] = {0};
    wrapped w;
    evc_keyring *keyring =
        open_keyring(toy_open(&writer[0], "cloud", TOY_BOTH),
                     toy_open(&writer[1], "local", TOY_BOTH), NULL, NULL);
    evc_keyring *reader =
        open_keyring(NULL, toy_open(&t[0], "local", ENVCRYPT_OP_UNWRAP),
                     toy_open(&t[1], "cloud", ENVCRYPT_OP_UNWRAP), NULL);
    evc_secret key = generate(keyring, &w);
    evc_secret again;

    EVC_CHECK_OK(unwrap(reader, &w, &again, NULL));
    ck_assert_uint_eq(atomic_load(&t[0].unwraps), 1);
    ck_assert_uint_eq(atomic_load(&t[1].unwraps), 0);
    evc_secret_free(&again);
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
    evc_keyring_unref(reader);
}
END_TEST

/* What a message for "a" and "b" gives where opening fails with two codes. */
static int
unwrap_failing(int first, int second, evc_error **err)
{
    toy t[2] = {0};
    wrapped w;
    evc_keyring *keyring = open_keyring(toy_open(&t[0], "a", TOY_BOTH),
                                        toy_open(&t[1], "b", TOY_BOTH), NULL, NULL);
    evc_secret key = generate(keyring, &w);
    evc_secret again;
    int rc;

    t[0].unwrap_code = first;
    t[1].unwrap_code = second;
    t[1].retry_after_ms = 1500;
    rc = unwrap(keyring, &w, &again, err);
    evc_secret_free(&again);
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
    return rc;
}

START_TEST(goes_on_after_a_failure)
{
    EVC_CHECK_OK(unwrap_failing(ENVCRYPT_E_UNWRAP, 0, NULL));
    EVC_CHECK_OK(unwrap_failing(ENVCRYPT_E_KEY_DISABLED, 0, NULL));
    EVC_CHECK_OK(unwrap_failing(ENVCRYPT_E_KEY_MISMATCH, 0, NULL));
}
END_TEST

START_TEST(a_key_that_needs_no_wait_opens_after_a_timeout)
{
    EVC_CHECK_OK(unwrap_failing(ENVCRYPT_E_TIMEOUT, 0, NULL));
}
END_TEST

START_TEST(cancellation_ends_the_search)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(unwrap_failing(ENVCRYPT_E_CANCELED, 0, &err), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(evc_error_code(err), ENVCRYPT_E_CANCELED);
    evc_error_free(err);
}
END_TEST

START_TEST(lack_of_memory_ends_the_search)
{
    EVC_CHECK_CODE(unwrap_failing(ENVCRYPT_E_ARENA_FULL, 0, NULL),
                   ENVCRYPT_E_ARENA_FULL);
}
END_TEST

START_TEST(wrong_keys_are_no_key_with_a_cause_for_each)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(unwrap_failing(ENVCRYPT_E_UNWRAP, ENVCRYPT_E_UNWRAP, &err),
                   ENVCRYPT_E_NO_KEY);
    ck_assert_ptr_nonnull(evc_error_cause(err));
    ck_assert_ptr_nonnull(evc_error_cause(evc_error_cause(err)));
    ck_assert_ptr_null(evc_error_cause(evc_error_cause(evc_error_cause(err))));
    ck_assert_int_eq(evc_error_code(evc_error_cause(err)), ENVCRYPT_E_UNWRAP);
    evc_error_free(err);
}
END_TEST

START_TEST(a_failure_that_tells_more_is_the_one_reported)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(unwrap_failing(ENVCRYPT_E_UNWRAP, ENVCRYPT_E_TIMEOUT, &err),
                   ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(evc_error_is_retryable(err), 1);
    ck_assert_int_eq(evc_error_retry_after_ms(err), 1500);
    ck_assert_str_eq(evc_error_provider_code(err), "ToyFailure");
    ck_assert_str_eq(evc_error_request_id(err), "request-1");
    ck_assert_int_eq(evc_error_http_status(err), 400);
    ck_assert_str_eq(evc_error_key_state(err), "toy state");
    evc_error_free(err);
    EVC_CHECK_CODE(unwrap_failing(ENVCRYPT_E_KEY_MISMATCH, ENVCRYPT_E_UNWRAP, NULL),
                   ENVCRYPT_E_KEY_MISMATCH);
}
END_TEST

START_TEST(says_which_key_it_has_none_for)
{
    toy t[2] = {0};
    wrapped w;
    evc_keyring *keyring =
        open_keyring(toy_open(&t[0], "a", TOY_BOTH), NULL, NULL, NULL);
    evc_keyring *reader =
        open_keyring(NULL, toy_open(&t[1], "b", TOY_BOTH), NULL, NULL);
    evc_secret key = generate(keyring, &w);
    evc_secret again;
    evc_error *err = NULL;

    EVC_CHECK_CODE(unwrap(reader, &w, &again, &err), ENVCRYPT_E_NO_KEY);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "toy"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "a/1"));
    ck_assert_uint_eq(atomic_load(&t[1].unwraps), 0);
    evc_error_free(err);
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
    evc_keyring_unref(reader);
}
END_TEST

START_TEST(a_recipient_that_only_wraps_is_no_key)
{
    toy t[2] = {0};
    wrapped w;
    evc_keyring *keyring =
        open_keyring(toy_open(&t[0], "a", ENVCRYPT_OP_WRAP), NULL, NULL, NULL);
    evc_secret key = generate(keyring, &w);
    evc_secret again;

    EVC_CHECK_CODE(unwrap(keyring, &w, &again, NULL), ENVCRYPT_E_NO_KEY);
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
}
END_TEST

START_TEST(a_service_that_used_another_key_is_not_believed)
{
    toy t = {0};
    wrapped w;
    evc_keyring *keyring = open_keyring(toy_open(&t, "a", TOY_BOTH), NULL, NULL, NULL);
    evc_secret key = generate(keyring, &w);
    evc_secret again;

    t.names_key = "b";
    EVC_CHECK_CODE(unwrap(keyring, &w, &again, NULL), ENVCRYPT_E_KEY_MISMATCH);
    ck_assert_ptr_null(again.bytes);
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
}
END_TEST

START_TEST(a_data_key_of_another_size_is_refused)
{
    toy t = {0};
    wrapped w;
    evc_keyring *keyring = open_keyring(toy_open(&t, "a", TOY_BOTH), NULL, NULL, NULL);
    evc_secret key = generate(keyring, &w);
    evc_secret again = {0};

    EVC_CHECK_CODE(evc_keyring_unwrap(keyring, w.edks, w.count, 16, NULL, NULL, NULL,
                                      &again, NULL),
                   ENVCRYPT_E_BAD_DEK);
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
}
END_TEST

START_TEST(is_outdated_when_one_recipient_moved_on)
{
    toy t[2] = {{.version = "1"}, {.version = "1"}};
    wrapped w;
    evc_keyring *keyring = open_keyring(toy_open(&t[0], "a", TOY_BOTH),
                                        toy_open(&t[1], "b", TOY_BOTH), NULL, NULL);
    evc_secret key = generate(keyring, &w);

    ck_assert(!evc_keyring_is_outdated(keyring, evc_buf_view(&w.bytes), 2));
    t[1].ignores_versions = true;
    t[1].version = "2";
    ck_assert(!evc_keyring_is_outdated(keyring, evc_buf_view(&w.bytes), 2));
    t[1].ignores_versions = false;
    ck_assert(evc_keyring_is_outdated(keyring, evc_buf_view(&w.bytes), 2));
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
}
END_TEST

START_TEST(finds_the_key_of_an_edk)
{
    toy t[2] = {0};
    wrapped w;
    evc_kms *b = toy_open(&t[1], "b", TOY_BOTH);
    evc_keyring *keyring = open_keyring(toy_open(&t[0], "a", TOY_BOTH), b, NULL, NULL);
    evc_secret key = generate(keyring, &w);
    evc_edk foreign = {.provider = text("toy"), .info = text("c/1")};

    ck_assert_ptr_eq(evc_keyring_find(keyring, &w.edks[1]), b);
    ck_assert_ptr_null(evc_keyring_find(keyring, &foreign));
    evc_secret_free(&key);
    evc_buf_reset(&w.bytes);
    evc_keyring_unref(keyring);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const open_tests[] = {
        refuses_a_keyring_without_keys,
        refuses_a_key_of_another_client,
        refuses_a_generator_that_cannot_wrap,
        refuses_a_discovery_key_without_the_setting,
        refuses_a_generator_in_discovery_mode,
        takes_a_discovery_key_with_the_setting,
        refuses_the_same_recipient_twice,
        takes_keys_of_one_name_when_only_one_writes,
        demands_a_recipient,
        a_key_that_only_opens_does_not_meet_a_demand,
        keyrings_of_the_same_keys_are_told_apart,
        NULL,
    };
    const TTest *const wrap_tests[] = {
        wraps_for_all_that_write_the_generator_first,
        one_failure_fails_the_whole_wrap,
        does_not_wrap_without_a_generator,
        counts_recipients_before_it_wraps,
        NULL,
    };
    const TTest *const unwrap_tests[] = {
        every_recipient_opens,
        asks_its_keys_in_their_order,
        goes_on_after_a_failure,
        a_key_that_needs_no_wait_opens_after_a_timeout,
        cancellation_ends_the_search,
        lack_of_memory_ends_the_search,
        wrong_keys_are_no_key_with_a_cause_for_each,
        a_failure_that_tells_more_is_the_one_reported,
        says_which_key_it_has_none_for,
        a_recipient_that_only_wraps_is_no_key,
        a_service_that_used_another_key_is_not_believed,
        a_data_key_of_another_size_is_refused,
        is_outdated_when_one_recipient_moved_on,
        finds_the_key_of_an_edk,
        NULL,
    };

    envelope_add(suite, "open", open_tests);
    envelope_add(suite, "wrap", wrap_tests);
    envelope_add(suite, "unwrap", unwrap_tests);
}

EVC_TEST_MAIN("keyring", add_tests)
