/* SPDX-License-Identifier: Apache-2.0 */
#include "api-fixture.h"
#include "base/encode.h"
#include "envelope/info.h"
#include "evc-alloc.h"
#include "evc-child.h"

static envcrypt_keyring *keyring; /* of the keys "a" and "b" */
static envcrypt_message_config *config;
static envcrypt_buffer *message;

static void
open_message(void)
{
    envcrypt_context *context;

    open_client();
    keyring = open_keyring("a", "b");
    EVC_CHECK_OK(envcrypt_context_new(&context, NULL));
    EVC_CHECK_OK(envcrypt_context_add(context, "table", "users", NULL));
    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_context(config, context, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_frame_length(config, 1024, NULL));
    EVC_CHECK_OK(envcrypt_encrypt(keyring, config, "text", 4, NULL, &message, NULL));
    envcrypt_context_free(context);
}

static void
close_message(void)
{
    envcrypt_buffer_free(message);
    envcrypt_message_config_free(config);
    envcrypt_keyring_unref(keyring);
    close_client();
}

static envcrypt_message_info *
inspect(void)
{
    envcrypt_message_info *info;

    EVC_CHECK_OK(envcrypt_inspect(envcrypt_buffer_data(message),
                                  envcrypt_buffer_size(message), NULL, &info, NULL));
    return info;
}

START_TEST(tells_the_commitment_and_the_bytes_of_each_edk)
{
    envcrypt_message_info *info = inspect();
    const unsigned char *bytes = envcrypt_buffer_data(message);
    const unsigned char *part;
    size_t size;

    /* Before the header's tag of 16 bytes, a frame of 44 and the end. */
    part = envcrypt_message_info_commitment(info, &size);
    ck_assert_uint_eq(size, 32);
    ck_assert_mem_eq(part, &bytes[envcrypt_message_info_header_size(info) - 48], 32);
    part = envcrypt_message_info_edk_info(info, 1, &size);
    ck_assert_uint_eq(size, 1 + 20);
    ck_assert_mem_eq(part, "b\0\0\0\x80\0\0\0\x0c", 9);
    ck_assert_ptr_nonnull(envcrypt_message_info_edk_ciphertext(info, 1, &size));
    ck_assert_uint_eq(size, 32 + 16);
    ck_assert_ptr_null(envcrypt_message_info_edk_ciphertext(info, 2, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_int_eq(envcrypt_message_info_purpose(info), 0);
    envcrypt_message_info_free(info);
}
END_TEST

START_TEST(tells_what_a_record_is_for)
{
    envcrypt_value_key *values;
    envcrypt_buffer *record;
    envcrypt_message_info *info;
    size_t size;

    EVC_CHECK_OK(envcrypt_value_key_new(keyring, NULL, NULL, &values, &record, NULL));
    EVC_CHECK_OK(envcrypt_inspect(envcrypt_buffer_data(record),
                                  envcrypt_buffer_size(record), NULL, &info, NULL));
    ck_assert_int_eq(envcrypt_message_info_purpose(info), ENVCRYPT_PURPOSE_VALUES);
    ck_assert_ptr_null(envcrypt_message_info_commitment(info, &size));
    ck_assert_uint_eq(size, 0);
    envcrypt_message_info_free(info);
    envcrypt_buffer_free(record);
    envcrypt_value_key_unref(values);
}
END_TEST

START_TEST(inspects_a_message_without_keys)
{
    envcrypt_message_info *info = inspect();
    const envcrypt_context *context = envcrypt_message_info_context(info);
    size_t size;

    ck_assert_int_eq(envcrypt_message_info_is_verified(info), 0);
    ck_assert_int_eq(envcrypt_message_info_version(info), 2);
    ck_assert_int_eq(envcrypt_message_info_suite(info), ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(envcrypt_message_info_frame_length(info), 1024);
    ck_assert_uint_eq(envcrypt_message_info_header_size(info),
                      envcrypt_buffer_size(message) - 4 - 40);
    ck_assert_ptr_nonnull(envcrypt_message_info_id(info, &size));
    ck_assert_uint_eq(size, 32);
    ck_assert_uint_eq(envcrypt_context_count(context), 1);
    ck_assert_str_eq(envcrypt_context_value(context, 0, NULL), "users");
    envcrypt_message_info_free(info);
}
END_TEST

START_TEST(tells_of_each_encrypted_data_key)
{
    envcrypt_message_info *info = inspect();
    size_t size;

    ck_assert_uint_eq(envcrypt_message_info_edks(info), 2);
    ck_assert_str_eq(envcrypt_message_info_edk_provider(info, 1, &size), "test");
    ck_assert_uint_eq(size, 4);
    ck_assert_str_eq(envcrypt_message_info_edk_key_id(info, 1, &size), "b");
    ck_assert_uint_eq(size, 1);
    ck_assert_ptr_null(envcrypt_message_info_edk_key_version(info, 1));
    ck_assert_int_eq(envcrypt_message_info_edk_wrapped_ms(info, 1), -1);
    envcrypt_message_info_free(info);
}
END_TEST

static void
put_sized(evc_buf *out, const void *bytes, size_t size)
{
    evc_buf_put_u16(out, (uint16_t)size);
    evc_buf_put(out, bytes, size);
}

/* The header up to its tag, of nothing but what the getters say. */
static void
write_by_getters(const envcrypt_message_info *info, evc_buf *out)
{
    const envcrypt_context *context = envcrypt_message_info_context(info);
    size_t size;
    const void *bytes = envcrypt_message_info_id(info, &size);
    evc_buf pairs;

    evc_buf_put_u8(out, (uint8_t)envcrypt_message_info_version(info));
    evc_buf_put_u16(out, (uint16_t)envcrypt_message_info_suite(info));
    evc_buf_put(out, bytes, size);
    evc_buf_init(&pairs);
    evc_context_write(&context->pairs, &pairs);
    put_sized(out, pairs.data, pairs.size);
    evc_buf_reset(&pairs);
    evc_buf_put_u16(out, (uint16_t)envcrypt_message_info_edks(info));
    for (size_t i = 0; i < envcrypt_message_info_edks(info); i++) {
        bytes = envcrypt_message_info_edk_provider(info, i, &size);
        put_sized(out, bytes, size);
        bytes = envcrypt_message_info_edk_info(info, i, &size);
        put_sized(out, bytes, size);
        bytes = envcrypt_message_info_edk_ciphertext(info, i, &size);
        put_sized(out, bytes, size);
    }
    evc_buf_put_u8(out, envcrypt_message_info_frame_length(info) ? 2 : 1);
    evc_buf_put_u32(out, envcrypt_message_info_frame_length(info));
    bytes = envcrypt_message_info_commitment(info, &size);
    evc_buf_put(out, bytes, size);
}

START_TEST(getters_say_everything_that_a_header_says)
{
    envcrypt_message_info *info = inspect();
    size_t size = envcrypt_message_info_header_size(info) - 16;
    evc_buf written;

    evc_buf_init(&written);
    write_by_getters(info, &written);
    ck_assert_uint_eq(written.size, size);
    ck_assert_mem_eq(written.data, envcrypt_buffer_data(message), size);
    evc_buf_reset(&written);
    envcrypt_message_info_free(info);
}
END_TEST

START_TEST(there_is_nothing_past_the_last_key)
{
    envcrypt_message_info *info = inspect();
    size_t size = 7;

    ck_assert_ptr_null(envcrypt_message_info_edk_provider(info, 2, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_null(envcrypt_message_info_edk_key_id(info, 2, NULL));
    ck_assert_ptr_null(envcrypt_message_info_edk_info(info, 2, &size));
    ck_assert_ptr_null(envcrypt_message_info_edk_ciphertext(info, 2, NULL));
    ck_assert_ptr_null(envcrypt_message_info_edk_key_version(info, 2));
    ck_assert_int_eq(envcrypt_message_info_edk_wrapped_ms(info, 2), -1);
    ck_assert_int_eq(envcrypt_message_info_edk_is_current(info, 2, keyring),
                     ENVCRYPT_UNKNOWN);
    envcrypt_message_info_free(info);
}
END_TEST

START_TEST(a_decrypted_message_is_verified)
{
    envcrypt_message_info *info;
    envcrypt_buffer *plain;

    EVC_CHECK_OK(envcrypt_decrypt(keyring, NULL, envcrypt_buffer_data(message),
                                  envcrypt_buffer_size(message), NULL, &plain, &info,
                                  NULL));
    ck_assert_int_eq(envcrypt_message_info_is_verified(info), 1);
    envcrypt_message_info_free(info);
    envcrypt_buffer_free(plain);
}
END_TEST

START_TEST(inspects_a_record)
{
    envcrypt_message_info *info;
    envcrypt_value_key *key;
    envcrypt_buffer *record;
    size_t size;

    EVC_CHECK_OK(envcrypt_value_key_new(keyring, NULL, NULL, &key, &record, NULL));
    EVC_CHECK_OK(envcrypt_inspect(envcrypt_buffer_data(record),
                                  envcrypt_buffer_size(record), NULL, &info, NULL));
    ck_assert_int_eq(envcrypt_message_info_version(info), 0);
    ck_assert_int_eq(envcrypt_message_info_suite(info), 0);
    ck_assert_uint_eq(envcrypt_message_info_frame_length(info), 0);
    (void)envcrypt_message_info_id(info, &size);
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_null(envcrypt_message_info_commitment(info, NULL));
    ck_assert_int_eq(envcrypt_message_info_purpose(info), 2);
    ck_assert_uint_eq(envcrypt_message_info_edks(info), 2);
    envcrypt_message_info_free(info);
    envcrypt_buffer_free(record);
    envcrypt_value_key_unref(key);
}
END_TEST

START_TEST(raw_keys_tell_neither_version_nor_age)
{
    envcrypt_message_info *info = inspect();
    int32_t answer;

    ck_assert_int_eq(envcrypt_message_info_edk_is_current(info, 0, keyring),
                     ENVCRYPT_UNKNOWN);
    EVC_CHECK_OK(envcrypt_message_info_needs_rewrap(info, keyring, -1, &answer, NULL));
    ck_assert_int_eq(answer, ENVCRYPT_UNKNOWN);
    envcrypt_message_info_free(info);
}
END_TEST

START_TEST(other_recipients_need_a_rewrap)
{
    envcrypt_keyring *other = open_keyring("a", NULL);
    envcrypt_message_info *info = inspect();
    int32_t answer;

    EVC_CHECK_OK(envcrypt_message_info_needs_rewrap(info, other, -1, &answer, NULL));
    ck_assert_int_eq(answer, ENVCRYPT_YES);
    envcrypt_message_info_free(info);
    envcrypt_keyring_unref(other);
}
END_TEST

START_TEST(makes_json)
{
    envcrypt_message_info *info = inspect();
    envcrypt_buffer *json;

    EVC_CHECK_OK(envcrypt_message_info_to_json(info, &json, NULL));
    ck_assert_ptr_nonnull(strstr(envcrypt_buffer_data(json), "\"suite\": \"0x0478\""));
    envcrypt_buffer_free(json);
    envcrypt_message_info_free(info);
}
END_TEST

static void
check_json(const envcrypt_buffer *json, void (*encode)(evc_buf *out, evc_view bytes),
           const void *bytes, size_t size)
{
    evc_buf text;

    ck_assert_uint_gt(size, 0);
    evc_buf_init(&text);
    encode(&text, evc_view_of(bytes, size));
    evc_buf_put_u8(&text, '\0');
    ck_assert_ptr_nonnull(strstr(envcrypt_buffer_data(json), (const char *)text.data));
    evc_buf_reset(&text);
}

START_TEST(json_says_what_the_getters_say)
{
    envcrypt_message_info *info = inspect();
    envcrypt_buffer *json;
    const void *bytes;
    size_t size;

    EVC_CHECK_OK(envcrypt_message_info_to_json(info, &json, NULL));
    bytes = envcrypt_message_info_id(info, &size);
    check_json(json, evc_encode_hex, bytes, size);
    bytes = envcrypt_message_info_commitment(info, &size);
    check_json(json, evc_encode_hex, bytes, size);
    for (size_t i = 0; i < 2; i++) {
        bytes = envcrypt_message_info_edk_info(info, i, &size);
        check_json(json, evc_encode_base64, bytes, size);
        bytes = envcrypt_message_info_edk_ciphertext(info, i, &size);
        check_json(json, evc_encode_base64, bytes, size);
    }
    envcrypt_buffer_free(json);
    envcrypt_message_info_free(info);
}
END_TEST

START_TEST(limits_count)
{
    envcrypt_message_info *info;

    EVC_CHECK_OK(envcrypt_message_config_set_max_edks(config, 1, NULL));
    EVC_CHECK_CODE(envcrypt_inspect(envcrypt_buffer_data(message),
                                    envcrypt_buffer_size(message), config, &info, NULL),
                   ENVCRYPT_E_LIMIT_EDKS);
    ck_assert_ptr_null(info);
}
END_TEST

START_TEST(null_is_an_argument_error)
{
    envcrypt_message_info *info = inspect();
    envcrypt_message_info *none;
    envcrypt_buffer *json;
    int32_t answer;

    EVC_CHECK_CODE(envcrypt_inspect(NULL, 1, NULL, &none, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_inspect("", 0, NULL, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_inspect("", 0, NULL, &none, NULL), ENVCRYPT_E_TRUNCATED);
    EVC_CHECK_CODE(envcrypt_message_info_needs_rewrap(NULL, keyring, 0, &answer, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_info_needs_rewrap(info, NULL, 0, &answer, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_info_needs_rewrap(info, keyring, 0, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_info_to_json(NULL, &json, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_message_info_to_json(info, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    envcrypt_message_info_free(info);
    envcrypt_message_info_free(NULL);
}
END_TEST

START_TEST(getters_of_null_give_nothing)
{
    size_t size = 7;

    ck_assert_int_eq(envcrypt_message_info_is_verified(NULL), 0);
    ck_assert_int_eq(envcrypt_message_info_version(NULL), 0);
    ck_assert_int_eq(envcrypt_message_info_suite(NULL), 0);
    ck_assert_uint_eq(envcrypt_message_info_frame_length(NULL), 0);
    ck_assert_uint_eq(envcrypt_message_info_header_size(NULL), 0);
    ck_assert_ptr_null(envcrypt_message_info_id(NULL, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_null(envcrypt_message_info_commitment(NULL, &size));
    ck_assert_int_eq(envcrypt_message_info_purpose(NULL), 0);
    ck_assert_ptr_null(envcrypt_message_info_context(NULL));
    ck_assert_uint_eq(envcrypt_message_info_edks(NULL), 0);
    ck_assert_ptr_null(envcrypt_message_info_edk_provider(NULL, 0, NULL));
    ck_assert_int_eq(envcrypt_message_info_edk_is_current(NULL, 0, keyring),
                     ENVCRYPT_UNKNOWN);
}
END_TEST

/* Neither client nor keys: what was read before the fork, and new inspections. */
static int
use_in_child(void *user)
{
    const envcrypt_message_info *before = user;
    envcrypt_message_info *info;
    int32_t answer;

    if (envcrypt_message_info_edks(before) != 2)
        return 1;
    if (envcrypt_inspect(envcrypt_buffer_data(message), envcrypt_buffer_size(message),
                         NULL, &info, NULL) != 0)
        return 2;
    if (envcrypt_message_info_needs_rewrap(info, keyring, 0, &answer, NULL) !=
        ENVCRYPT_E_FORKED)
        return 3;
    if (envcrypt_message_info_edk_is_current(info, 0, keyring) != ENVCRYPT_UNKNOWN)
        return 4;
    envcrypt_message_info_free(info);
    return 0;
}

START_TEST(inspects_in_a_child_of_fork)
{
    envcrypt_message_info *info = inspect();

    EVC_CHECK_CHILD(use_in_child, info);
    envcrypt_message_info_free(info);
}
END_TEST

static int
inspect_and_print(void *user)
{
    envcrypt_message_info *info;
    envcrypt_buffer *json = NULL;
    int rc = envcrypt_inspect(envcrypt_buffer_data(user), envcrypt_buffer_size(user),
                              NULL, &info, NULL);

    if (rc == 0)
        rc = envcrypt_message_info_to_json(info, &json, NULL);
    envcrypt_buffer_free(json);
    envcrypt_message_info_free(info);
    return rc;
}

START_TEST(survives_lack_of_memory)
{
    ck_assert_uint_ge(evc_alloc_sweep(inspect_and_print, message), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        inspects_a_message_without_keys,
        tells_the_commitment_and_the_bytes_of_each_edk,
        tells_what_a_record_is_for,
        tells_of_each_encrypted_data_key,
        getters_say_everything_that_a_header_says,
        there_is_nothing_past_the_last_key,
        a_decrypted_message_is_verified,
        inspects_a_record,
        raw_keys_tell_neither_version_nor_age,
        other_recipients_need_a_rewrap,
        makes_json,
        json_says_what_the_getters_say,
        limits_count,
        null_is_an_argument_error,
        getters_of_null_give_nothing,
        inspects_in_a_child_of_fork,
        survives_lack_of_memory,
        NULL,
    };
    TCase *tcase = tcase_create("info");

    tcase_add_checked_fixture(tcase, open_message, close_message);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("info", add_tests)
