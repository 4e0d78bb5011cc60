/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of one operation, attempt by attempt. */
#include "operation-fixture.h"

/* --- success ---------------------------------------------------------------------- */

START_TEST(a_good_reply_is_read_once)
{
    PLAY(OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(t.reads, 1);
    ck_assert_uint_eq(op.attempts, 1);
    ck_assert_ptr_null(err);
    ck_assert_int_eq(op.fault.code, 0);
}
END_TEST

START_TEST(every_status_of_success_is_read)
{
    PLAY({.status = 204});
    EVC_CHECK_OK(run());
    PLAY({.status = 299});
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(t.reads, 2);
}
END_TEST

START_TEST(an_operation_can_be_run_again)
{
    PLAY({.status = 400, .body = "Disabled"}, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KEY_DISABLED);
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(op.attempts, 1);
}
END_TEST

START_TEST(request_and_reply_are_wiped_before_it_is_finished)
{
    PLAY(OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(op.exchange.body.size, 0);
    ck_assert_uint_eq(op.exchange.reply.size, 0);
    ck_assert_ptr_null(op.exchange.body.data);
    ck_assert_ptr_null(op.exchange.reply.data);
    ck_assert_uint_eq(op.exchange.headers.count, 0);
}
END_TEST

START_TEST(a_reply_that_read_refuses_fails_and_is_wiped)
{
    t.read_code = ENVCRYPT_E_PROTOCOL;
    PLAY(OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_PROTOCOL);
    check_mentions("toy-kms Unlock for \"key-1\" at kms.toy.example failed after 1 "
                   "attempt: that was no answer");
    ck_assert_int_eq(evc_error_http_status(err), 200);
    ck_assert_ptr_null(op.exchange.reply.data);
    ck_assert_uint_eq(op.attempts, 1);
}
END_TEST

/* --- what is not tried again ------------------------------------------------------ */

START_TEST(a_refusal_for_good_is_not_tried_again)
{
    PLAY({.status = 400, .body = "Disabled"}, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_uint_eq(t.started, 1);
    ck_assert_str_eq(evc_error_provider_code(err), "Disabled");
    ck_assert_str_eq(evc_error_request_id(err), "req-1");
    ck_assert_int_eq(evc_error_http_status(err), 400);
    ck_assert_str_eq(evc_error_key_state(err), "Disabled");
    ck_assert_int_eq(evc_error_is_retryable(err), 0);
    check_mentions("failed after 1 attempt (HTTP 400, Disabled)");
    check_mentions("; enable the key");
    ck_assert_int_eq(op.fault.code, ENVCRYPT_E_KEY_DISABLED);
    ck_assert_int_eq(tokens(), 500);
}
END_TEST

/* --- what the kind says of a fault ------------------------------------------------ */

static int settle_code;
static int settled_fault;
static const char *settled_advice;
static bool settled_body_was_there;

static int
settle(evc_operation *settled, const evc_exchange *x, evc_error **error)
{
    settled_body_was_there = x->reply.size > 0;
    settled->fault.code = settled_fault;
    settled->fault.advice = settled_advice;
    return settle_code ? evc_err(error, settle_code, "no place for it") : 0;
}

static int
run_settled(void)
{
    const evc_operation_kind kind = {
        .name = "Unlock", .build = script_build, .read = script_read, .settle = settle};

    settled_body_was_there = false;
    op.kind = &kind;
    return run();
}

START_TEST(a_fault_that_is_an_answer_after_all_is_success)
{
    settle_code = 0;
    settled_fault = 0;
    PLAY({.status = 400, .body = "Disabled"});
    EVC_CHECK_OK(run_settled());
    ck_assert(settled_body_was_there);
    ck_assert_ptr_null(err);
    ck_assert_uint_eq(t.reads, 0);
    ck_assert_ptr_null(op.exchange.reply.data);
}
END_TEST

START_TEST(a_fault_is_told_with_the_advice_of_its_kind)
{
    settle_code = 0;
    settled_fault = ENVCRYPT_E_DENIED;
    settled_advice = "ask the owner";
    PLAY({.status = 400, .body = "Disabled"});
    EVC_CHECK_CODE(run_settled(), ENVCRYPT_E_DENIED);
    check_mentions("; ask the owner");
}
END_TEST

START_TEST(a_fault_that_cannot_be_settled_gives_that_error)
{
    settle_code = ENVCRYPT_E_PROTOCOL;
    PLAY({.status = 400, .body = "Disabled"});
    EVC_CHECK_CODE(run_settled(), ENVCRYPT_E_PROTOCOL);
    check_mentions("no place for it");
}
END_TEST

START_TEST(a_fault_that_is_tried_again_is_not_settled_yet)
{
    settle_code = ENVCRYPT_E_PROTOCOL;
    PLAY(DOWN_STEP, OK_STEP);
    EVC_CHECK_OK(run_settled());
    ck_assert(!settled_body_was_there);
}
END_TEST

static const int redirects[] = {300, 301, 302, 303, 304, 307, 308, 399};

START_TEST(a_redirect_is_an_error_of_its_own)
{
    PLAY({.status = redirects[_i]}, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_REDIRECT);
    ck_assert_uint_eq(t.started, 1);
    ck_assert_uint_eq(t.reads, 0);
}
END_TEST

static const int hopeless[] = {
    ENVCRYPT_E_TLS,      ENVCRYPT_E_PROTOCOL, ENVCRYPT_E_TRANSPORT,
    ENVCRYPT_E_CANCELED, ENVCRYPT_E_NOMEM,    ENVCRYPT_E_REDIRECT,
};

START_TEST(trouble_that_would_come_again_is_not_tried_again)
{
    PLAY({.code = hopeless[_i]}, OK_STEP);
    EVC_CHECK_CODE(run(), hopeless[_i]);
    ck_assert_uint_eq(t.started, 1);
    check_mentions("failed after 1 attempt: the script broke it");
}
END_TEST

START_TEST(a_proxy_that_refuses_is_not_tried_again)
{
    PLAY({.code = ENVCRYPT_E_PROXY, .not_retryable = true}, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_PROXY);
    ck_assert_uint_eq(t.started, 1);
    ck_assert_int_eq(evc_error_is_retryable(err), 0);
}
END_TEST

START_TEST(what_cannot_be_built_is_not_sent)
{
    t.build_code = ENVCRYPT_E_KEY_SIZE;
    PLAY(OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KEY_SIZE);
    ck_assert_str_eq(message(), "nothing to build");
    ck_assert_uint_eq(t.started, 0);
    ck_assert_uint_eq(op.attempts, 0);
}
END_TEST

START_TEST(what_cannot_be_signed_is_not_sent)
{
    t.sign_code = ENVCRYPT_E_NO_CREDENTIALS;
    PLAY(OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_NO_CREDENTIALS);
    ck_assert_str_eq(message(), "no signature today");
    ck_assert_uint_eq(t.started, 0);
}
END_TEST

/* --- what is tried again ---------------------------------------------------------- */

static const int passing[] = {
    ENVCRYPT_E_NET_CONNECT,
    ENVCRYPT_E_NET_BROKEN,
    ENVCRYPT_E_PROXY,
    ENVCRYPT_E_NET_DNS,
};

START_TEST(a_connection_that_fails_is_tried_again)
{
    PLAY({.code = passing[_i], .sent = true}, OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(op.attempts, 2);
    ck_assert_int_le(t.start_ms[1], 1000 + 50);
}
END_TEST

START_TEST(a_connection_that_goes_on_failing_gives_its_error)
{
    PLAY({.code = ENVCRYPT_E_NET_CONNECT});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_NET_CONNECT);
    ck_assert_uint_eq(t.started, 3);
    check_mentions("after 3 attempts: the script broke it");
    ck_assert_int_eq(evc_error_is_retryable(err), 1);
}
END_TEST

START_TEST(a_name_that_is_not_there_is_looked_up_twice)
{
    PLAY({.code = ENVCRYPT_E_NET_DNS});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_NET_DNS);
    ck_assert_uint_eq(t.started, 2);
}
END_TEST

START_TEST(trouble_of_the_service_is_tried_up_to_the_limit)
{
    PLAY(DOWN_STEP, DOWN_STEP, OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(op.attempts, 3);
    ck_assert_int_eq(op.fault.code, 0);
}
END_TEST

START_TEST(trouble_of_the_service_past_the_limit_is_its_error)
{
    PLAY(DOWN_STEP, DOWN_STEP, DOWN_STEP, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_uint_eq(t.started, 3);
    check_mentions("after 3 attempts (HTTP 503, Down)");
    ck_assert_int_eq(evc_error_is_retryable(err), 1);
    ck_assert_int_eq(evc_error_retry_after_ms(err), -1);
}
END_TEST

START_TEST(each_attempt_is_built_and_signed_anew)
{
    PLAY({.status = 503, .body = "Down", .lasts_ms = 1000}, OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_int_eq(t.signed_ms[0], WALL_AT_START + 1000);
    ck_assert_int_ge(t.signed_ms[1], WALL_AT_START + 2000);
}
END_TEST

/* What a sink took of a body that broke off is void. */
static char heard[64];
static size_t readers;

static int
hear(void *user, evc_view part, evc_error **error)
{
    size_t used = strlen(heard);

    (void)user;
    (void)error;
    (void)snprintf(&heard[used], sizeof(heard) - used, "%.*s", (int)part.size,
                   (const char *)part.data);
    return 0;
}

static int
build_hearing(const evc_operation *one, evc_exchange *x, evc_error **error)
{
    heard[0] = 0;
    readers++;
    x->sink = hear;
    x->cap = EVC_REPLY_ANY;
    return script_build(one, x, error);
}

static int
read_heard(evc_operation *one, evc_exchange *x, evc_error **error)
{
    (void)one;
    (void)error;
    script_expect(x->reply.size == 0);
    return 0;
}

START_TEST(a_sink_hears_a_body_that_broke_off_from_its_beginning)
{
    const evc_operation_kind kind = {
        .name = "List", .build = build_hearing, .read = read_heard};

    PLAY({.code = ENVCRYPT_E_NET_BROKEN, .part = "{\"items\": [{", .sent = true},
         {.status = 200, .body = "{\"items\": []}"});
    readers = 0;
    op.kind = &kind;
    EVC_CHECK_OK(run());
    ck_assert_str_eq(heard, "{\"items\": []}");
    ck_assert_uint_eq(readers, 2);
}
END_TEST

START_TEST(a_sink_hears_nothing_of_a_refusal)
{
    const evc_operation_kind kind = {
        .name = "List", .build = build_hearing, .read = read_heard};

    PLAY({.status = 400, .body = "Disabled"});
    op.kind = &kind;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_str_eq(heard, "");
}
END_TEST

START_TEST(throttling_is_waited_out_longer)
{
    int64_t longest = 0;

    PLAY(THROTTLED_STEP, OK_STEP);
    for (int i = 0; i < 60; i++) {
        size_t first = t.started;

        t.steps[first] = (step)THROTTLED_STEP;
        t.steps[first + 1] = (step)OK_STEP;
        t.step_count = first + 2;
        evc_wait_release(&t.wait);
        evc_wait_init(&t.wait, &t.env->clock, 60000);
        EVC_CHECK_OK(run());
        if (t.start_ms[first + 1] - t.start_ms[first] > longest)
            longest = t.start_ms[first + 1] - t.start_ms[first];
    }
    ck_assert_int_gt(longest, 500); /* not in 1 of 2^60 runs */
    ck_assert_int_le(longest, 1000);
}
END_TEST

START_TEST(throttling_that_goes_on_is_its_error)
{
    PLAY({.status = 400, .body = "Throttled", .retry_after = "3"});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_THROTTLED);
    ck_assert_uint_eq(t.started, 3);
    ck_assert_int_eq(evc_error_class(err), ENVCRYPT_CLASS_THROTTLED);
    ck_assert_int_eq(evc_error_retry_after_ms(err), 3000);
}
END_TEST

/* --- Retry-After ------------------------------------------------------------------ */

static const struct {
    const char *value;
    int64_t least;
    int64_t most;
} hints[] = {
    {"2", 2000, 2000},
    {"60", 60000, 60000},
    {"61", 60000, 60000},
    {"99999999999999999999", 60000, 60000},
    {"0", 0, 50},
    {"-5", 0, 50},
    {"soon", 0, 50},
    {"Tue, 14 Nov 2023 22:13:31 GMT", 10000,
     10000}, /* 10 s past the start's second 21 */
    {"Tue, 14 Nov 2022 22:13:31 GMT", 0, 50},
};

START_TEST(retry_after_is_honoured)
{
    evc_wait_release(&t.wait);
    evc_wait_init(&t.wait, &t.env->clock, 600000);
    PLAY({.status = 503, .body = "Down", .retry_after = hints[_i].value}, OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_int_ge(t.start_ms[1] - t.start_ms[0], hints[_i].least);
    ck_assert_int_le(t.start_ms[1] - t.start_ms[0], hints[_i].most);
}
END_TEST

START_TEST(retry_after_as_a_date_is_compared_with_the_replys_own)
{
    PLAY({.status = 503,
          .body = "Down",
          .retry_after = "Sun, 06 Nov 1994 08:49:47 GMT",
          .date_ms = INT64_C(784111777000)},
         OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_int_eq(t.start_ms[1] - t.start_ms[0], 10000);
}
END_TEST

START_TEST(the_providers_hint_is_followed_for_five_seconds_more)
{
    PLAY({.status = 400, .body = "Throttled", .hint_ms = 50000}, OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_int_ge(t.start_ms[1] - t.start_ms[0], 5000);
    ck_assert_int_le(t.start_ms[1] - t.start_ms[0], 6000);
}
END_TEST

/* --- deadline and cancel ---------------------------------------------------------- */

START_TEST(a_retry_that_fits_before_the_deadline_is_waited_for)
{
    set_deadline(5001);
    PLAY({.status = 503, .body = "Down", .retry_after = "5"}, OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_int_eq(t.start_ms[1], 6000);
}
END_TEST

START_TEST(a_retry_past_the_deadline_gives_the_services_error_at_once)
{
    set_deadline(5000);
    PLAY({.status = 503, .body = "Down", .retry_after = "5"}, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(atomic_load(&t.now), 1000);
    ck_assert_int_eq(evc_error_retry_after_ms(err), 5000);
    ck_assert_int_eq(evc_error_is_retryable(err), 1);
    ck_assert_int_eq(tokens(), 500);
}
END_TEST

START_TEST(a_silent_service_is_left_at_the_deadline)
{
    set_deadline(2000);
    PLAY({.silent = true});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(atomic_load(&t.now), 3000);
    ck_assert_uint_eq(t.stopped, 1);
    ck_assert_uint_eq(t.lanes_closed, 1);
    check_mentions("toy-kms Unlock for \"key-1\" at kms.toy.example failed after 1 "
                   "attempt: the deadline passed");
}
END_TEST

START_TEST(a_timeout_tells_what_the_service_said_before)
{
    set_deadline(5000);
    PLAY({.status = 503, .body = "Down"}, {.silent = true});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_TIMEOUT);
    check_mentions("after 2 attempts: the deadline passed");
    check_mentions("what the service said last was Down");
    ck_assert_str_eq(evc_error_request_id(err), "req-1");
}
END_TEST

START_TEST(without_a_wait_the_clients_deadline_holds)
{
    PLAY({.silent = true});
    EVC_CHECK_CODE(evc_operation_run(&op, NULL, &err), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(atomic_load(&t.now), 31000);
}
END_TEST

static const int64_t jumps[] = {86400000, -86400000};

START_TEST(a_jump_of_the_wall_clock_moves_no_deadline_and_no_delay)
{
    t.jump_at_start_ms = jumps[_i];
    set_deadline(5001);
    PLAY({.status = 503, .body = "Down", .retry_after = "5"}, {.silent = true});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(t.start_ms[1], 6000);
    ck_assert_int_eq(atomic_load(&t.now), 6001);
}
END_TEST

START_TEST(a_deadline_that_is_over_sends_nothing)
{
    set_deadline(0);
    PLAY(OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_TIMEOUT);
    ck_assert_uint_eq(t.started, 0);
    check_mentions("failed before it was sent");
}
END_TEST

START_TEST(a_canceled_wait_sends_nothing)
{
    evc_wait_cancel(&t.wait);
    PLAY(OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_CANCELED);
    ck_assert_uint_eq(t.started, 0);
}
END_TEST

START_TEST(a_cancel_stops_what_is_in_flight)
{
    t.cancel_at_start = &t.wait;
    PLAY({.silent = true});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_CANCELED);
    ck_assert_uint_eq(t.stopped, 1);
    ck_assert_uint_eq(t.in_flight, 0);
}
END_TEST

START_TEST(a_cancel_ends_the_wait_for_another_attempt)
{
    t.cancel_at_start = &t.wait;
    PLAY({.status = 503, .body = "Down", .retry_after = "50"}, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(atomic_load(&t.now), 1000);
}
END_TEST

START_TEST(a_healthy_lane_is_kept)
{
    PLAY(OK_STEP);
    EVC_CHECK_OK(run());
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(t.lanes_opened, 1);
    ck_assert_uint_eq(t.lanes_closed, 0);
}
END_TEST

/* --- credentials and clock -------------------------------------------------------- */

START_TEST(expired_credentials_are_renewed_and_used_at_once)
{
    t.can_renew = true;
    PLAY(EXPIRED_STEP, OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(t.refusals, 1);
    ck_assert_int_eq(t.start_ms[1], t.start_ms[0]);
    ck_assert_int_eq(tokens(), 500);
}
END_TEST

START_TEST(expired_credentials_are_renewed_once_only)
{
    t.can_renew = true;
    PLAY(EXPIRED_STEP, EXPIRED_STEP, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(t.started, 2);
    ck_assert_uint_eq(t.refusals, 1);
    ck_assert_int_eq(evc_error_is_retryable(err), 0);
}
END_TEST

START_TEST(credentials_that_cannot_be_renewed_are_not_tried_again)
{
    PLAY(EXPIRED_STEP, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

START_TEST(the_limit_of_attempts_holds_for_renewed_credentials)
{
    t.peer->retry.max_attempts = 1;
    t.can_renew = true;
    PLAY(EXPIRED_STEP, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(t.refusals, 1); /* the next call has new ones */
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

static const int64_t skews[] = {DAY, -DAY, 600000, -600000, 240000, -240000};

START_TEST(a_clock_that_is_wrong_is_corrected_by_the_replys_date)
{
    PLAY({.status = 400, .body = "Skewed", .date_ms = WALL_AT_START + 1000 + skews[_i]},
         OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_int_eq(t.signed_ms[0], WALL_AT_START + 1000);
    ck_assert_int_eq(t.signed_ms[1], WALL_AT_START + 1000 + skews[_i]);
    ck_assert_int_eq(t.start_ms[1], 1000);
}
END_TEST

START_TEST(a_corrected_clock_holds_for_the_next_operation)
{
    PLAY({.status = 400, .body = "Skewed", .date_ms = WALL_AT_START + 1000 + DAY},
         OK_STEP);
    EVC_CHECK_OK(run());
    EVC_CHECK_OK(run());
    ck_assert_uint_eq(t.started, 3);
    ck_assert_int_eq(t.signed_ms[2], WALL_AT_START + 1000 + DAY);
}
END_TEST

START_TEST(a_clock_is_corrected_once_only)
{
    PLAY({.status = 400, .body = "Skewed", .date_ms = WALL_AT_START + DAY},
         {.status = 400, .body = "Skewed", .date_ms = WALL_AT_START + 2 * DAY},
         OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(t.started, 2);
}
END_TEST

START_TEST(a_clock_that_is_right_is_not_corrected)
{
    PLAY({.status = 400, .body = "Skewed", .date_ms = WALL_AT_START + 1000 + 239999},
         OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

START_TEST(without_a_date_the_clock_is_not_corrected)
{
    PLAY({.status = 400, .body = "Skewed"}, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_AUTH);
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

START_TEST(what_another_thread_learned_meanwhile_is_a_reason_too)
{
    evc_operation other;
    evc_operation *both[] = {&op, &other};

    /* Both are signed with the wrong clock; the second to be refused learns nothing. */
    evc_operation_init(&other, &toy_kind, t.peer, NULL);
    PLAY({.status = 400,
          .body = "Skewed",
          .date_ms = WALL_AT_START + 1010 + DAY,
          .lasts_ms = 10},
         {.status = 400,
          .body = "Skewed",
          .date_ms = WALL_AT_START + 1010 + DAY,
          .lasts_ms = 10},
         OK_STEP);
    evc_operation_run_many(both, 2, 2, &t.wait);
    ck_assert_int_eq(op.code, 0);
    ck_assert_int_eq(other.code, 0);
    evc_operation_reset(&other);
}
END_TEST

/* --- once ------------------------------------------------------------------------- */

static const struct {
    step first;
    int code;
} once[] = {
    {{.code = ENVCRYPT_E_NET_BROKEN, .sent = true}, ENVCRYPT_E_NET_BROKEN},
    {{.code = ENVCRYPT_E_NET_BROKEN}, 0},
    {{.code = ENVCRYPT_E_NET_CONNECT}, 0},
    {{.status = 503, .body = "Down"}, ENVCRYPT_E_SERVICE_DOWN},
    {{.status = 400, .body = "Throttled"}, 0},
    {{.status = 400, .body = "Expired"}, 0},
};

START_TEST(what_may_have_been_done_is_not_sent_again)
{
    t.can_renew = true;
    op.kind = &once_kind;
    PLAY(once[_i].first, OK_STEP);
    EVC_CHECK_CODE(run(), once[_i].code);
    ck_assert_uint_eq(t.started, once[_i].code ? 1 : 2);
}
END_TEST

/* --- tokens, budget, meter, log --------------------------------------------------- */

START_TEST(a_retry_costs_tokens_and_its_success_gives_them_back)
{
    PLAY(DOWN_STEP, {.status = 400, .body = "Disabled"});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_int_eq(tokens(), 486);
    PLAY(OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_int_eq(tokens(), 487);
    atomic_store(&t.peer->bucket.tokens, 100);
    t.started = 0;
    PLAY(DOWN_STEP, OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_int_eq(tokens(), 100);
    t.started = 0;
    PLAY(THROTTLED_STEP, {.status = 400, .body = "Disabled"});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_int_eq(tokens(), 95);
}
END_TEST

START_TEST(without_tokens_nothing_is_tried_again)
{
    atomic_store(&t.peer->bucket.tokens, 13);
    PLAY(DOWN_STEP, OK_STEP);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(tokens(), 13);
    t.started = 0;
    atomic_store(&t.peer->bucket.tokens, 14);
    EVC_CHECK_OK(run());
    ck_assert_int_eq(tokens(), 14);
}
END_TEST

START_TEST(a_broken_service_is_soon_left_alone)
{
    size_t calls = 0;

    PLAY(DOWN_STEP);
    while (tokens() >= 14) {
        set_deadline(60000);
        EVC_CHECK_CODE(run(), ENVCRYPT_E_SERVICE_DOWN);
        calls++;
    }
    ck_assert_uint_eq(calls, 18); /* 500 / 14 = 35 retries, two for each call */
    ck_assert_uint_eq(t.started, calls + 35);
}
END_TEST

START_TEST(the_meter_counts_attempts_and_throttles_and_bytes_and_time)
{
    evc_meter_row *rows;
    size_t count;

    PLAY({.status = 400, .body = "Throttled", .retry_after = "2", .lasts_ms = 20},
         {.status = 200, .lasts_ms = 30});
    EVC_CHECK_OK(run());
    EVC_CHECK_OK(evc_meter_snapshot(evc_net_meter(t.net), &rows, &count, NULL));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(rows[0].provider, "toy-kms");
    ck_assert_str_eq(rows[0].operation, "Unlock");
    ck_assert_uint_eq(rows[0].calls, 1);
    ck_assert_uint_eq(rows[0].failures, 0);
    ck_assert_uint_eq(rows[0].attempts, 2);
    ck_assert_uint_eq(rows[0].throttles, 1);
    ck_assert_uint_eq(rows[0].bytes_out, 200);
    ck_assert_uint_eq(rows[0].bytes_in, 100);
    ck_assert_int_eq(rows[0].latency_sum_ms, 2050);
    evc_mem_free(rows);
}
END_TEST

START_TEST(each_attempt_is_one_line_of_the_log_without_secrets)
{
    PLAY(THROTTLED_STEP, {.code = ENVCRYPT_E_NET_BROKEN}, OK_STEP);
    EVC_CHECK_OK(run());
    ck_assert_ptr_nonnull(
        strstr(t.log, "toy-kms Unlock at kms.toy.example, attempt 1: HTTP "
                      "400, ENVCRYPT_E_THROTTLED Throttled, request id req-1, "
                      "0 ms\n"));
    ck_assert_ptr_nonnull(strstr(t.log, "attempt 2: HTTP 0, ENVCRYPT_E_NET_BROKEN"));
    ck_assert_ptr_nonnull(strstr(t.log, "attempt 3: HTTP 200, ENVCRYPT_OK"));
    ck_assert_ptr_null(strstr(t.log, "planted"));
}
END_TEST

START_TEST(no_error_shows_request_signature_or_reply)
{
    PLAY({.status = 400, .body = "planted reply <xml>"});
    EVC_CHECK_CODE(run(), ENVCRYPT_E_DENIED);
    ck_assert_ptr_null(strstr(message(), "planted reply"));
    ck_assert_ptr_null(strstr(message(), "planted-"));
}
END_TEST

/* -------------------------------------------------------------------------------- */

static void
add_loops(Suite *suite)
{
    TCase *tcase = tcase_create("each");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_redirect_is_an_error_of_its_own, 0, COUNT(redirects));
    tcase_add_loop_test(tcase, trouble_that_would_come_again_is_not_tried_again, 0,
                        COUNT(hopeless));
    tcase_add_loop_test(tcase, a_connection_that_fails_is_tried_again, 0,
                        COUNT(passing));
    tcase_add_loop_test(tcase, a_jump_of_the_wall_clock_moves_no_deadline_and_no_delay,
                        0, COUNT(jumps));
    tcase_add_loop_test(tcase, retry_after_is_honoured, 0, COUNT(hints));
    tcase_add_loop_test(tcase, a_clock_that_is_wrong_is_corrected_by_the_replys_date, 0,
                        COUNT(skews));
    tcase_add_loop_test(tcase, what_may_have_been_done_is_not_sent_again, 0,
                        COUNT(once));
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    ADD("success", a_good_reply_is_read_once, every_status_of_success_is_read,
        an_operation_can_be_run_again,
        request_and_reply_are_wiped_before_it_is_finished,
        a_reply_that_read_refuses_fails_and_is_wiped);
    ADD("for good", a_refusal_for_good_is_not_tried_again,
        a_proxy_that_refuses_is_not_tried_again, what_cannot_be_built_is_not_sent,
        what_cannot_be_signed_is_not_sent);
    ADD("settled", a_fault_that_is_an_answer_after_all_is_success,
        a_fault_is_told_with_the_advice_of_its_kind,
        a_fault_that_cannot_be_settled_gives_that_error,
        a_fault_that_is_tried_again_is_not_settled_yet);
    ADD("again", a_connection_that_goes_on_failing_gives_its_error,
        a_name_that_is_not_there_is_looked_up_twice,
        trouble_of_the_service_is_tried_up_to_the_limit,
        trouble_of_the_service_past_the_limit_is_its_error,
        each_attempt_is_built_and_signed_anew,
        a_sink_hears_a_body_that_broke_off_from_its_beginning,
        a_sink_hears_nothing_of_a_refusal, throttling_is_waited_out_longer,
        throttling_that_goes_on_is_its_error,
        retry_after_as_a_date_is_compared_with_the_replys_own,
        the_providers_hint_is_followed_for_five_seconds_more);
    ADD("deadline", a_retry_that_fits_before_the_deadline_is_waited_for,
        a_retry_past_the_deadline_gives_the_services_error_at_once,
        a_silent_service_is_left_at_the_deadline,
        a_timeout_tells_what_the_service_said_before,
        without_a_wait_the_clients_deadline_holds,
        a_deadline_that_is_over_sends_nothing, a_canceled_wait_sends_nothing,
        a_cancel_stops_what_is_in_flight, a_cancel_ends_the_wait_for_another_attempt,
        a_healthy_lane_is_kept);
    ADD("credentials", expired_credentials_are_renewed_and_used_at_once,
        expired_credentials_are_renewed_once_only,
        credentials_that_cannot_be_renewed_are_not_tried_again,
        the_limit_of_attempts_holds_for_renewed_credentials,
        a_corrected_clock_holds_for_the_next_operation, a_clock_is_corrected_once_only,
        a_clock_that_is_right_is_not_corrected,
        without_a_date_the_clock_is_not_corrected,
        what_another_thread_learned_meanwhile_is_a_reason_too);
    ADD("accounts", a_retry_costs_tokens_and_its_success_gives_them_back,
        without_tokens_nothing_is_tried_again, a_broken_service_is_soon_left_alone,
        the_meter_counts_attempts_and_throttles_and_bytes_and_time,
        each_attempt_is_one_line_of_the_log_without_secrets,
        no_error_shows_request_signature_or_reply);
    add_loops(suite);
}

EVC_TEST_MAIN("attempt", add_tests)
