/* SPDX-License-Identifier: Apache-2.0 */
#include "api/message_check.h"

#include "../envelope/message-fixture.h"
#include "evc-child.h"

START_TEST(a_writer_needs_a_keyring)
{
    EVC_CHECK_OK(evc_message_check_writer(keyring, NULL));
    EVC_CHECK_CODE(evc_message_check_writer(NULL, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_reader_needs_a_keyring_or_a_data_key)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 16);

    (void)build(&b, 0); /* makes the data key */
    EVC_CHECK_OK(evc_message_check_reader(keyring, NULL, NULL));
    EVC_CHECK_OK(evc_message_check_reader(keyring, &config, NULL));
    EVC_CHECK_OK(evc_message_check_reader(NULL, &data_config, NULL));
    EVC_CHECK_CODE(evc_message_check_reader(NULL, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_message_check_reader(NULL, &config, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_destroyed_data_key_reads_nothing)
{
    EVC_CHECK_CODE(evc_message_check_reader(NULL, &data_config, NULL),
                   ENVCRYPT_E_DESTROYED);
}
END_TEST

static int
check_in_child(void *user)
{
    (void)user;
    if (evc_message_check_writer(keyring, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (evc_message_check_reader(keyring, NULL, NULL) != ENVCRYPT_E_FORKED)
        return 2;
    if (evc_message_check_reader(NULL, &data_config, NULL) != ENVCRYPT_E_FORKED)
        return 3;
    return 0;
}

START_TEST(keyrings_and_data_keys_do_not_survive_fork)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 16);

    (void)build(&b, 0);
    EVC_CHECK_CHILD(check_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_writer_needs_a_keyring,
        a_reader_needs_a_keyring_or_a_data_key,
        a_destroyed_data_key_reads_nothing,
        keyrings_and_data_keys_do_not_survive_fork,
        NULL,
    };

    add_messages(suite, "message_check", tests);
}

EVC_TEST_MAIN("message_check", add_tests)
