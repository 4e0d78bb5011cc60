/* SPDX-License-Identifier: Apache-2.0 */
/* A run whose operations come one by one: bounds, pace, width, and how it ends. */
#include <malloc.h>

#include "evc-alloc.h"
#include "evc-child.h"
#include "operation-fixture.h"

/* Where operations come from, and go back to when they are finished. */
#define POOL 16u

typedef struct supply {
    evc_operation pool[POOL];
    bool taken[POOL];
    size_t places; /* of the pool that are used */
    size_t limit;  /* how many come in all */
    size_t width;
    size_t width_after; /* from the end number turn on */
    size_t turn;
    int64_t gap_ms; /* between two; 0 = no pace */
    int64_t due_ms;
    size_t cancel_after; /* ends; 0 = never */
    bool late;           /* what is left comes only after an end */

    size_t asked;
    size_t given;
    size_t ended;
    size_t failed;
    int last_code;
    char order[256]; /* "n" asked, "N" asked in vain, "f" finished */
    size_t noted;
    size_t blocks_early; /* bytes in use after the first thousand */
    size_t blocks_late;
} supply;

static supply s;

static void
note(char what)
{
    if (s.noted < sizeof(s.order) - 1)
        s.order[s.noted++] = what;
}

static void
take_back(evc_operation *one)
{
    size_t at = (size_t)(one - s.pool);

    script_expect(s.taken[at]);
    script_expect((one->error != NULL) == (one->code != 0));
    s.ended++;
    s.failed += one->code != 0;
    s.last_code = one->code ? one->code : s.last_code;
    evc_operation_reset(one);
    /* Whoever looks at it after this sees rubbish. */
    memset(one, 0x55, sizeof(*one));
    s.taken[at] = false;
    note('f');
    if (s.ended == s.turn)
        s.width = s.width_after;
    if (s.ended == s.cancel_after)
        evc_wait_cancel(&t.wait);
}

static evc_operation *
give(void *user)
{
    size_t at = 0;

    (void)user;
    s.asked++;
    while (at < s.places && s.taken[at])
        at++;
    if (at == s.places || s.given == s.limit || (s.late && s.given > s.ended)) {
        note('N');
        return NULL;
    }
    note('n');
    s.given++;
    s.taken[at] = true;
    s.due_ms = script_monotonic(NULL) + s.gap_ms;
    evc_operation_init(&s.pool[at], &toy_kind, t.peer, NULL);
    s.pool[at].finished = take_back;
    return &s.pool[at];
}

static size_t
width_now(void *user)
{
    (void)user;
    return s.width;
}

static int64_t
due(void *user)
{
    (void)user;
    return s.gap_ms ? s.due_ms : 0;
}

static const evc_feed feed = {give, width_now, due, NULL};
static const evc_feed unpaced = {give, width_now, NULL, NULL};

static void
supply_of(size_t limit, size_t width)
{
    s = (supply){.limit = limit, .width = width, .places = POOL};
}

static int
feed_it(void)
{
    int rc = evc_operation_run_feed(t.net, &feed, &t.wait, &err);

    ck_assert_uint_eq(s.ended, s.given);
    ck_assert_uint_eq(t.in_flight, 0);
    ck_assert_uint_eq(t.lanes_opened, t.lanes_closed + (t.stopped ? 0 : 1));
    return rc;
}

static int64_t
elapsed(void)
{
    return atomic_load(&t.now) - 1000;
}

/* --- bounds ----------------------------------------------------------------------- */

#define CROWD 100000u

static size_t
bytes_in_use(void)
{
    return mallinfo2().uordblks;
}

static evc_operation *
give_and_measure(void *user)
{
    evc_operation *one = give(user);

    if (s.given == 1000 && !s.blocks_early)
        s.blocks_early = bytes_in_use();
    if (s.given == CROWD && !s.blocks_late)
        s.blocks_late = bytes_in_use();
    return one;
}

START_TEST(a_hundred_thousand_go_through_eight_places_in_bounded_memory)
{
    const evc_feed measured = {give_and_measure, width_now, NULL, NULL};

    PLAY({.status = 200, .lasts_ms = 1});
    set_deadline(-1);
    supply_of(CROWD, 8);
    s.places = 8;
    EVC_CHECK_OK(evc_operation_run_feed(t.net, &measured, &t.wait, &err));
    ck_assert_uint_eq(s.ended, CROWD);
    ck_assert_uint_eq(s.failed, 0);
    ck_assert_uint_eq(t.started, CROWD);
    ck_assert_uint_eq(t.most_in_flight, 8);
    ck_assert_int_eq(elapsed(), CROWD / 8);
    ck_assert_uint_le(s.blocks_late, s.blocks_early + 16384);
    ck_assert_uint_eq(t.lanes_opened, 1);
}
END_TEST

START_TEST(an_empty_feed_is_asked_once_and_sends_nothing)
{
    supply_of(0, 8);
    EVC_CHECK_OK(feed_it());
    ck_assert_uint_eq(s.asked, 1);
    ck_assert_uint_eq(t.started, 0);
}
END_TEST

START_TEST(a_feed_without_pace_and_without_a_wait_runs_to_its_end)
{
    PLAY({.status = 200, .lasts_ms = 40000});
    supply_of(3, 1);
    EVC_CHECK_OK(evc_operation_run_feed(t.net, &unpaced, NULL, NULL));
    ck_assert_uint_eq(s.ended, 3);
    ck_assert_int_eq(elapsed(), 120000);
}
END_TEST

START_TEST(a_width_of_nothing_is_one)
{
    PLAY({.status = 200, .lasts_ms = 10});
    supply_of(3, 0);
    EVC_CHECK_OK(feed_it());
    ck_assert_uint_eq(t.most_in_flight, 1);
}
END_TEST

START_TEST(what_cannot_even_be_built_passes_through)
{
    t.build_code = ENVCRYPT_E_NO_SPACE;
    supply_of(1000, 4);
    EVC_CHECK_OK(feed_it());
    ck_assert_uint_eq(s.failed, 1000);
    ck_assert_int_eq(s.last_code, ENVCRYPT_E_NO_SPACE);
    ck_assert_uint_eq(t.started, 0);
}
END_TEST

START_TEST(each_failure_stands_in_its_operation_and_ends_nothing)
{
    PLAY({.status = 400, .body = "Disabled"}, OK_STEP, {.status = 302}, OK_STEP);
    supply_of(10, 2);
    EVC_CHECK_OK(feed_it());
    ck_assert_ptr_null(err);
    ck_assert_uint_eq(s.ended, 10);
    ck_assert_uint_eq(s.failed, 2);
}
END_TEST

/* --- when the next is asked for --------------------------------------------------- */

START_TEST(finished_is_heard_before_the_next_is_asked_for)
{
    PLAY({.status = 200, .lasts_ms = 10});
    supply_of(3, 1);
    EVC_CHECK_OK(feed_it());
    ck_assert_str_eq(s.order, "nfnfnfN");
}
END_TEST

START_TEST(all_that_ended_in_one_moment_is_heard_before_the_next_is_asked_for)
{
    PLAY({.status = 200, .lasts_ms = 10});
    supply_of(4, 2);
    EVC_CHECK_OK(feed_it());
    ck_assert_str_eq(s.order, "nnffnnffN");
}
END_TEST

START_TEST(a_feed_that_had_none_is_asked_again_after_each_end)
{
    PLAY({.status = 200, .lasts_ms = 10});
    supply_of(3, 8);
    s.late = true;
    EVC_CHECK_OK(feed_it());
    ck_assert_str_eq(s.order, "nNfnNfnNfN");
    ck_assert_uint_eq(t.most_in_flight, 1);
}
END_TEST

START_TEST(a_feed_that_had_none_is_not_asked_while_nothing_ends)
{
    PLAY({.status = 200, .lasts_ms = 10}, {.status = 503, .body = "Down"},
         {.status = 503, .body = "Down"}, OK_STEP);
    supply_of(2, 8);
    s.late = true;
    EVC_CHECK_OK(feed_it());
    ck_assert_str_eq(s.order, "nNfnNfN");
    ck_assert_uint_eq(t.started, 4);
}
END_TEST

START_TEST(a_retry_holds_no_place)
{
    PLAY({.status = 503, .body = "Down", .retry_after = "30"},
         {.status = 200, .lasts_ms = 10});
    supply_of(11, 1);
    EVC_CHECK_OK(feed_it());
    ck_assert_int_eq(t.start_ms[10], 1090);
    ck_assert_int_eq(t.start_ms[11], 31000);
    ck_assert_uint_eq(s.failed, 0);
}
END_TEST

START_TEST(a_retry_that_is_due_goes_before_the_next)
{
    PLAY({.status = 503, .body = "Down", .retry_after = "1"},
         {.status = 200, .lasts_ms = 600});
    supply_of(4, 1);
    EVC_CHECK_OK(feed_it());
    /* Begun at 1,000 and 1,600; then the retry of the first, which was due at 2,000. */
    ck_assert_str_eq(s.order, "nnfnffnfN");
    ck_assert_int_eq(t.start_ms[3], 2200);
    ck_assert_uint_eq(t.started, 5);
}
END_TEST

/* --- width and pace --------------------------------------------------------------- */

START_TEST(width_grows_in_the_middle)
{
    PLAY({.status = 200, .lasts_ms = 10});
    supply_of(20, 2);
    s.turn = 4;
    s.width_after = 8;
    EVC_CHECK_OK(feed_it());
    ck_assert_uint_eq(t.most_in_flight, 8);
    ck_assert_int_eq(elapsed(), 2 * 10 + 2 * 10);
}
END_TEST

START_TEST(width_shrinks_in_the_middle)
{
    PLAY({.status = 200, .lasts_ms = 10});
    supply_of(20, 8);
    s.turn = 8;
    s.width_after = 2;
    EVC_CHECK_OK(feed_it());
    ck_assert_int_eq(elapsed(), 10 + 6 * 10);
}
END_TEST

START_TEST(a_width_below_what_flies_lets_it_fly)
{
    PLAY({.status = 200, .lasts_ms = 10}, {.status = 200, .lasts_ms = 100});
    supply_of(6, 4);
    s.turn = 1;
    s.width_after = 1;
    EVC_CHECK_OK(feed_it());
    ck_assert_uint_eq(t.stopped, 0);
    ck_assert_int_eq(t.start_ms[4], 1100);
    ck_assert_int_eq(t.start_ms[5], 1200);
}
END_TEST

START_TEST(pace_is_kept)
{
    PLAY({.status = 200, .lasts_ms = 5});
    supply_of(10, 4);
    s.gap_ms = 20;
    EVC_CHECK_OK(feed_it());
    for (size_t i = 0; i < 10; i++)
        ck_assert_int_eq(t.start_ms[i], 1000 + 20 * (int64_t)i);
    ck_assert_uint_eq(s.asked, 11);
}
END_TEST

START_TEST(pace_is_kept_while_others_fly)
{
    PLAY({.status = 200, .lasts_ms = 70});
    supply_of(10, 4);
    s.gap_ms = 20;
    EVC_CHECK_OK(feed_it());
    for (size_t i = 0; i < 10; i++)
        ck_assert_int_eq(t.start_ms[i], 1000 + 20 * (int64_t)i);
    ck_assert_uint_eq(t.most_in_flight, 4);
}
END_TEST

START_TEST(pace_does_not_hold_up_a_retry)
{
    PLAY({.status = 503, .body = "Down", .retry_after = "1"}, OK_STEP);
    supply_of(2, 4);
    s.gap_ms = 5000;
    EVC_CHECK_OK(feed_it());
    ck_assert_int_eq(t.start_ms[1], 2000);
    ck_assert_int_eq(t.start_ms[2], 6000);
}
END_TEST

static size_t looked; /* at the clock of the pace */

static int64_t
due_in_an_hour(void *user)
{
    (void)user;
    looked++;
    return s.given ? 3600000 : 0;
}

START_TEST(who_waits_for_the_pace_is_not_busy)
{
    const evc_feed slow = {give, width_now, due_in_an_hour, NULL};

    PLAY({.status = 200, .lasts_ms = 5});
    looked = 0;
    set_deadline(-1);
    supply_of(2, 4);
    EVC_CHECK_OK(evc_operation_run_feed(t.net, &slow, &t.wait, &err));
    ck_assert_int_eq(t.start_ms[1], 3600000);
    ck_assert_uint_le(looked, 12);
}
END_TEST

/* --- what ends it ----------------------------------------------------------------- */

START_TEST(a_cancel_cuts_off_what_was_begun_and_nothing_else)
{
    PLAY({.status = 503, .body = "Down", .retry_after = "30"},
         {.status = 200, .lasts_ms = 10});
    supply_of(1000, 4);
    s.cancel_after = 20;
    ck_assert_int_eq(feed_it(), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(evc_error_code(err), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(s.last_code, ENVCRYPT_E_CANCELED);
    ck_assert_uint_lt(s.given, 30);
    ck_assert_uint_le(s.failed, 4); /* three in flight, one that waited for its retry */
    ck_assert_uint_ge(s.failed, 1);
}
END_TEST

START_TEST(a_deadline_cuts_off_what_flies)
{
    set_deadline(50);
    PLAY({.status = 200, .lasts_ms = 20}, {.status = 200, .lasts_ms = 20},
         {.silent = true});
    supply_of(1000, 2);
    ck_assert_int_eq(feed_it(), ENVCRYPT_E_TIMEOUT);
    ck_assert_uint_eq(s.given, 4);
    ck_assert_uint_eq(s.failed, 2);
    ck_assert_int_eq(s.last_code, ENVCRYPT_E_TIMEOUT);
    ck_assert_uint_eq(t.stopped, 2);
}
END_TEST

START_TEST(a_deadline_ends_the_wait_for_the_pace)
{
    set_deadline(50);
    PLAY(OK_STEP);
    supply_of(10, 2);
    s.gap_ms = 1000;
    ck_assert_int_eq(feed_it(), ENVCRYPT_E_TIMEOUT);
    ck_assert_uint_eq(s.given, 1);
    ck_assert_uint_eq(s.failed, 0);
    ck_assert_int_eq(elapsed(), 50);
}
END_TEST

START_TEST(a_canceled_wait_asks_for_nothing)
{
    supply_of(10, 2);
    evc_wait_cancel(&t.wait);
    ck_assert_int_eq(feed_it(), ENVCRYPT_E_CANCELED);
    ck_assert_uint_eq(s.asked, 0);
}
END_TEST

START_TEST(an_endless_feed_of_what_cannot_be_built_can_be_canceled)
{
    t.build_code = ENVCRYPT_E_NO_SPACE;
    supply_of((size_t)-1, 4);
    s.cancel_after = 100;
    ck_assert_int_eq(feed_it(), ENVCRYPT_E_CANCELED);
    ck_assert_uint_eq(s.given, 100);
}
END_TEST

/* --- process ---------------------------------------------------------------------- */

static int
feed_swept(void *unused)
{
    int rc;

    (void)unused;
    t.started = 0;
    t.peer->bucket.tokens = 500;
    supply_of(6, 2);
    rc = evc_operation_run_feed(t.net, &feed, &t.wait, NULL);
    script_expect(s.ended == s.given);
    script_expect(t.in_flight == 0);
    if (rc)
        return rc;
    /* Where an error could not be made, its code is told all the same. */
    return s.failed ? ENVCRYPT_E_NOMEM : 0;
}

START_TEST(survives_any_failed_allocation)
{
    PLAY({.status = 200, .lasts_ms = 10}, DOWN_STEP, {.code = ENVCRYPT_E_NET_BROKEN},
         OK_STEP);
    ck_assert_uint_gt(evc_alloc_sweep(feed_swept, NULL), 5);
}
END_TEST

static int
feed_in_child(void *unused)
{
    (void)unused;
    supply_of(10, 2);
    if (evc_operation_run_feed(t.net, &feed, &t.wait, &err) != ENVCRYPT_E_FORKED)
        return 1;
    if (evc_error_code(err) != ENVCRYPT_E_FORKED)
        return 2;
    return s.asked == 0 && t.started == 0 ? 0 : 3;
}

START_TEST(a_child_of_fork_asks_for_nothing)
{
    PLAY(OK_STEP);
    EVC_CHECK_CHILD(feed_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    ADD("bounds", a_hundred_thousand_go_through_eight_places_in_bounded_memory,
        an_empty_feed_is_asked_once_and_sends_nothing,
        a_feed_without_pace_and_without_a_wait_runs_to_its_end,
        a_width_of_nothing_is_one, what_cannot_even_be_built_passes_through,
        each_failure_stands_in_its_operation_and_ends_nothing);
    ADD("next", finished_is_heard_before_the_next_is_asked_for,
        all_that_ended_in_one_moment_is_heard_before_the_next_is_asked_for,
        a_feed_that_had_none_is_asked_again_after_each_end,
        a_feed_that_had_none_is_not_asked_while_nothing_ends, a_retry_holds_no_place,
        a_retry_that_is_due_goes_before_the_next);
    ADD("width and pace", width_grows_in_the_middle, width_shrinks_in_the_middle,
        a_width_below_what_flies_lets_it_fly, pace_is_kept,
        pace_is_kept_while_others_fly, pace_does_not_hold_up_a_retry,
        who_waits_for_the_pace_is_not_busy);
    ADD("end", a_cancel_cuts_off_what_was_begun_and_nothing_else,
        a_deadline_cuts_off_what_flies, a_deadline_ends_the_wait_for_the_pace,
        a_canceled_wait_asks_for_nothing,
        an_endless_feed_of_what_cannot_be_built_can_be_canceled);
    ADD("process", survives_any_failed_allocation, a_child_of_fork_asks_for_nothing);
}

EVC_TEST_MAIN("operation-feed", add_tests)
