/* SPDX-License-Identifier: Apache-2.0 */
#include "file-fixture.h"

START_TEST(gives_back_the_file)
{
    encrypt_plain(NULL);
    check_message(keyring);
}
END_TEST

START_TEST(an_output_is_private)
{
    struct stat found;

    encrypt_plain(NULL);
    ck_assert_int_eq(stat(evc_folder_path("message"), &found), 0);
    ck_assert_uint_eq(found.st_mode & 07777, 0600);
}
END_TEST

START_TEST(an_existing_output_stays)
{
    write_file("message", "x", 1);
    EVC_CHECK_CODE(envcrypt_encrypt_file(keyring, NULL, evc_folder_path("plain"),
                                         evc_folder_path("message"), 0, NULL, NULL),
                   ENVCRYPT_E_FILE_EXISTS);
}
END_TEST

START_TEST(a_missing_input_is_named)
{
    EVC_CHECK_CODE(envcrypt_encrypt_file(keyring, NULL, evc_folder_path("none"),
                                         evc_folder_path("message"), 0, NULL, NULL),
                   ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

/* Else a message of nothing would be made of it. */
START_TEST(an_input_that_hides_its_size_is_refused)
{
    EVC_CHECK_CODE(envcrypt_encrypt_file(keyring, NULL, "/proc/self/status",
                                         evc_folder_path("message"), 0, NULL, NULL),
                   ENVCRYPT_E_FILE_CHANGED);
    ck_assert(!exists("message"));
}
END_TEST

START_TEST(input_and_output_are_two_files)
{
    EVC_CHECK_CODE(envcrypt_encrypt_file(keyring, NULL, evc_folder_path("plain"),
                                         evc_folder_path("plain"),
                                         ENVCRYPT_FILE_REPLACE, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_damaged_message_is_refused)
{
    encrypt_plain(NULL);
    damage_message();
    EVC_CHECK_CODE(envcrypt_decrypt_file(keyring, NULL, evc_folder_path("message"),
                                         evc_folder_path("back"), 0, NULL, NULL, NULL),
                   ENVCRYPT_E_FRAME_AUTH);
}
END_TEST

START_TEST(a_damaged_message_makes_no_output)
{
    encrypt_plain(NULL);
    damage_message();
    (void)envcrypt_decrypt_file(keyring, NULL, evc_folder_path("message"),
                                evc_folder_path("back"), 0, NULL, NULL, NULL);
    ck_assert(!exists("back"));
}
END_TEST

START_TEST(a_header_is_told_after_decryption)
{
    envcrypt_message_info *info;

    encrypt_plain(NULL);
    EVC_CHECK_OK(envcrypt_decrypt_file(keyring, NULL, evc_folder_path("message"),
                                       evc_folder_path("back"), 0, NULL, &info, NULL));
    ck_assert_int_eq(envcrypt_message_info_is_verified(info), 1);
    envcrypt_message_info_free(info);
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
    EVC_CHECK_CODE(envcrypt_encrypt_file(keyring, NULL, "a", "b", 2, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_missing_path_is_refused)
{
    EVC_CHECK_CODE(envcrypt_decrypt_file(keyring, NULL, NULL, "b", 0, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(threads_make_a_message_that_opens)
{
    envcrypt_message_config *config;

    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_threads(config, 4, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_frame_length(config, 100, NULL));
    encrypt_plain(config);
    envcrypt_message_config_free(config);
    check_message(keyring);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        gives_back_the_file,
        an_output_is_private,
        an_existing_output_stays,
        a_missing_input_is_named,
        an_input_that_hides_its_size_is_refused,
        input_and_output_are_two_files,
        a_damaged_message_is_refused,
        a_damaged_message_makes_no_output,
        a_header_is_told_after_decryption,
        unknown_flags_are_refused,
        a_missing_path_is_refused,
        threads_make_a_message_that_opens,
        NULL,
    };

    files_add(suite, "file", tests);
}

EVC_TEST_MAIN("file", add_tests)
