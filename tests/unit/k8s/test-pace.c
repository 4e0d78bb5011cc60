/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/pace.h"

#include "evc-check.h"

static evc_pace p;

static void
set_up(void)
{
    evc_pace_init(&p, 8, 0, 1000);
}

static void
succeed(uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        evc_pace_success(&p, 2000);
}

START_TEST(it_begins_with_as_many_as_were_asked_for_and_never_has_more)
{
    ck_assert_uint_eq(p.width, 8);
    succeed(1000);
    ck_assert_uint_eq(p.width, 8);
    ck_assert_int_eq(evc_pace_not_before(&p, 2000), 0);
}
END_TEST

START_TEST(trouble_halves_down_to_one)
{
    for (int i = 0; i < 5; i++)
        evc_pace_trouble(&p, 2000 + i, 2000 + i, 0);
    ck_assert_uint_eq(p.width, 1);
}
END_TEST

START_TEST(one_moment_of_overload_halves_once)
{
    for (int i = 0; i < 8; i++)
        evc_pace_trouble(&p, 2000, 1990 + i, 0);
    ck_assert_uint_eq(p.width, 4);
    evc_pace_trouble(&p, 2500, 2400, 0);
    ck_assert_uint_eq(p.width, 2);
}
END_TEST

START_TEST(it_grows_by_one_after_a_while_of_success)
{
    evc_pace_trouble(&p, 2000, 1999, 0);
    succeed(EVC_PACE_SUCCESSES * 4 - 1);
    ck_assert_uint_eq(p.width, 4);
    succeed(1);
    ck_assert_uint_eq(p.width, 5);
    succeed(EVC_PACE_SUCCESSES * (5 + 6 + 7));
    ck_assert_uint_eq(p.width, 8);
}
END_TEST

START_TEST(what_the_server_said_holds_the_whole_run)
{
    evc_pace_trouble(&p, 2000, 1999, 7000);
    ck_assert_int_eq(evc_pace_not_before(&p, 2000), 9000);
    evc_pace_trouble(&p, 2001, 1999, 1000); /* the longest holds */
    ck_assert_int_eq(evc_pace_not_before(&p, 8999), 9000);
    ck_assert_int_eq(evc_pace_not_before(&p, 9000), 0);
}
END_TEST

START_TEST(where_it_said_nothing_the_hold_doubles_to_a_limit)
{
    int64_t now = 2000;

    evc_pace_trouble(&p, now, now, -1);
    ck_assert_int_eq(evc_pace_not_before(&p, now), now + EVC_PACE_FIRST_HOLD_MS);
    now = 3000;
    evc_pace_trouble(&p, now, now, -1);
    ck_assert_int_eq(evc_pace_not_before(&p, now), now + 2 * EVC_PACE_FIRST_HOLD_MS);
    for (int i = 0; i < 20; i++) {
        now += 60000;
        evc_pace_trouble(&p, now, now, -1);
    }
    ck_assert_int_eq(evc_pace_not_before(&p, now), now + EVC_PACE_LONGEST_HOLD_MS);
    evc_pace_success(&p, now);
    now += 60000;
    evc_pace_trouble(&p, now, now, -1);
    ck_assert_int_eq(evc_pace_not_before(&p, now), now + EVC_PACE_FIRST_HOLD_MS);
}
END_TEST

/* How many begin within a while, when each is begun as soon as it may. */
static uint32_t
begun_in(int64_t from, int64_t to)
{
    uint32_t begun = 0;

    while (from < to) {
        int64_t until = evc_pace_not_before(&p, from);

        if (until > from) {
            from = until;
            continue;
        }
        evc_pace_begin(&p, from);
        begun++;
        ck_assert_uint_lt(begun, 1000000);
    }
    return begun;
}

START_TEST(the_rate_is_kept)
{
    static const uint32_t rates[] = {1, 7, 25, 400, 1000, 5000};

    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        uint32_t begun;

        evc_pace_init(&p, 8, rates[i], 0);
        begun = begun_in(0, 10000);
        ck_assert_msg(begun <= 10 * rates[i] + rates[i] / 10 + 1, "%u of %u a second",
                      begun, rates[i]);
        ck_assert_msg(begun >= 9 * rates[i], "%u of %u a second", begun, rates[i]);
    }
}
END_TEST

START_TEST(a_pause_is_not_made_up_for)
{
    evc_pace_init(&p, 8, 100, 0);
    (void)begun_in(0, 1000);
    ck_assert_uint_le(begun_in(3600000, 3600000 + 1000), 100 + 10 + 1);
}
END_TEST

START_TEST(without_success_the_trouble_lasts)
{
    ck_assert_int_eq(evc_pace_trouble_ms(&p, 5000), 0);
    evc_pace_success(&p, 2000);
    evc_pace_trouble(&p, 3000, 2900, -1);
    ck_assert_int_eq(evc_pace_trouble_ms(&p, 5000), 3000);
    evc_pace_success(&p, 6000);
    ck_assert_int_eq(evc_pace_trouble_ms(&p, 7000), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        it_begins_with_as_many_as_were_asked_for_and_never_has_more,
        trouble_halves_down_to_one,
        one_moment_of_overload_halves_once,
        it_grows_by_one_after_a_while_of_success,
        what_the_server_said_holds_the_whole_run,
        where_it_said_nothing_the_hold_doubles_to_a_limit,
        the_rate_is_kept,
        a_pause_is_not_made_up_for,
        without_success_the_trouble_lasts};
    TCase *tcase = tcase_create("pace");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("pace", add_tests)
