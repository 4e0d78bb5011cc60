/* SPDX-License-Identifier: Apache-2.0 */
/* Many operations at a time, any script, memory that runs out, threads and fork. */
#include <pthread.h>

#include "evc-alloc.h"
#include "evc-child.h"
#include "operation-fixture.h"

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
        ck_assert_int_eq(evc_operation_run(&one, NULL, NULL), one.code);
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

static void
add_properties(Suite *suite)
{
    TCase *tcase = tcase_create("properties");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, no_script_makes_it_ask_too_often_or_too_long, 0, 100);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    ADD("many", many_run_at_most_width_at_a_time, a_width_of_nothing_is_one,
        a_place_that_gets_free_is_taken_at_once,
        a_delay_of_one_does_not_hold_up_the_others,
        a_retry_that_is_due_goes_before_those_that_did_not_begin,
        each_of_many_has_an_error_of_its_own, one_deadline_cuts_off_all_that_is_left,
        none_of_many_is_no_work);
    ADD("process", survives_any_failed_allocation, sixty_four_threads_share_one_peer,
        a_child_of_fork_sends_nothing);
    add_properties(suite);
}

EVC_TEST_MAIN("operation", add_tests)
