/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_format.h"

#include "envcrypt/kms.h"
#include "evc-check.h"

START_TEST(kinds_have_words)
{
    ck_assert_str_eq(evc_store_kind_word(ENVCRYPT_KIND_WRAP), "wrap");
    ck_assert_str_eq(evc_store_kind_word(ENVCRYPT_KIND_BRANCH), "branch");
    ck_assert_str_eq(evc_store_kind_word(ENVCRYPT_KIND_IMPORTED), "imported");
    for (int32_t kind = ENVCRYPT_KIND_WRAP; kind <= ENVCRYPT_KIND_IMPORTED; kind++)
        ck_assert_int_eq(evc_store_kind_of(evc_store_kind_word(kind)), kind);
}
END_TEST

START_TEST(states_have_words)
{
    ck_assert_str_eq(evc_store_state_word(ENVCRYPT_KEY_ENABLED), "enabled");
    ck_assert_str_eq(evc_store_state_word(ENVCRYPT_KEY_DISABLED), "disabled");
    ck_assert_str_eq(evc_store_state_word(ENVCRYPT_KEY_DESTROYED), "destroyed");
    ck_assert_int_eq(evc_store_state_of("enabled"), ENVCRYPT_KEY_ENABLED);
    ck_assert_int_eq(evc_store_state_of("disabled"), ENVCRYPT_KEY_DISABLED);
    ck_assert_int_eq(evc_store_state_of("destroyed"), ENVCRYPT_KEY_DESTROYED);
}
END_TEST

START_TEST(other_words_mean_nothing)
{
    ck_assert_int_eq(evc_store_kind_of("Wrap"), 0);
    ck_assert_int_eq(evc_store_kind_of(""), 0);
    ck_assert_int_eq(evc_store_state_of("enabled "), 0);
    ck_assert_ptr_null(evc_store_kind_word(0));
    ck_assert_ptr_null(evc_store_state_word(ENVCRYPT_KEY_DECRYPT_ONLY));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        kinds_have_words,
        states_have_words,
        other_words_mean_nothing,
        NULL,
    };

    evc_check_add(suite, "store_format", tests);
}

EVC_TEST_MAIN("store_format", add_tests)
