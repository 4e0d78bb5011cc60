/* SPDX-License-Identifier: Apache-2.0 */
#include "file-fixture.h"

/* Rewraps the file and tells why it did or did not. */
static int32_t
reason_of(envcrypt_keyring *to, uint32_t flags)
{
    envcrypt_rewrap_result *result;
    int32_t reason;

    EVC_CHECK_OK(envcrypt_rewrap_file(keyring, to, NULL, NULL,
                                      evc_folder_path("message"), flags, NULL, &result,
                                      NULL));
    reason = envcrypt_rewrap_result_reason(result);
    envcrypt_rewrap_result_free(result);
    return reason;
}

START_TEST(what_is_not_known_to_be_stale_is_left_alone)
{
    encrypt_plain(NULL);
    ck_assert_int_eq(reason_of(keyring, 0), ENVCRYPT_REWRAP_UNKNOWN);
}
END_TEST

START_TEST(force_makes_a_new_message)
{
    encrypt_plain(NULL);
    ck_assert_int_eq(reason_of(keyring, ENVCRYPT_REWRAP_FORCE), ENVCRYPT_REWRAP_FORCED);
}
END_TEST

START_TEST(a_new_message_holds_the_same)
{
    encrypt_plain(NULL);
    (void)reason_of(keyring, ENVCRYPT_REWRAP_FORCE | ENVCRYPT_REWRAP_VERIFY);
    check_message(keyring);
}
END_TEST

START_TEST(other_recipients_are_a_reason)
{
    envcrypt_keyring *other = open_keyring("b", NULL);

    encrypt_plain(NULL);
    ck_assert_int_eq(reason_of(other, 0), ENVCRYPT_REWRAP_RECIPIENTS);
    check_message(other);
    envcrypt_keyring_unref(other);
}
END_TEST

START_TEST(the_old_recipient_no_longer_opens)
{
    envcrypt_keyring *other = open_keyring("b", NULL);

    encrypt_plain(NULL);
    (void)reason_of(other, 0);
    envcrypt_keyring_unref(other);
    EVC_CHECK_CODE(envcrypt_decrypt_file(keyring, NULL, evc_folder_path("message"),
                                         evc_folder_path("back"), 0, NULL, NULL, NULL),
                   ENVCRYPT_E_NO_KEY);
}
END_TEST

START_TEST(a_damaged_message_stays_as_it_is)
{
    static unsigned char before[2 * PLAIN_SIZE];
    static unsigned char after[2 * PLAIN_SIZE];
    size_t size;

    encrypt_plain(NULL);
    damage_message();
    size = read_file("message", before, sizeof(before));
    (void)envcrypt_rewrap_file(keyring, keyring, NULL, NULL, evc_folder_path("message"),
                               ENVCRYPT_REWRAP_FORCE, NULL, NULL, NULL);
    ck_assert_uint_eq(read_file("message", after, sizeof(after)), size);
    ck_assert_mem_eq(before, after, size);
}
END_TEST

START_TEST(a_damaged_message_is_named)
{
    encrypt_plain(NULL);
    damage_message();
    EVC_CHECK_CODE(envcrypt_rewrap_file(keyring, keyring, NULL, NULL,
                                        evc_folder_path("message"),
                                        ENVCRYPT_REWRAP_FORCE, NULL, NULL, NULL),
                   ENVCRYPT_E_FRAME_AUTH);
}
END_TEST

/* A message of 5 bytes, rewrapped into memory of capacity bytes. */
static int
rewrap_into(uint32_t flags, unsigned char *out, size_t capacity, size_t *made)
{
    envcrypt_buffer *message;
    int rc;

    EVC_CHECK_OK(envcrypt_encrypt(keyring, NULL, "plain", 5, NULL, &message, NULL));
    rc = envcrypt_rewrap_into(
        keyring, keyring, NULL, NULL, envcrypt_buffer_data(message),
        envcrypt_buffer_size(message), flags, out, capacity, made, NULL, NULL, NULL);
    envcrypt_buffer_free(message);
    return rc;
}

START_TEST(memory_of_the_caller_gets_the_new_message)
{
    unsigned char out[1024];
    envcrypt_buffer *plain;
    size_t made;

    EVC_CHECK_OK(rewrap_into(ENVCRYPT_REWRAP_FORCE, out, sizeof(out), &made));
    EVC_CHECK_OK(envcrypt_decrypt(keyring, NULL, out, made, NULL, &plain, NULL, NULL));
    ck_assert_mem_eq(envcrypt_buffer_data(plain), "plain", 5);
    envcrypt_buffer_free(plain);
}
END_TEST

START_TEST(memory_of_exactly_the_size_told_suffices)
{
    unsigned char out[1024];
    size_t needed;
    size_t made;

    EVC_CHECK_CODE(rewrap_into(ENVCRYPT_REWRAP_FORCE, NULL, 0, &needed),
                   ENVCRYPT_E_BUFFER_TOO_SMALL);
    EVC_CHECK_CODE(rewrap_into(ENVCRYPT_REWRAP_FORCE, out, needed - 1, &made),
                   ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(made, needed);
    EVC_CHECK_OK(rewrap_into(ENVCRYPT_REWRAP_FORCE, out, needed, &made));
    ck_assert_uint_eq(made, needed);
}
END_TEST

START_TEST(memory_of_the_caller_stays_as_it_is_without_a_reason)
{
    unsigned char out[4] = {1, 2, 3, 4};
    size_t made = 9;

    EVC_CHECK_OK(rewrap_into(0, out, sizeof(out), &made));
    ck_assert_uint_eq(made, 0);
    ck_assert_uint_eq(out[0], 1);
}
END_TEST

START_TEST(a_refused_message_leaves_zeros_in_the_callers_memory)
{
    unsigned char out[16] = {1, 2, 3, 4};
    static const unsigned char zeros[16];
    size_t made = 9;

    EVC_CHECK_CODE(envcrypt_rewrap_into(keyring, keyring, NULL, NULL, "no message", 10,
                                        0, out, sizeof(out), &made, NULL, NULL, NULL),
                   ENVCRYPT_E_NOT_A_MESSAGE);
    ck_assert_uint_eq(made, 0);
    ck_assert_mem_eq(out, zeros, sizeof(out));
}
END_TEST

START_TEST(in_memory_nothing_is_made_without_a_reason)
{
    envcrypt_buffer *message;
    envcrypt_buffer *out;

    EVC_CHECK_OK(envcrypt_encrypt(keyring, NULL, "plain", 5, NULL, &message, NULL));
    EVC_CHECK_OK(
        envcrypt_rewrap(keyring, keyring, NULL, NULL, envcrypt_buffer_data(message),
                        envcrypt_buffer_size(message), 0, NULL, &out, NULL, NULL));
    ck_assert_ptr_null(out);
    envcrypt_buffer_free(message);
}
END_TEST

START_TEST(in_memory_a_new_message_holds_the_same)
{
    envcrypt_buffer *message;
    envcrypt_buffer *out;
    envcrypt_buffer *plain;

    EVC_CHECK_OK(envcrypt_encrypt(keyring, NULL, "plain", 5, NULL, &message, NULL));
    EVC_CHECK_OK(envcrypt_rewrap(
        keyring, keyring, NULL, NULL, envcrypt_buffer_data(message),
        envcrypt_buffer_size(message), ENVCRYPT_REWRAP_FORCE, NULL, &out, NULL, NULL));
    EVC_CHECK_OK(envcrypt_decrypt(keyring, NULL, envcrypt_buffer_data(out),
                                  envcrypt_buffer_size(out), NULL, &plain, NULL, NULL));
    ck_assert_str_eq(envcrypt_buffer_data(plain), "plain");
    envcrypt_buffer_free(message);
    envcrypt_buffer_free(out);
    envcrypt_buffer_free(plain);
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
    EVC_CHECK_CODE(
        envcrypt_rewrap_file(keyring, keyring, NULL, NULL, "x", 4, NULL, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        what_is_not_known_to_be_stale_is_left_alone,
        force_makes_a_new_message,
        a_new_message_holds_the_same,
        other_recipients_are_a_reason,
        the_old_recipient_no_longer_opens,
        a_damaged_message_stays_as_it_is,
        a_damaged_message_is_named,
        memory_of_the_caller_gets_the_new_message,
        memory_of_exactly_the_size_told_suffices,
        memory_of_the_caller_stays_as_it_is_without_a_reason,
        a_refused_message_leaves_zeros_in_the_callers_memory,
        in_memory_nothing_is_made_without_a_reason,
        in_memory_a_new_message_holds_the_same,
        unknown_flags_are_refused,
        NULL,
    };

    files_add(suite, "rewrap", tests);
}

EVC_TEST_MAIN("rewrap", add_tests)
