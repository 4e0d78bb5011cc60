/* SPDX-License-Identifier: Apache-2.0 */
#include "net/operation.h"

#include <pthread.h>

#include "evc-alloc.h"
#include "evc-child.h"
#include "scripted-net.h"

static evc_operation op;
static evc_error *err;

static void
set_up(void)
{
    script_set_up();
    evc_operation_init(&op, &toy_kind, t.peer, NULL);
    op.subject = "key-1";
    err = NULL;
}

static void
tear_down(void)
{
    evc_operation_reset(&op);
    evc_error_free(err);
    script_tear_down();
}

static int
run(void)
{
    return evc_operation_run(&op, &t.wait, &err);
}

static const char *
message(void)
{
    return evc_error_message(err);
}

static void
check_mentions(const char *text)
{
    ck_assert_msg(strstr(message(), text), "\"%s\" is not in \"%s\"", text, message());
}

static int
tokens(void)
{
    return atomic_load(&t.peer->bucket.tokens);
}

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

static void
set_deadline(int64_t timeout_ms)
{
    evc_wait_release(&t.wait);
    evc_wait_init(&t.wait, &t.env->clock, timeout_ms);
}

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

#define DAY INT64_C(86400000)

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

/* --- many ------------------------------------------------------------------------- */

#define MANY 40u

static evc_operation many[MANY];
static evc_operation *each[MANY];

static void
note_end(evc_operation *one)
{
    t.finished_at[t.finished++] = (size_t)(one - many);
}

static void
run_many(size_t count, size_t width)
{
    for (size_t i = 0; i < count; i++) {
        evc_operation_init(&many[i], &toy_kind, t.peer, NULL);
        many[i].finished = note_end;
        each[i] = &many[i];
    }
    evc_operation_run_many(each, count, width, &t.wait);
    ck_assert_uint_eq(t.finished, count);
    ck_assert_uint_eq(t.in_flight, 0);
}

static void
reset_many(size_t count)
{
    for (size_t i = 0; i < count; i++)
        evc_operation_reset(&many[i]);
}

START_TEST(many_run_at_most_width_at_a_time)
{
    PLAY({.status = 200, .lasts_ms = 20});
    run_many(MANY, 8);
    ck_assert_uint_eq(t.most_in_flight, 8);
    ck_assert_int_eq(atomic_load(&t.now), 1000 + MANY / 8 * 20);
    ck_assert_uint_eq(t.lanes_opened, 1);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_int_eq(many[i].code, 0);
    reset_many(MANY);
}
END_TEST

START_TEST(a_width_of_nothing_is_one)
{
    PLAY({.status = 200, .lasts_ms = 20});
    run_many(3, 0);
    ck_assert_uint_eq(t.most_in_flight, 1);
    reset_many(3);
}
END_TEST

START_TEST(a_place_that_gets_free_is_taken_at_once)
{
    PLAY({.status = 200, .lasts_ms = 1000}, {.status = 200, .lasts_ms = 10});
    run_many(21, 2);
    ck_assert_int_eq(atomic_load(&t.now), 2000);
    ck_assert_uint_eq(t.finished_at[20], 0);
    reset_many(21);
}
END_TEST

START_TEST(a_delay_of_one_does_not_hold_up_the_others)
{
    PLAY({.status = 503, .body = "Down", .retry_after = "30"},
         {.status = 200, .lasts_ms = 10});
    run_many(11, 1);
    for (size_t i = 0; i < 10; i++)
        ck_assert_uint_eq(t.finished_at[i], i + 1);
    ck_assert_uint_eq(t.finished_at[10], 0);
    ck_assert_int_eq(t.start_ms[10], 1090);
    ck_assert_int_eq(t.start_ms[11], 31000);
    reset_many(11);
}
END_TEST

START_TEST(a_retry_that_is_due_goes_before_those_that_did_not_begin)
{
    PLAY({.status = 503, .body = "Down", .retry_after = "1"},
         {.status = 200, .lasts_ms = 600});
    run_many(11, 1);
    ck_assert_uint_eq(t.finished_at[2], 0);
    reset_many(11);
}
END_TEST

START_TEST(each_of_many_has_an_error_of_its_own)
{
    PLAY({.status = 400, .body = "Disabled"}, OK_STEP, {.status = 302},
         {.code = ENVCRYPT_E_TLS}, OK_STEP);
    run_many(5, 1);
    ck_assert_int_eq(many[0].code, ENVCRYPT_E_KEY_DISABLED);
    ck_assert_int_eq(many[1].code, 0);
    ck_assert_int_eq(many[2].code, ENVCRYPT_E_REDIRECT);
    ck_assert_int_eq(many[3].code, ENVCRYPT_E_TLS);
    ck_assert_int_eq(many[4].code, 0);
    ck_assert_ptr_null(many[4].error);
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(evc_error_code(many[i].error), many[i].code);
    reset_many(5);
}
END_TEST

START_TEST(one_deadline_cuts_off_all_that_is_left)
{
    set_deadline(50);
    PLAY({.status = 200, .lasts_ms = 20});
    run_many(8, 2);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(many[i].code, 0);
    for (size_t i = 4; i < 8; i++)
        ck_assert_int_eq(many[i].code, ENVCRYPT_E_TIMEOUT);
    ck_assert_uint_eq(t.stopped, 2);
    ck_assert_uint_eq(many[5].attempts, 1);
    ck_assert_uint_eq(many[6].attempts, 0);
    ck_assert_ptr_ne(many[6].error, many[7].error);
    reset_many(8);
}
END_TEST

START_TEST(none_of_many_is_no_work)
{
    evc_operation_run_many(NULL, 0, 8, &t.wait);
    ck_assert_uint_eq(t.lanes_opened, 0);
}
END_TEST

/* --- properties ------------------------------------------------------------------- */

/* Any script: steps drawn from a seed. */
static step
draw(uint32_t *seed)
{
    static const step all[] = {
        OK_STEP,
        {.status = 200, .lasts_ms = 700},
        DOWN_STEP,
        {.status = 503, .body = "Down", .retry_after = "4"},
        THROTTLED_STEP,
        {.status = 429, .body = "Throttled", .hint_ms = 3000, .lasts_ms = 40},
        EXPIRED_STEP,
        {.status = 400, .body = "Skewed", .date_ms = WALL_AT_START + DAY},
        {.code = ENVCRYPT_E_NET_BROKEN, .lasts_ms = 300, .sent = true},
        {.code = ENVCRYPT_E_NET_DNS},
        {.code = ENVCRYPT_E_TLS},
        {.silent = true},
    };

    *seed = *seed * 1664525u + 1013904223u;
    return all[(*seed >> 16) % (sizeof(all) / sizeof(all[0]))];
}

START_TEST(no_script_makes_it_ask_too_often_or_too_long)
{
    uint32_t seed = (uint32_t)_i;
    int64_t deadline = 1000 + 3000 + 500 * (_i % 20);
    size_t sent = 0;

    t.peer->retry.max_attempts = 1 + (uint32_t)_i % 5;
    t.can_renew = _i % 2;
    set_deadline(deadline - 1000);
    t.step_count = 300;
    for (size_t i = 0; i < t.step_count; i++)
        t.steps[i] = draw(&seed);
    run_many(MANY, 1 + (size_t)_i % 9);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_uint_le(many[i].attempts, t.peer->retry.max_attempts);
        ck_assert_int_eq(evc_error_code(many[i].error), many[i].code);
        sent += many[i].attempts;
    }
    ck_assert_uint_eq(sent, t.started);
    for (size_t i = 0; i < t.started; i++)
        ck_assert_int_lt(t.start_ms[i], deadline);
    ck_assert_int_le(atomic_load(&t.now), deadline);
    ck_assert_int_ge(tokens(), 0);
    ck_assert_int_le(tokens(), 500);
    reset_many(MANY);
}
END_TEST

static int
run_swept(void *unused)
{
    int rc;

    (void)unused;
    t.started = 0;
    t.peer->bucket.tokens = 500;
    evc_operation_init(&op, &toy_kind, t.peer, NULL);
    rc = evc_operation_run(&op, &t.wait, NULL);
    evc_operation_reset(&op);
    /* Where an error could not be made, its code is told all the same. */
    return rc == ENVCRYPT_E_SERVICE_DOWN || rc == ENVCRYPT_E_NET_BROKEN
               ? ENVCRYPT_E_NOMEM
               : rc;
}

START_TEST(survives_any_failed_allocation)
{
    PLAY(DOWN_STEP, {.code = ENVCRYPT_E_NET_BROKEN}, OK_STEP);
    ck_assert_uint_gt(evc_alloc_sweep(run_swept, NULL), 5);
}
END_TEST

/* --- threads and fork ------------------------------------------------------------- */

static evc_peer *crowded;
static evc_net *plain;
static atomic_uint throttled;

/* Done at the start, without a word about it in the script's notes. */
static void
start_at_once(void *lane, evc_exchange *x)
{
    (void)lane;
    x->done = true;
    x->sent = true;
    x->status = atomic_fetch_add(&throttled, 1) % 4 ? 200 : 503;
    x->date_ms = -1;
    if (x->status == 503)
        evc_buf_put_text(&x->reply, "Down");
}

static const evc_transport at_once = {script_open, script_close, start_at_once,
                                      script_drive, script_stop};

static int
sign_nothing(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait,
             evc_error **error)
{
    (void)state;
    (void)x;
    (void)now_ms;
    (void)wait;
    (void)error;
    return 0;
}

static int
read_nothing(evc_operation *one, evc_exchange *x, evc_error **error)
{
    (void)one;
    (void)x;
    (void)error;
    return 0;
}

static void *
run_some(void *unused)
{
    const evc_operation_kind kind = {
        .name = "Unlock", .build = script_build, .read = read_nothing};

    for (int i = 0; i < 20; i++) {
        evc_operation one;

        evc_operation_init(&one, &kind, crowded, NULL);
        (void)evc_operation_run(&one, NULL, NULL);
        ck_assert_uint_le(one.attempts, 3);
        ck_assert_int_le(atomic_load(&crowded->bucket.tokens), 500);
        ck_assert_int_ge(atomic_load(&crowded->bucket.tokens), 0);
        evc_operation_reset(&one);
    }
    return unused;
}

START_TEST(sixty_four_threads_share_one_peer)
{
    const evc_net_settings settings = {.max_attempts = 3, .deadline_ms = 30000};
    const evc_protocol protocol = {
        .provider = "toy-kms", .sign = sign_nothing, .classify = script_classify};
    evc_env *env;
    evc_meter_row *rows;
    size_t count;
    pthread_t threads[64];

    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_net_open(env, &settings, &at_once, NULL, NULL, &plain, NULL));
    EVC_CHECK_OK(
        evc_peer_open(plain, t.endpoint, &protocol, NULL, NULL, &crowded, NULL));
    for (size_t i = 0; i < 64; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_some, NULL), 0);
    for (size_t i = 0; i < 64; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    EVC_CHECK_OK(evc_meter_snapshot(evc_net_meter(plain), &rows, &count, NULL));
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(rows[0].calls, 64 * 20);
    ck_assert_uint_eq(rows[0].attempts, atomic_load(&throttled));
    evc_mem_free(rows);
    evc_peer_unref(crowded);
    evc_net_unref(plain);
    evc_env_unref(env);
}
END_TEST

static int
run_in_child(void *unused)
{
    (void)unused;
    run_many(2, 2);
    if (many[0].code != ENVCRYPT_E_FORKED || many[1].code != ENVCRYPT_E_FORKED)
        return 1;
    if (evc_error_code(many[1].error) != ENVCRYPT_E_FORKED)
        return 2;
    return t.started == 0 ? 0 : 3;
}

START_TEST(a_child_of_fork_sends_nothing)
{
    PLAY(OK_STEP);
    EVC_CHECK_CHILD(run_in_child, NULL);
}
END_TEST

/* -------------------------------------------------------------------------------- */

static void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#define ADD(name, ...) add_case(suite, name, (const TTest *const[]){__VA_ARGS__, NULL})
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

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
    tcase_add_loop_test(tcase, retry_after_is_honoured, 0, COUNT(hints));
    tcase_add_loop_test(tcase, a_clock_that_is_wrong_is_corrected_by_the_replys_date, 0,
                        COUNT(skews));
    tcase_add_loop_test(tcase, what_may_have_been_done_is_not_sent_again, 0,
                        COUNT(once));
    tcase_add_loop_test(tcase, no_script_makes_it_ask_too_often_or_too_long, 0, 100);
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
    ADD("again", a_connection_that_goes_on_failing_gives_its_error,
        a_name_that_is_not_there_is_looked_up_twice,
        trouble_of_the_service_is_tried_up_to_the_limit,
        trouble_of_the_service_past_the_limit_is_its_error,
        each_attempt_is_built_and_signed_anew, throttling_is_waited_out_longer,
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
    ADD("many", many_run_at_most_width_at_a_time, a_width_of_nothing_is_one,
        a_place_that_gets_free_is_taken_at_once,
        a_delay_of_one_does_not_hold_up_the_others,
        a_retry_that_is_due_goes_before_those_that_did_not_begin,
        each_of_many_has_an_error_of_its_own, one_deadline_cuts_off_all_that_is_left,
        none_of_many_is_no_work);
    ADD("process", survives_any_failed_allocation, sixty_four_threads_share_one_peer,
        a_child_of_fork_sends_nothing);
    add_loops(suite);
}

EVC_TEST_MAIN("operation", add_tests)
