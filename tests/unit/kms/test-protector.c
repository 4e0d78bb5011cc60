/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/protector.h"

#include "evc-check.h"

static evc_protector first;
static evc_protector second;

static void
begin(void)
{
    evc_protector_init(&first, ENVCRYPT_PROTECTOR_RAW_KEY);
    evc_buf_put_text(&first.wrapped, "wrapped");
    evc_protector_init(&second, ENVCRYPT_PROTECTOR_RAW_KEY);
    evc_buf_put_text(&second.wrapped, "wrapped");
}

static void
end(void)
{
    evc_protector_reset(&first);
    evc_protector_reset(&second);
}

START_TEST(id_has_a_text)
{
    static const uint8_t id[EVC_PROTECTOR_ID] = {0, 1, 2, 3, 0xfc, 0xfd, 0xfe, 0xff};

    evc_protector_set_id(&first, id);
    ck_assert_mem_eq(first.id, id, sizeof(id));
    ck_assert_str_eq(first.id_text, "00010203fcfdfeff");
}
END_TEST

START_TEST(same_bytes_are_equal)
{
    ck_assert(evc_protector_equal(&first, &second));
}
END_TEST

START_TEST(other_wrapped_bytes_differ)
{
    evc_buf_put_u8(&second.wrapped, '!');
    ck_assert(!evc_protector_equal(&first, &second));
}
END_TEST

START_TEST(other_nonce_differs)
{
    second.nonce[EVC_PROTECTOR_NONCE - 1] = 1;
    ck_assert(!evc_protector_equal(&first, &second));
}
END_TEST

START_TEST(other_id_differs)
{
    second.id[0] = 1;
    ck_assert(!evc_protector_equal(&first, &second));
}
END_TEST

START_TEST(other_type_differs)
{
    second.type = ENVCRYPT_PROTECTOR_KEY_FILE;
    ck_assert(!evc_protector_equal(&first, &second));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        id_has_a_text,
        same_bytes_are_equal,
        other_wrapped_bytes_differ,
        other_nonce_differs,
        other_id_differs,
        other_type_differs,
        NULL,
    };
    TCase *tcase = tcase_create("protector");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("protector", add_tests)
