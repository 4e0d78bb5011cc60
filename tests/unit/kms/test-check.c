/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/check.h"

#include "evc-alloc.h"
#include "kms/call.h"
#include "scripted.h"

#define ALL                                                         \
    (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_GENERATE | \
     ENVCRYPT_OP_REWRAP | ENVCRYPT_OP_DESCRIBE)

static int32_t fails_at; /* operation; 0 = none */
static int fails_with;
static bool binds;   /* the context */
static bool garbles; /* unwraps to other bytes */
static bool strays;  /* generates a key that is not the wrapped one */
static int32_t state;
static int identity_fails_with;
static int64_t identity_left_ms; /* of the wait that it was given */
static uint8_t kept[32];
static evc_table *table;
static size_t failures;

static const char *
permission(uint32_t operation)
{
    return operation == ENVCRYPT_OP_WRAP ? "acme:Encrypt" : NULL;
}

static bool
is_right(const evc_call *call)
{
    return call->context->count == 1 &&
           evc_view_is_text(call->context->pairs[0].value, "right");
}

static int
fill_in(evc_call *call, evc_error **err)
{
    switch (call->operation) {
    case ENVCRYPT_OP_DESCRIBE:
        EVC_CHECK_OK(evc_key_info_new(evc_view_text("id"), &call->info, NULL));
        call->info->state = state;
        return 0;
    case ENVCRYPT_OP_UNWRAP:
        if (binds && !is_right(call))
            return evc_err(err, ENVCRYPT_E_CONTEXT, "another context");
        call->key = make_secret(32, 1);
        memcpy(call->key.bytes, kept, 32);
        call->key.bytes[0] ^= garbles;
        return 0;
    case ENVCRYPT_OP_GENERATE:
        call->key = make_secret(32, 7);
        memcpy(kept, call->key.bytes, 32);
        kept[31] ^= strays;
        break;
    case ENVCRYPT_OP_WRAP:
        memcpy(kept, call->input.data, 32);
        break;
    default:
        break;
    }
    evc_buf_put_text(&call->wrapped.provider, "scripted");
    evc_buf_put_text(&call->wrapped.ciphertext, "wrapped");
    return 0;
}

static void
act_all(evc_call *call)
{
    evc_error *error = NULL;
    int rc;

    if (call->operation == fails_at)
        rc = evc_err(&error, fails_with, "the service says no");
    else
        rc = fill_in(call, &error);
    evc_call_finish(call, rc, error);
}

static int
identity(const evc_kms *kms, evc_wait *wait, evc_buf *out, evc_error **err)
{
    (void)kms;
    identity_left_ms = evc_wait_left_ms(wait);
    evc_buf_put_text(out, "acme:me");
    if (identity_fails_with)
        return evc_err(err, identity_fails_with, "nobody says who you are");
    return 0;
}

static const evc_backend permitting = {
    .close = scripted_close,
    .claims = scripted_claims,
    .start = scripted_start,
    .permission = permission,
    .identity = identity,
};

static void
begin(void)
{
    open_crypto();
    act = act_all;
    fails_at = 0;
    binds = true;
    garbles = false;
    strays = false;
    identity_fails_with = 0;
    state = ENVCRYPT_KEY_ENABLED;
    table = NULL;
}

static void
end(void)
{
    evc_table_free(table);
    close_crypto();
}

static int
check(uint32_t operations)
{
    static int none;
    evc_kms *kms;
    int rc;

    EVC_CHECK_OK(evc_kms_new(crypto, &permitting, &none, "scripted", "id", operations,
                             &kms, NULL));
    rc = evc_check(kms, NULL, &table, &failures, NULL);
    evc_kms_unref(kms);
    return rc;
}

/* The cell of a step. */
static const char *
cell(const char *step, const char *column)
{
    for (size_t row = 0; row < table->rows; row++) {
        if (strcmp(evc_table_cell(table, row, 0), step) != 0)
            continue;
        for (size_t i = 0; i < table->width; i++) {
            if (strcmp(evc_table_column(table, i), column) == 0)
                return evc_table_cell(table, row, i);
        }
    }
    ck_abort_msg("there is no row %s with a column %s", step, column);
    return NULL;
}

START_TEST(a_good_key_passes_each_step)
{
    EVC_CHECK_OK(check(ALL));
    ck_assert_uint_eq(failures, 0);
    ck_assert_uint_eq(table->rows, 7);
    for (size_t row = 0; row < table->rows; row++) {
        ck_assert_str_eq(evc_table_cell(table, row, 1), "ok");
        ck_assert_ptr_nonnull(evc_table_cell(table, row, 4));
    }
}
END_TEST

START_TEST(what_a_key_cannot_do_is_skipped)
{
    EVC_CHECK_OK(check(ENVCRYPT_OP_UNWRAP));
    ck_assert_uint_eq(failures, 0);
    for (size_t row = 1; row < table->rows; row++)
        ck_assert_str_eq(evc_table_cell(table, row, 1), "skipped");
}
END_TEST

START_TEST(a_missing_right_is_named)
{
    fails_at = ENVCRYPT_OP_WRAP;
    fails_with = ENVCRYPT_E_DENIED;
    EVC_CHECK_OK(check(ALL));
    ck_assert_uint_eq(failures, 1);
    ck_assert_str_eq(cell("wrap", "result"), "failed");
    ck_assert_str_eq(cell("wrap", "permission"), "acme:Encrypt");
    ck_assert_str_eq(cell("wrap", "detail"), "the service says no");
    ck_assert_str_eq(cell("unwrap", "result"), "skipped");
}
END_TEST

START_TEST(another_failure_names_no_right)
{
    fails_at = ENVCRYPT_OP_WRAP;
    fails_with = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_OK(check(ALL));
    ck_assert_ptr_null(cell("wrap", "permission"));
}
END_TEST

START_TEST(a_context_that_is_not_bound_is_a_failure)
{
    binds = false;
    EVC_CHECK_OK(check(ALL));
    ck_assert_uint_eq(failures, 1);
    ck_assert_str_eq(cell("wrong-context", "result"), "failed");
    ck_assert_str_eq(cell("unwrap", "result"), "ok");
}
END_TEST

START_TEST(a_service_that_fails_did_not_refuse_a_context)
{
    fails_at = ENVCRYPT_OP_UNWRAP;
    fails_with = ENVCRYPT_E_THROTTLED;
    EVC_CHECK_OK(check(ALL));
    ck_assert_str_eq(cell("wrong-context", "result"), "failed");
}
END_TEST

START_TEST(a_failure_tells_its_error)
{
    fails_at = ENVCRYPT_OP_WRAP;
    fails_with = ENVCRYPT_E_DENIED;
    EVC_CHECK_OK(check(ALL));
    ck_assert_str_eq(cell("wrap", "error"), "ENVCRYPT_E_DENIED");
    ck_assert_ptr_null(cell("describe", "error"));
}
END_TEST

/* Of an operation: what would be said again and again. */
static const int final_codes[] = {ENVCRYPT_E_NET_DNS, ENVCRYPT_E_NET_CONNECT,
                                  ENVCRYPT_E_AUTH, ENVCRYPT_E_NO_CREDENTIALS,
                                  ENVCRYPT_E_BAD_CREDENTIALS};

START_TEST(who_is_not_reached_is_not_asked_again)
{
    fails_at = ENVCRYPT_OP_DESCRIBE;
    fails_with = final_codes[_i];
    EVC_CHECK_OK(check(ALL));
    ck_assert_uint_eq(failures, 1);
    ck_assert_str_eq(cell("describe", "result"), "failed");
    ck_assert_str_eq(cell("wrap", "result"), "skipped");
    ck_assert_str_eq(cell("rewrap", "result"), "skipped");
}
END_TEST

START_TEST(other_bytes_than_were_wrapped_are_a_failure)
{
    garbles = true;
    EVC_CHECK_OK(check(ALL));
    ck_assert_str_eq(cell("unwrap", "result"), "failed");
}
END_TEST

START_TEST(a_generated_key_that_is_not_the_wrapped_one_is_a_failure)
{
    strays = true;
    EVC_CHECK_OK(check(ALL));
    ck_assert_uint_eq(failures, 1);
    ck_assert_str_eq(cell("generate", "result"), "failed");
    ck_assert_str_eq(cell("unwrap", "result"), "ok");
}
END_TEST

START_TEST(a_missing_right_to_unwrap_is_none_to_generate)
{
    fails_at = ENVCRYPT_OP_UNWRAP;
    fails_with = ENVCRYPT_E_DENIED;
    EVC_CHECK_OK(check(ALL));
    ck_assert_str_eq(cell("generate", "result"), "ok");
    ck_assert_str_eq(cell("unwrap", "result"), "failed");
}
END_TEST

START_TEST(a_disabled_key_is_a_failure)
{
    state = ENVCRYPT_KEY_PENDING_DELETION;
    EVC_CHECK_OK(check(ALL));
    ck_assert_str_eq(cell("describe", "result"), "failed");
    ck_assert_ptr_nonnull(strstr(cell("describe", "detail"), "pending deletion"));
}
END_TEST

START_TEST(the_identity_comes_first_and_is_shown)
{
    EVC_CHECK_OK(check(ALL));
    ck_assert_str_eq(evc_table_cell(table, 0, 0), "identity");
    ck_assert_str_eq(cell("identity", "detail"), "acme:me");
}
END_TEST

/* Too little time of its own, among others: the rest goes on. */
START_TEST(an_identity_that_is_not_told_is_no_failure)
{
    static const int codes[] = {ENVCRYPT_E_DENIED, ENVCRYPT_E_TIMEOUT,
                                ENVCRYPT_E_NET_CONNECT, ENVCRYPT_E_PROTOCOL};

    identity_fails_with = codes[_i];
    EVC_CHECK_OK(check(ALL));
    ck_assert_uint_eq(failures, 0);
    ck_assert_str_eq(cell("identity", "result"), "unknown");
    ck_assert_str_eq(cell("identity", "detail"), "nobody says who you are");
    ck_assert_ptr_null(cell("identity", "permission"));
    ck_assert_str_eq(cell("unwrap", "result"), "ok");
}
END_TEST

START_TEST(a_cancel_while_the_identity_is_asked_ends_it)
{
    identity_fails_with = ENVCRYPT_E_CANCELED;
    EVC_CHECK_CODE(check(ALL), ENVCRYPT_E_CANCELED);
}
END_TEST

START_TEST(the_identity_gets_a_part_of_the_time)
{
    static int none;
    evc_wait wait;
    evc_kms *kms;

    evc_wait_init(&wait, NULL, 60000);
    EVC_CHECK_OK(
        evc_kms_new(crypto, &permitting, &none, "scripted", "id", ALL, &kms, NULL));
    EVC_CHECK_OK(evc_check(kms, &wait, &table, &failures, NULL));
    evc_kms_unref(kms);
    ck_assert_int_gt(identity_left_ms, 0);
    ck_assert_int_le(identity_left_ms, EVC_CHECK_IDENTITY_MS);
    ck_assert_int_gt(evc_wait_left_ms(&wait), EVC_CHECK_IDENTITY_MS);
    evc_wait_release(&wait);
}
END_TEST

START_TEST(a_key_that_nobody_owns_has_no_identity)
{
    evc_kms *kms = open_scripted(ENVCRYPT_OP_UNWRAP);

    EVC_CHECK_OK(evc_check(kms, NULL, &table, &failures, NULL));
    evc_kms_unref(kms);
    ck_assert_str_eq(cell("identity", "result"), "skipped");
}
END_TEST

START_TEST(a_cancel_ends_it)
{
    fails_at = ENVCRYPT_OP_WRAP;
    fails_with = ENVCRYPT_E_CANCELED;
    EVC_CHECK_CODE(check(ALL), ENVCRYPT_E_CANCELED);
    ck_assert_ptr_null(table);
}
END_TEST

static int
check_and_free(void *user)
{
    evc_table *made = NULL;
    size_t count;
    int rc = evc_check(user, NULL, &made, &count, NULL);

    evc_table_free(made);
    return rc;
}

/* Of a key that only opens: a call in the test's back end would check within. */
START_TEST(memory_may_run_out_anywhere)
{
    evc_kms *kms = open_scripted(ENVCRYPT_OP_UNWRAP);

    (void)evc_alloc_sweep(check_and_free, kms);
    evc_kms_unref(kms);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_good_key_passes_each_step,
        what_a_key_cannot_do_is_skipped,
        a_missing_right_is_named,
        another_failure_names_no_right,
        a_context_that_is_not_bound_is_a_failure,
        a_service_that_fails_did_not_refuse_a_context,
        a_failure_tells_its_error,
        other_bytes_than_were_wrapped_are_a_failure,
        a_generated_key_that_is_not_the_wrapped_one_is_a_failure,
        a_missing_right_to_unwrap_is_none_to_generate,
        a_disabled_key_is_a_failure,
        the_identity_comes_first_and_is_shown,
        a_cancel_while_the_identity_is_asked_ends_it,
        the_identity_gets_a_part_of_the_time,
        a_key_that_nobody_owns_has_no_identity,
        a_cancel_ends_it,
        memory_may_run_out_anywhere,
        NULL};
    TCase *tcase = tcase_create("check");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, an_identity_that_is_not_told_is_no_failure, 0, 4);
    tcase_add_loop_test(tcase, who_is_not_reached_is_not_asked_again, 0,
                        (int)(sizeof(final_codes) / sizeof(final_codes[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("check", add_tests)
