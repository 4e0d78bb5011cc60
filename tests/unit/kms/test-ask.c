/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/ask.h"

#include "evc-alloc.h"
#include "scripted.h"

static evc_kms *kms;
static evc_unwrapped about;
static evc_call *call;
static evc_error *err;

static void
set_up(void)
{
    open_crypto();
    kms = open_scripted(ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_GENERATE);
    err = NULL;
    call = NULL;
}

static void
tear_down(void)
{
    evc_call_unref(call);
    evc_kms_unref(kms);
    evc_error_free(err);
    close_crypto();
}

/* A call of the operation that its back end answered in full. */
static void
answered(uint32_t operation)
{
    EVC_CHECK_OK(evc_ask(kms, operation, NULL, &call, NULL));
    call->key = make_secret(32, 1);
    call->key_size = 32;
    evc_buf_put_text(&call->wrapped.provider, "scripted");
    evc_buf_put_text(&call->wrapped.ciphertext, "wrapped");
}

START_TEST(a_call_is_counted_or_placed_as_the_back_end_lets_it)
{
    evc_backend quick = scripted;
    evc_call near;

    EVC_CHECK_OK(evc_ask(kms, ENVCRYPT_OP_WRAP, &near, &call, NULL));
    ck_assert(!call->placed);
    evc_call_unref(call);
    quick.at_once = true;
    kms->backend = &quick;
    EVC_CHECK_OK(evc_ask(kms, ENVCRYPT_OP_WRAP, &near, &call, NULL));
    ck_assert_ptr_eq(call, &near);
    evc_call_unref(call);
    EVC_CHECK_OK(evc_ask(kms, ENVCRYPT_OP_WRAP, NULL, &call, NULL));
    ck_assert(!call->placed);
    kms->backend = &scripted;
}
END_TEST

START_TEST(what_the_key_cannot_do_is_not_asked)
{
    EVC_CHECK_CODE(evc_ask(kms, ENVCRYPT_OP_ROTATE, NULL, &call, &err),
                   ENVCRYPT_E_UNSUPPORTED);
    kms->operations = ENVCRYPT_OP_UNWRAP;
    EVC_CHECK_CODE(evc_ask(kms, ENVCRYPT_OP_WRAP, NULL, &call, &err),
                   ENVCRYPT_E_KEY_READ_ONLY);
    ck_assert_ptr_null(call);
}
END_TEST

static int
ask_wrap(size_t size)
{
    static const uint8_t bytes[EVC_KMS_MAX_KEY + 1] = {1};
    int rc = evc_ask_wrap(kms, evc_view_of(bytes, size), NULL, NULL, &call, &err);

    evc_call_unref(call);
    call = NULL;
    return rc;
}

START_TEST(only_keys_that_fit_are_wrapped)
{
    EVC_CHECK_CODE(ask_wrap(0), ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_OK(ask_wrap(1));
    EVC_CHECK_OK(ask_wrap(EVC_KMS_MAX_KEY));
    EVC_CHECK_CODE(ask_wrap(EVC_KMS_MAX_KEY + 1), ENVCRYPT_E_KEY_SIZE);
    kms->max_plaintext = 32;
    EVC_CHECK_OK(ask_wrap(32));
    EVC_CHECK_CODE(ask_wrap(33), ENVCRYPT_E_KEY_SIZE);
}
END_TEST

START_TEST(only_an_edk_that_the_key_claims_reaches_its_back_end)
{
    evc_edk edk = {.provider = text("scripted")};

    EVC_CHECK_OK(evc_ask_edk(kms, ENVCRYPT_OP_UNWRAP, &edk, NULL, NULL, &call, &err));
    evc_call_unref(call);
    edk.provider = text("other");
    EVC_CHECK_CODE(evc_ask_edk(kms, ENVCRYPT_OP_UNWRAP, &edk, NULL, NULL, &call, &err),
                   ENVCRYPT_E_UNWRAP);
    ck_assert_ptr_null(call);
}
END_TEST

START_TEST(results_move_out_of_the_call)
{
    evc_secret key;
    evc_edk_out out;

    answered(ENVCRYPT_OP_GENERATE);
    EVC_CHECK_OK(evc_ask_take_both(call, &key, &out, &err));
    ck_assert_uint_eq(key.size, 32);
    ck_assert_uint_eq(out.ciphertext.size, 7);
    ck_assert_ptr_null(call->key.bytes);
    ck_assert_uint_eq(call->wrapped.ciphertext.size, 0);
    evc_secret_free(&key);
    evc_edk_out_reset(&out);
}
END_TEST

START_TEST(nothing_is_taken_that_another_key_made)
{
    evc_secret key = {0};
    evc_edk_out out;

    evc_edk_out_init(&out);
    answered(ENVCRYPT_OP_UNWRAP);
    evc_buf_put_text(&call->key_id, "another");
    EVC_CHECK_CODE(evc_ask_check_id(call, &err), ENVCRYPT_E_KEY_MISMATCH);
    EVC_CHECK_CODE(evc_ask_take_key(call, &key, &about, &err), ENVCRYPT_E_KEY_MISMATCH);
    EVC_CHECK_CODE(evc_ask_take_wrapped(call, &out, &err), ENVCRYPT_E_KEY_MISMATCH);
    EVC_CHECK_CODE(evc_ask_take_both(call, &key, &out, &err), ENVCRYPT_E_KEY_MISMATCH);
    ck_assert_ptr_null(key.bytes);
    ck_assert_ptr_nonnull(call->key.bytes);
}
END_TEST

START_TEST(a_key_of_another_size_or_of_zeros_is_not_taken)
{
    evc_secret key = {0};

    answered(ENVCRYPT_OP_UNWRAP);
    call->key_size = 16;
    EVC_CHECK_CODE(evc_ask_take_key(call, &key, &about, &err), ENVCRYPT_E_BAD_DEK);
    call->key_size = 0;
    memset(call->key.bytes, 0, 32);
    EVC_CHECK_CODE(evc_ask_take_key(call, &key, &about, &err), ENVCRYPT_E_BAD_DEK);
    ck_assert_ptr_null(key.bytes);
}
END_TEST

START_TEST(what_an_unwrap_tells_moves_with_the_key)
{
    evc_secret key;

    answered(ENVCRYPT_OP_UNWRAP);
    call->stale = true;
    evc_buf_put_text(&call->version, "2");
    evc_buf_put_text(&call->replacement.ciphertext, "anew");
    EVC_CHECK_OK(evc_ask_take_key(call, &key, &about, &err));
    ck_assert(about.stale);
    ck_assert_uint_eq(about.version.size, 1);
    ck_assert_uint_eq(about.replacement.ciphertext.size, 4);
    ck_assert_uint_eq(call->replacement.ciphertext.size, 0);
    evc_unwrapped_reset(&about);
    evc_secret_free(&key);
}
END_TEST

START_TEST(an_answer_without_a_wrapped_key_is_not_taken)
{
    evc_edk_out out;

    evc_edk_out_init(&out);
    answered(ENVCRYPT_OP_WRAP);
    evc_edk_out_reset(&call->wrapped);
    EVC_CHECK_CODE(evc_ask_take_wrapped(call, &out, &err), ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(a_data_key_that_comes_again_is_not_taken)
{
    evc_secret key = {0};
    evc_edk_out out;

    answered(ENVCRYPT_OP_GENERATE);
    EVC_CHECK_OK(evc_ask_take_both(call, &key, &out, &err));
    evc_secret_free(&key);
    evc_edk_out_reset(&out);
    evc_call_unref(call);
    answered(ENVCRYPT_OP_GENERATE);
    EVC_CHECK_CODE(evc_ask_take_both(call, &key, &out, &err), ENVCRYPT_E_BAD_DEK);
}
END_TEST

static int
ask_swept(void *unused)
{
    int rc = evc_ask(kms, ENVCRYPT_OP_UNWRAP, NULL, &call, NULL);

    (void)unused;
    evc_call_unref(call);
    call = NULL;
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(ask_swept, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_call_is_counted_or_placed_as_the_back_end_lets_it,
        what_the_key_cannot_do_is_not_asked,
        only_keys_that_fit_are_wrapped,
        only_an_edk_that_the_key_claims_reaches_its_back_end,
        results_move_out_of_the_call,
        nothing_is_taken_that_another_key_made,
        a_key_of_another_size_or_of_zeros_is_not_taken,
        what_an_unwrap_tells_moves_with_the_key,
        an_answer_without_a_wrapped_key_is_not_taken,
        a_data_key_that_comes_again_is_not_taken,
        survives_any_failed_allocation,
    };
    TCase *tcase = tcase_create("ask");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ask", add_tests)
