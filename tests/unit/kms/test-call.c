/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/call.h"

#include "evc-child.h"
#include "scripted.h"

static evc_kms *kms;
static evc_call *held; /* that a back end did not finish yet */

static void
setup(void)
{
    open_crypto();
    kms = open_scripted(ENVCRYPT_OP_WRAP);
    held = NULL;
}

static void
teardown(void)
{
    evc_kms_unref(kms);
    ck_assert_int_eq(scripted_closed, 1);
    close_crypto();
}

static evc_call *
make(void)
{
    evc_call *call = NULL;

    EVC_CHECK_OK(evc_call_new(kms, ENVCRYPT_OP_WRAP, &call, NULL));
    return call;
}

static void
act_at_once(evc_call *call)
{
    evc_buf_put_text(&call->version, "v");
    evc_call_finish(call, 0, NULL);
}

static void
act_fail(evc_call *call)
{
    evc_error *error = NULL;
    int rc = evc_err(&error, ENVCRYPT_E_KEY_DISABLED, "it is disabled");

    evc_call_finish(call, rc, error);
}

static void
act_hold(evc_call *call)
{
    held = call;
}

START_TEST(a_finish_within_the_start_needs_no_wait)
{
    evc_call *call = make();
    evc_wait wait;

    evc_wait_init(&wait, NULL, 0); /* permits no sleep */
    act = act_at_once;
    EVC_CHECK_OK(evc_call_run(call, &wait, NULL));
    ck_assert_int_eq(wait.wake_read, -1);
    ck_assert(evc_view_is_text(evc_buf_view(&call->version), "v"));
    evc_wait_release(&wait);
    evc_call_unref(call);
}
END_TEST

START_TEST(a_placed_call_is_run_in_its_makers_memory)
{
    evc_call call;

    evc_call_place(&call, kms, ENVCRYPT_OP_WRAP);
    act = act_at_once;
    EVC_CHECK_OK(evc_call_run(&call, NULL, NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&call.version), "v"));
    evc_call_unref(&call);
}
END_TEST

START_TEST(a_placed_call_hands_its_error_over)
{
    evc_error *err = NULL;
    evc_call call;

    evc_call_place(&call, kms, ENVCRYPT_OP_WRAP);
    act = act_fail;
    EVC_CHECK_CODE(evc_call_run(&call, NULL, &err), ENVCRYPT_E_KEY_DISABLED);
    evc_call_unref(&call);
    ck_assert_str_eq(evc_error_message(err), "it is disabled");
    evc_error_free(err);
}
END_TEST

START_TEST(a_loan_ends_with_the_start)
{
    evc_loan loan = {.gcm = NULL};
    evc_call *call = make();

    call->loan = &loan;
    act = act_at_once;
    EVC_CHECK_OK(evc_call_run(call, NULL, NULL));
    ck_assert_ptr_null(call->loan);
    evc_call_unref(call);
}
END_TEST

START_TEST(an_error_moves_to_the_caller)
{
    evc_call *call = make();
    evc_error *err = NULL;

    act = act_fail;
    EVC_CHECK_CODE(evc_call_run(call, NULL, &err), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_str_eq(evc_error_message(err), "it is disabled");
    evc_error_free(err);
    evc_call_unref(call);
}
END_TEST

START_TEST(an_error_that_nobody_wants_is_freed)
{
    evc_call *call = make();

    act = act_fail;
    EVC_CHECK_CODE(evc_call_run(call, NULL, NULL), ENVCRYPT_E_KEY_DISABLED);
    evc_call_unref(call);
}
END_TEST

START_TEST(a_finish_from_another_thread_wakes)
{
    evc_call *call = make();
    evc_wait wait;

    evc_wait_init(&wait, NULL, 30000);
    act = act_later;
    EVC_CHECK_OK(evc_call_run(call, &wait, NULL));
    evc_wait_release(&wait);
    evc_call_unref(call);
    join_later();
}
END_TEST

START_TEST(without_a_wait_it_waits_until_the_finish)
{
    evc_call *call = make();

    act = act_later;
    EVC_CHECK_OK(evc_call_run(call, NULL, NULL));
    evc_call_unref(call);
    join_later();
}
END_TEST

START_TEST(a_deadline_abandons_the_call)
{
    evc_call *call = make();
    evc_wait wait;

    evc_wait_init(&wait, NULL, 5);
    act = act_hold;
    EVC_CHECK_CODE(evc_call_run(call, &wait, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert(evc_call_is_abandoned(held));
    evc_wait_release(&wait);
    evc_call_unref(call);
    evc_call_finish(held, 0, NULL);
}
END_TEST

START_TEST(a_wait_that_permits_no_sleep_ends_at_once)
{
    evc_call *call = make();
    evc_wait wait;

    evc_wait_init(&wait, NULL, 0);
    act = act_hold;
    EVC_CHECK_CODE(evc_call_run(call, &wait, NULL), ENVCRYPT_E_TIMEOUT);
    evc_wait_release(&wait);
    evc_call_unref(call);
    evc_call_finish(held, 0, NULL);
}
END_TEST

static void *
cancel_later(void *arg)
{
    pause_ms(10);
    evc_wait_cancel(arg);
    return NULL;
}

/* The thread starts once the call did, so that it does not cancel before. */
static void
act_cancel_later(evc_call *call)
{
    act_hold(call);
    ck_assert_int_eq(pthread_create(&later, NULL, cancel_later, call->wait), 0);
}

START_TEST(a_cancel_abandons_the_call)
{
    evc_call *call = make();
    evc_wait wait;

    evc_wait_init(&wait, NULL, -1);
    act = act_cancel_later;
    EVC_CHECK_CODE(evc_call_run(call, &wait, NULL), ENVCRYPT_E_CANCELED);
    join_later();
    ck_assert(evc_call_is_abandoned(held));
    evc_wait_release(&wait);
    evc_call_unref(call);
    evc_call_finish(held, 0, NULL);
}
END_TEST

START_TEST(after_a_cancel_nothing_is_started)
{
    evc_call *call = make();
    evc_wait wait;

    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    act = NULL; /* would crash */
    EVC_CHECK_CODE(evc_call_run(call, &wait, NULL), ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
    evc_call_unref(call);
}
END_TEST

START_TEST(a_late_finish_frees_its_results)
{
    evc_call *call = make();
    evc_wait wait;
    evc_error *error = NULL;

    evc_wait_init(&wait, NULL, 0);
    act = act_hold;
    EVC_CHECK_CODE(evc_call_run(call, &wait, NULL), ENVCRYPT_E_TIMEOUT);
    evc_wait_release(&wait);
    evc_call_unref(call);
    held->key = make_secret(32, 1);
    evc_buf_put_text(&held->wrapped.ciphertext, "wrapped");
    (void)evc_err(&error, ENVCRYPT_E_CALLBACK, "late");
    evc_call_finish(held, ENVCRYPT_E_CALLBACK, error);
}
END_TEST

/* Finishes and deadlines that fall together: every one is either or. */
START_TEST(a_finish_races_with_the_deadline)
{
    for (int i = 0; i < 50; i++) {
        evc_call *call = make();
        evc_wait wait;
        int rc;

        evc_wait_init(&wait, NULL, 20);
        act = act_later;
        rc = evc_call_run(call, &wait, NULL);
        ck_assert(rc == 0 || rc == ENVCRYPT_E_TIMEOUT);
        evc_wait_release(&wait);
        evc_call_unref(call);
        join_later();
    }
}
END_TEST

START_TEST(a_call_holds_its_key)
{
    evc_kms *other = open_scripted(ENVCRYPT_OP_WRAP);
    evc_call *call;

    EVC_CHECK_OK(evc_call_new(other, ENVCRYPT_OP_WRAP, &call, NULL));
    evc_kms_unref(other);
    ck_assert_int_eq(scripted_closed, 0);
    evc_call_unref(call);
    ck_assert_int_eq(scripted_closed, 1);
    scripted_closed = 0;
}
END_TEST

START_TEST(owned_inputs_outlive_their_maker)
{
    evc_call *call = make();
    evc_secret key = make_secret(32, 5);
    char provider[] = "p";
    char version[] = "v1";
    evc_kv context;

    evc_kv_init(&context);
    add_pair(&context, "a", "1");
    call->context = &context;
    call->input = view_of_secret(&key);
    call->edk = (evc_edk){text(provider), text(""), text("cipher")};
    call->key_version = text(version);
    EVC_CHECK_OK(evc_call_own(call, NULL));
    evc_kv_reset(&context);
    evc_secret_free(&key);
    provider[0] = version[0] = 'x';
    ck_assert_uint_eq(call->context->count, 1);
    ck_assert_uint_eq(call->own.context.size, 2 + 4 + 2);
    ck_assert_uint_eq(call->input.data[31], 36);
    ck_assert_str_eq((const char *)call->edk.provider.data, "p");
    ck_assert_uint_eq(call->edk.info.size, 0);
    ck_assert(evc_view_is_text(call->edk.ciphertext, "cipher"));
    ck_assert_str_eq((const char *)call->key_version.data, "v1");
    evc_call_unref(call);
}
END_TEST

START_TEST(owned_inputs_may_be_empty)
{
    evc_call *call = make();

    EVC_CHECK_OK(evc_call_own(call, NULL));
    ck_assert_uint_eq(call->context->count, 0);
    ck_assert_uint_eq(call->input.size, 0);
    evc_call_unref(call);
}
END_TEST

static void
pass_on(evc_call *inner, evc_call *parent)
{
    evc_call_finish(parent, inner->code, NULL);
}

/* Makes a call that the first one needs, and leaves it to be finished later. */
static void
act_through_another(evc_call *call)
{
    evc_call *inner;

    EVC_CHECK_OK(evc_call_new(kms, ENVCRYPT_OP_BRANCH_KEY, &inner, NULL));
    inner->parent = evc_call_ref(call);
    inner->then = pass_on;
    held = inner;
}

static void
act_through_another_later(evc_call *call)
{
    act_through_another(call);
    act_later(held);
}

START_TEST(a_call_can_go_on_in_the_finish_of_another)
{
    evc_call *call = make();

    act = act_through_another_later;
    EVC_CHECK_OK(evc_call_run(call, NULL, NULL));
    evc_call_unref(call);
    join_later();
}
END_TEST

START_TEST(a_call_is_abandoned_with_the_one_that_needs_it)
{
    evc_call *call = make();
    evc_wait wait;

    evc_wait_init(&wait, NULL, 0);
    act = act_through_another;
    EVC_CHECK_CODE(evc_call_run(call, &wait, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert(evc_call_is_abandoned(held));
    evc_wait_release(&wait);
    evc_call_unref(call);
    evc_call_finish(held, 0, NULL);
}
END_TEST

static int
finish_in_child(void *user)
{
    evc_call *call = user;

    evc_call_finish(call, 0, NULL);
    evc_call_unref(call);
    return 0;
}

START_TEST(a_child_leaves_the_calls_of_its_parent)
{
    evc_call *call = make();

    EVC_CHECK_CHILD(finish_in_child, call);
    evc_call_unref(call);
}
END_TEST

static pid_t child;

/* The child comes out of the back end too. */
static void
act_fork(evc_call *call)
{
    child = fork();
    evc_call_finish(call, 0, NULL);
}

START_TEST(a_child_that_comes_out_of_the_back_end_gets_an_error)
{
    evc_call *call = make();
    int ends[2];
    int told = 0;
    int rc;

    ck_assert_int_eq(pipe(ends), 0);
    act = act_fork;
    rc = evc_call_run(call, NULL, NULL);
    if (child == 0) {
        (void)!write(ends[1], &rc, sizeof(rc));
        (void)kill(getpid(), SIGKILL);
    }
    EVC_CHECK_OK(rc);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(read(ends[0], &told, sizeof(told)), sizeof(told));
    EVC_CHECK_CODE(told, ENVCRYPT_E_FORKED);
    (void)close(ends[0]);
    (void)close(ends[1]);
    evc_call_unref(call);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_finish_within_the_start_needs_no_wait,
                                  a_placed_call_is_run_in_its_makers_memory,
                                  a_placed_call_hands_its_error_over,
                                  a_loan_ends_with_the_start,
                                  an_error_moves_to_the_caller,
                                  an_error_that_nobody_wants_is_freed,
                                  a_finish_from_another_thread_wakes,
                                  without_a_wait_it_waits_until_the_finish,
                                  a_deadline_abandons_the_call,
                                  a_wait_that_permits_no_sleep_ends_at_once,
                                  a_cancel_abandons_the_call,
                                  after_a_cancel_nothing_is_started,
                                  a_late_finish_frees_its_results,
                                  a_finish_races_with_the_deadline,
                                  a_call_holds_its_key,
                                  owned_inputs_outlive_their_maker,
                                  owned_inputs_may_be_empty,
                                  a_call_can_go_on_in_the_finish_of_another,
                                  a_call_is_abandoned_with_the_one_that_needs_it,
                                  a_child_leaves_the_calls_of_its_parent,
                                  a_child_that_comes_out_of_the_back_end_gets_an_error,
                                  NULL};
    TCase *tcase = tcase_create("call");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("call", add_tests)
