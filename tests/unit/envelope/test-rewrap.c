/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/rewrap.h"

#include "../api/file-fixture.h"

/* A signed message in the file, rewrapped. */
static evc_rewrap_result
rewrap_signed(void)
{
    envcrypt_message_config *config;
    evc_rewrap_result result;
    evc_rewrap r = {
        keyring, keyring, evc_config_or_default(NULL), NULL, ENVCRYPT_REWRAP_FORCE,
        NULL};

    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_suite(config, ENVCRYPT_SUITE_0578, NULL));
    encrypt_plain(config);
    envcrypt_message_config_free(config);
    EVC_CHECK_OK(evc_rewrap_file(&r, evc_folder_path("message"), &result, NULL));
    return result;
}

START_TEST(tells_that_the_signer_changed)
{
    ck_assert(rewrap_signed().signer_changed);
}
END_TEST

START_TEST(a_signed_message_stays_signed)
{
    envcrypt_message_info *info;

    (void)rewrap_signed();
    EVC_CHECK_OK(envcrypt_decrypt_file(keyring, NULL, evc_folder_path("message"),
                                       evc_folder_path("back"), 0, NULL, &info, NULL));
    ck_assert_int_eq(envcrypt_message_info_suite(info), ENVCRYPT_SUITE_0578);
    envcrypt_message_info_free(info);
}
END_TEST

START_TEST(a_new_message_has_a_new_id)
{
    static unsigned char before[2 * PLAIN_SIZE];
    static unsigned char after[2 * PLAIN_SIZE];
    evc_rewrap_result result;
    evc_rewrap r = {
        keyring, keyring, evc_config_or_default(NULL), NULL, ENVCRYPT_REWRAP_FORCE,
        NULL};

    encrypt_plain(NULL);
    (void)read_file("message", before, sizeof(before));
    EVC_CHECK_OK(evc_rewrap_file(&r, evc_folder_path("message"), &result, NULL));
    (void)read_file("message", after, sizeof(after));
    ck_assert_mem_ne(before + 3, after + 3, 32);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_that_the_signer_changed,
        a_signed_message_stays_signed,
        a_new_message_has_a_new_id,
        NULL,
    };

    files_add(suite, "rewrap", tests);
}

EVC_TEST_MAIN("rewrap", add_tests)
