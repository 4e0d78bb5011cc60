/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-check.h"

#include "envcrypt/envcrypt.h"

START_TEST(tells_the_value_of_an_enum)
{
    int64_t value = 0;

    EVC_CHECK_OK(envcrypt_constant("ENVCRYPT_CLASS_POLICY", &value, NULL));
    ck_assert_int_eq(value, ENVCRYPT_CLASS_POLICY);
}
END_TEST

START_TEST(tells_the_value_of_a_macro)
{
    int64_t value = 0;

    EVC_CHECK_OK(envcrypt_constant("ENVCRYPT_VALUE_OVERHEAD", &value, NULL));
    ck_assert_int_eq(value, ENVCRYPT_VALUE_OVERHEAD);
}
END_TEST

START_TEST(tells_the_value_of_an_error)
{
    int64_t value = 0;

    EVC_CHECK_OK(envcrypt_constant("ENVCRYPT_E_FORKED", &value, NULL));
    ck_assert_int_eq(value, ENVCRYPT_E_FORKED);
}
END_TEST

START_TEST(refuses_an_unknown_name)
{
    int64_t value = 1;

    EVC_CHECK_CODE(envcrypt_constant("ENVCRYPT_NONE_SUCH", &value, NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
}
END_TEST

START_TEST(an_unknown_name_is_told_the_nearest)
{
    envcrypt_error *err = NULL;
    int64_t value = 1;

    EVC_CHECK_CODE(envcrypt_constant("ENVCRYPT_CLAS_POLICY", &value, &err),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "ENVCRYPT_CLASS_POLICY"));
    envcrypt_error_free(err);
}
END_TEST

START_TEST(refuses_a_missing_name)
{
    int64_t value = 1;

    EVC_CHECK_CODE(envcrypt_constant(NULL, &value, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(every_listed_name_has_a_value)
{
    const char *name;
    int64_t value;
    size_t i = 0;

    while ((name = envcrypt_constant_name(i)) != NULL) {
        EVC_CHECK_OK(envcrypt_constant(name, &value, NULL));
        i++;
    }
    ck_assert_uint_gt(i, 100);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_the_value_of_an_enum,          tells_the_value_of_a_macro,
        tells_the_value_of_an_error,         refuses_an_unknown_name,
        an_unknown_name_is_told_the_nearest, refuses_a_missing_name,
        every_listed_name_has_a_value,       NULL,
    };

    evc_check_add(suite, "constants", tests);
}

EVC_TEST_MAIN("constants", add_tests)
