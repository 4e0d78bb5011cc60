/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/loan.h"

#include "base/mem.h"
#include "crypto-fixture.h"

static evc_loan loan;
static uint8_t own[32];

static void
draw(void)
{
    loan = (evc_loan){.gcm = NULL};
    memset(own, 0, sizeof own);
    EVC_CHECK_OK(evc_loan_draw(&loan, crypto, own, sizeof own, NULL));
}

static size_t
slots_in_use(void)
{
    evc_arena_status status;

    evc_arena_get_status(env->arena, &status);
    return status.used_slots;
}

START_TEST(who_lends_gets_random_bytes_of_its_own)
{
    uint8_t first[sizeof own];

    draw();
    evc_loan_end(&loan);
    memcpy(first, own, sizeof own);
    draw();
    evc_loan_end(&loan);
    ck_assert(!evc_mem_is_zero(first, sizeof first));
    ck_assert_mem_ne(first, own, sizeof own);
}
END_TEST

START_TEST(a_lent_key_is_used_once)
{
    uint8_t drawn[EVC_LOAN_KEY];
    evc_secret first;
    evc_secret second;

    draw();
    memcpy(drawn, loan.key.bytes, sizeof drawn);
    EVC_CHECK_OK(evc_loan_key(&loan, crypto, sizeof drawn, &first, NULL));
    EVC_CHECK_OK(evc_loan_key(&loan, crypto, sizeof drawn, &second, NULL));
    ck_assert_mem_eq(first.bytes, drawn, sizeof drawn);
    ck_assert_mem_ne(second.bytes, drawn, sizeof drawn);
    evc_secret_free(&first);
    evc_secret_free(&second);
    evc_loan_end(&loan);
}
END_TEST

START_TEST(a_lent_key_has_the_size_that_was_asked_for)
{
    evc_secret key;

    draw();
    EVC_CHECK_OK(evc_loan_key(&loan, crypto, 16, &key, NULL));
    ck_assert_uint_eq(key.size, 16);
    evc_secret_free(&key);
    evc_loan_end(&loan);
}
END_TEST

START_TEST(a_longer_key_is_drawn_anew)
{
    evc_secret key;

    draw();
    EVC_CHECK_OK(evc_loan_key(&loan, crypto, EVC_LOAN_KEY + 1, &key, NULL));
    ck_assert_uint_eq(key.size, EVC_LOAN_KEY + 1);
    ck_assert_ptr_nonnull(loan.key.bytes);
    evc_secret_free(&key);
    evc_loan_end(&loan);
}
END_TEST

START_TEST(a_lent_iv_is_used_once)
{
    uint8_t first[EVC_GCM_IV];
    uint8_t second[EVC_GCM_IV];

    draw();
    evc_loan_iv(&loan, first);
    evc_loan_iv(&loan, second);
    ck_assert_mem_eq(first, own, sizeof first);
    ck_assert_mem_ne(second, own, sizeof second);
    evc_loan_end(&loan);
}
END_TEST

START_TEST(without_a_loan_keys_and_ivs_are_random)
{
    uint8_t ivs[2][EVC_GCM_IV] = {{0}};
    evc_secret keys[2];

    for (size_t i = 0; i < 2; i++) {
        EVC_CHECK_OK(evc_loan_key(NULL, crypto, 32, &keys[i], NULL));
        evc_loan_iv(NULL, ivs[i]);
    }
    ck_assert_mem_ne(keys[0].bytes, keys[1].bytes, 32);
    ck_assert_mem_ne(ivs[0], ivs[1], EVC_GCM_IV);
    evc_secret_free(&keys[0]);
    evc_secret_free(&keys[1]);
}
END_TEST

START_TEST(a_lent_context_stays_with_its_owner)
{
    static const uint8_t key[32];
    evc_gcm *used;
    evc_gcm *other;

    loan = (evc_loan){.gcm = NULL};
    EVC_CHECK_OK(evc_gcm_take_idle(crypto, &loan.gcm, NULL));
    EVC_CHECK_OK(
        evc_loan_borrow(&loan, crypto, evc_view_of(key, sizeof key), &used, NULL));
    ck_assert_ptr_eq(used, loan.gcm);
    evc_loan_return(&loan, used);
    EVC_CHECK_OK(evc_gcm_take_idle(crypto, &other, NULL));
    ck_assert_ptr_ne(other, loan.gcm);
    evc_gcm_give(other);
    evc_gcm_give(loan.gcm);
}
END_TEST

START_TEST(without_a_loan_a_context_comes_from_the_pool_and_goes_back)
{
    static const uint8_t key[32];
    evc_gcm *used;
    evc_gcm *again;

    EVC_CHECK_OK(
        evc_loan_borrow(NULL, crypto, evc_view_of(key, sizeof key), &used, NULL));
    evc_loan_return(NULL, used);
    EVC_CHECK_OK(evc_gcm_take_idle(crypto, &again, NULL));
    ck_assert_ptr_eq(again, used);
    evc_gcm_give(again);
}
END_TEST

START_TEST(the_end_gives_the_slot_back)
{
    draw();
    ck_assert_uint_eq(slots_in_use(), 1);
    evc_loan_end(&loan);
    evc_loan_end(&loan);
    ck_assert_uint_eq(slots_in_use(), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        who_lends_gets_random_bytes_of_its_own,
        a_lent_key_is_used_once,
        a_lent_key_has_the_size_that_was_asked_for,
        a_longer_key_is_drawn_anew,
        a_lent_iv_is_used_once,
        without_a_loan_keys_and_ivs_are_random,
        a_lent_context_stays_with_its_owner,
        without_a_loan_a_context_comes_from_the_pool_and_goes_back,
        the_end_gives_the_slot_back,
        NULL,
    };

    crypto_add(suite, "loan", tests);
}

EVC_TEST_MAIN("loan", add_tests)
