/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_wrapped.h"

#include "action-tests.h"

START_TEST(makes_a_data_key_that_nobody_sees)
{
    ANSWER({200, METADATA(KEY_1, "")},
           {200, "{\"CiphertextBlob\":\"d3JhcHBlZA==\",\"KeyId\":\"" KEY_1
                 "\",\"KeyMaterialId\":\"" MATERIAL_1 "\"}"});
    EVC_CHECK_OK(RUN(evc_aws_generate_wrapped_key, "key", "alias/one", "bytes", "64",
                     "context", "tenant=blue", NULL));
    expect_target(1, "GenerateDataKeyWithoutPlaintext");
    ck_assert_str_eq(a.bodies[1], "{\"EncryptionContext\":{\"tenant\":\"blue\"},"
                                  "\"KeyId\":\"" KEY_1 "\",\"NumberOfBytes\":64}");
    ck_assert_str_eq(cell(table, 0, "wrapped"), "d3JhcHBlZA==");
    ck_assert_str_eq(cell(table, 0, "key"), KEY_1);
    ck_assert_str_eq(cell(table, 0, "version"), MATERIAL_1);
}
END_TEST

START_TEST(a_data_key_has_1024_bytes_at_most)
{
    ANSWER({200, METADATA(KEY_1, "")},
           {200, "{\"CiphertextBlob\":\"d3JhcHBlZA==\",\"KeyId\":\"" KEY_1 "\"}"});
    EVC_CHECK_OK(
        RUN(evc_aws_generate_wrapped_key, "key", KEY_1, "bytes", "1024", NULL));
    EVC_CHECK_CODE(
        RUN(evc_aws_generate_wrapped_key, "key", KEY_1, "bytes", "1025", NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(RUN(evc_aws_generate_wrapped_key, "key", KEY_1, "bytes", "0", NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_key_of_another_kind_is_refused)
{
    ANSWER({200, METADATA(KEY_1, ",\"KeyUsage\":\"SIGN_VERIFY\"")});
    EVC_CHECK_CODE(RUN(evc_aws_generate_wrapped_key, "key", KEY_1, NULL),
                   ENVCRYPT_E_KEY_UNSUITABLE);
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        makes_a_data_key_that_nobody_sees,
        a_data_key_has_1024_bytes_at_most,
        a_key_of_another_kind_is_refused,
        NULL,
    };

    add_action_tests(suite, "wrapped", tests);
}

EVC_TEST_MAIN("aws_wrapped", add_tests)
