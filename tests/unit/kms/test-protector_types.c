/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/protector_types.h"

#include "evc-check.h"

START_TEST(each_type_is_found_by_number_and_name)
{
    const evc_protector_type *type;
    size_t count;

    for (count = 0; (type = evc_protector_types_at(count)); count++) {
        ck_assert_ptr_eq(evc_protector_types_find(type->type), type);
        ck_assert_ptr_eq(evc_protector_types_named(type->name), type);
    }
    ck_assert_uint_eq(count, 5);
}
END_TEST

START_TEST(others_are_not_found)
{
    ck_assert_ptr_null(evc_protector_types_find(0));
    ck_assert_ptr_null(evc_protector_types_find(ENVCRYPT_PROTECTOR_KMS + 1));
    ck_assert_ptr_null(evc_protector_types_named("tpm"));
    ck_assert_ptr_null(evc_protector_types_named(""));
}
END_TEST

/* So that a store is not told unauthenticated when a secret was presented too. */
START_TEST(those_that_prove_the_origin_come_first)
{
    const evc_protector_type *type;
    bool proven = true;

    for (size_t i = 0; (type = evc_protector_types_at(i)); i++) {
        ck_assert(proven || !type->proves_origin);
        proven = type->proves_origin;
    }
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        each_type_is_found_by_number_and_name,
        others_are_not_found,
        those_that_prove_the_origin_come_first,
        NULL,
    };

    evc_check_add(suite, "protector_types", tests);
}

EVC_TEST_MAIN("protector_types", add_tests)
