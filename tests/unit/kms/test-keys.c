/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keys.h"

#include "evc-check.h"

static char long_name[64];

START_TEST(a_name_has_1_byte_to_the_most)
{
    memset(long_name, 'n', 10);
    EVC_CHECK_CODE(evc_keys_check_name("", 10, "name", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(evc_keys_check_name("n", 10, "name", NULL));
    EVC_CHECK_OK(evc_keys_check_name(long_name, 10, "name", NULL));
    EVC_CHECK_CODE(evc_keys_check_name(long_name, 9, "name", NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_name_is_utf8)
{
    EVC_CHECK_OK(evc_keys_check_name("\xc3\xa9", 10, "name", NULL));
    EVC_CHECK_CODE(evc_keys_check_name("\xff", 10, "name", NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_provider_is_not_reserved)
{
    EVC_CHECK_OK(evc_keys_check_provider("acme", 10, "id", NULL));
    EVC_CHECK_CODE(evc_keys_check_provider("aws-kms", 10, "id", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_keys_check_provider("aws-kmsx", 10, "id", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_keys_check_provider("envcrypt-x", 10, "id", NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_provider_is_a_name)
{
    EVC_CHECK_CODE(evc_keys_check_provider("", 10, "id", NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_name_has_1_byte_to_the_most, a_name_is_utf8,
                                  a_provider_is_not_reserved, a_provider_is_a_name,
                                  NULL};

    evc_check_add(suite, "keys", tests);
}

EVC_TEST_MAIN("keys", add_tests)
