/* SPDX-License-Identifier: Apache-2.0 */
#include "api-fixture.h"
#include "envelope/record.h"
#include "evc-alloc.h"
#include "evc-child.h"

static envcrypt_keyring *keyring; /* of the key "a" */
static envcrypt_context *context;
static envcrypt_dek *dek;

static void
open_record(void)
{
    open_client();
    keyring = open_keyring("a", NULL);
    EVC_CHECK_OK(envcrypt_context_new(&context, NULL));
    EVC_CHECK_OK(envcrypt_context_add(context, "table", "users", NULL));
    EVC_CHECK_OK(envcrypt_dek_generate(client, 32, &dek, NULL));
}

static void
close_record(void)
{
    envcrypt_dek_free(dek);
    envcrypt_context_free(context);
    envcrypt_keyring_unref(keyring);
    close_client();
}

static envcrypt_buffer *
wrap(void)
{
    envcrypt_buffer *record;

    EVC_CHECK_OK(envcrypt_dek_wrap(dek, keyring, context, NULL, &record, NULL));
    return record;
}

/* With what the fixture expects; the key is compared and freed. */
static int
unwrap(envcrypt_keyring *by, const envcrypt_buffer *record)
{
    envcrypt_dek *again;
    uint8_t a[32];
    uint8_t b[32];
    size_t size;
    int rc =
        envcrypt_dek_unwrap(by, envcrypt_buffer_data(record),
                            envcrypt_buffer_size(record), context, NULL, &again, NULL);

    if (rc == 0) {
        EVC_CHECK_OK(envcrypt_dek_export(dek, a, 32, &size, NULL));
        EVC_CHECK_OK(envcrypt_dek_export(again, b, 32, &size, NULL));
        ck_assert_mem_eq(a, b, 32);
    } else {
        ck_assert_ptr_null(again);
    }
    envcrypt_dek_free(again);
    return rc;
}

START_TEST(unwraps_what_it_wrapped)
{
    envcrypt_buffer *record = wrap();

    EVC_CHECK_OK(unwrap(keyring, record));
    envcrypt_buffer_free(record);
}
END_TEST

START_TEST(wraps_without_a_context)
{
    envcrypt_buffer *record;
    envcrypt_dek *again;

    EVC_CHECK_OK(envcrypt_dek_wrap(dek, keyring, NULL, NULL, &record, NULL));
    EVC_CHECK_OK(envcrypt_dek_unwrap(keyring, envcrypt_buffer_data(record),
                                     envcrypt_buffer_size(record), NULL, NULL, &again,
                                     NULL));
    envcrypt_dek_free(again);
    EVC_CHECK_CODE(unwrap(keyring, record), ENVCRYPT_E_CONTEXT_MISSING);
    envcrypt_buffer_free(record);
}
END_TEST

START_TEST(another_key_does_not_open_it)
{
    envcrypt_keyring *other = open_keyring("b", NULL);
    envcrypt_buffer *record = wrap();

    EVC_CHECK_CODE(unwrap(other, record), ENVCRYPT_E_NO_KEY);
    envcrypt_buffer_free(record);
    envcrypt_keyring_unref(other);
}
END_TEST

START_TEST(needs_a_generator_to_wrap)
{
    envcrypt_keyring *reader = open_keyring(NULL, "a");
    envcrypt_buffer *record;

    EVC_CHECK_CODE(envcrypt_dek_wrap(dek, reader, NULL, NULL, &record, NULL),
                   ENVCRYPT_E_NO_GENERATOR);
    ck_assert_ptr_null(record);
    envcrypt_keyring_unref(reader);
}
END_TEST

START_TEST(a_destroyed_key_is_not_wrapped)
{
    envcrypt_buffer *record;

    envcrypt_dek_destroy(dek);
    EVC_CHECK_CODE(envcrypt_dek_wrap(dek, keyring, NULL, NULL, &record, NULL),
                   ENVCRYPT_E_DESTROYED);
}
END_TEST

START_TEST(a_key_for_reading_is_not_wrapped)
{
    static const uint8_t bytes[32] = {1};
    envcrypt_buffer *record;
    envcrypt_dek *reading;

    EVC_CHECK_OK(
        envcrypt_dek_import(client, bytes, 32, ENVCRYPT_DEK_READ_ONLY, &reading, NULL));
    EVC_CHECK_CODE(envcrypt_dek_wrap(reading, keyring, NULL, NULL, &record, NULL),
                   ENVCRYPT_E_KEY_READ_ONLY);
    envcrypt_dek_free(reading);
}
END_TEST

START_TEST(rewraps_for_another_keyring)
{
    envcrypt_keyring *other = open_keyring("b", "c");
    envcrypt_buffer *record = wrap();
    envcrypt_buffer *made;

    EVC_CHECK_OK(envcrypt_record_rewrap(keyring, other, envcrypt_buffer_data(record),
                                        envcrypt_buffer_size(record), NULL, &made,
                                        NULL));
    EVC_CHECK_OK(unwrap(other, made));
    EVC_CHECK_CODE(unwrap(keyring, made), ENVCRYPT_E_NO_KEY);
    envcrypt_buffer_free(made);
    envcrypt_buffer_free(record);
    envcrypt_keyring_unref(other);
}
END_TEST

START_TEST(a_record_for_values_is_not_for_keys)
{
    envcrypt_value_key *key;
    envcrypt_buffer *record;

    EVC_CHECK_OK(envcrypt_value_key_new(keyring, context, NULL, &key, &record, NULL));
    EVC_CHECK_CODE(unwrap(keyring, record), ENVCRYPT_E_RECORD_PURPOSE);
    envcrypt_value_key_unref(key);
    envcrypt_buffer_free(record);
}
END_TEST

START_TEST(null_is_an_argument_error)
{
    envcrypt_buffer *out;
    envcrypt_dek *again;

    EVC_CHECK_CODE(envcrypt_dek_wrap(NULL, keyring, NULL, NULL, &out, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_dek_wrap(dek, NULL, NULL, NULL, &out, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_dek_wrap(dek, keyring, NULL, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_dek_unwrap(NULL, "", 0, NULL, NULL, &again, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_dek_unwrap(keyring, NULL, 1, NULL, NULL, &again, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_dek_unwrap(keyring, NULL, 0, NULL, NULL, &again, NULL),
                   ENVCRYPT_E_RECORD);
    EVC_CHECK_CODE(envcrypt_dek_unwrap(keyring, "", 0, NULL, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_record_rewrap(NULL, keyring, "", 0, NULL, &out, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_record_rewrap(keyring, NULL, "", 0, NULL, &out, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_record_rewrap(keyring, keyring, "", 0, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
use_in_child(void *user)
{
    envcrypt_buffer *out;
    envcrypt_dek *again;

    (void)user;
    if (envcrypt_dek_wrap(dek, keyring, NULL, NULL, &out, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (envcrypt_dek_unwrap(keyring, "", 0, NULL, NULL, &again, NULL) !=
        ENVCRYPT_E_FORKED)
        return 2;
    if (envcrypt_record_rewrap(keyring, keyring, "", 0, NULL, &out, NULL) !=
        ENVCRYPT_E_FORKED)
        return 3;
    return 0;
}

START_TEST(a_child_of_fork_uses_none_of_it)
{
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static int
wrap_and_rewrap(void *user)
{
    envcrypt_buffer *record = NULL;
    envcrypt_buffer *made = NULL;
    int rc = envcrypt_dek_wrap(dek, user, context, NULL, &record, NULL);

    if (rc == 0)
        rc = envcrypt_record_rewrap(user, user, envcrypt_buffer_data(record),
                                    envcrypt_buffer_size(record), NULL, &made, NULL);
    envcrypt_buffer_free(record);
    envcrypt_buffer_free(made);
    return rc;
}

START_TEST(survives_lack_of_memory)
{
    ck_assert_uint_ge(evc_alloc_sweep(wrap_and_rewrap, keyring), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        unwraps_what_it_wrapped,        wraps_without_a_context,
        another_key_does_not_open_it,   needs_a_generator_to_wrap,
        a_destroyed_key_is_not_wrapped, a_key_for_reading_is_not_wrapped,
        rewraps_for_another_keyring,    a_record_for_values_is_not_for_keys,
        null_is_an_argument_error,      a_child_of_fork_uses_none_of_it,
        survives_lack_of_memory,        NULL,
    };
    TCase *tcase = tcase_create("record");

    tcase_add_checked_fixture(tcase, open_record, close_record);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("record", add_tests)
