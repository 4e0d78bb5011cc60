/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-check.h"

#include "envcrypt/envcrypt.h"

START_TEST(tells_the_version_of_the_headers_as_text)
{
    ck_assert_str_eq(envcrypt_version_string(), ENVCRYPT_VERSION_STRING);
}
END_TEST

START_TEST(tells_the_version_of_the_headers_as_a_number)
{
    ck_assert_int_eq(envcrypt_version_number(), ENVCRYPT_VERSION_NUMBER);
}
END_TEST

START_TEST(text_and_number_agree)
{
    int major = 0;
    int minor = 0;
    int patch = 0;

    ck_assert_int_eq(
        sscanf(envcrypt_version_string(), "%d.%d.%d", &major, &minor, &patch), 3);
    ck_assert_int_eq(envcrypt_version_number(), major * 1000000 + minor * 1000 + patch);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_the_version_of_the_headers_as_text,
        tells_the_version_of_the_headers_as_a_number,
        text_and_number_agree,
        NULL,
    };

    evc_check_add(suite, "version", tests);
}

EVC_TEST_MAIN("version", add_tests)
