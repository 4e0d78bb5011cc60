/* SPDX-License-Identifier: Apache-2.0 */
#include "alibaba-fixture.h"

#define WRAPPED                                                 \
    "{\"CiphertextBlob\":\"" BLOB_TEXT "\",\"KeyId\":\"" KEY_ID \
    "\",\"KeyVersionId\":\"" VERSION "\"}"

static evc_service *service;
static evc_table *table;

static void
set_up(void)
{
    alibaba_set_up();
    service = alibaba_open_account();
    table = NULL;
}

static void
tear_down(void)
{
    evc_table_free(table);
    evc_service_unref(service);
    alibaba_tear_down();
}

START_TEST(a_data_key_is_made_that_nobody_sees)
{
    PLAY(REPLY(WRAPPED));
    EVC_CHECK_OK(RUN("generate-wrapped-key", &table, "key=" ARN, ));
    ck_assert_str_eq(asked, "GenerateDataKeyWithoutPlaintext KeyId=" ARN_FORM
                            "&NumberOfBytes=32\n");
    ck_assert_str_eq(alibaba_cell(table, "key"), ARN);
    ck_assert_str_eq(alibaba_cell(table, "version"), VERSION);
    ck_assert_str_eq(alibaba_cell(table, "wrapped"), BLOB_TEXT);
}
END_TEST

START_TEST(size_and_context_are_as_asked)
{
    PLAY(REPLY(DESCRIBED), REPLY(WRAPPED));
    EVC_CHECK_OK(RUN("generate-wrapped-key", &table, "key=alias/a", "bytes=1024",
                     "context=b=2,a=1", ));
    ck_assert_ptr_nonnull(strstr(asked,
                                 "&NumberOfBytes=1024&EncryptionContext="
                                 "%7B%22a%22%3A%221%22%2C%22b%22%3A%222%22%7D\n"));
}
END_TEST

static const char *const wrong[] = {"bytes=0", "bytes=1025", "context=a",
                                    "context=a=1,a=2"};

START_TEST(what_cannot_be_is_not_asked_for)
{
    EVC_CHECK_CODE(RUN("generate-wrapped-key", &table, "key=" ARN, wrong[_i], ),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(a_context_has_a_greatest_size)
{
    static char text[16384] = "context=a=";
    size_t used = strlen(text);

    memset(&text[used], 'x', EVC_ALIBABA_CONTEXT_MAX - 8);
    PLAY(REPLY(WRAPPED));
    EVC_CHECK_OK(RUN("generate-wrapped-key", &table, "key=" ARN, text, ));
    text[used + EVC_ALIBABA_CONTEXT_MAX - 8] = 'x';
    evc_table_free(table);
    EVC_CHECK_CODE(RUN("generate-wrapped-key", &table, "key=" ARN, text, ),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(an_answer_of_another_key_is_not_used)
{
    PLAY(REPLY("{\"CiphertextBlob\":\"a\",\"KeyId\":\"" OTHER_ID "\"}"));
    EVC_CHECK_CODE(RUN("generate-wrapped-key", &table, "key=" ARN, ),
                   ENVCRYPT_E_KEY_MISMATCH);
    ck_assert_ptr_null(table);
}
END_TEST

START_TEST(an_answer_without_a_wrapped_key_is_the_protocols_fault)
{
    PLAY(REPLY("{\"KeyId\":\"" KEY_ID "\"}"));
    EVC_CHECK_CODE(RUN("generate-wrapped-key", &table, "key=" ARN, ),
                   ENVCRYPT_E_PROTOCOL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("wrapped");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_data_key_is_made_that_nobody_sees);
    tcase_add_test(tcase, size_and_context_are_as_asked);
    tcase_add_test(tcase, a_context_has_a_greatest_size);
    tcase_add_test(tcase, an_answer_of_another_key_is_not_used);
    tcase_add_test(tcase, an_answer_without_a_wrapped_key_is_the_protocols_fault);
    tcase_add_loop_test(tcase, what_cannot_be_is_not_asked_for, 0,
                        (int)(sizeof(wrong) / sizeof(wrong[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_wrapped", add_tests)
