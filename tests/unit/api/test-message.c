/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/envelope.h"

#include "../envelope/message-fixture.h"
#include "evc-child.h"

static uint8_t out[1000];
static envcrypt_buffer *buffer;

static int
encrypt(size_t size)
{
    return envcrypt_encrypt(keyring, &config, plain_bytes, size, NULL, &buffer, NULL);
}

START_TEST(decrypts_what_it_encrypts)
{
    envcrypt_buffer *plain = NULL;

    EVC_CHECK_OK(encrypt(100));
    EVC_CHECK_OK(envcrypt_decrypt(keyring, &config, envcrypt_buffer_data(buffer),
                                  envcrypt_buffer_size(buffer), NULL, &plain, NULL,
                                  NULL));
    ck_assert_uint_eq(envcrypt_buffer_size(plain), 100);
    ck_assert_mem_eq(envcrypt_buffer_data(plain), plain_bytes, 100);
    envcrypt_buffer_free(plain);
    envcrypt_buffer_free(buffer);
}
END_TEST

START_TEST(no_config_means_the_defaults)
{
    envcrypt_buffer *plain = NULL;

    EVC_CHECK_OK(envcrypt_encrypt(keyring, NULL, "text", 4, NULL, &buffer, NULL));
    EVC_CHECK_OK(envcrypt_decrypt(keyring, NULL, envcrypt_buffer_data(buffer),
                                  envcrypt_buffer_size(buffer), NULL, &plain, NULL,
                                  NULL));
    ck_assert_str_eq(envcrypt_buffer_data(plain), "text"); /* a NUL stands behind it */
    envcrypt_buffer_free(plain);
    envcrypt_buffer_free(buffer);
}
END_TEST

START_TEST(memory_of_the_caller_serves_as_well)
{
    uint8_t plain[100];
    size_t made = 0;

    EVC_CHECK_OK(envcrypt_encrypt_into(keyring, &config, plain_bytes, 100, out,
                                       sizeof out, &made, NULL, NULL));
    EVC_CHECK_OK(envcrypt_decrypt_into(keyring, &config, out, made, plain, sizeof plain,
                                       &made, NULL, NULL));
    ck_assert_uint_eq(made, 100);
    ck_assert_mem_eq(plain, plain_bytes, 100);
}
END_TEST

START_TEST(tells_what_is_needed)
{
    size_t needed = 0;
    size_t made = 0;

    EVC_CHECK_CODE(envcrypt_encrypt_into(keyring, &config, plain_bytes, 100, NULL, 0,
                                         &needed, NULL, NULL),
                   ENVCRYPT_E_BUFFER_TOO_SMALL);
    EVC_CHECK_OK(envcrypt_encrypt_into(keyring, &config, plain_bytes, 100, out, needed,
                                       &made, NULL, NULL));
    ck_assert_uint_eq(made, needed);
    EVC_CHECK_CODE(envcrypt_decrypt_into(keyring, &config, out, made, NULL, 0, &needed,
                                         NULL, NULL),
                   ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(needed, 100);
}
END_TEST

START_TEST(the_bound_is_enough)
{
    size_t made = 0;

    config.max_header = 500;
    ck_assert_uint_le(envcrypt_encrypt_bound(&config, 100), sizeof out);
    EVC_CHECK_OK(envcrypt_encrypt_into(keyring, &config, plain_bytes, 100, out,
                                       (size_t)envcrypt_encrypt_bound(&config, 100),
                                       &made, NULL, NULL));
    ck_assert_uint_ge(envcrypt_encrypt_bound(NULL, 0), 131072);
}
END_TEST

START_TEST(arguments_that_lack_are_named_errors)
{
    size_t made;

    EVC_CHECK_CODE(envcrypt_encrypt(NULL, NULL, "x", 1, NULL, &buffer, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_encrypt(keyring, NULL, NULL, 1, NULL, &buffer, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_encrypt(keyring, NULL, "x", 1, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_encrypt_into(keyring, NULL, "x", 1, NULL, 1, &made, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_encrypt_into(keyring, NULL, "x", 1, out, 1, NULL, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_decrypt(NULL, NULL, "x", 1, NULL, &buffer, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_decrypt(keyring, NULL, NULL, 1, NULL, &buffer, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_decrypt(keyring, NULL, "x", 1, NULL, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_decrypt_into(keyring, NULL, NULL, 1, out, 1, &made, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_decrypt_into(NULL, NULL, "x", 1, out, 1, &made, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(every_failure_leaves_zeros)
{
    size_t made;

    memset(out, 'x', sizeof out);
    EVC_CHECK_CODE(
        envcrypt_decrypt_into(NULL, NULL, "x", 1, out, sizeof out, &made, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    ck_assert(evc_mem_is_zero(out, sizeof out));
    memset(out, 'x', sizeof out);
    EVC_CHECK_CODE(envcrypt_encrypt_into(keyring, NULL, NULL, 1, out, sizeof out, &made,
                                         NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert(evc_mem_is_zero(out, sizeof out));
    memset(out, 'x', sizeof out);
    EVC_CHECK_CODE(envcrypt_decrypt_into(keyring, NULL, "x", 1, out, sizeof out, &made,
                                         NULL, NULL),
                   ENVCRYPT_E_NOT_A_MESSAGE);
    ck_assert(evc_mem_is_zero(out, sizeof out));
}
END_TEST

START_TEST(results_are_null_after_a_failure)
{
    envcrypt_message_info *info = (envcrypt_message_info *)out;
    envcrypt_error *err = NULL;

    buffer = (envcrypt_buffer *)out;
    EVC_CHECK_CODE(envcrypt_decrypt(keyring, NULL, "x", 1, NULL, &buffer, &info, &err),
                   ENVCRYPT_E_NOT_A_MESSAGE);
    ck_assert_ptr_null(buffer);
    ck_assert_ptr_null(info);
    ck_assert_int_eq(envcrypt_error_code(err), ENVCRYPT_E_NOT_A_MESSAGE);
    envcrypt_error_free(err);
}
END_TEST

START_TEST(the_error_is_null_after_a_success)
{
    envcrypt_error *err = (envcrypt_error *)out;

    EVC_CHECK_OK(envcrypt_encrypt(keyring, NULL, "x", 1, NULL, &buffer, &err));
    ck_assert_ptr_null(err);
    envcrypt_buffer_free(buffer);
}
END_TEST

static int
use_in_child(void *user)
{
    size_t made;

    (void)user;
    memset(out, 'x', sizeof out);
    if (encrypt(1) != ENVCRYPT_E_FORKED)
        return 1;
    if (envcrypt_encrypt_into(keyring, NULL, "x", 1, out, sizeof out, &made, NULL,
                              NULL) != ENVCRYPT_E_FORKED)
        return 2;
    if (!evc_mem_is_zero(out, sizeof out))
        return 3;
    if (envcrypt_decrypt(keyring, NULL, "x", 1, NULL, &buffer, NULL, NULL) !=
        ENVCRYPT_E_FORKED)
        return 4;
    return 0;
}

START_TEST(a_keyring_does_not_survive_fork)
{
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        decrypts_what_it_encrypts,
        no_config_means_the_defaults,
        memory_of_the_caller_serves_as_well,
        tells_what_is_needed,
        the_bound_is_enough,
        arguments_that_lack_are_named_errors,
        every_failure_leaves_zeros,
        results_are_null_after_a_failure,
        the_error_is_null_after_a_success,
        a_keyring_does_not_survive_fork,
        NULL,
    };

    add_messages(suite, "message", tests);
}

EVC_TEST_MAIN("message", add_tests)
