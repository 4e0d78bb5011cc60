/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/record.h"
#include "kms/keys.h"
#include "known-answers.h"

static toy service;
static evc_keyring *keyring; /* of the toy "a" */
static evc_kv context;
static evc_secret data_key;
static evc_buf record;

static void
open_record(void)
{
    open_crypto();
    service = (toy){0};
    keyring = open_keyring(toy_open(&service, "a", TOY_BOTH), NULL, NULL, NULL);
    evc_kv_init(&context);
    add_pair(&context, "table", "users");
    EVC_CHECK_OK(evc_secret_new(env->arena, 32, &data_key, NULL));
    for (size_t i = 0; i < 32; i++)
        data_key.bytes[i] = (uint8_t)i;
    evc_buf_init(&record);
    EVC_CHECK_OK(evc_record_wrap(keyring, evc_view_of(data_key.bytes, 32),
                                 EVC_RECORD_KEY, &context, NULL, &record, NULL));
}

static void
close_record(void)
{
    evc_buf_reset(&record);
    evc_secret_free(&data_key);
    evc_kv_reset(&context);
    evc_keyring_unref(keyring);
    close_crypto();
}

/* Unwraps with the keyring of the fixture; the key is compared and freed. */
static int
unwrap(evc_view bytes, evc_record_purpose purpose, const evc_kv *expected)
{
    evc_secret key = {0};
    int rc =
        evc_record_unwrap(keyring, bytes, purpose, expected, NULL, NULL, &key, NULL);

    if (rc == 0) {
        ck_assert_uint_eq(key.size, 32);
        ck_assert_mem_eq(key.bytes, data_key.bytes, 32);
    } else {
        ck_assert_ptr_null(key.bytes);
    }
    evc_secret_free(&key);
    return rc;
}

/* -- layout ----------------------------------------------------------------------- */

static evc_keyring *
open_known_keyring(const evc_json *entry, size_t index)
{
    const evc_json *keys;
    const evc_json *key;
    const char *name_space;
    const char *name;
    evc_buf material;
    evc_kms *kms;

    EVC_CHECK_OK(evc_json_array(entry, "keys", &keys, NULL));
    key = evc_json_at(keys, index);
    if (!key)
        return NULL;
    EVC_CHECK_OK(evc_json_text(key, "namespace", &name_space, NULL));
    EVC_CHECK_OK(evc_json_text(key, "name", &name, NULL));
    EVC_CHECK_OK(evc_raw_aes_open(crypto, name_space, name,
                                  known_hex(key, "material", &material), &kms, NULL));
    evc_buf_reset(&material);
    return open_keyring(NULL, kms, NULL, NULL);
}

static void
check_known(const evc_json *entry)
{
    evc_buf bytes;
    evc_buf wanted;
    evc_view known = known_hex(entry, "record", &bytes);
    evc_view key = known_hex(entry, "data_key", &wanted);
    evc_keyring *reader;
    int64_t purpose;
    evc_kv pairs;

    known_context(entry, &pairs);
    EVC_CHECK_OK(evc_json_integer(entry, "purpose", 1, 2, &purpose, NULL));
    for (size_t i = 0; (reader = open_known_keyring(entry, i)); i++) {
        evc_secret out;

        EVC_CHECK_OK(evc_record_unwrap(reader, known, (evc_record_purpose)purpose,
                                       &pairs, NULL, NULL, &out, NULL));
        ck_assert_uint_eq(out.size, key.size);
        ck_assert_mem_eq(out.bytes, key.data, key.size);
        evc_secret_free(&out);
        evc_keyring_unref(reader);
    }
    evc_kv_reset(&pairs);
    evc_buf_reset(&bytes);
    evc_buf_reset(&wanted);
}

START_TEST(opens_the_records_of_another_implementation)
{
    evc_json_doc *known = open_known("record");
    const evc_json *entries;

    EVC_CHECK_OK(evc_json_array(evc_json_root(known), "records", &entries, NULL));
    ck_assert_uint_ge(evc_json_count(entries), 6);
    for (size_t i = 0; i < evc_json_count(entries); i++)
        check_known(evc_json_at(entries, i));
    evc_json_free(known);
}
END_TEST

START_TEST(writes_the_documented_layout)
{
    /* the toy: provider "toy", info "a/1", ciphertext = context and 32 bytes */
    size_t context_size = evc_context_size(&context);
    evc_cursor c = evc_cursor_of_view(evc_buf_view(&record));

    ck_assert_uint_eq(evc_cursor_u16(&c), 0x454B);
    ck_assert_uint_eq(evc_cursor_u8(&c), 1);
    ck_assert_uint_eq(evc_cursor_u8(&c), EVC_RECORD_KEY);
    ck_assert_uint_eq(evc_cursor_bytes16(&c).size, context_size);
    ck_assert_uint_eq(evc_cursor_u16(&c), 1);
    ck_assert(evc_view_is_text(evc_cursor_bytes16(&c), "toy"));
    ck_assert(evc_view_is_text(evc_cursor_bytes16(&c), "a/1"));
    ck_assert_uint_eq(evc_cursor_bytes16(&c).size, context_size + 32);
    ck_assert_uint_eq(evc_cursor_left(&c), 32);
}
END_TEST

START_TEST(tells_a_record_by_its_first_bytes)
{
    ck_assert(evc_record_is_one(evc_buf_view(&record)));
    ck_assert(!evc_record_is_one(evc_view_of(record.data, 2)));
    ck_assert(!evc_record_is_one(evc_view_of(NULL, 0)));
    record.data[2] = 2;
    ck_assert(!evc_record_is_one(evc_buf_view(&record)));
}
END_TEST

START_TEST(reads_what_it_wrote)
{
    evc_record read;

    EVC_CHECK_OK(evc_record_read(evc_buf_view(&record), evc_config_or_default(NULL),
                                 &read, NULL));
    ck_assert_uint_eq(read.purpose, EVC_RECORD_KEY);
    ck_assert_uint_eq(read.edk_count, 1);
    ck_assert_uint_eq(read.context.count, 1);
    ck_assert_uint_eq(read.covered.size + read.mac.size, record.size);
    evc_record_reset(&read);
    EVC_CHECK_OK(unwrap(evc_buf_view(&record), EVC_RECORD_KEY, NULL));
}
END_TEST

/* -- bad input -------------------------------------------------------------------- */

START_TEST(every_flipped_bit_is_a_named_error)
{
    for (size_t bit = 0; bit < record.size * 8; bit++) {
        int rc;

        record.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        rc = unwrap(evc_buf_view(&record), EVC_RECORD_KEY, NULL);
        ck_assert_msg(rc == ENVCRYPT_E_RECORD || rc == ENVCRYPT_E_RECORD_MAC ||
                          rc == ENVCRYPT_E_RECORD_PURPOSE || rc == ENVCRYPT_E_NO_KEY ||
                          rc == ENVCRYPT_E_BAD_DEK || rc == ENVCRYPT_E_LIMIT_EDKS ||
                          rc == ENVCRYPT_E_LIMIT_CONTEXT,
                      "bit %zu: %s", bit, evc_error_name(rc));
        record.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}
END_TEST

START_TEST(every_truncation_is_no_record)
{
    for (size_t size = 0; size < record.size; size++)
        EVC_CHECK_CODE(unwrap(evc_view_of(record.data, size), EVC_RECORD_KEY, NULL),
                       ENVCRYPT_E_RECORD);
}
END_TEST

START_TEST(bytes_behind_the_end_are_no_record)
{
    evc_buf_put_u8(&record, 0);
    EVC_CHECK_CODE(unwrap(evc_buf_view(&record), EVC_RECORD_KEY, NULL),
                   ENVCRYPT_E_RECORD);
}
END_TEST

START_TEST(unknown_purposes_are_no_record)
{
    record.data[3] = 0;
    EVC_CHECK_CODE(unwrap(evc_buf_view(&record), EVC_RECORD_ANY, NULL),
                   ENVCRYPT_E_RECORD);
    record.data[3] = 3;
    EVC_CHECK_CODE(unwrap(evc_buf_view(&record), EVC_RECORD_ANY, NULL),
                   ENVCRYPT_E_RECORD);
}
END_TEST

START_TEST(a_changed_purpose_fails_the_mac)
{
    record.data[3] = EVC_RECORD_VALUES;
    EVC_CHECK_CODE(unwrap(evc_buf_view(&record), EVC_RECORD_VALUES, NULL),
                   ENVCRYPT_E_RECORD_MAC);
}
END_TEST

START_TEST(the_purpose_must_be_the_one_that_is_wanted)
{
    EVC_CHECK_CODE(unwrap(evc_buf_view(&record), EVC_RECORD_VALUES, NULL),
                   ENVCRYPT_E_RECORD_PURPOSE);
    EVC_CHECK_OK(unwrap(evc_buf_view(&record), EVC_RECORD_ANY, NULL));
    ck_assert_uint_eq(atomic_load(&service.unwraps), 1);
}
END_TEST

START_TEST(a_malformed_context_is_no_record)
{
    record.data[7] = 0; /* the number of pairs */
    EVC_CHECK_CODE(unwrap(evc_buf_view(&record), EVC_RECORD_KEY, NULL),
                   ENVCRYPT_E_RECORD);
}
END_TEST

/* A record that only begins: with a context of so many bytes and a count of EDKs. */
static int
read_begun(size_t context_size, uint16_t edks)
{
    evc_record read;
    evc_buf b;
    int rc;

    evc_buf_init(&b);
    evc_buf_put(&b, "EK\x01\x01", 4);
    evc_buf_put_u16(&b, (uint16_t)context_size);
    if (context_size) {
        size_t value = context_size - 7;

        evc_buf_put_u16(&b, 1);
        evc_buf_put_bytes16(&b, text("n"));
        evc_buf_put_u16(&b, (uint16_t)value);
        memset(evc_buf_extend(&b, value), 'v', value);
    }
    evc_buf_put_u16(&b, edks);
    for (size_t i = 0; i < edks; i++)
        (void)evc_buf_extend(&b, 6);
    (void)evc_buf_extend(&b, 32);
    rc = evc_record_read(evc_buf_view(&b), evc_config_or_default(NULL), &read, NULL);
    evc_record_reset(&read);
    evc_buf_reset(&b);
    return rc;
}

START_TEST(limits_the_number_of_edks)
{
    EVC_CHECK_CODE(read_begun(0, 0), ENVCRYPT_E_RECORD);
    EVC_CHECK_OK(read_begun(0, 16));
    EVC_CHECK_CODE(read_begun(0, 17), ENVCRYPT_E_LIMIT_EDKS);
}
END_TEST

START_TEST(limits_the_context)
{
    EVC_CHECK_OK(read_begun(8192, 1));
    EVC_CHECK_CODE(read_begun(8193, 1), ENVCRYPT_E_LIMIT_CONTEXT);
}
END_TEST

START_TEST(limits_the_context_that_is_written)
{
    static char value[8193];
    evc_buf out;

    evc_buf_init(&out);
    memset(value, 'v', 8192 - 7);
    evc_kv_reset(&context);
    add_pair(&context, "n", value);
    EVC_CHECK_OK(evc_record_wrap(keyring, evc_view_of(data_key.bytes, 32),
                                 EVC_RECORD_KEY, &context, NULL, &out, NULL));
    evc_buf_reset(&out);
    value[8192 - 7] = 'v';
    evc_kv_reset(&context);
    add_pair(&context, "n", value);
    EVC_CHECK_CODE(evc_record_wrap(keyring, evc_view_of(data_key.bytes, 32),
                                   EVC_RECORD_KEY, &context, NULL, &out, NULL),
                   ENVCRYPT_E_LIMIT_CONTEXT);
    evc_buf_reset(&out);
}
END_TEST

/* -- context ---------------------------------------------------------------------- */

static int
unwrap_expecting(const char *name, const char *value)
{
    evc_kv expected;
    int rc;

    evc_kv_init(&expected);
    add_pair(&expected, name, value);
    rc = unwrap(evc_buf_view(&record), EVC_RECORD_KEY, &expected);
    evc_kv_reset(&expected);
    return rc;
}

START_TEST(expected_pairs_must_be_there)
{
    EVC_CHECK_OK(unwrap_expecting("table", "users"));
    EVC_CHECK_CODE(unwrap_expecting("table", "orders"), ENVCRYPT_E_CONTEXT_MISMATCH);
    EVC_CHECK_CODE(unwrap_expecting("column", "users"), ENVCRYPT_E_CONTEXT_MISSING);
}
END_TEST

START_TEST(expected_pairs_are_checked_before_a_service_is_asked)
{
    EVC_CHECK_CODE(unwrap_expecting("table", "orders"), ENVCRYPT_E_CONTEXT_MISMATCH);
    ck_assert_uint_eq(atomic_load(&service.unwraps), 0);
}
END_TEST

/* -- keys ------------------------------------------------------------------------- */

START_TEST(a_key_for_values_has_32_bytes)
{
    evc_buf small;
    evc_secret key = {0};

    evc_buf_init(&small);
    EVC_CHECK_OK(evc_record_wrap(keyring, evc_view_of(data_key.bytes, 16),
                                 EVC_RECORD_VALUES, NULL, NULL, &small, NULL));
    EVC_CHECK_CODE(evc_record_unwrap(keyring, evc_buf_view(&small), EVC_RECORD_VALUES,
                                     NULL, NULL, NULL, &key, NULL),
                   ENVCRYPT_E_BAD_DEK);
    evc_buf_reset(&small);
}
END_TEST

START_TEST(another_data_key_fails_the_mac)
{
    /* the last byte of the EDK is one of the toy's wrapped key */
    record.data[record.size - 33] ^= 1;
    EVC_CHECK_CODE(unwrap(evc_buf_view(&record), EVC_RECORD_KEY, NULL),
                   ENVCRYPT_E_RECORD_MAC);
}
END_TEST

/* -- rewrap ----------------------------------------------------------------------- */

START_TEST(rewraps_for_other_recipients)
{
    toy other = {0};
    evc_keyring *to = open_keyring(toy_open(&other, "b", TOY_BOTH), NULL, NULL, NULL);
    evc_secret key;
    evc_record read;
    evc_buf made;

    evc_buf_init(&made);
    EVC_CHECK_OK(
        evc_record_rewrap(keyring, to, evc_buf_view(&record), NULL, &made, NULL));
    EVC_CHECK_OK(evc_record_unwrap(to, evc_buf_view(&made), EVC_RECORD_KEY, &context,
                                   NULL, NULL, &key, NULL));
    ck_assert_mem_eq(key.bytes, data_key.bytes, 32);
    EVC_CHECK_CODE(unwrap(evc_buf_view(&made), EVC_RECORD_KEY, NULL),
                   ENVCRYPT_E_NO_KEY);
    EVC_CHECK_OK(
        evc_record_read(evc_buf_view(&made), evc_config_or_default(NULL), &read, NULL));
    ck_assert_uint_eq(read.edk_count, 1);
    evc_record_reset(&read);
    evc_secret_free(&key);
    evc_buf_reset(&made);
    evc_keyring_unref(to);
}
END_TEST

START_TEST(rewraps_under_the_newest_version)
{
    evc_record read;
    evc_buf made;

    evc_buf_init(&made);
    service.version = "2";
    EVC_CHECK_OK(
        evc_record_rewrap(keyring, keyring, evc_buf_view(&record), NULL, &made, NULL));
    EVC_CHECK_OK(
        evc_record_read(evc_buf_view(&made), evc_config_or_default(NULL), &read, NULL));
    ck_assert(evc_view_is_text(read.edks[0].info, "a/2"));
    evc_record_reset(&read);
    EVC_CHECK_OK(unwrap(evc_buf_view(&made), EVC_RECORD_KEY, &context));
    evc_buf_reset(&made);
}
END_TEST

/* A keyring of a key that rewraps, whose EDKs the fixture's key wrote. */
static evc_keyring *
open_rewrapping(void)
{
    return open_keyring(toy_open(&service, "a", TOY_BOTH | ENVCRYPT_OP_REWRAP), NULL,
                        NULL, NULL);
}

static void
check_version(evc_view bytes, const char *info)
{
    evc_record read;

    EVC_CHECK_OK(evc_record_read(bytes, evc_config_or_default(NULL), &read, NULL));
    ck_assert(evc_view_is_text(read.edks[0].info, info));
    evc_record_reset(&read);
    EVC_CHECK_OK(unwrap(bytes, EVC_RECORD_KEY, &context));
}

START_TEST(rewraps_by_the_service_where_it_can)
{
    evc_keyring *to = open_rewrapping();
    unsigned wraps = service.wraps;
    evc_buf made;

    evc_buf_init(&made);
    service.version = "2";
    EVC_CHECK_OK(evc_record_rewrap(to, to, evc_buf_view(&record), NULL, &made, NULL));
    ck_assert_uint_eq(service.rewraps, 1);
    ck_assert_uint_eq(service.wraps, wraps);
    check_version(evc_buf_view(&made), "a/2");
    evc_buf_reset(&made);
    evc_keyring_unref(to);
}
END_TEST

START_TEST(who_may_not_rewrap_wraps)
{
    evc_keyring *to = open_rewrapping();
    evc_buf made;

    evc_buf_init(&made);
    service.version = "2";
    service.rewrap_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_OK(evc_record_rewrap(to, to, evc_buf_view(&record), NULL, &made, NULL));
    check_version(evc_buf_view(&made), "a/2");
    evc_buf_reset(&made);
    evc_keyring_unref(to);
}
END_TEST

START_TEST(a_rewrap_that_fails_otherwise_is_told)
{
    evc_keyring *to = open_rewrapping();
    evc_buf made;

    evc_buf_init(&made);
    service.rewrap_code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_CODE(evc_record_rewrap(to, to, evc_buf_view(&record), NULL, &made, NULL),
                   ENVCRYPT_E_SERVICE_DOWN);
    evc_buf_reset(&made);
    evc_keyring_unref(to);
}
END_TEST

static int
unwrap_renewed(evc_buf *renewed)
{
    evc_secret key = {0};
    int rc = evc_record_unwrap_renewed(keyring, evc_buf_view(&record), EVC_RECORD_KEY,
                                       &context, NULL, &key, renewed, NULL);

    if (rc == 0)
        ck_assert_mem_eq(key.bytes, data_key.bytes, 32);
    evc_secret_free(&key);
    return rc;
}

START_TEST(a_replacement_of_the_service_makes_a_new_record)
{
    evc_buf renewed;

    evc_buf_init(&renewed);
    service.version = "2";
    service.renews = true;
    EVC_CHECK_OK(unwrap_renewed(&renewed));
    service.renews = false;
    check_version(evc_buf_view(&renewed), "a/2");
    evc_buf_reset(&renewed);
}
END_TEST

START_TEST(without_a_replacement_there_is_no_new_record)
{
    evc_buf renewed;

    evc_buf_init(&renewed);
    EVC_CHECK_OK(unwrap_renewed(&renewed));
    ck_assert_uint_eq(renewed.size, 0);
    evc_buf_reset(&renewed);
}
END_TEST

START_TEST(a_changed_record_is_not_renewed)
{
    evc_buf renewed;

    evc_buf_init(&renewed);
    service.renews = true;
    record.data[record.size - 1] ^= 1;
    EVC_CHECK_CODE(unwrap_renewed(&renewed), ENVCRYPT_E_RECORD_MAC);
    ck_assert_uint_eq(renewed.size, 0);
    evc_buf_reset(&renewed);
}
END_TEST

START_TEST(a_rewrapped_record_was_opened_once)
{
    toy other = {.unwrap_code = ENVCRYPT_E_KEY_DISABLED};
    evc_keyring *to = open_keyring(toy_open(&other, "b", TOY_BOTH), NULL, NULL, NULL);
    evc_buf made;

    evc_buf_init(&made);
    EVC_CHECK_CODE(
        evc_record_rewrap(keyring, to, evc_buf_view(&record), NULL, &made, NULL),
        ENVCRYPT_E_KEY_DISABLED);
    evc_buf_reset(&made);
    evc_keyring_unref(to);
}
END_TEST

START_TEST(rewraps_for_recipients_that_only_wrap)
{
    toy other = {0};
    evc_keyring *to =
        open_keyring(toy_open(&other, "b", ENVCRYPT_OP_WRAP), NULL, NULL, NULL);
    evc_buf made;

    evc_buf_init(&made);
    EVC_CHECK_OK(
        evc_record_rewrap(keyring, to, evc_buf_view(&record), NULL, &made, NULL));
    evc_buf_reset(&made);
    evc_keyring_unref(to);
}
END_TEST

START_TEST(a_changed_record_is_not_rewrapped)
{
    evc_buf made;

    evc_buf_init(&made);
    record.data[record.size - 1] ^= 1;
    EVC_CHECK_CODE(
        evc_record_rewrap(keyring, keyring, evc_buf_view(&record), NULL, &made, NULL),
        ENVCRYPT_E_RECORD_MAC);
    ck_assert_uint_eq(made.size, 0);
    evc_buf_reset(&made);
}
END_TEST

/* -- cache ------------------------------------------------------------------------ */

static evc_dek_cache *
open_cache(void)
{
    struct envcrypt_cache_config config;
    evc_dek_cache *cache;

    evc_dek_cache_defaults(&config);
    EVC_CHECK_OK(evc_dek_cache_open(env, &config, &cache, NULL));
    return cache;
}

static int
unwrap_cached(evc_keyring *reader, evc_view bytes, evc_dek_cache *cache)
{
    evc_secret key = {0};
    int rc =
        evc_record_unwrap(reader, bytes, EVC_RECORD_ANY, NULL, cache, NULL, &key, NULL);

    evc_secret_free(&key);
    return rc;
}

START_TEST(a_cached_record_asks_its_service_once)
{
    evc_dek_cache *cache = open_cache();

    for (int i = 0; i < 3; i++)
        EVC_CHECK_OK(unwrap_cached(keyring, evc_buf_view(&record), cache));
    ck_assert_uint_eq(atomic_load(&service.unwraps), 1);
    evc_dek_cache_unref(cache);
}
END_TEST

START_TEST(a_changed_record_does_not_hit_and_is_not_kept)
{
    evc_dek_cache *cache = open_cache();

    EVC_CHECK_OK(unwrap_cached(keyring, evc_buf_view(&record), cache));
    record.data[record.size - 1] ^= 1;
    EVC_CHECK_CODE(unwrap_cached(keyring, evc_buf_view(&record), cache),
                   ENVCRYPT_E_RECORD_MAC);
    ck_assert_uint_eq(evc_dek_cache_count(cache, ENVCRYPT_CACHE_ENTRIES), 1);
    evc_dek_cache_unref(cache);
}
END_TEST

START_TEST(keyrings_do_not_share_cached_records)
{
    evc_dek_cache *cache = open_cache();
    toy denies = {.unwrap_code = ENVCRYPT_E_KEY_DISABLED};
    evc_keyring *other =
        open_keyring(toy_open(&denies, "a", TOY_BOTH), NULL, NULL, NULL);

    EVC_CHECK_OK(unwrap_cached(keyring, evc_buf_view(&record), cache));
    EVC_CHECK_CODE(unwrap_cached(other, evc_buf_view(&record), cache),
                   ENVCRYPT_E_KEY_DISABLED);
    evc_keyring_unref(other);
    evc_dek_cache_unref(cache);
}
END_TEST

static void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_record, close_record);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const layout[] = {
        opens_the_records_of_another_implementation,
        writes_the_documented_layout,
        tells_a_record_by_its_first_bytes,
        reads_what_it_wrote,
        NULL,
    };
    const TTest *const bad_input[] = {
        every_flipped_bit_is_a_named_error,
        every_truncation_is_no_record,
        bytes_behind_the_end_are_no_record,
        unknown_purposes_are_no_record,
        a_changed_purpose_fails_the_mac,
        the_purpose_must_be_the_one_that_is_wanted,
        a_malformed_context_is_no_record,
        limits_the_number_of_edks,
        limits_the_context,
        limits_the_context_that_is_written,
        NULL,
    };
    const TTest *const keys[] = {
        expected_pairs_must_be_there,
        expected_pairs_are_checked_before_a_service_is_asked,
        a_key_for_values_has_32_bytes,
        another_data_key_fails_the_mac,
        NULL,
    };
    const TTest *const rewrap[] = {
        rewraps_for_other_recipients,
        rewraps_under_the_newest_version,
        rewraps_by_the_service_where_it_can,
        who_may_not_rewrap_wraps,
        a_rewrap_that_fails_otherwise_is_told,
        a_replacement_of_the_service_makes_a_new_record,
        without_a_replacement_there_is_no_new_record,
        a_changed_record_is_not_renewed,
        a_rewrapped_record_was_opened_once,
        rewraps_for_recipients_that_only_wrap,
        a_changed_record_is_not_rewrapped,
        NULL,
    };
    const TTest *const cache[] = {
        a_cached_record_asks_its_service_once,
        a_changed_record_does_not_hit_and_is_not_kept,
        keyrings_do_not_share_cached_records,
        NULL,
    };

    add_case(suite, "layout", layout);
    add_case(suite, "bad input", bad_input);
    add_case(suite, "keys", keys);
    add_case(suite, "rewrap", rewrap);
    add_case(suite, "cache", cache);
}

EVC_TEST_MAIN("record", add_tests)
